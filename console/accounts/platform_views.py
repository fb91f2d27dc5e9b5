"""The catalogue of platforms, and one platform with its assessments (2-a, 4.6-b, 4.6-c)."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from channels.platforms import ADDED
from console import clock
from console.accounts import coverage, platform_operations, platform_queries, queries
from console.accounts import platform_rules as rules
from console.accounts.platform_forms import AddForm, AssessForm
from console.accounts.queries import Sieve
from console.accounts.rules import platform_name
from console.db import unit_of_work
from console.errors import ConsoleError, NotFound
from console.people.rules import Permission, may
from console.web.faults import show_faults
from console.web.guard import needs

bp = Blueprint("platforms", __name__, url_prefix="/platforms")

SHOWN = 20
"""Accounts on a platform's page; the register has them all."""


@bp.get("")
@needs(Permission.VIEW_ACCOUNTS)
def index() -> str:
    with unit_of_work() as session:
        return _list_page(session, AddForm())


@bp.post("")
@needs(Permission.EDIT_ACCOUNTS)
def add() -> Response | tuple[str, int]:
    form = AddForm()
    try:
        with unit_of_work() as session:
            added = platform_operations.add(session, g.person, form.name.data or "", clock.now())
            key = added.key
    except ConsoleError as error:
        show_faults(form, error)
        with unit_of_work() as session:
            return _list_page(session, form), error.status
    flash(_("Plattformen är tillagd. Bedöm nu vilket ansvar ni har där."))
    return redirect(url_for("platforms.show", key=key))


@bp.get("/<key>")
@needs(Permission.VIEW_ACCOUNTS)
def show(key: str) -> str:
    with unit_of_work() as session:
        today = coverage.today(clock.now())
        return _page(session, key, AssessForm(formdata=None, decided_on=today))


@bp.post("/<key>")
@needs(Permission.EDIT_ACCOUNTS)
def assess(key: str) -> Response | tuple[str, int]:
    form = AssessForm()
    try:
        with unit_of_work() as session:
            platform_operations.assess(
                session,
                g.person,
                key,
                clock.now(),
                affects={"yes": True, "no": False}.get(form.affects.data or ""),
                reason=form.reason.data or "",
                decided_by=form.decided_by.data or "",
                decided_on=form.decided_on.data,
            )
    except NotFound:
        raise
    except ConsoleError as error:
        show_faults(form, error)
        with unit_of_work() as session:
            return _page(session, key, form), error.status
    flash(_("Bedömningen är sparad."))
    return redirect(url_for("platforms.show", key=key))


def _list_page(session: Session, form: AddForm) -> str:
    newest = platform_queries.newest(session)
    counted = platform_queries.counted(session)
    rows = [
        (key, platform_name(key), counted.get(key, 0), _scope(key, newest), key.startswith(ADDED))
        for key in platform_queries.keys(session)
    ]
    return render_template(
        "accounts/platforms.html",
        rows=rows,
        form=form,
        labels=rules.SCOPE_LABELS,
        may_edit=may(g.person.roles, Permission.EDIT_ACCOUNTS),
    )


def _scope(key: str, newest: dict[str, platform_queries.PlatformAssessment]) -> rules.Scope | None:
    last = newest.get(key)
    return rules.scope(key, last.affects if last else None)


def _page(session: Session, key: str, form: AssessForm) -> str:
    platform_queries.check_known(session, key)
    made = platform_queries.assessments(session, key)
    return render_template(
        "accounts/platform.html",
        key=key,
        name=platform_name(key),
        scope=rules.scope(key, made[0].affects if made else None),
        labels=rules.SCOPE_LABELS,
        made=made,
        accounts=queries.all_accounts(session, Sieve(platform=key))[:SHOWN],
        form=form,
        may_edit=may(g.person.roles, Permission.EDIT_ACCOUNTS),
    )
