"""*Din första minut*: what somebody in a role does first, with links to the real places.

Shown at the first login in a role to whoever is on the way to the start page and nowhere else; in
a crisis to nobody. Found again under *Mina uppgifter*.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy.orm import Session

from console import clock
from console.db import unit_of_work
from console.incidents import queries as incidents
from console.incidents.views.common import show_in_band
from console.people import queries, tours
from console.people.labels import role_label
from console.people.models import Person
from console.people.rules import Permission, Role, may
from console.web.guard import current_person, needs

bp = Blueprint("tour", __name__)


@dataclass(frozen=True)
class Step:
    what: LazyString
    why: LazyString
    verb: LazyString
    endpoint: str
    """Of the place; PRACTICE: the exercise that is open, else where one is opened."""


PRACTICE = "practice"

_PHONE = Step(
    _l("Se efter att ditt telefonnummer stämmer"),
    _l("Det är på det kollegorna ringer dig i en kris."),
    _l("Se dina uppgifter"),
    "people.me",
)
_CARD = Step(
    _l("Skriv ut ditt åtgärdskort"),
    _l("Det behövs den dag nätet är borta. Lägg det där du hittar det."),
    _l("Hämta kortet"),
    "cards.listing",
)
_BOARD = Step(
    _l("Följ en övning på tavlan"),
    _l("Där står vad som gäller, när nästa besked kommer och vad som behöver göras. Inget går ut."),
    _l("Till övningen"),
    PRACTICE,
)
_REGISTER = Step(
    _l("Titta i kontoregistret"),
    _l("Där står varje konto, vem som sköter det och vad som fattas."),
    _l("Se kontona"),
    "accounts.index",
)
_START = Step(
    _l("Börja varje dag på startsidan"),
    _l("Det som väntar på just dig står alltid först där."),
    _l("Öppna startsidan"),
    "start.today",
)

STEPS: dict[Role, tuple[Step, ...]] = {
    Role.INFORMATION_UNIT: (
        Step(
            _l("Öva att skriva och sända"),
            _l("Öppna en övning, skriv ett meddelande och skicka det för godkännande. "
               "Inget går ut på riktigt."),
            _l("Öva"),
            PRACTICE,
        ),
        Step(
            _l("Se vilka konton du sänder på"),
            _l("I en kris går samma text ut överallt, webbplatsen först."),
            _l("Se kontona"),
            "accounts.index",
        ),
        _PHONE,
        _CARD,
    ),
    Role.APPROVER: (
        _PHONE,
        Step(
            _l("Se var texterna väntar på dig"),
            _l("En text som ska godkännas står först på startsidan. Läs, och godkänn eller "
               "returnera. Det du själv har skrivit godkänner någon annan."),
            _l("Öppna startsidan"),
            "start.today",
        ),
        Step(
            _l("Öva på en riktig text"),
            _l("Godkänn en text i en övning. Inget går ut på riktigt."),
            _l("Till övningen"),
            PRACTICE,
        ),
        _CARD,
    ),
    Role.ACCOUNT_ADMINISTRATOR: (
        Step(
            _l("Se vilka konton du sköter"),
            _l("Stämmer listan? Säg annars till den som förvaltar registret."),
            _l("Se kontona"),
            "accounts.index",
        ),
        Step(
            _l("Se var du får veta att kontot är låst"),
            _l("I en kris publicerar bara informationsenheten. Läs varför, och tryck "
               "på Jag har läst."),
            _l("Se dina meddelanden"),
            "incidents.my_notices",
        ),
        _PHONE,
        _CARD,
    ),
    Role.OPERATIONS_MANAGER: (_PHONE, _BOARD, _START),
    Role.HEAD_OF_DEPARTMENT: (_PHONE, _BOARD, _START),
    Role.STRATEGY: (_REGISTER, _START, _CARD),
    Role.ARCHIVIST: (_START, _REGISTER, _PHONE),
    Role.REGISTRAR: (_START, _REGISTER, _PHONE),
    Role.REVIEWER: (_BOARD, _REGISTER, _START),
    Role.SYSTEM_ADMINISTRATOR: (
        Step(
            _l("Bjud in dem som ska använda Budkavle"),
            _l("En person, en inloggning. Alla får en egen länk."),
            _l("Bjud in någon"),
            "people.invite_page",
        ),
        Step(
            _l("Se vad som återstår före skarp drift"),
            _l("Tills dess går det bara att öva."),
            _l("Se villkoren"),
            "live_use.show",
        ),
        _CARD,
    ),
}  # fmt: skip
"""Three to five for each role."""


def first_page(session: Session, person: Person, target: str) -> str:
    """Where a login leads that was on its way to `target`."""
    if target != "/" or not tours.not_toured(session, person):
        return target
    if any(not event.exercise for event in incidents.open_incidents(session)):
        return target
    return url_for("tour.show")


@bp.get("/me/first-minute")
@needs(Permission.CHANGE_OWN_LOGIN)
def show() -> str:
    person = current_person()
    roles = [role for role in Role if role in person.roles]
    with unit_of_work() as session:
        show_in_band(session, None)
        practice = _practice(session, person)
        return render_template(
            "people/tour.html",
            tours=[(role_label(session, role), _steps(roles, role, practice)) for role in roles],
            new=bool(tours.not_toured(session, person)),
        )


@bp.post("/me/first-minute")
@needs(Permission.CHANGE_OWN_LOGIN)
def finish() -> ResponseReturnValue:
    with unit_of_work() as session:
        tours.finish(session, queries.get(session, current_person().id), clock.now())
    flash(_("Du hittar tillbaka till Din första minut under Mina uppgifter."))
    return redirect(url_for("start.today"), 303)


def _practice(session: Session, person: Person) -> str:
    """Address of an open exercise, else of opening one; empty: there is none, and the person
    may not."""
    for event in incidents.open_incidents(session):
        if event.exercise:
            return url_for("board.show", slug=event.slug)
    return url_for("incidents.new") if may(person.roles, Permission.OPEN_INCIDENT) else ""


def _steps(roles: list[Role], role: Role, practice: str) -> list[tuple[Step, str]]:
    """A role's steps with their addresses; what an earlier role of the person has said is said."""
    before = {step for one in roles[: roles.index(role)] for step in STEPS[one]}
    return [
        (step, practice if step.endpoint == PRACTICE else url_for(step.endpoint))
        for step in STEPS[role]
        if step not in before
    ]
