"""The people that tests are about, and a logged-in browser for each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from console import clock
from console.db import unit_of_work
from console.people import login, passwords
from console.people.models import Person
from console.people.operations import add_person
from console.people.rules import Role
from console.web import logins

PASSWORD = "Blankt-is-77-kvar"
"""Everybody's."""

ROLES: dict[str, tuple[str, Role]] = {
    "lisa": ("Lisa Berg", Role.INFORMATION_UNIT),
    "karin": ("Karin Holm", Role.APPROVER),
    "per": ("Per Lind", Role.APPROVER),
    "olle": ("Olle Ek", Role.ACCOUNT_ADMINISTRATOR),
    "maja": ("Maja Strand", Role.ACCOUNT_ADMINISTRATOR),
    "anders": ("Anders Nyman", Role.OPERATIONS_MANAGER),
    "eva": ("Eva Sjö", Role.HEAD_OF_DEPARTMENT),
    "stina": ("Stina Dal", Role.STRATEGY),
    "rut": ("Rut Alm", Role.ARCHIVIST),
    "rolf": ("Rolf Gran", Role.REGISTRAR),
    "greta": ("Greta Lund", Role.REVIEWER),
    "siv": ("Siv Norén", Role.SYSTEM_ADMINISTRATOR),
}


@cache
def _digest() -> str:
    # Made once: argon2 is slow by design.
    return passwords.digest(PASSWORD)


@dataclass
class Cast:
    """Everybody, as detached rows: usable as actors in any unit of work."""

    lisa: Person
    karin: Person
    per: Person
    olle: Person
    maja: Person
    anders: Person
    eva: Person
    stina: Person
    rut: Person
    rolf: Person
    greta: Person
    siv: Person

    def with_role(self, role: str) -> Person:
        """The first of them who has `role`."""
        return next(getattr(self, key) for key, (_name, has) in ROLES.items() if has == role)

    @classmethod
    def enter(cls, session: Session) -> Cast:
        """Add all of them. They are not example people, so that live use can be tested."""
        people = {}
        for key, (name, role) in ROLES.items():
            person = add_person(
                session,
                None,
                clock.now(),
                name=name,
                email=f"{key}@torsby.example",
                phone="070-174 06 00",
                roles={role},
            )
            person.password_hash = _digest()
            people[key] = person
        session.flush()
        return cls(**people)


def client_for(app: Flask, person: Person | None) -> FlaskClient:
    """A browser in which `person` is logged in (None: nobody)."""
    client = app.test_client()
    if person is not None:
        with unit_of_work() as session:
            token = login.start_session(session, person, clock.now())
        client.set_cookie(logins.COOKIE, token)
    return client
