"""Who may use the console: invite, change roles, deactivate, make and use one-time links.

Logging in and out stands in `console.people.login`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from console import live
from console.errors import BadInput, NotAllowed, WrongState
from console.people import login, passwords, queries
from console.people.models import OneTimeLink, Person, PersonRole
from console.people.rules import LinkPurpose, Role, known_roles
from console.policy import queries as policy
from console.policy.rules import LANGUAGES
from console.timeline import operations as timeline

_FIRST_LINK_HOURS = 24
LONGEST = 100
"""Characters of a name, a title or a telephone number."""


def create_first_admin_link(session: Session, now: datetime) -> str | None:
    """Make the link by which an empty installation gets its first administrator.

    Older such links stop working. Returns its path, `/first/<secret>`, or None if somebody can
    log in already.
    """
    _one_at_a_time(session)
    if queries.is_set_up(session):
        return None
    session.execute(
        update(OneTimeLink)
        .where(OneTimeLink.purpose == LinkPurpose.FIRST_ADMINISTRATOR)
        .where(OneTimeLink.used_at.is_(None))
        .values(used_at=now)
    )
    token = _new_link(session, LinkPurpose.FIRST_ADMINISTRATOR, None, now, _FIRST_LINK_HOURS)
    timeline.record(session, "person:first_link:made", body={}, now=now)
    return f"/first/{token}"


def create_first_admin(
    session: Session, now: datetime, token: str, *, name: str, email: str, password: str
) -> Person:
    """Use the first administrator's link.

    Raises:
        NotFound: the link can't be used. WrongState: somebody can log in already.
        BadInput: name, email or password can't be used.
    """
    _one_at_a_time(session)
    if queries.is_set_up(session):
        raise WrongState(_("Den första administratören finns redan. Logga in."))
    link = queries.link_of(session, token, now, LinkPurpose.FIRST_ADMINISTRATOR)
    link.used_at = now
    return add_person(
        session,
        None,
        now,
        name=name,
        email=email,
        roles={Role.SYSTEM_ADMINISTRATOR},
        password=password,
    )


def add_person(
    session: Session,
    actor: Person | None,
    now: datetime,
    *,
    name: str,
    email: str,
    roles: Iterable[str],
    phone: str = "",
    title: str = "",
    password: str | None = None,
    example: bool = False,
) -> Person:
    """Add a person; without `password` they can't log in until a link has been used.

    An example person's password is random.

    Raises:
        BadInput: a value can't be used; `field` names it.
        WrongState: an example person, and live use is on.
    """
    if example and policy.live_use_is_on(session, hold=True):
        raise WrongState(_("Exempelpersoner kan inte finnas i skarp drift."))
    person = Person(
        name=_name(name),
        email=_free_email(session, email),
        phone=_short(phone, "phone"),
        title=_short(title, "title"),
        language="sv",
        active=True,
        example=example,
        created_at=now,
    )
    person.role_rows = [PersonRole(role=role) for role in sorted(_roles(roles))]
    if password is not None:
        _set_password(session, person, password, random=example)
    session.add(person)
    session.flush()
    _record(
        session,
        "person:added",
        person,
        actor,
        now,
        body={"roles": sorted(person.roles), "example": example},
        personal={"name": person.name, "email": person.email},
    )
    return person


def invite(
    session: Session,
    actor: Person,
    now: datetime,
    *,
    name: str,
    email: str,
    roles: Iterable[str],
    phone: str = "",
    title: str = "",
) -> tuple[Person, str]:
    """Add a person and make the link by which they choose a password.

    Returns the person and the secret that stands in `/link/<secret>`: shown once, never stored.

    Raises:
        BadInput: as `add_person`.
    """
    person = add_person(
        session, actor, now, name=name, email=email, roles=roles, phone=phone, title=title
    )
    hours = policy.current(session).link_hours
    token = _new_link(session, LinkPurpose.INVITATION, person, now, hours)
    _record(session, "person:invited", person, actor, now)
    return person, token


def change_roles(
    session: Session, actor: Person, now: datetime, person: Person, roles: Iterable[str]
) -> None:
    """Give `person` exactly these roles. Approvals already given stand.

    Raises:
        BadInput: no role, or one that isn't known.
        NotAllowed: system administrators can't take that role from themselves.
        WrongState: nobody would be left to administer the system.
    """
    wanted, had = _roles(roles), person.roles
    if wanted == had:
        return
    if Role.SYSTEM_ADMINISTRATOR in had and Role.SYSTEM_ADMINISTRATOR not in wanted:
        if person.id == actor.id:
            raise NotAllowed(
                _("Du kan inte ta bort din egen roll som systemadministratör. Be en kollega.")
            )
        _refuse_if_last_administrator(session, person)
    person.role_rows = [row for row in person.role_rows if row.role in wanted] + [
        PersonRole(role=role) for role in sorted(wanted - had)
    ]
    session.flush()
    _record(
        session,
        "person:roles:changed",
        person,
        actor,
        now,
        body={"granted": sorted(wanted - had), "taken": sorted(had - wanted)},
    )


def deactivate(session: Session, actor: Person, now: datetime, person: Person) -> None:
    """Shut `person` out at once: sessions end, links stop working. History stays.

    Raises:
        NotAllowed: oneself. WrongState: inactive already, or the last administrator.
    """
    if person.id == actor.id:
        raise NotAllowed(_("Du kan inte stänga av dig själv. Be en kollega."))
    if not person.active:
        raise WrongState(_("%(name)s är redan avstängd.", name=person.name))
    if Role.SYSTEM_ADMINISTRATOR in person.roles:
        _refuse_if_last_administrator(session, person)
    person.active = False
    login.end_sessions(session, person, now, "deactivated")
    _void_links(session, person, now)
    _record(session, "person:deactivated", person, actor, now)


def reactivate(session: Session, actor: Person, now: datetime, person: Person) -> None:
    """Let `person` in again, with the roles and the password they had.

    Raises:
        WrongState: they are active already.
    """
    if person.active:
        raise WrongState(_("%(name)s är redan aktiv.", name=person.name))
    person.active = True
    _record(session, "person:reactivated", person, actor, now)


def make_reset_link(session: Session, actor: Person, now: datetime, person: Person) -> str:
    """Make a link by which `person` chooses a new password; older links stop working.

    The old password works until the link is used. Returns the secret of `/link/<secret>`.

    Raises:
        WrongState: the person is inactive.
    """
    if not person.active:
        raise WrongState(_("%(name)s är avstängd. Släpp in personen först.", name=person.name))
    _void_links(session, person, now)
    purpose = LinkPurpose.RESET if person.password_hash else LinkPurpose.INVITATION
    token = _new_link(session, purpose, person, now, policy.current(session).link_hours)
    _record(session, "person:reset_link:made", person, actor, now)
    return token


def use_link(session: Session, now: datetime, token: str, password: str) -> Person:
    """Choose a password by an invitation or a reset. Ends every session the person has.

    Raises:
        NotFound: the link can't be used. BadInput: the password can't.
    """
    link = queries.link_of(session, token, now)
    person = queries.get(session, link.person_id or 0)
    _set_password(session, person, password)
    link.used_at = now
    _void_links(session, person, now)
    login.end_sessions(session, person, now, "password_changed")
    login.forgive(session, person)
    _record(session, "person:password:chosen", person, person, now, body={"by": link.purpose})
    return person


def change_own_details(
    session: Session, actor: Person, now: datetime, *, name: str, phone: str, language: str
) -> None:
    """Change one's own name, phone and interface language.

    Raises:
        BadInput: a value can't be used.
    """
    if language not in LANGUAGES:
        raise BadInput(_("Välj ett språk i listan."), field="language")
    new = {"name": _name(name), "phone": _short(phone, "phone")}
    changed = {field: text for field, text in new.items() if getattr(actor, field) != text}
    if not changed and actor.language == language:
        return
    for field, text in changed.items():
        setattr(actor, field, text)
    actor.language = language
    _record(
        session,
        "person:details:changed",
        actor,
        actor,
        now,
        body={"language": language},
        personal=changed,
    )


def change_own_password(
    session: Session, actor: Person, now: datetime, *, old: str, new: str, keep_token: str | None
) -> None:
    """Change one's own password; every other session of one's own ends.

    Args:
        keep_token: the secret of the session that asks, which goes on.

    Raises:
        BadInput: the old password is wrong, or the new one can't be used.
    """
    if not passwords.matches(actor.password_hash, old):
        raise BadInput(_("Det nuvarande lösenordet stämmer inte."), field="old")
    _set_password(session, actor, new)
    _void_links(session, actor, now)
    login.end_sessions(session, actor, now, "password_changed", keep_token=keep_token)
    _record(session, "person:password:changed", actor, actor, now)


def _set_password(session: Session, person: Person, password: str, *, random: bool = False) -> None:
    faults = passwords.faults(password, policy.current(session))
    if faults:
        raise BadInput(" ".join(faults), field="password")
    person.password_hash = passwords.digest(password, random=random)


def _one_at_a_time(session: Session) -> None:
    # Two browsers with the same link: the second waits here and is then refused.
    session.execute(select(func.pg_advisory_xact_lock(7236419)))


def _refuse_if_last_administrator(session: Session, person: Person) -> None:
    """Others must be left who can log in; locked, so that two can't remove each other at once."""
    query = (
        select(Person)
        .join(PersonRole, PersonRole.person_id == Person.id)
        .where(PersonRole.role == Role.SYSTEM_ADMINISTRATOR)
        .order_by(Person.id)
        .with_for_update(of=Person)
        .execution_options(populate_existing=True)
    )
    left = [p for p in session.scalars(query) if p.active and p.password_hash]
    if not [p for p in left if p.id != person.id]:
        raise WrongState(
            _("%(name)s är den enda systemadministratör som kan logga in.", name=person.name)
        )


