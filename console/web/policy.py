"""Regler: the policy profile, read by everybody; changed section by section, after a preview."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from console import clock, example
from console.accounts import signing_operations
from console.board.policy_effects import effects
from console.db import unit_of_work
from console.errors import BadInput, Faults, NotFound, Stale
from console.guideline import queries as guideline
from console.people.models import Person
from console.people.rules import Permission, may
from console.policy import operations, queries
from console.policy.openings import TYPES, Opening
from console.policy.rules import Profile, changed, ready_changes, to_content
from console.web import policy_words
from console.web.guard import current_person, needs
from console.web.policy_forms import (
    ReasonForm,
    changes_of,
    new_key,
    opening_form,
    opening_of,
    put_faults,
    section_form,
    types,
)

bp = Blueprint("policy", __name__)


@bp.get("/policy")
@needs(Permission.VIEW_POLICY)
def show() -> str:
    with unit_of_work() as session:
        profile = queries.current(session)
        return render_template(
            "policy/show.html",
            sections=[
                (
                    one,
                    [(asked.label, policy_words.lines(profile, asked.name)) for asked in one.asked],
                )
                for one in policy_words.SECTIONS
            ],
            profile=profile,
            ready=_ready_title(profile.key),
            guideline=guideline.applied_at(session, clock.now()),
            may_change=may(g.person.roles, Permission.CHANGE_POLICY),
        )


@bp.get("/policy/sections/<key>")
@needs(Permission.CHANGE_POLICY)
def section(key: str) -> str:
    found = _section(key)
    with unit_of_work() as session:
        form = section_form(found, queries.current(session))
    return render_template("policy/section.html", section=found, form=form)


@bp.post("/policy/sections/<key>")
@needs(Permission.CHANGE_POLICY)
def preview_section(key: str) -> ResponseReturnValue:
    """Changes nothing yet: shows what would."""
    found = _section(key)
    with unit_of_work() as session:
        profile = queries.current(session)
        form = section_form(found, profile)
        changes = changes_of(form, found)
        try:
            return _preview(session, changes)
        except Faults as faults:
            put_faults(form, faults)
            return render_template("policy/section.html", section=found, form=form), 422


@bp.get("/policy/openings")
@needs(Permission.VIEW_POLICY)
def openings() -> str:
    with unit_of_work() as session:
        return render_template(
            "policy/openings.html",
            openings=queries.current(session).openings,
            types=types(),
            may_change=may(g.person.roles, Permission.CHANGE_POLICY),
        )


@bp.get("/policy/openings/<key>")
@needs(Permission.CHANGE_POLICY)
def opening(key: str) -> str:
    """One template, or a new one: then the key is `new-` and its type."""
    with unit_of_work() as session:
        found = _opening(queries.current(session), key)
    return render_template("policy/opening.html", opening=found, key=key, form=opening_form(found))


@bp.post("/policy/openings/<key>")
@needs(Permission.CHANGE_POLICY)
def preview_opening(key: str) -> ResponseReturnValue:
    with unit_of_work() as session:
        profile = queries.current(session)
        found = _opening(profile, key)
        form = opening_form(found)
        kept = to_content(profile)["openings"]
        keys = [one["key"] for one in kept]
        if "remove" in request.form:
            rows = [one for one in kept if one["key"] != found.key]
        elif found.key in keys:
            said = opening_of(form, found.key, found.type)
            rows = [said if one["key"] == found.key else one for one in kept]
        else:
            name = new_key(f"{found.type} {form.en.data or ''}", keys)
            rows = [*kept, opening_of(form, name, found.type)]
        try:
            return _preview(session, {"openings": rows})
        except Faults as faults:
            put_faults(form, faults)
            page = render_template("policy/opening.html", opening=found, key=key, form=form)
            return page, 422


@bp.get("/policy/ready")
@needs(Permission.CHANGE_POLICY)
def ready() -> str:
    with unit_of_work() as session:
        return render_template(
            "policy/ready.html", profiles=example.profiles(), key=queries.current(session).key
        )


@bp.get("/policy/ready/<key>")
@needs(Permission.CHANGE_POLICY)
def preview_ready(key: str) -> ResponseReturnValue:
    found = next((one for one in example.profiles() if one.key == key), None)
    if found is None:
        raise NotFound(_("Den färdiga profilen finns inte. Välj någon i listan."))
    with unit_of_work() as session:
        return _preview(session, ready_changes(found.key, found.values))


@bp.post("/policy/confirm")
@needs(Permission.CHANGE_POLICY)
def confirm() -> ResponseReturnValue:
    form = ReasonForm()
    changes, seen = _posted(form)
    try:
        with unit_of_work() as session:
            operations.change(
                session,
                current_person(),
                clock.now(),
                changes,
                seen=seen,
                reason=form.reason.data or "",
            )
            signing_operations.meet_new_rules(session, current_person(), clock.now())
    except (Faults, Stale) as error:
        with unit_of_work() as session:
            if isinstance(error, Faults):
                put_faults(form, error)
            else:
                form.form_errors.append(error.message)
            return _preview(session, changes, form), error.status
    flash(_("Reglerna är ändrade och gäller nu."), "done")
    return redirect(url_for("policy.show"), 303)


@bp.get("/policy/versions")
@needs(Permission.VIEW_POLICY)
def versions() -> str:
    with unit_of_work() as session:
        found = queries.versions(session)
        names = _names(session)
        rows = [(one, names.get(one.by_id or 0, ""), _fields(one)) for one in found]
        return render_template("policy/versions.html", rows=rows)


@bp.get("/policy/versions/<int:version_id>")
@needs(Permission.VIEW_POLICY)
def version(version_id: int) -> str:
    with unit_of_work() as session:
        found = queries.version(session, version_id)
        return render_template(
            "policy/version.html",
            version=found,
            who=_names(session).get(found.by_id or 0, ""),
            differences=_differences(found.before, found.profile),
        )


def _preview(session: Session, changes: dict[str, Any], form: ReasonForm | None = None) -> str:
    """The page that shows what would differ and become late, and asks for a reason.

    Raises:
        Faults: a value can't be used, and there is no form to say it on.
    """
    before = queries.current(session)
    try:
        after = operations.preview(before, changes)
    except Faults:
        if form is None:
            raise
        after = before
    seen = queries.newest_id(session)
    if form is None:
        form = ReasonForm(formdata=None)
    form.changes.data, form.seen.data = json.dumps(changes, ensure_ascii=False), str(seen)
    # What is drawn is what this reading saw, also when an older one was posted.
    form.changes.raw_data = form.seen.raw_data = None
    return render_template(
        "policy/preview.html",
        form=form,
        differences=_differences(before, after),
        effects=effects(session, before, after, clock.now()),
    )


def _differences(before: Profile, after: Profile) -> list[policy_words.Difference]:
    return policy_words.differences(before, after, changed(before, after))


def _posted(form: ReasonForm) -> tuple[dict[str, Any], int]:
    try:
        changes, seen = json.loads(form.changes.data or ""), int(form.seen.data or "")
    except (ValueError, RecursionError):
        changes, seen = None, 0
    if not isinstance(changes, dict):
        raise BadInput(_("Förhandsvisningen går inte att läsa. Börja om från Regler."), "changes")
    return changes, seen


def _fields(one: queries.Version) -> str:
    names = changed(one.before, one.profile)
    return ", ".join(str(policy_words.LABELS.get(name, name)) for name in names)


def _names(session: Session) -> dict[int, str]:
    return {row.id: row.name for row in session.execute(select(Person.id, Person.name))}


def _section(key: str) -> policy_words.Section:
    found = policy_words.section(key)
    if found is None:
        raise NotFound(_("Den delen av reglerna finns inte. Välj någon på sidan Regler."))
    return found


def _opening(profile: Profile, key: str) -> Opening:
    found = next((one for one in profile.openings if one.key == key), None)
    kind = key.removeprefix("new-")
    if found is None and kind != key and kind in TYPES:
        found = Opening("", kind, "", "", {})
    if found is None:
        raise NotFound(_("Mallen finns inte. Välj någon i listan."))
    return found


def _ready_title(key: str) -> str:
    return next((one.title for one in example.profiles() if one.key == key), key)
