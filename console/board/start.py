"""The start page in calm: what waits for this reader, and for the strategy department what deviates
in the whole municipality."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask import Blueprint, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from console import clock
from console.accounts.models import Account
from console.board import own, queries_duty, rows_coverage, rows_duty, worklist
from console.board.start_model import (
    Begin,
    Deviating,
    Deviation,
    DeviationGroup,
    Rest,
    StartView,
)
from console.db import unit_of_work
from console.incidents.views.common import mail_is_set_up, show_in_band
from console.parts import Verb
from console.people.models import Person
from console.people.rules import Permission, Role, may
from console.web.guard import current_person, needs
from console.web.logins import role_label

bp = Blueprint("start", __name__)


@bp.get("/")
@needs(Permission.VIEW_BOARD)
def today() -> str:
    with unit_of_work() as session:
        show_in_band(session, None)
        start = start_view(session, current_person(), clock.now())
        return render_template("calm/start.html", start=start)


def start_view(session: Session, person: Person, now: datetime) -> StartView:
    """The page as `person` sees it."""
    waiting = worklist.waiting(session, person, now)
    whole = Role.STRATEGY in person.roles
    found = worklist.deviations(session, now) if whole else {}
    deviating = worklist.accounts_in(found)
    may_open = may(person.roles, Permission.OPEN_INCIDENT)
    new = url_for("incidents.new") if may_open else ""
    # "In order" would be said of what isn't there: a newcomer is told where to begin instead.
    nothing = not waiting and not deviating
    empty = nothing and not session.scalar(select(Account.id).limit(1))
    sees_all = may(person.roles, Permission.VIEW_MUNICIPALITY)
    return StartView(
        heading=_("Inga konton än") if empty else _heading(len(waiting), len(deviating), whole),
        unit=person.title,
        work=worklist.grouped(waiting, now),
        calm="" if empty or not nothing else _calm(session, person, now),
        begin=_begin(person) if empty else None,
        groups=deviation_groups(session, found),
        coverage=rows_coverage.calendar(session, person, now),
        in_order=_in_order(session, deviating) if whole and not empty else "",
        all_url=url_for("municipality.show") if sees_all else "",
        open_exercise_url=new,
        open_crisis_url=new,
        cards_url=url_for("cards.listing") if may(person.roles, Permission.VIEW_CARDS) else "",
        duty=rows_duty.on_duty(queries_duty.duty_only(session)),
    )


def deviation_groups(session: Session, found: worklist.Found) -> tuple[DeviationGroup, ...]:
    """What can fail us first; groups without rows are left out. Of each source the first stand
    there, so that one kind of fault never hides another."""
    kinds = [(key, kind) for key, several in found.items() for kind in several]
    rows = worklist.first_rows(session, [kind for _key, kind in kinds], worklist.SHOWN)
    said = [(key, kind, shown) for (key, kind), shown in zip(kinds, rows, strict=True)]
    groups = (
        (_("Kan svika i en kris"), True, lambda kind: kind.urgent),
        (_("Försenat"), False, lambda kind: not kind.urgent and kind.late),
        (_("Saknas"), False, lambda kind: not kind.urgent and not kind.late),
    )
    return tuple(
        group
        for title, urgent, belongs in groups
        if (group := _group(title, urgent, [one for one in said if belongs(one[1])])).total
    )


def _group(
    title: str, urgent: bool, said: list[tuple[str, Deviating, Sequence[Deviation]]]
) -> DeviationGroup:
    """
    Args:
        said: source, one of its kinds, and its first rows.
    """
    rows: list[Deviation] = []
    rests: list[Rest] = []
    total = 0
    for source in worklist.SOURCES:
        mine = [(kind, shown) for key, kind, shown in said if key == source.key]
        there = sum(len(kind.found) for kind, _shown in mine)
        total += there
        rows += [row for _kind, shown in mine for row in shown][: worklist.SHOWN]
        if there > worklist.SHOWN:
            text = _("Visa alla %(n)s: %(what)s", n=there, what=str(source.label).lower())
            rests.append(Rest(text, url_for("municipality.show", deviation=source.key)))
    return DeviationGroup(title, urgent, tuple(rows), tuple(rests), total)


def _heading(waiting: int, deviating: int, whole: bool) -> str:
    if whole:
        return worklist.needing(deviating) if deviating else _("Alla konton är i ordning")
    if waiting:
        return ngettext("%(num)d sak väntar på dig", "%(num)d saker väntar på dig", waiting)
    return _("Allt är i ordning")


def _calm(session: Session, person: Person, now: datetime) -> str:
    coming = worklist.next_coming(session, person, now)
    if coming is None and not mail_is_set_up():
        return _("Inget väntar på dig. Inget har ett datum. Kommer något står det här.")
    if coming is None:
        return _("Inget väntar på dig. Inget har ett datum. Kommer något får du mejl på måndagen.")
    return _("Inget väntar på dig. Härnäst: %(what)s, %(day)s.", what=coming.what,
             day=worklist.day(coming.at))  # fmt: skip


def _begin(person: Person) -> Begin:
    """Where somebody begins while the register is empty."""
    verbs = []
    if may(person.roles, Permission.MANAGE_PEOPLE):
        verbs.append(Verb(_("Bjud in någon"), url_for("people.invite_page")))
        verbs.append(Verb(_("Se vad som återstår före skarp drift"), url_for("live_use.show")))
    if may(person.roles, Permission.IMPORT_ACCOUNTS):
        verbs.append(Verb(_("Hämta in konton"), url_for("register.choose")))
        return Begin(_("För in kommunens konton först. Sedan går det att öva."), tuple(verbs))
    strategy = role_label(Role.STRATEGY)
    text = _("Kommunens konton förs in av %(role)s. Sedan går det att öva.", role=strategy)
    return Begin(text, tuple(verbs))


def _in_order(session: Session, deviating: set[int]) -> str:
    used = own.in_use(session).all
    well = sum(number not in deviating for number in used)
    return _("%(n)s av %(all)s konton i bruk är i ordning", n=well, all=len(used))