def _new_link(
    session: Session, purpose: LinkPurpose, person: Person | None, now: datetime, hours: int
) -> str:
    token = secrets.token_urlsafe(32)
    session.add(
        OneTimeLink(
            token_digest=queries.digest_of(token),
            purpose=purpose,
            person_id=None if person is None else person.id,
            created_at=now,
            expires_at=now + timedelta(hours=hours),
        )
    )
    return token


def _void_links(session: Session, person: Person, now: datetime) -> None:
    session.execute(
        update(OneTimeLink)
        .where(OneTimeLink.person_id == person.id, OneTimeLink.used_at.is_(None))
        .values(used_at=now)
    )


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise BadInput(_("Skriv ett namn."), field="name")
    return _short(name, "name")


def _short(text: str, field: str) -> str:
    """A name stands in every line of the log that its bearer writes, and can't be taken from there
    again: a text pasted into the wrong field must not become one."""
    text = text.strip()
    if len(text) > LONGEST:
        raise BadInput(
            _("Korta till högst %(most)s tecken. Nu är det %(n)s.", most=LONGEST, n=len(text)),
            field=field,
        )
    return text


def _free_email(session: Session, email: str) -> str:
    try:
        checked = validate_email(
            email.strip(), check_deliverability=False, test_environment=True
        ).normalized
    except EmailNotValidError:
        raise BadInput(_("Skriv en hel e-postadress, som namn@kommun.se."), field="email") from None
    if queries.by_email(session, checked):
        # 5-d: one person, one login; and an address belongs to one person.
        raise BadInput(_("Det finns redan en person med den e-postadressen."), field="email")
    return checked


def _roles(roles: Iterable[str]) -> frozenset[Role]:
    try:
        known = known_roles(roles)
    except ValueError:
        raise BadInput(_("Välj roller i listan."), field="roles") from None
    if not known:
        raise BadInput(_("Välj minst en roll."), field="roles")
    return known


def _record(
    session: Session,
    tag: str,
    person: Person,
    actor: Person | None,
    now: datetime,
    body: dict[str, object] | None = None,
    personal: dict[str, str] | None = None,
) -> None:
    timeline.record(
        session,
        tag,
        body={"about": person.id, **(body or {})},
        now=now,
        person_id=None if actor is None else actor.id,
        personal=personal,
    )
    live.announce(session, live.CALM)
