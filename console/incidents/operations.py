"""Opening an event, deciding about its accounts, and ending it.

Locks and notices are written here and nowhere else. Nothing deletes a row. `mail` says whether
notices are also sent as mail (settings have an SMTP address); the notice's row is the outbox.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console import live
from console.accounts import rules as account_rules
from console.accounts.models import Account, AccountAdministrator
from console.errors import BadInput, Faults, NotAllowed, NotFound, WrongState
from console.incidents import queries, rules
from console.incidents.models import Incident, IncidentAccount, Lock, Note, Notice
from console.people.models import Person
from console.people.rules import Permission, may
from console.policy.queries import live_use_is_on
from console.timeline.operations import record

_DECISIONS_LOCK = 7236413
NAME_LENGTH = 80
REASON_LENGTH = 500


def open_incident(
    session: Session,
    actor: Person,
    *,
    name: str,
    area: str,
    stage: str,
    reason: str,
    exercise: bool | None,
    choices: Mapping[int, tuple[str, str]],
    narrowing_reason: str,
    now: datetime,
    mail: bool,
) -> Incident:
    """Open an event, lock its accounts and tell their administrators (7-a, 7-d).

    Args:
        exercise: must be chosen: None is refused.
        choices: account id → (use, reason), one for each of `queries.accounts_offered`.
        narrowing_reason: why, for every account that is narrowed without a reason of its own.

    Raises:
        NotAllowed: the actor isn't the information unit.
        WrongState: live, and the installation isn't in live use.
        Faults: what can't be used; keys are name, stage, reason, exercise, narrowing_reason and
            `account-<id>`.
    """
    _allow(actor, Permission.OPEN_INCIDENT)
    _one_at_a_time(session)
    if exercise is False and not live_use_is_on(session):
        raise WrongState(
            _(
                "Skarp drift är inte påslagen, så en kris kan inte öppnas. Öva i stället, eller be"
                " systemadministratören att slå på skarp drift."
            )
        )
    name, area, reason = " ".join(name.split()), " ".join(area.split()), reason.strip()
    accounts = queries.accounts_offered(session)
    faults = _event_faults(session, name, stage, reason, exercise)
    decided = _decide(session, accounts, choices, narrowing_reason.strip(), exercise, faults)
    if faults or exercise is None:
        raise Faults(faults)
    incident = Incident(
        slug=rules.slug_for(name, exercise, queries.slugs(session)),
        name=name,
        area=area,
        stage=stage,
        stage_since=now,
        reason=reason,
        exercise=exercise,
        state=rules.State.OPEN.value,
        opened_at=now,
        opened_by_id=actor.id,
    )
    session.add(incident)
    session.flush()
    session.add_all(
        IncidentAccount(incident_id=incident.id, account_id=a.id, use=use, reason=why)
        for a, use, why in decided
    )
    _record(
        session,
        "incident:opened",
        incident,
        actor,
        now,
        name=name,
        slug=incident.slug,
        area=area,
        stage=stage,
        reason=reason,
        exercise=exercise,
        narrowing_reason=narrowing_reason.strip(),
    )
    _record(
        session,
        "incident:accounts:decided",
        incident,
        actor,
        now,
        accounts=[_named(a) | {"use": use, "reason": why} for a, use, why in decided],
    )
    locked = [a for a, use, _why in decided if use in rules.LOCKING]
    _lock(session, actor, incident, locked, now)
    _notify(session, actor, incident, rules.NoticeKind.LOCKED, "", locked, now, mail)
    live.announce(session, live.CALM, live.SITE)
    return incident


def change_stage(
    session: Session, actor: Person, incident: Incident, stage: str, now: datetime
) -> None:
    """The board takes over from the staff, or hands back.

    Raises:
        NotAllowed, WrongState (closed, or already there), BadInput (no such stage).
    """
    _allow(actor, Permission.OPEN_INCIDENT)
    _hold_open(session, incident)
    if stage not in list(rules.Stage):
        raise BadInput(_("Välj stabsläge eller krisledningsnämnd."), field="stage")
    if stage == incident.stage:
        label = rules.STAGE_LABELS[rules.Stage(stage)]
        raise WrongState(_("Det är redan så: %(stage)s.", stage=label))
    before, incident.stage, incident.stage_since = incident.stage, stage, now
    _record(session, "incident:stage:changed", incident, actor, now, before=before, after=stage)
    live.announce(session, live.CALM, live.SITE)


def change_use(
    session: Session,
    actor: Person,
    incident: Incident,
    account_id: int,
    use: str,
    reason: str,
    now: datetime,
    *,
    mail: bool,
) -> IncidentAccount:
    """Decide anew about one account during the event (7-d).

    *Låt vara* releases the lock; from there, another use locks it and tells its administrators.

    Raises:
        NotAllowed, NotFound (no such account), WrongState (closed, already so), BadInput (reason
        missing, the account can't be used so, or another live event has locked it).
    """
    _allow(actor, Permission.OPEN_INCIDENT)
    if use == rules.Use.LEAVE:
        _allow(actor, Permission.RELEASE_LOCK)
    _one_at_a_time(session)
    _hold_open(session, incident)
    why = _reason(reason)
    account = session.get(Account, account_id)
    if account is None or account.state == account_rules.State.ENDED:
        raise NotFound(_("Kontot finns inte i registret."))
    if fault := _use_fault(account, use):
        raise BadInput(fault, field="use")
    choice = queries.choice_of(session, incident.id, account_id)
    if choice is None:
        # The account came into the register after the event was opened: until now, left alone.
        choice = IncidentAccount(
            incident_id=incident.id,
            account_id=account_id,
            account=account,
            use=rules.Use.LEAVE.value,
        )
        session.add(choice)
    held = any(lock.account_id == account_id for lock in queries.active_locks(session, incident.id))
    if choice.use == use and held == (use in rules.LOCKING):
        raise WrongState(_("%(name)s: det är redan så.", name=account.name))
    taken = use in rules.LOCKING and not held
    if taken and not incident.exercise and (elsewhere := _held_elsewhere(session, [account])):
        raise BadInput(elsewhere[account_id], field="use")
    before, choice.use, choice.reason = choice.use, use, why
    _record(
        session,
        "incident:account:changed",
        incident,
        actor,
        now,
        account=_named(account),
        before=before,
        after=use,
        reason=why,
    )
    if taken:
        lock = _lock(session, actor, incident, [account], now)[0]
        about = f"lock:{lock.id}"
        _notify(session, actor, incident, rules.NoticeKind.LOCKED, about, [account], now, mail)
    elif held and use == rules.Use.LEAVE:
        _release_one(session, actor, incident, account, why, now, mail)
    live.announce(session, live.WORK)
    return choice


def release_lock(
    session: Session,
    actor: Person,
    incident: Incident,
    account_id: int,
    reason: str,
    now: datetime,
    *,
    mail: bool,
) -> IncidentAccount:
    """Give one account back to its administrators; the event then no longer publishes on it.

    Raises:
        as `change_use`; WrongState if the event doesn't hold the account.
    """
    _allow(actor, Permission.RELEASE_LOCK)
    leave = rules.Use.LEAVE.value
    return change_use(session, actor, incident, account_id, leave, reason, now, mail=mail)


def close(
    session: Session, actor: Person, incident: Incident, now: datetime, *, mail: bool
) -> None:
    """End the event: every lock is released and the administrators are told.

    Whether a broadcast still runs is asked by messages, above this noun.

    Raises:
        NotAllowed, WrongState (already closed).
    """
    _allow(actor, Permission.CLOSE_INCIDENT)
    _one_at_a_time(session)
    _hold_open(session, incident)
    locks = queries.active_locks(session, incident.id)
    held = {lock.account_id for lock in locks}
    accounts = [c.account for c in queries.choices_of(session, incident.id) if c.account_id in held]
    incident.state = rules.State.CLOSED.value
    incident.closed_at, incident.closed_by_id = now, actor.id
    _record(session, "incident:closed", incident, actor, now, name=incident.name)
    why = _("Händelsen är avslutad.")
    _release(session, actor, incident, locks, accounts, why, now)
    _notify(session, actor, incident, rules.NoticeKind.CLOSED, "", accounts, now, mail)
    live.announce(session, live.CALM, live.SITE, live.WORK)


def acknowledge(
    session: Session, actor: Person, notice_id: int, now: datetime, pending_posts: str = ""
) -> Notice:
    """*Jag har läst*: the first time counts, later ones change nothing.

    Args:
        pending_posts: a `rules.PendingPosts` value, or empty: not answered.

    Raises:
        NotAllowed; NotFound: not the actor's own notice; BadInput: no such answer.
    """
    _allow(actor, Permission.READ_NOTICE)
    notice = queries.notice_for(session, notice_id, actor.id)
    _look_again(session, notice, "read_at")
    if notice.read_at is not None:
        return notice
    if pending_posts and pending_posts not in list(rules.PendingPosts):
        raise BadInput(_("Välj Pausade, Nej eller Vet inte."), field="pending_posts")
    notice.read_at, notice.pending_posts = now, pending_posts
    incident = queries.by_id(session, notice.incident_id)
    facts = {"notice": notice.id, "kind": notice.kind, "pending_posts": pending_posts}
    _record(session, "notice:read", incident, actor, now, **facts)
    live.announce(session, live.CALM)
    return notice


def remind(session: Session, actor: Person, incident: Incident, now: datetime) -> list[Notice]:
    """Queue the mail again for everybody who hasn't read that an account of theirs is locked.

    A mail on its way, or one that may have arrived, isn't queued again.

    Raises:
        NotAllowed; WrongState: closed, everybody has read, or nobody can be reminded by mail.
    """
    _allow(actor, Permission.RELEASE_LOCK)
    _hold_open(session, incident)
    unread = queries.unread_notices(session, incident.id)
    if not unread:
        raise WrongState(_("Alla har läst. Ingen behöver påminnas."))
    again = []
    for notice in unread:
        _look_again(session, notice, "mail_state", "read_at")
        if notice.mail_state in rules.REMINDABLE and notice.read_at is None:
            notice.mail_state, notice.mail_at, notice.mail_detail = "queued", now, ""
            again.append(notice)
    if not again:
        raise WrongState(_("Det finns inget mejl att skicka igen. Ring dem som inte har läst."))
    facts = {"notices": [{"notice": n.id, "person": n.person_id} for n in again]}
    _record(session, "notice:reminded", incident, actor, now, **facts)
    live.announce(session, live.WORK)
    return again


def write_note(
    session: Session,
    actor: Person,
    incident: Incident,
    *,
    kind: str,
    content: str,
    happened_at: datetime,
    now: datetime,
) -> Note:
    """Write in the event's log, also after it has been closed.

    Raises:
        NotAllowed; Faults: keys kind, content, happened_at.
    """
    _allow(actor, Permission.WRITE_NOTE)
    content = content.strip()
    faults: dict[str, str] = {}
    if kind not in list(rules.NoteKind):
        faults["kind"] = _("Välj vad det gäller: beslut, samtal, VMA, media eller annat.")
    if not content:
        faults["content"] = _("Skriv vad som hände.")
    elif len(content) > rules.NOTE_LENGTH:
        faults["content"] = _(
            "Korta texten till högst 2 000 tecken. Nu är den %(n)s.", n=len(content)
        )
    if not rules.note_time_is_possible(happened_at, now):
        faults["happened_at"] = _("Ange en tid som har varit. Det som kommer kan inte antecknas.")
    if faults:
        raise Faults(faults)
    note = Note(
        incident_id=incident.id,
        author_id=actor.id,
        kind=kind,
        happened_at=happened_at,
        written_at=now,
        content=content,
    )
    session.add(note)
    session.flush()
    record(
        session,
        "note:written",
        body={"note": note.id, "kind": kind, "happened_at": happened_at},
        now=now,
        incident_id=incident.id,
        person_id=actor.id,
        personal={"content": content},
    )
    return note


# What several of the above do


def _allow(actor: Person, permission: Permission) -> None:
    if not actor.active or not may(actor.roles, permission):
        raise NotAllowed(_("Det får du inte göra. Fråga informationsenheten."))


def _one_at_a_time(session: Session) -> None:
    """Decisions about locks come one after another, so that none is judged on an old picture."""
    session.execute(select(func.pg_advisory_xact_lock(_DECISIONS_LOCK)))


def _look_again(session: Session, row: Incident | Notice, *columns: str) -> None:
    """Hold the row until the end of this unit of work, and see what it says now."""
    session.flush()
    session.refresh(row, columns, with_for_update={"key_share": True})


def _hold_open(session: Session, incident: Incident) -> None:
    _look_again(session, incident, "state", "stage")
    if incident.state != rules.State.OPEN:
        raise WrongState(_("%(name)s är avslutad.", name=incident.name))


def _record(
    session: Session, tag: str, incident: Incident, actor: Person, now: datetime, **facts: object
) -> None:
    record(session, tag, body=facts, now=now, incident_id=incident.id, person_id=actor.id)
    live.announce(session, live.incident_topic(incident.id))


def _named(account: Account) -> dict[str, object]:
    return {
        "account": account.id,
        "name": account.name,
        "platform": account.platform,
        "handle": account.handle,
    }


def _reason(text: str) -> str:
    text = text.strip()
    if not text:
        raise BadInput(_("Skriv varför. Skälet står kvar i loggen."), field="reason")
    if len(text) > REASON_LENGTH:
        raise BadInput(_("Korta skälet till högst 500 tecken."), field="reason")
    return text


def _event_faults(
    session: Session, name: str, stage: str, reason: str, exercise: bool | None
) -> dict[str, str]:
    faults: dict[str, str] = {}
    if exercise is None:
        faults["exercise"] = _("Välj övning eller kris.")
    if not name:
        faults["name"] = _("Ge händelsen ett namn, till exempel Koka vattnet.")
    elif len(name) > NAME_LENGTH:
        faults["name"] = _("Korta namnet till högst 80 tecken.")
    elif any(
        i.name.casefold() == name.casefold() and i.exercise == exercise
        for i in queries.open_incidents(session)
    ):
        faults["name"] = _(
            "%(name)s är redan öppen. Gå till den, eller välj ett nytt namn.", name=name
        )
    if stage not in list(rules.Stage):
        faults["stage"] = _("Välj stabsläge eller krisledningsnämnd.")
    try:
        _reason(reason)
    except BadInput as error:
        faults["reason"] = error.message
    return faults


def _decide(
    session: Session,
    accounts: list[Account],
    choices: Mapping[int, tuple[str, str]],
    narrowing_reason: str,
    exercise: bool | None,
    faults: dict[str, str],
) -> list[tuple[Account, str, str]]:
    """(account, use, reason) per account; what can't be decided so is added to `faults`."""
    decided: list[tuple[Account, str, str]] = []
    missing_reason = False
    for account in accounts:
        if account.id not in choices:
            faults[f"account-{account.id}"] = _(
                "Välj vad som gäller för %(name)s.", name=_spoken(account)
            )
            continue
        use, why = choices[account.id][0], choices[account.id][1].strip()
        if fault := _use_fault(account, use):
            faults[f"account-{account.id}"] = fault
            continue
        default = rules.default_use(account.state, account.public)
        if rules.narrowing_needs_reason(default, use):
            why = why or narrowing_reason
            missing_reason = missing_reason or not why
        decided.append((account, use, why))
    if unknown := set(choices) - {a.id for a in accounts}:
        faults[f"account-{min(unknown)}"] = _("Ett valt konto finns inte längre i registret.")
    if missing_reason:
        faults["narrowing_reason"] = _("Skriv varför färre konton används.")
    if exercise is False:
        locking = [a for a, use, _why in decided if use in rules.LOCKING]
        held = _held_elsewhere(session, locking)
        faults.update({f"account-{i}": fault for i, fault in held.items()})
    return decided


def _spoken(account: Account) -> str:
    return f"{account.name} ({account.handle})"


def _use_fault(account: Account, use: str) -> str | None:
    fault: str | None = None
    if use not in list(rules.Use):
        fault = _("Välj vad som gäller för %(name)s.", name=_spoken(account))
    elif not rules.may_be(use, account.state):
        fault = _(
            "%(name)s är inte aktivt och kan inte publicera. Välj Bara lås eller Låt vara.",
            name=_spoken(account),
        )
    return fault


def _held_elsewhere(session: Session, accounts: Iterable[Account]) -> dict[int, str]:
    """Account id → sentence, for accounts that an open live event has locked."""
    named = {a.id: _spoken(a) for a in accounts}
    return {
        account_id: _(
            "%(account)s är redan låst av %(event)s. Välj Låt vara, eller lås upp kontot där.",
            account=named[account_id],
            event=holder.name,
        )
        for account_id, holder in queries.live_holders(session, list(named)).items()
    }


def _lock(
    session: Session, actor: Person, incident: Incident, accounts: list[Account], now: datetime
) -> list[Lock]:
    locks = [
        Lock(account_id=a.id, incident_id=incident.id, exercise=incident.exercise, since=now)
        for a in accounts
    ]
    session.add_all(locks)
    session.flush()
    if locks:
        _record(session, "lock:set", incident, actor, now, accounts=[_named(a) for a in accounts])
    return locks


def _release_one(
    session: Session,
    actor: Person,
    incident: Incident,
    account: Account,
    why: str,
    now: datetime,
    mail: bool,
) -> None:
    locks = [k for k in queries.active_locks(session, incident.id) if k.account_id == account.id]
    _release(session, actor, incident, locks, [account], why, now)
    about = f"lock:{locks[0].id}"
    _notify(session, actor, incident, rules.NoticeKind.RELEASED, about, [account], now, mail)


def _release(
    session: Session,
    actor: Person,
    incident: Incident,
    locks: list[Lock],
    accounts: list[Account],
    why: str,
    now: datetime,
) -> None:
    for lock in locks:
        lock.released_at, lock.released_by_id, lock.release_reason = now, actor.id, why
    session.flush()
    if locks:
        facts = {"accounts": [_named(a) for a in accounts], "reason": why}
        _record(session, "lock:released", incident, actor, now, **facts)


def _notify(
    session: Session,
    actor: Person,
    incident: Incident,
    kind: rules.NoticeKind,
    about: str,
    accounts: list[Account],
    now: datetime,
    mail: bool,
) -> None:
    """One notice per administrator, about all of the accounts that are theirs."""
    query = (
        select(AccountAdministrator.person_id, AccountAdministrator.account_id)
        .join(Person, Person.id == AccountAdministrator.person_id)
        .join(Account, Account.id == AccountAdministrator.account_id)
        .where(Account.id.in_([a.id for a in accounts]), Person.active)
        .order_by(Person.id, Account.position, Account.id)
    )
    theirs: dict[int, list[int]] = {}
    for person_id, account_id in session.execute(query):
        theirs.setdefault(person_id, []).append(account_id)
    notices = [
        Notice(
            incident_id=incident.id,
            kind=kind.value,
            about=about,
            person_id=person_id,
            accounts=",".join(map(str, ids)),
            made_at=now,
            mail_state="queued" if mail else "none",
            mail_at=now if mail else None,
        )
        for person_id, ids in theirs.items()
    ]
    session.add_all(notices)
    session.flush()
    if notices:
        made = [
            {"notice": n.id, "person": n.person_id, "accounts": theirs[n.person_id]}
            for n in notices
        ]
        _record(session, "notice:made", incident, actor, now, kind=kind, notices=made)
        live.announce(session, live.CALM, live.WORK)
