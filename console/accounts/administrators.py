"""Who administers an account: found by e-mail in a file, or by id in the console."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.accounts.entries import NamedPerson
from console.errors import BadInput
from console.people import operations as people
from console.people.models import Person
from console.people.rules import Role


class Administrators:
    """Administrators by e-mail: those who exist, and those whom the file introduces."""

    def __init__(self, session: Session, actor: Person | None, now: datetime) -> None:
        self.session, self.actor, self.now = session, actor, now
        self.known = {p.email.casefold(): p for p in session.scalars(select(Person))}
        self.introduced: set[str] = set()
        self.added = 0

    def fault_in(self, named: Iterable[NamedPerson]) -> str | None:
        """What keeps these from being administrators. Remembers those introduced by name."""
        said = []
        for person in named:
            email = person.email.casefold()
            if email in self.known:
                said += _why_not(self.known[email])
            elif person.name:
                self.introduced.add(email)
            elif email not in self.introduced:
                said.append(_("%(email)s finns inte. Ange också namn.", email=person.email))
        return " ".join(said) or None

    def ids(self, named: Iterable[NamedPerson]) -> tuple[int, ...]:
        return tuple(self._person(person).id for person in named)

    def _person(self, named: NamedPerson) -> Person:
        email = named.email.casefold()
        if email not in self.known:
            self.known[email] = self._add(named)
            self.added += 1
        return self.known[email]

    def _add(self, named: NamedPerson) -> Person:
        """Known and reachable, but without a password until somebody sends an invitation."""
        return people.add_person(
            self.session,
            self.actor,
            self.now,
            name=named.name,
            email=named.email,
            phone=named.phone,
            roles=[Role.ACCOUNT_ADMINISTRATOR],
        )


def _why_not(person: Person) -> list[str]:
    """Why a person can't administer an account; [] if nothing hinders."""
    if not person.active:
        return [_("%(name)s har ingen inloggning längre.", name=person.name)]
    if Role.ACCOUNT_ADMINISTRATOR not in person.roles:
        return [_("%(name)s är inte kontoadministratör.", name=person.name)]
    return []


def plan_names_them() -> str:
    """What keeps the register's own pages and files from changing them before the account is in
    use, and the way out."""
    return str(_("Kontot är inte i bruk än. Ändra administratörerna i handlingsplanen."))


def check_can_administer(session: Session, ids: Sequence[int]) -> None:
    """
    Raises:
        BadInput: somebody isn't there, isn't active, hasn't the role, or stands twice.
    """
    if len(set(ids)) != len(ids):
        raise BadInput(_("Samma person står två gånger."), "administrators")
    found = {p.id: p for p in session.scalars(select(Person).where(Person.id.in_(ids)))}
    for person_id in ids:
        if person_id not in found:
            raise BadInput(_("Personen finns inte."), "administrators")
        for sentence in _why_not(found[person_id]):
            raise BadInput(sentence, "administrators")
