"""*Är det här vårt?*: one post on a locked account, and the answers to what it is."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from console import clock
from console.accounts import charge
from console.accounts.rules import platform_name
from console.db import unit_of_work
from console.errors import BadInput, Stale, WrongState
from console.incidents.views.common import enter
from console.messages.operations.settling import may_confirm
from console.messages.views.common import actions_of
from console.monitoring import lock_operations, lock_queries, lock_rules
from console.monitoring.item_rules import BY_MODERATION
from console.monitoring.lock_rules import Outcome
from console.people.rules import Permission, may
from console.web.guard import needs

bp = Blueprint("lock_alarms", __name__, url_prefix="/incidents/<slug>/alarms")


@bp.get("/<int:alarm_id>")
@needs(Permission.CONFIRM_BY_HAND)
def show(slug: str, alarm_id: int) -> str:
    with unit_of_work() as session:
        return _page(session, slug, alarm_id)


@bp.post("/<int:alarm_id>")
@needs(Permission.CONFIRM_BY_HAND)
def answer(slug: str, alarm_id: int) -> Response | tuple[str, int]:
    """Whose it is, or what has been done about it."""
    outcome = request.form.get("answer", "")
    try:
        with unit_of_work() as session:
            event = enter(session, slug)
            lock_operations.answer(
                session, g.person, alarm_id, event.id, outcome, clock.now(),
                seen=request.form.get("seen", ""),
            )  # fmt: skip
    except BadInput as error:
        with unit_of_work() as session:
            return _page(session, slug, alarm_id, error.message), error.status
    except (Stale, WrongState) as error:
        flash(error.message, "error")
    else:
        flash(_("Svaret är antecknat. Tack!"), "done")
    return redirect(url_for("lock_alarms.show", slug=slug, alarm_id=alarm_id))


def _page(session: Session, slug: str, alarm_id: int, fault: str = "") -> str:
    """Args: fault: what was wrong with the answer."""
    incident = enter(session, slug)
    alarm = lock_queries.one(session, incident, alarm_id)
    now = clock.now()
    answers: list[tuple[str, object]] = []
    if incident.state == "open" and may_confirm(session, g.person, alarm.account_id, now):
        answers = [
            (one.value, lock_rules.LABELS[alarm.kind, one])
            for one in lock_rules.ANSWERS.get((alarm.kind, alarm.state), ())
            if one is not Outcome.ALLOWED or may(g.person.roles, Permission.RELEASE_LOCK)
        ]
    return render_template(
        "monitoring/alarm.html",
        slug=slug,
        alarm=alarm,
        title=lock_rules.TITLES[alarm.kind],
        answers=answers,
        labels=lock_rules.LABELS,
        approved=lock_queries.approved_text(session, alarm),
        hidden=alarm.item.state in BY_MODERATION,
        fault=fault,
        platform=platform_name(alarm.account.platform),
        people=charge.people(session, [alarm.account_id], now),
        actions=actions_of(incident, g.person),
    )
