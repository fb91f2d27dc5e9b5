"""The page of the whole municipality: every account on a line with its plan and its custody (6-a),
and what deviates."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Form, SelectField, StringField
from wtforms.fields import SelectChoice

from channels.platforms import PLATFORMS
from console import clock, listing
from console.accounts import completeness, queries, rules
from console.accounts.models import Account
from console.accounts.queries import ORDERS, Sieve
from console.board import worklist
from console.board.start_model import Deviation
from console.db import unit_of_work
from console.incidents.views.common import show_in_band
from console.people.rules import Permission, may
from console.web.guard import current_person, needs
from console.web.paging import page_url

bp = Blueprint("municipality", __name__)

ANY = "any"


class NarrowForm(Form):
    """Narrows the list; sent by GET."""

    words = StringField(_l("Sök"))
    deviation = SelectField(_l("Avvikelse"), validate_choice=False)
    order = SelectField(_l("Sortera efter"), validate_choice=False)

    def offer(self, found: worklist.Found) -> None:
        """Every kind of deviation that there is, with how many accounts have it."""
        labels = {source.key: str(source.label) for source in worklist.SOURCES}
        self.deviation.choices = [
            SelectChoice("", _("Alla konton")),
            SelectChoice(ANY, _("Alla som avviker (%(n)s)", n=len(worklist.accounts_in(found)))),
            *(
                SelectChoice(key, f"{labels[key]} ({len(worklist.accounts_in({key: kinds}))})")
                for key, kinds in found.items()
            ),
        ]
        self.order.choices = [SelectChoice(key, label) for key, (label, _by) in ORDERS.items()]


@bp.get("/municipality")
@needs(Permission.VIEW_MUNICIPALITY)
def show() -> str:
    form = NarrowForm(request.args)
    person = current_person()
    with unit_of_work() as session:
        show_in_band(session, None)
        found = worklist.deviations(session, clock.now())
        form.offer(found)
        sieve = Sieve(
            words=(form.words.data or "")[:200],
            order=form.order.data or "",
        )
        among = _ids(found, form.deviation.data or "")
        page = listing.number(request.args.get("page"))
        part = queries.bare_page_of(session, sieve, page, among)
        return render_template(
            "calm/municipality.html",
            form=form,
            found=part,
            page_url=page_url(),
            kept=completeness.of(session, part.rows),
            asked=completeness.marks_asked(session),
            deviations=_said(found, part.rows),
            deviating=bool(found),
            platforms=PLATFORMS,
            states=rules.STATE_LABELS,
            in_use=rules.IN_USE,
            may_mend=may(person.roles, Permission.EDIT_ACCOUNTS),
            may_view_custody=may(person.roles, Permission.VIEW_CUSTODY),
        )


def _ids(found: worklist.Found, key: str) -> set[int] | None:
    """The accounts that deviate so; None: the list isn't narrowed."""
    if key == ANY:
        return worklist.accounts_in(found)
    known = {source.key for source in worklist.SOURCES}
    return worklist.accounts_in({key: found.get(key, ())}) if key in known else None


def _said(found: worklist.Found, accounts: Sequence[Account]) -> dict[int, list[Deviation]]:
    """Account → how it deviates, of those that are shown."""
    said: dict[int, list[Deviation]] = {}
    for kind in [kind for kinds in found.values() for kind in kinds]:
        for number, row in kind.rows(accounts).items():
            said.setdefault(number, []).append(row)
    return said
