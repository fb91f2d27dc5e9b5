"""Getting at an account's login when nobody who has it is there (3-b): never alone.

One person asks and says why; another witnesses within a quarter of an hour, both logged in as
themselves. Nothing here asks anything of the account's owner. A drill goes the same way and shows
that the envelope can be opened, but nothing of what is in it.
"""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from console import sealing
from console.accounts import custody, telling
from console.accounts import custody_rules as rules
from console.accounts.custody_models import CustodyEnvelope, CustodyUse
from console.accounts.custody_operations import (
    Content,
    break_seal,
    clean_reason,
    move,
    say,
)
from console.accounts.custody_rules import Form, Kind, Seal, Step
from console.accounts.models import Account
from console.accounts.operations import held
from console.errors import BadInput, NotAllowed, WrongState
from console.people.models import Person


def ask(
    session: Session, actor: Person, account_id: int, kind: str, reason: str, now: datetime
) -> CustodyUse:
    """Ask to open an account's envelope, or to drill that. Nothing opens before a witness agrees.

    Args:
        kind: OPENING or DRILL of `rules.Kind`.

    Raises:
        NotFound, NotAllowed; BadInput: `kind` or `reason`.
        WrongState: there is no envelope, its seal is broken (a drill), or somebody asks already.
    """
    account = held(session, account_id)
    _need_opener(session, actor, account)
    if kind not in (Kind.OPENING, Kind.DRILL):
        raise BadInput(_("Välj att öppna eller att provöppna."), "kind")
    reason = clean_reason(reason)
    exempt = rules.exempt(account.platform)
    envelope = custody.kept(session, account.id)
    if exempt and kind == Kind.DRILL:
        raise WrongState(
            _("Kontot har inget kuvert att provöppna: det sköts med egna inloggningar.")
        )
    if not exempt and envelope is None:
        raise WrongState(_("Det finns inget kuvert för kontot. Ring en administratör."))
    if envelope is not None and envelope.state != Seal.SEALED and kind == Kind.DRILL:
        raise WrongState(_("Kuvertet är redan öppnat. Försegla ett nytt, och provöppna sedan."))
    query = select(CustodyUse).where(
        CustodyUse.account_id == account.id, CustodyUse.step == Step.ASKED
    )
    waiting = session.scalars(query).one_or_none()
    if waiting is not None and not rules.lapsed(waiting.at, now):
        raise WrongState(_("%(name)s har redan bett om det.", name=waiting.by.name))
    if waiting is not None:
        move(session, None, waiting, Step.LAPSED, now)
        session.flush()
    asked = CustodyUse(
        account_id=account.id,
        envelope_id=envelope.id if envelope else None,
        kind=kind,
        step=Step.ASKED.value,
        reason=reason,
        by_id=actor.id,
        at=now,
    )
    session.add(asked)
    session.flush()
    facts = {"use": asked.id, "kind": asked.kind}
    say(session, actor, account, "custody:asked", facts, now, reason=reason)
    return asked


def witness(
    session: Session,
    actor: Person,
    use_id: int,
    now: datetime,
    *,
    mail: bool,
    whole: bool = True,
) -> CustodyUse:
    """Be the second person. An opening breaks the seal and tells those concerned; a drill shows
    whether the envelope can be opened.

    Args:
        whole: of a drill with an envelope of paper: it lies in its place with its seal whole.

    Raises:
        NotFound, NotAllowed: not the opener, and somebody who might open it themselves.
        WrongState: too late, or settled already.
    """
    use, account = _held(session, use_id)
    if actor.id == use.by_id:
        raise NotAllowed(_("Du kan inte bevittna din egen öppning. Be en kollega."))
    _need_opener(session, actor, account)
    if use.step != Step.ASKED:
        move(session, actor, use, Step.OPEN, now)  # says in what state it is
    if rules.lapsed(use.at, now):
        raise WrongState(_("Det är för sent: begäran gällde i en kvart. Be om det på nytt."))
    if not use.by.active:
        raise WrongState(_("%(name)s har ingen inloggning längre.", name=use.by.name))
    use.other_id, use.confirmed_at = actor.id, now
    if use.kind == Kind.DRILL:
        _prove(session, actor, account, use, now, whole=whole)
        return use
    move(session, actor, use, Step.OPEN, now)
    break_seal(session, actor, account, use.envelope, use, now)
    exempt = rules.exempt(account.platform)
    rest = (
        "Ta bort behörigheten så snart läget är över, och bekräfta det på kontots sida."
        if exempt
        else "Byt lösenordet, och försegla ett nytt kuvert."
    )
    telling.tell(
        session,
        account,
        f"custody {use.id}",
        telling.concerned(session, account),
        now,
        subject=f"{'Nödåtkomst' if exempt else 'Kuvertet är öppnat'}: {account.name}",
        text=f"{use.by.name} har fått nödåtkomst till {account.name}. "
        f"{actor.name} bevittnade det.\n\nVarför? {use.reason}\n\n{rest}",
        path=f"/accounts/{account.id}/custody",
        mail=mail,
        actor_id=actor.id,
    )
    return use


