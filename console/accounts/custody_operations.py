"""Keeping an account's login: envelopes sealed and received, loans, administrators of pages.

Each verb writes the rows and says so in the timeline, which never holds what is in an envelope.
How one is opened stands in `custody_access`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from console import live, sealing
from console.accounts import custody, signing_operations, telling
from console.accounts import custody_rules as rules
from console.accounts.custody_models import CustodyEnvelope, CustodyUse, PageAdministrator
from console.accounts.custody_rules import Form, Kind, Seal, Step
from console.accounts.models import Account
from console.accounts.operations import held
from console.errors import BadInput, Faults, NotAllowed, NotFound, WrongState
from console.people.models import Person
from console.people.rules import Permission, may
from console.phrases import STOCKHOLM
from console.timeline.operations import record

LONGEST_LOGIN = 300
LONGEST_CODES = 4_000
LONGEST_WORDS = 200


@dataclass(frozen=True, slots=True)
class Content:
    """What is in a digital envelope. Its text never shows in a representation."""

    login: str = field(repr=False)
    password: str = field(repr=False)
    codes: str = field(repr=False, default="")


@dataclass(frozen=True, kw_only=True, slots=True)
class Paper:
    """What is written about an envelope of paper."""

    number: str
    place: str
    handed_in_by: str
    sealed_at: datetime
    codes: bool


def seal_digital(
    session: Session,
    actor: Person,
    account_id: int,
    content: Content,
    now: datetime,
    *,
    changed: bool,
) -> CustodyEnvelope:
    """Put the login in a digital envelope, in place of the one that was (3-d).

    Args:
        changed: the actor confirms that the password has been changed since the login was last
            out of its envelope.

    Raises:
        NotFound, NotAllowed, WrongState: no such account, not the actor's, no envelope there.
        Faults: `secret_login`, `secret_password`, `secret_codes` or `changed`.
    """
    account = _to_seal(session, actor, account_id, Permission.KEEP_LOGIN)
    faults = _faults_in(content)
    faults |= _not_changed(session, account, changed)
    old = custody.kept(session, account.id)
    if not faults and _same_password(session, account, old, content):
        faults["secret_password"] = _(
            "Lösenordet är detsamma som någon annan har sett. Byt det hos plattformen först."
        )
    if faults:
        raise Faults(faults)
    envelope = CustodyEnvelope(
        account_id=account.id,
        form=Form.DIGITAL.value,
        codes=bool(content.codes.strip()),
        content=sealing.seal(
            {"login": content.login, "password": content.password, "codes": content.codes}
        ),
        state=Seal.SEALED.value,
        sealed_at=now,
        recorded_at=now,
        by_id=actor.id,
    )
    return _put_in_place(session, actor, account, old, envelope, now, changed=changed)


def receive_paper(
    session: Session,
    actor: Person,
    account_id: int,
    paper: Paper,
    now: datetime,
    *,
    changed: bool,
) -> CustodyEnvelope:
    """Say that a sealed envelope of paper has come to the strategy department (3-d, 3.2-c).

    Raises:
        NotFound, NotAllowed, WrongState; Faults: `number`, `place`, `handed_in_by`, `sealed_on` or
        `changed`.
    """
    account = _to_seal(session, actor, account_id, Permission.RECEIVE_ENVELOPE)
    faults = {}
    words = {"number": paper.number, "place": paper.place, "handed_in_by": paper.handed_in_by}
    missing = {
        "number": _("Skriv numret på kuvertet."),
        "place": _("Skriv var kuvertet ligger."),
        "handed_in_by": _("Skriv vem som lämnade in kuvertet."),
    }
    for name, value in words.items():
        if not value.strip():
            faults[name] = missing[name]
        elif len(value) > LONGEST_WORDS:
            faults[name] = _("Skriv högst %(n)d tecken.", n=LONGEST_WORDS)
    if paper.sealed_at.astimezone(STOCKHOLM).date() > now.astimezone(STOCKHOLM).date():
        faults["sealed_on"] = _("Den dagen har inte varit än.")
    faults |= _not_changed(session, account, changed)
    if faults:
        raise Faults(faults)
    envelope = CustodyEnvelope(
        account_id=account.id,
        form=Form.PHYSICAL.value,
        number=paper.number.strip(),
        place=paper.place.strip(),
        handed_in_by=paper.handed_in_by.strip(),
        codes=paper.codes,
        content=None,
        state=Seal.SEALED.value,
        sealed_at=paper.sealed_at,
        recorded_at=now,
        by_id=actor.id,
    )
    old = custody.kept(session, account.id)
    return _put_in_place(session, actor, account, old, envelope, now, changed=changed)


def lend(
    session: Session,
    actor: Person,
    account_id: int,
    borrower_id: int,
    reason: str,
    now: datetime,
    *,
    mail: bool,
) -> CustodyUse:
    """Record that the login has been lent, which is an exception (5-b). The seal no longer counts,
    and a task stands until the password is changed.

    Raises:
        NotFound, NotAllowed; BadInput: `borrower` or `reason`.
    """
    account = held(session, account_id)
    need_keeper(session, actor, account)
    borrower = session.get(Person, borrower_id)
    if borrower is None or not borrower.active or borrower.id == actor.id:
        raise BadInput(_("Välj vem som har lånat inloggningen."), "borrower")
    reason = clean_reason(reason)
    envelope = custody.kept(session, account.id)
    lent = CustodyUse(
        account_id=account.id,
        envelope_id=envelope.id if envelope else None,
        kind=Kind.LOAN.value,
        step=Step.OPEN.value,
        reason=reason,
        by_id=actor.id,
        at=now,
        other_id=borrower.id,
        confirmed_at=now,
    )
    session.add(lent)
    session.flush()
    facts = {"use": lent.id, "borrower": borrower.id}
    say(session, actor, account, "custody:lent", facts, now, reason=reason)
    break_seal(session, actor, account, envelope, lent, now)
    telling.tell(
        session,
        account,
        f"custody {lent.id}",
        telling.concerned(session, account),
        now,
        subject=f"Inloggningen är utlånad: {account.name}",
        text=f"{actor.name} har lånat ut inloggningen till {account.name} till {borrower.name}.\n\n"
        f"Varför? {reason}\n\n"
        "Byt lösenordet så snart lånet är över, och bekräfta det på kontots sida.",
        path=f"/accounts/{account.id}/custody",
        mail=mail,
        actor_id=actor.id,
    )
    return lent


def confirm_changed(session: Session, actor: Person, use_id: int, now: datetime) -> CustodyUse:
    """Confirm that the password has been changed after an opening or a loan (5-b).

    Where there is no envelope to seal again, that ends it.

    Raises:
        NotFound, NotAllowed; WrongState: it is confirmed already, or there is nothing to change.
    """
    use = custody.use(session, use_id)
    account = held(session, use.account_id)
    session.refresh(use)
    need_keeper(session, actor, account)
    if use.step != Step.OPEN or use.changed_at is not None:
        raise WrongState(_("Det är redan bekräftat."))
    use.changed_at, use.changed_by_id = now, actor.id
    say(session, actor, account, "custody:password:changed", {"use": use.id}, now)
    if rules.exempt(account.platform):
        move(session, actor, use, Step.CLOSED, now)
    return use


def verify_page_administrator(
    session: Session,
    actor: Person,
    account_id: int,
    person_id: int,
    now: datetime,
    *,
    verified: bool,
) -> None:
    """Say that one of the account's administrators runs the page from their own login, or no
    longer does (3-d's exemption: emergency access needs two such).

    Raises:
        NotFound: no such account, or not its administrator.
        NotAllowed: about oneself.
        WrongState: the platform has an envelope instead.
    """
    account = held(session, account_id)
    if not may(actor.roles, Permission.RECEIVE_ENVELOPE):
        raise NotAllowed(_("Bara strategiavdelningen får göra det här."))
    if actor.id == person_id:
        raise NotAllowed(_("Du kan inte kontrollera dig själv. Be en kollega."))
    if not rules.exempt(account.platform):
        raise WrongState(_("Det här kontot ska ha ett kuvert i stället."))
    if person_id not in {row.person_id for row in account.administrators}:
        raise NotFound(_("Personen administrerar inte kontot."))
    row = session.get(PageAdministrator, (account.id, person_id))
    if (row is not None) == verified:
        return
    if row is None:
        session.add(
            PageAdministrator(
                account_id=account.id,
                person_id=person_id,
                verified_at=now,
                verified_by_id=actor.id,
            )
        )
    else:
        session.delete(row)
    session.flush()
    facts = {"person": person_id, "verified": verified}
    say(session, actor, account, "custody:page_administrator:checked", facts, now)
    signing_operations.activate_if_settled(session, actor, account, now)


def need_keeper(session: Session, actor: Person, account: Account) -> None:
    """
    Raises:
        NotAllowed: the actor neither administers the account nor keeps all logins.
    """
    if not rules.may_keep(actor.roles, custody.administers(session, actor, account.id)):
        raise NotAllowed(_("Det får bara kontots administratörer och strategiavdelningen."))


def clean_reason(reason: str) -> str:
    """
    Raises:
        BadInput: field `reason`: nothing is said, or too much.
    """
    reason = " ".join(reason.split())
    if not reason:
        raise BadInput(_("Skriv varför."), "reason")
    if len(reason) > rules.LONGEST_REASON:
        raise BadInput(_("Skriv högst %(n)d tecken.", n=rules.LONGEST_REASON), "reason")
    return reason


def move(session: Session, actor: Person | None, use: CustodyUse, to: Step, now: datetime) -> None:
    """Follow one arrow of `rules.STEP_ARROWS`; its tag goes into the timeline.

    Raises:
        WrongState: there is no such arrow.
    """
    tag = rules.STEP_ARROWS.get((Step(use.step), to))
    if tag is None:
        raise WrongState(
            _("Det går inte: %(now)s.", now=str(rules.STEP_LABELS[Step(use.step)]).lower())
        )
    use.step = to.value
    if to != Step.OPEN:
        use.ended_at = now
    facts = {"use": use.id, "kind": use.kind, "by": use.by_id, "with": use.other_id}
    say(session, actor, use.account, tag, facts, now)


def break_seal(
    session: Session,
    actor: Person | None,
    account: Account,
    envelope: CustodyEnvelope | None,
    use: CustodyUse,
    now: datetime,
) -> None:
    """The envelope's seal no longer counts, if it did."""
    if envelope is not None and envelope.state == Seal.SEALED:
        facts = {"use": use.id, "why": use.kind}
        _move_seal(session, actor, account, envelope, Seal.DUE, facts, now)


def say(
    session: Session,
    actor: Person | None,
    account: Account,
    tag: str,
    facts: dict[str, Any],
    now: datetime,
    *,
    reason: str | None = None,
) -> None:
    """Write it in the timeline. A reason may name people, so it can be masked by itself."""
    record(
        session,
        tag,
        body={"account": account.id, **facts},
        now=now,
        person_id=actor.id if actor else None,
        personal=None if reason is None else {"reason": reason},
    )
    live.announce(session, live.CALM)


def _to_seal(session: Session, actor: Person, account_id: int, permission: Permission) -> Account:
    account = held(session, account_id)
    if permission is Permission.KEEP_LOGIN:
        need_keeper(session, actor, account)
    elif not may(actor.roles, permission):
        raise NotAllowed(_("Bara strategiavdelningen tar emot kuvert."))
    if rules.exempt(account.platform):
        raise WrongState(_("Kontot sköts med egna inloggningar. Lägg dem aldrig i ett kuvert."))
    return account


def _faults_in(content: Content) -> dict[str, str]:
    faults = {}
    if not content.login.strip():
        faults["secret_login"] = _("Skriv användarnamnet.")
    if not content.password:
        faults["secret_password"] = _("Skriv lösenordet.")
    for name, value, most in (
        ("secret_login", content.login, LONGEST_LOGIN),
        ("secret_password", content.password, LONGEST_LOGIN),
        ("secret_codes", content.codes, LONGEST_CODES),
    ):
        if len(value) > most:
            faults[name] = _("Skriv högst %(n)d tecken.", n=most)
    return faults


def _not_changed(session: Session, account: Account, changed: bool) -> dict[str, str]:
    """A fault while somebody has had the password, and nobody says that it is another now."""
    if changed or all(use.changed_at for use in custody.open_uses(session, account.id)):
        return {}
    return {"changed": _("Byt lösenordet hos plattformen först, och bekräfta det här.")}


def _same_password(
    session: Session, account: Account, old: CustodyEnvelope | None, content: Content
) -> bool:
    """Is it the password of a digital envelope that somebody has looked into or lent from?"""
    if old is None or old.content is None or not custody.open_uses(session, account.id):
        return False
    try:
        return bool(sealing.unseal(old.content).get("password") == content.password)
    except sealing.KeyTrouble:
        return False  # what can't be opened can't be compared, and must be replaced


def _put_in_place(
    session: Session,
    actor: Person,
    account: Account,
    old: CustodyEnvelope | None,
    new: CustodyEnvelope,
    now: datetime,
    *,
    changed: bool,
) -> CustodyEnvelope:
    asked = select(CustodyUse).where(
        CustodyUse.account_id == account.id, CustodyUse.step == Step.ASKED
    )
    for use in session.scalars(asked):
        move(session, actor, use, Step.LAPSED, now)  # it was about the old envelope
    if old is not None:
        _move_seal(session, actor, account, old, Seal.REPLACED, {}, now)
        old.content = None
        session.flush()
    session.add(new)
    session.flush()
    facts: dict[str, Any] = {"envelope": new.id, "form": new.form, "codes": new.codes}
    if new.form == Form.PHYSICAL:
        facts |= {
            "number": new.number,
            "place": new.place,
            "handed_in_by": new.handed_in_by,
            "sealed": new.sealed_at,
        }
    say(session, actor, account, "custody:sealed", facts, now)
    for use in custody.open_uses(session, account.id):
        if use.changed_at is None:
            use.changed_at, use.changed_by_id = now, actor.id
            say(session, actor, account, "custody:password:changed", {"use": use.id}, now)
        move(session, actor, use, Step.CLOSED, now)
    signing_operations.activate_if_settled(session, actor, account, now)
    return new


def _move_seal(
    session: Session,
    actor: Person | None,
    account: Account,
    envelope: CustodyEnvelope,
    to: Seal,
    facts: dict[str, Any],
    now: datetime,
) -> None:
    """
    Raises:
        WrongState: `rules.SEAL_ARROWS` has no such arrow.
    """
    tag = rules.SEAL_ARROWS.get((Seal(envelope.state), to))
    if tag is None:
        raise WrongState(_("Kuvertet är redan ersatt av ett nytt."))
    envelope.state = to.value
    say(session, actor, account, tag, {"envelope": envelope.id, **facts}, now)
