"""Two events side by side, or an exercise beside its plan. The address says which, to be shared."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from wtforms import Form, SelectField
from wtforms.fields import SelectChoice

from console import clock
from console.db import unit_of_work
from console.errors import NotFound
from console.incidents import exercise_queries
from console.incidents import queries as incidents
from console.incidents.models import Incident
from console.incidents.views.common import show_in_band
from console.people.rules import Permission
from console.review import compare_rules, compare_shown, figures_queries, finding_queries
from console.review.figures_rules import Figures, count
from console.review.views import sees_all
from console.web.guard import needs

bp = Blueprint("compare", __name__)
PLAN = "plan"
"""Instead of a second event: the first one's own plan."""


class CompareForm(Form):
    """Sent by GET."""

    left = SelectField(_l("Händelse"), validate_choice=False)
    right = SelectField(_l("Jämför med"), validate_choice=False)


@bp.get("/compare")
@needs(Permission.VIEW_TIMELINE)
def show() -> tuple[str, int]:
    """`left`: a slug; `right`: another, or `plan`."""
    form = CompareForm(request.args)
    with unit_of_work() as session:
        show_in_band(session, None)
        chosen = [
            SelectChoice(one.slug, f"{_('Övning')}: {one.name}" if one.exercise else one.name)
            for one in finding_queries.events(session)
        ]
        form.left.choices = [SelectChoice("", _("Välj")), *chosen]
        form.right.choices = [
            SelectChoice("", _("Välj")),
            SelectChoice(PLAN, _("Sin egen övningsplan")),
            *chosen,
        ]
        left = _event(session, form.left)
        against_plan = form.right.data == PLAN
        right = None if against_plan else _event(session, form.right)
        rows, plan = [], None
        if left is not None and against_plan:
            run = exercise_queries.run_of(session, left.id)
            if run is None:
                form.right.errors = [_("Händelsen följde ingen övningsplan. Välj en händelse.")]
            else:
                plan = compare_shown.plan_table(run, _figures(session, left), whole=sees_all(left))
        elif left is not None and right is not None:
            if left.id == right.id:
                form.right.errors = [_("Välj en annan händelse att jämföra med.")]
            else:
                both = compare_rules.measured(_figures(session, left), _figures(session, right))
                rows = compare_shown.rows(both)
        return render_template(
            "review/compare.html",
            form=form,
            left=left,
            right=right,
            rows=rows,
            plan=plan,
        ), 422 if form.errors else 200


def _event(session: Session, field: SelectField) -> Incident | None:
    if not field.data:
        return None
    try:
        return incidents.by_slug(session, field.data)
    except NotFound:
        field.errors = [_("Välj en händelse i listan.")]
        return None


def _figures(session: Session, incident: Incident) -> Figures:
    return count(figures_queries.facts(session, incident), clock.now())