def withdraw(session: Session, actor: Person, use_id: int, now: datetime) -> CustodyUse:
    """Take back what one has asked for, before anybody has witnessed it.

    Raises:
        NotFound, NotAllowed, WrongState.
    """
    use, _account = _held(session, use_id)
    if actor.id != use.by_id:
        raise NotAllowed(_("Bara den som bad om det kan ta tillbaka det."))
    move(session, actor, use, Step.WITHDRAWN, now)
    return use


def show(session: Session, actor: Person, use_id: int, now: datetime) -> Content:
    """What is in a digital envelope: once, to the opener, within a quarter of an hour.

    Raises:
        NotFound, NotAllowed; WrongState: not witnessed, shown already, too late, or not digital.
        KeyTrouble: the key it was sealed with is gone; then it doesn't count as shown.
    """
    use, account = _held(session, use_id)
    if actor.id != use.by_id or use.kind != Kind.OPENING:
        raise NotAllowed(_("Innehållet visas bara för den som öppnar."))
    _need_opener(session, actor, account)
    if use.step == Step.ASKED:
        raise WrongState(_("Ingen har bevittnat öppningen än."))
    if use.shown_at is not None:
        raise WrongState(_("Innehållet har redan visats. Be om en ny öppning."))
    if (
        use.step != Step.OPEN
        or use.confirmed_at is None
        or now > use.confirmed_at + rules.SHOWN_WITHIN
    ):
        raise WrongState(_("Det är för sent att visa innehållet. Be om en ny öppning."))
    if use.envelope is None or use.envelope.content is None:
        raise WrongState(_("Kuvertet är inte digitalt: det finns inget att visa."))
    opened = sealing.unseal(use.envelope.content)
    use.shown_at = now
    say(session, actor, account, "custody:shown", {"use": use.id}, now)
    return Content(opened["login"], opened["password"], opened["codes"])


def _prove(
    session: Session,
    actor: Person,
    account: Account,
    use: CustodyUse,
    now: datetime,
    *,
    whole: bool,
) -> None:
    envelope = use.envelope
    passed = envelope is not None and (_opens(envelope) if envelope.form == Form.DIGITAL else whole)
    move(session, actor, use, Step.PASSED if passed else Step.FAILED, now)
    if not passed:
        break_seal(session, actor, account, envelope, use, now)


def _opens(envelope: CustodyEnvelope) -> bool:
    """Can a digital envelope be opened, and is a password in it?"""
    try:
        return bool(sealing.unseal(envelope.content).get("password"))
    except sealing.KeyTrouble:
        return False


def _held(session: Session, use_id: int) -> tuple[CustodyUse, Account]:
    """The opening as it is once the account is held."""
    use = custody.use(session, use_id)
    account = held(session, use.account_id)
    session.refresh(use)
    if use.envelope is not None:
        session.refresh(use.envelope)
    return use, account


def _need_opener(session: Session, actor: Person, account: Account) -> None:
    if not rules.may_open(actor.roles, custody.administers(session, actor, account.id)):
        raise NotAllowed(
            _("Din roll får inte öppna det här kontots kuvert. Be informationsenheten.")
        )
