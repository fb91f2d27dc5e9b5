"""Disposal (4.4-b): the rules, what one would take, and the press after which it is gone."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from console import clock, listing
from console.archive import disposal, forms
from console.archive.disposal_rules import MATTER_LABELS
from console.db import unit_of_work
from console.errors import ConsoleError, Stale, WrongState
from console.people.rules import Permission, may
from console.web.faults import shown_again
from console.web.guard import needs
from console.web.paging import page_url

bp = Blueprint("disposal", __name__, url_prefix="/archive/disposal")

Answer = Response | str | tuple[str, int]


@bp.get("")
@needs(Permission.VIEW_ARCHIVE)
def index() -> str:
    with unit_of_work() as session:
        return _rules_page(session, forms.RuleForm(formdata=None))


@bp.post("")
@needs(Permission.KEEP_DISPOSAL_RULES)
def make() -> Answer:
    form = forms.RuleForm()
    try:
        with unit_of_work() as session:
            disposal.make_rule(
                session,
                g.person,
                clock.now(),
                matter=form.matter.data or "",
                months=form.months.data,
                decision=form.decision.data or "",
                decided_on=form.decided_on.data,
            )
    except ConsoleError as error:
        return shown_again(form, error, lambda session: _rules_page(session, form))
    flash(_("Regeln gäller nu. Inget är gallrat."), "done")
    return redirect(url_for("disposal.index"))


@bp.post("/<int:rule_id>/end")
@needs(Permission.KEEP_DISPOSAL_RULES)
def end(rule_id: int) -> Response:
    with unit_of_work() as session:
        disposal.end_rule(session, g.person, rule_id, clock.now())
    flash(_("Regeln gäller inte längre."), "done")
    return redirect(url_for("disposal.index"))


@bp.get("/<int:rule_id>")
@needs(Permission.VIEW_ARCHIVE)
def show(rule_id: int) -> str:
    """What the rule would take now."""
    with unit_of_work() as session:
        rule = disposal.rule_of(session, rule_id)
        found = disposal.candidates(session, rule, clock.now())
        page = listing.number(request.args.get("page"))
        return render_template(
            "archive/candidates.html",
            rule=rule,
            label=MATTER_LABELS[rule.matter],
            found=found,
            listed=disposal.listed(session, found, page),
            page_url=page_url(),
            disposes=bool(found.ids) and may(g.person.roles, Permission.DISPOSE),
        )


@bp.get("/<int:rule_id>/dispose")
@needs(Permission.DISPOSE)
def confirm(rule_id: int) -> str:
    """The second look: how many, how old, under which decision."""
    with unit_of_work() as session:
        rule = disposal.rule_of(session, rule_id)
        return render_template(
            "archive/dispose.html",
            rule=rule,
            label=MATTER_LABELS[rule.matter],
            found=disposal.candidates(session, rule, clock.now()),
        )


@bp.post("/<int:rule_id>/dispose")
@needs(Permission.DISPOSE)
def dispose(rule_id: int) -> Response:
    try:
        with unit_of_work() as session:
            mark = request.form.get("mark", "")
            gone = disposal.dispose(session, g.person, rule_id, mark, clock.now())
    except (Stale, WrongState) as error:
        flash(error.message, "error")
        return redirect(url_for("disposal.show", rule_id=rule_id))
    flash(ngettext("%(num)d post är gallrad.", "%(num)d poster är gallrade.", gone), "done")
    return redirect(url_for("disposal.index"))


def _rules_page(session: Session, form: forms.RuleForm) -> str:
    return render_template(
        "archive/disposal.html",
        rules=disposal.all_rules(session),
        labels=MATTER_LABELS,
        form=form if may(g.person.roles, Permission.KEEP_DISPOSAL_RULES) else None,
    )
