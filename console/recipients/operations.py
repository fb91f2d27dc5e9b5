"""What the municipality does to a list: name recipients, remove them, open it to citizens.

The timeline says how many and of which kind, never who: no name, no address.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from console import live, sealing
from console.accounts import custody
from console.accounts.models import Account
from console.accounts.operations import held
from console.errors import BadInput, Faults, NotAllowed, NotFound, WrongState
from console.people.models import Person
from console.recipients import rules
from console.recipients.marks import mark
from console.recipients.models import Recipient, RecipientList
from console.recipients.rules import Kind, State
from console.timeline.operations import record


def need_keeper(session: Session, actor: Person, account: Account) -> None:
    """
    Raises:
        NotAllowed: not one who may see and change this account's list.
        NotFound: the account reaches nobody one by one.
    """
    if account.kind not in rules.CHANNELS:
        raise NotFound(_("Kontot har inga egna mottagare."))
    if not rules.may_keep(actor.roles, custody.administers(session, actor, account.id)):
        raise NotAllowed(
            _("Bara kontots administratörer, strategiavdelningen och informationsenheten får det.")
        )


def add(
    session: Session,
    actor: Person,
    account_id: int,
    kind: str,
    lines: Sequence[tuple[int, Sequence[str]]],
    why: str,
    now: datetime,
) -> int:
    """Name recipients; all of them or none. Returns how many.

    Args:
        kind: one of `rules.NAMED`: citizens sign up by themselves.
        lines: (line number, cells): name and address, or the address alone.
        why: the reason, in words.

    Raises:
        NotAllowed, NotFound.
        BadInput: field `kind` or `why`, or `lines`: too many.
        Faults: "line <n>" → what is wrong there.
    """
    account = _kept(session, actor, account_id)
    if kind not in rules.NAMED:
        raise BadInput(_("Välj samverkande eller personal."), "kind")
    if not why.strip() or len(why) > rules.LENGTH:
        raise BadInput(_("Skriv varför, med högst 200 tecken."), "why")
    if not lines:
        raise BadInput(_("Skriv minst en adress."), "lines")
    room = rules.MOST[account.kind] - _standing(session, account_id)
    if len(lines) > min(room, rules.MOST_LINES):
        text = _("Listan rymmer %(most)s till. Dela upp den.", most=min(room, rules.MOST_LINES))
        raise BadInput(text, "lines")
    taken = _marks(session, account_id)
    faults: dict[str, str] = {}
    rows: list[Recipient] = []
    for number, cells in lines:
        try:
            row = _named(session, account, cells, taken, number)
        except BadInput as error:
            faults[f"line {number}"] = error.message
            continue
        row.kind, row.why, row.added_by_id = Kind(kind).value, why.strip(), actor.id
        row.state, row.added_at, row.since = State.ON.value, now, now
        rows.append(row)
    if faults:
        raise Faults(faults)
    session.add_all(rows)
    session.flush()
    facts = {"account": account.id, "kind": kind, "number": len(rows)}
    personal = {"why": why.strip()}
    record(session, "recipients:added", body=facts, now=now, person_id=actor.id, personal=personal)
    live.announce(session, live.CALM)
    return len(rows)


def _named(
    session: Session,
    account: Account,
    cells: Sequence[str],
    taken: dict[bytes, int],
    number: int,
) -> Recipient:
    """A new row of what a line says. `taken`: mark → the line that has it; 0: the list."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    if not 0 < len(filled) <= 2:
        raise BadInput(_("Skriv namn; adress, eller bara adressen."), "address")
    name = filled[0] if len(filled) == 2 else ""
    if len(name) > rules.LENGTH or not name.isprintable():
        raise BadInput(_("Namnet är för långt eller innehåller styrtecken."), "name")
    address = rules.address_of(account.kind, filled[-1])
    known = mark(session, address)
    if known in taken:
        raise BadInput(
            _("Samma adress som rad %(n)s.", n=taken[known])
            if taken[known]
            else _("Adressen står redan på listan."),
            "address",
        )
    taken[known] = number
    return Recipient(
        account_id=account.id,
        name=name,
        mark_digest=known,
        sealed=sealing.seal({"address": address}),
    )


def remove(session: Session, actor: Person, recipient_id: int, now: datetime) -> Recipient:
    """Take one of those named off the list, at once; it can be undone for a day.

    Raises:
        NotAllowed, NotFound.
    """
    row = _held_row(session, actor, recipient_id, State.ON)
    row.state, row.removed_at, row.since = State.REMOVED.value, now, None
    _say(session, actor, row.account, "removed", now, kind=row.kind, number=1)
    return row


