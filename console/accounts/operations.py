"""What can be done to the register. Each verb writes the rows and says so in the timeline.

Who may call them is the view's question (Permission.EDIT_ACCOUNTS, IMPORT_ACCOUNTS); `actor` is
None for the program itself and the command line. The timeline never holds a setting's value: it
names the settings that changed, and of secrets only that they did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from console import live
from console.accounts import checks, rules, secrets
from console.accounts.administrators import Administrators, check_can_administer
from console.accounts.entries import Entry, parse
from console.accounts.models import Account, AccountAdministrator, AccountDeviation
from console.errors import BadInput, Faults, NotFound, Stale, WrongState
from console.people.models import Person
from console.timeline.operations import record


@dataclass(frozen=True, slots=True)
class ImportResult:
    accounts: int
    people: int
    """Administrators that weren't known and were added without a password."""
    deviations: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """New values for an account, all of them; see `models.Account`."""

    kind: str
    settings: dict[str, Any]
    secret: dict[str, Any] | None = field(default=None, repr=False)
    """None keeps what is stored; {} removes it."""
    public: bool
    official: bool
    languages: tuple[str, ...]
    repeat_rule: str
    administrators: tuple[int, ...]
    """Ids of people, the first to be called first."""


def import_accounts(
    session: Session, actor: Person | None, entries: Sequence[object], now: datetime
) -> ImportResult:
    """Add every account in a file, or none.

    Args:
        entries: JSON objects as `entries.parse` reads them, in the order boards will show.

    Raises:
        Faults: place → sentence, for all that is wrong; a place is "post 3, platform".
    """
    _hold_register(session)
    taken = {
        _key(account.platform, account.handle): account.name
        for account in session.scalars(select(Account))
    }
    people = Administrators(session, actor, now)
    faults: dict[str, str] = {}
    read: list[Entry] = []
    seen: dict[tuple[str, str], int] = {}
    for place, raw in enumerate(entries, 1):
        try:
            entry = parse(raw)
        except Faults as error:
            faults.update({_place(place, name): said for name, said in error.faults.items()})
            continue
        key = _key(entry.platform, entry.handle)
        if key in seen:
            faults[_place(place, "handle")] = _("Samma konto som post %(n)d.", n=seen[key])
        elif key in taken:
            faults[_place(place, "handle")] = _("Kontot finns redan: %(name)s.", name=taken[key])
        seen.setdefault(key, place)
        if fault := people.fault_in(entry.administrators):
            faults[_place(place, "administrators")] = fault
        read.append(entry)
    if not read and not faults:
        faults["post 1"] = _("Filen innehåller inga konton.")
    if faults:
        raise Faults(faults)
    first = _next_position(session)
    for position, entry in enumerate(read, first):
        _add(session, actor, entry, people.ids(entry.administrators), position, now, "imported")
    return ImportResult(len(read), people.added, sum(len(e.deviations) for e in read))


def add_account(session: Session, actor: Person | None, entry: Entry, now: datetime) -> Account:
    """Add one account, last on the boards.

    Raises:
        Faults: it is there already, or an administrator can't be one.
    """
    _hold_register(session)
    key = _key(entry.platform, entry.handle)
    for other in session.scalars(select(Account).where(Account.platform == entry.platform)):
        if _key(other.platform, other.handle) == key:
            raise Faults({"handle": _("Kontot finns redan: %(name)s.", name=other.name)})
    people = Administrators(session, actor, now)
    if fault := people.fault_in(entry.administrators):
        raise Faults({"administrators": fault})
    administrators = people.ids(entry.administrators)
    position = _next_position(session)
    return _add(session, actor, entry, administrators, position, now, "added")


def change_settings(
    session: Session, actor: Person | None, account_id: int, change: Change, now: datetime
) -> Account:
    """Give an account new settings, and say in the timeline which ones they were.

    Raises:
        NotFound: no such account.
        Faults: settings that can't be used, by name.
        BadInput: an administrator who can't be one.
    """
    account = _held(session, account_id)
    secret = secrets.unseal(account.secret) if change.secret is None else change.secret
    faults = checks.faults(
        kind=change.kind,
        official=change.official,
        languages=change.languages,
        repeat_rule=change.repeat_rule,
        settings=change.settings,
        secret=secret,
    )
    if faults:
        raise Faults(faults)
    check_can_administer(session, change.administrators)
    facts = _differences(account, change)
    account.kind = change.kind
    account.settings = change.settings
    account.public = change.public
    account.official = change.official
    account.languages = list(change.languages)
    account.repeat_rule = change.repeat_rule
    if change.secret is not None:
        account.secret = secrets.seal(change.secret) if change.secret else None
    _set_administrators(session, account, change.administrators)
    if facts:
        _record(session, actor, account, "account:changed", facts, now)
    return account


def change_state(
    session: Session,
    actor: Person | None,
    account_id: int,
    old: rules.State,
    new: rules.State,
    now: datetime,
    *,
    reason: str,
) -> Account:
    """Follow one arrow of `rules.ARROWS`; its tag goes into the timeline.

    Args:
        old: the state that whoever decided was looking at.

    Raises:
        NotFound: no such account.
        Stale: the account isn't in that state any more.
        WrongState: there is no such arrow.
        BadInput: no reason.
    """
    account = _held(session, account_id)
    if account.state != old:
        raise Stale(_("Någon annan har ändrat kontot. Titta på det igen."))
    if not rules.may_move(old, new):
        raise WrongState(
            _(
                "%(name)s är %(old)s och kan inte bli %(new)s.",
                name=account.short_name,
                old=str(rules.STATE_LABELS[old]).lower(),
                new=str(rules.STATE_LABELS[new]).lower(),
            )
        )
    if not reason.strip():
        raise BadInput(_("Skriv varför."), "reason")
    account.state = new
    facts = {"from": old, "to": new, "reason": reason.strip()}
    _record(session, actor, account, rules.ARROWS[old, new], facts, now)
    return account


