"""What would fail if a crisis began now: every active account with one score and one sentence."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from channels.platforms import PLATFORMS
from console import clock, listing
from console.accounts import queries, readiness
from console.accounts.readiness_rules import Score
from console.db import unit_of_work
from console.people.rules import Permission, may
from console.web.guard import current_person, needs
from console.web.paging import page_url

bp = Blueprint("readiness", __name__)


@bp.get("/readiness")
@needs(Permission.VIEW_ACCOUNTS)
def index() -> str:
    with unit_of_work() as session:
        found = readiness.standings(session, clock.now())
    failing = sum(one.score is Score.FAILS for one in found)
    return render_template(
        "accounts/readiness.html",
        heading=_heading(failing, len(found)),
        failing=failing,
        ready=sum(one.score is Score.READY for one in found),
        by_hand=sum(one.score is Score.BY_HAND for one in found),
        found=listing.slice_of(found, listing.number(request.args.get("page"))),
        page_url=page_url(),
        platforms=PLATFORMS,
        may_edit=may(current_person().roles, Permission.EDIT_ACCOUNTS),
    )


@bp.post("/readiness/<int:account_id>")
@needs(Permission.VIEW_ACCOUNTS)
def ask(account_id: int) -> ResponseReturnValue:
    """Ask the platform once more, soon."""
    with unit_of_work() as session:
        queries.account(session, account_id)
        readiness.ask_now(session, [account_id], clock.now())
    flash(_("Kontrolleras nu. Svaret syns om en stund."))
    return redirect(url_for("accounts.show", account_id=account_id), 303)


def _heading(failing: int, accounts: int) -> str:
    if not accounts:
        return _("Inga konton i bruk")
    if not failing:
        return _("Inget konto skulle svika nu")
    return ngettext(
        "%(num)d konto skulle svika om en kris började nu",
        "%(num)d konton skulle svika om en kris började nu",
        failing,
    )