def restore(session: Session, actor: Person, recipient_id: int, now: datetime) -> Recipient:
    """Undo `remove`.

    Raises:
        NotAllowed, NotFound: also when its day has passed.
    """
    row = _held_row(session, actor, recipient_id, State.REMOVED)
    row.state, row.removed_at, row.since = State.ON.value, None, now
    _say(session, actor, row.account, "restored", now, kind=row.kind, number=1)
    return row


def remove_citizen(
    session: Session, actor: Person, account_id: int, typed: str, now: datetime
) -> None:
    """A citizen has asked somebody to take them off. The address is deleted at once.

    Raises:
        NotAllowed, NotFound; BadInput: field `address`: no address, or no citizen's on this list.
    """
    account = _kept(session, actor, account_id)
    known = mark(session, rules.address_of(account.kind, typed))
    row = session.scalar(
        select(Recipient)
        .where(
            Recipient.account_id == account_id,
            Recipient.mark_digest == known,
            Recipient.kind == Kind.CITIZEN,
        )
        .with_for_update(of=Recipient)
    )
    if row is None:
        raise BadInput(_("Ingen invånare har den adressen på listan."), "address")
    session.delete(row)
    count(session, account_id, left=1)
    _say(session, actor, account, "removed", now, kind=Kind.CITIZEN, number=1)


def open_to_citizens(
    session: Session, actor: Person, account_id: int, open_: bool, now: datetime
) -> None:
    """Let citizens sign up, or no more. Those who stand there stay.

    Raises:
        NotAllowed, NotFound; WrongState: it is so already, or the account isn't in use.
    """
    account = _kept(session, actor, account_id)
    if open_ and account.state != "active":
        raise WrongState(_("Kontot är inte i bruk. Ta det i bruk först."))
    kept = of_account(session, account_id)
    if (kept is not None and kept.open == open_) or (kept is None and not open_):
        raise WrongState(_("Så är det redan. Ladda om sidan."))
    values = {"account_id": account_id, "open": open_}
    session.execute(
        insert(RecipientList)
        .values(values)
        .on_conflict_do_update(index_elements=["account_id"], set_={"open": open_})
    )
    _say(session, actor, account, "opened" if open_ else "shut", now)
    live.announce(session, live.SITE)


def show_addresses(
    session: Session, actor: Person, account_id: int, now: datetime
) -> dict[int, str]:
    """The named recipients' whole addresses, by row; that they were read is written down.

    Raises:
        NotAllowed, NotFound, sealing.KeyTrouble.
    """
    account = _kept(session, actor, account_id)
    rows = session.scalars(
        select(Recipient).where(Recipient.account_id == account_id, Recipient.kind.in_(rules.NAMED))
    ).all()
    _say(session, actor, account, "read", now, number=len(rows))
    return {row.id: address(row) for row in rows}


def address(row: Recipient) -> str:
    """
    Raises:
        sealing.KeyTrouble.
    """
    return str(sealing.unseal(row.sealed)["address"])


def of_account(session: Session, account_id: int) -> RecipientList | None:
    return session.get(RecipientList, account_id, populate_existing=True)


def count(session: Session, account_id: int, *, left: int = 0, lapsed: int = 0) -> None:
    """Keep that citizens have left: the number is all that stays of them."""
    session.execute(
        insert(RecipientList)
        .values(account_id=account_id)
        .on_conflict_do_nothing(index_elements=["account_id"])
    )
    session.execute(
        update(RecipientList)
        .where(RecipientList.account_id == account_id)
        .values(left=RecipientList.left + left, lapsed=RecipientList.lapsed + lapsed)
    )


def full(session: Session, account: Account) -> bool:
    return _standing(session, account.id) >= rules.MOST[account.kind]


def _standing(session: Session, account_id: int) -> int:
    query = select(func.count()).where(
        Recipient.account_id == account_id, Recipient.state != State.WAITING
    )
    return session.scalars(query).one()


def _marks(session: Session, account_id: int) -> dict[bytes, int]:
    query = select(Recipient.mark_digest).where(Recipient.account_id == account_id)
    return dict.fromkeys(session.scalars(query), 0)


def _kept(session: Session, actor: Person, account_id: int) -> Account:
    account = held(session, account_id)
    need_keeper(session, actor, account)
    return account


def _held_row(session: Session, actor: Person, recipient_id: int, state: State) -> Recipient:
    row = session.scalar(
        select(Recipient)
        .where(
            Recipient.id == recipient_id,
            Recipient.kind.in_(rules.NAMED),
            Recipient.state == state,
        )
        .with_for_update(of=Recipient)
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound(_("Mottagaren finns inte kvar där. Ladda om sidan."))
    need_keeper(session, actor, row.account)
    return row


def _say(
    session: Session, actor: Person, account: Account, verb: str, now: datetime, **facts: object
) -> None:
    body = {"account": account.id, **facts}
    record(session, f"recipients:{verb}", body=body, now=now, person_id=actor.id)
    live.announce(session, live.CALM)