def note_deviation(
    session: Session, actor: Person | None, account_id: int, content: str, now: datetime
) -> AccountDeviation:
    """Note something about the account that isn't as the guideline asks.

    Raises:
        NotFound: no such account.
        BadInput: nothing is said.
    """
    account = _held(session, account_id)
    if not content.strip():
        raise BadInput(_("Skriv vad som avviker."), "content")
    deviation = AccountDeviation(content=content.strip(), noted_at=now)
    account.deviations.append(deviation)
    session.flush()
    facts = {"deviation": deviation.id, "content": deviation.content}
    _record(session, actor, account, "account:deviation:noted", facts, now)
    return deviation


def mend_deviation(
    session: Session, actor: Person | None, deviation_id: int, now: datetime
) -> AccountDeviation:
    """Say that a deviation is no more.

    Raises:
        NotFound: no such deviation.
        WrongState: somebody said so already.
    """
    deviation = session.get(AccountDeviation, deviation_id, with_for_update=True)
    if deviation is None:
        raise NotFound(_("Avvikelsen finns inte."))
    if deviation.mended_at is not None:
        raise WrongState(_("Avvikelsen är redan åtgärdad."))
    deviation.mended_at = now
    account = session.get_one(Account, deviation.account_id)
    _record(session, actor, account, "account:deviation:mended", {"deviation": deviation.id}, now)
    return deviation


def _hold_register(session: Session) -> None:
    """Let one at a time add accounts: places and handles are compared with what is there."""
    session.execute(text("LOCK TABLE accounts IN SHARE ROW EXCLUSIVE MODE"))


def _held(session: Session, account_id: int) -> Account:
    account = session.get(Account, account_id, with_for_update=True, populate_existing=True)
    if account is None:
        raise NotFound(_("Kontot finns inte."))
    return account


def _next_position(session: Session) -> int:
    return session.scalars(select(func.coalesce(func.max(Account.position), 0) + 1)).one()


def _add(
    session: Session,
    actor: Person | None,
    entry: Entry,
    administrators: Sequence[int],
    position: int,
    now: datetime,
    verb: str,
) -> Account:
    account = Account(
        name=entry.name,
        short_name=entry.short_name,
        platform=entry.platform,
        handle=entry.handle,
        address=entry.address,
        operation=entry.operation,
        committee=entry.committee,
        kind=entry.kind,
        settings=entry.settings,
        secret=secrets.seal(entry.secret) if entry.secret else None,
        public=entry.public,
        official=entry.official,
        languages=list(entry.languages),
        repeat_rule=entry.repeat_rule,
        state=entry.state,
        position=position,
        created_at=now,
        deviations=[AccountDeviation(content=c, noted_at=now) for c in entry.deviations],
    )
    session.add(account)
    _set_administrators(session, account, administrators)
    session.flush()
    facts = {
        "name": entry.name,
        "platform": entry.platform,
        "handle": entry.handle,
        "kind": entry.kind,
        "state": entry.state,
        "public": entry.public,
        "official": entry.official,
        "languages": entry.languages,
        "repeat_rule": entry.repeat_rule,
        "administrators": administrators,
        "settings": sorted(entry.settings),
        "secret": bool(entry.secret),
        "deviations": entry.deviations,
    }
    _record(session, actor, account, f"account:{verb}", facts, now)
    return account


def _set_administrators(session: Session, account: Account, ids: Sequence[int]) -> None:
    """Keep the rows of those who stay, so that one who moves up isn't added twice."""
    rows = {row.person_id: row for row in account.administrators}
    account.administrators = [
        rows.get(person_id) or AccountAdministrator(person=session.get_one(Person, person_id))
        for person_id in ids
    ]
    for position, row in enumerate(account.administrators, 1):
        row.position = position


def _differences(account: Account, change: Change) -> dict[str, Any]:
    """What the timeline says of a change: old and new, but of settings only their names."""
    before = {
        "kind": account.kind,
        "public": account.public,
        "official": account.official,
        "languages": list(account.languages),
        "repeat_rule": account.repeat_rule,
        "administrators": [row.person_id for row in account.administrators],
    }
    after = {
        "kind": change.kind,
        "public": change.public,
        "official": change.official,
        "languages": list(change.languages),
        "repeat_rule": change.repeat_rule,
        "administrators": list(change.administrators),
    }
    facts: dict[str, Any] = {
        name: {"from": before[name], "to": after[name]}
        for name in before
        if before[name] != after[name]
    }
    old, new = account.settings, change.settings
    if names := sorted(n for n in {*old, *new} if old.get(n) != new.get(n)):
        facts["settings"] = names
    if change.secret is not None:
        facts["secret"] = "changed" if change.secret else "removed"
    return facts


def _record(
    session: Session,
    actor: Person | None,
    account: Account,
    tag: str,
    facts: dict[str, Any],
    now: datetime,
) -> None:
    person_id = actor.id if actor else None
    record(session, tag, body={"account": account.id, **facts}, now=now, person_id=person_id)
    live.announce(session, live.CALM)


def _key(platform: str, handle: str) -> tuple[str, str]:
    return platform, rules.handle_key(handle)


def _place(number: int, name: str) -> str:
    return f"post {number}, {name}" if name else f"post {number}"
