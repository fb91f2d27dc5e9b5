"""Approving, on a phone: exactly what was seen, or back with a reason."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session, object_session
from werkzeug.wrappers import Response

from console import clock, phrases
from console.accounts import queries as accounts
from console.accounts.rules import platform_name
from console.db import unit_of_work
from console.errors import ConsoleError, NotAllowed, NotFound, Stale, WrongState
from console.incidents.models import Incident
from console.incidents.views.common import enter
from console.messages import (
    entered,
    envelope,
    forms,
    queries,
    reasons,
    rendering,
    still,
    wording,
)
from console.messages.models import Version, VersionPart
from console.messages.operations import approve
from console.messages.views import approve_view
from console.messages.views.common import bp
from console.people.rules import Permission, may
from console.web import proof
from console.web.guard import needs

Answer = str | tuple[str, int] | Response


@bp.get("/approve/<int:version_id>")
@needs(Permission.VIEW_BOARD)
def approve_page(slug: str, version_id: int) -> str:
    with unit_of_work() as session:
        incident = enter(session, slug)
        return _page(session, _version(session, incident, version_id))


@bp.post("/approve/<int:version_id>")
@needs(Permission.APPROVE_MESSAGE)
def approve_version(slug: str, version_id: int) -> ResponseReturnValue:
    """Godkänn: with the hash that was seen, and the replacing message's if there was one."""
    if (asked := _asked(slug)) is not None:
        return asked
    seen = request.form.get("seen_hash", "")
    replacement = entered.whole(request.form.get("replacement_id", ""))
    try:
        with unit_of_work() as session:
            incident = enter(session, slug)
            version, now = _version(session, incident, version_id), clock.now()
            if replacement is not None:
                other = _version(session, incident, replacement)
                if other.message.prepared_with_id != version.message_id:
                    raise WrongState(_("Texten som ersätter hör inte till den här rättelsen."))
                broadcast = approve.approve_both(
                    session, g.person, version.id, seen, other.id,
                    request.form.get("replacement_hash", ""), now,
                )  # fmt: skip
            else:
                _no_replacement_waits(session, version)
                broadcast = approve.approve(session, g.person, version.id, seen, now)
            first = broadcast.anchor if broadcast is not None else None
    except (Stale, WrongState, NotAllowed) as error:
        return _again(slug, version_id, error)
    if first is None:
        flash(_("Godkänd. Texten väntar på någon till."), "done")
    elif first <= now:
        flash(_("Godkänd. Texten går ut nu."), "done")
    else:
        when = phrases.when(first, now, str(get_locale()))
        flash(_("Godkänd. Texten går ut %(when)s.", when=when), "done")
    return redirect(f"/incidents/{slug}/")


@bp.post("/approve/<int:version_id>/parts/<int:part_id>")
@needs(Permission.APPROVE_MESSAGE)
def approve_translation(slug: str, version_id: int, part_id: int) -> ResponseReturnValue:
    """The other language, for itself: it joins at the next round."""
    if (asked := _asked(slug)) is not None:
        return asked
    try:
        with unit_of_work() as session:
            version = _version(session, enter(session, slug), version_id)
            part = session.get(VersionPart, part_id)
            if part is None or part.version_id != version.id:
                raise NotFound(_("Översättningen finns inte."))
            seen = request.form.get("seen_hash", "")
            part = approve.approve_part(session, g.person, part_id, seen, clock.now())
            flash(_english_said(session, part), "done")
    except (Stale, WrongState, NotAllowed) as error:
        return _again(slug, version_id, error)
    return redirect(url_for("messages.approve_page", slug=slug, version_id=version_id))


def _english_said(session: Session, part: VersionPart) -> str:
    """What becomes of an approved translation."""
    if part.state != "approved":
        return _("Godkänd. Engelskan väntar på någon till.")
    version = queries.version(session, part.version_id)
    if version.message.corrects_id is None and not queries.has_round_left(session, version):
        return _("Engelskan är godkänd, men texten sänds inte mer och går inte ut på engelska.")
    return _("Engelskan är godkänd. Den följer med från nästa omgång.")


def _asked(slug: str) -> ResponseReturnValue | None:
    """A live event's approver shows first who they are."""
    with unit_of_work() as session:
        exercise = enter(session, slug).exercise
    return None if exercise else proof.ask_first()


@bp.get("/approve/<int:version_id>/return")
@needs(Permission.APPROVE_MESSAGE)
def return_page(slug: str, version_id: int) -> str:
    with unit_of_work() as session:
        incident = enter(session, slug)
        return _return_page(session, _version(session, incident, version_id), forms.ReasonForm())


@bp.post("/approve/<int:version_id>/return")
@needs(Permission.APPROVE_MESSAGE)
def return_version(slug: str, version_id: int) -> Answer:
    form = forms.ReasonForm()
    try:
        with unit_of_work() as session:
            version = _version(session, enter(session, slug), version_id)
            approve.send_back(session, g.person, version.id, form.reason.data or "", clock.now())
            who = version.message.author.name
    except (WrongState, NotAllowed) as error:
        form.reason.errors = [error.message]
        with unit_of_work() as session:
            version = _version(session, enter(session, slug), version_id)
            return _return_page(session, version, form), error.status
    flash(_("Returnerad till %(who)s.", who=who), "done")
    return redirect(f"/incidents/{slug}/")


@bp.get("/approve/<int:version_id>/accounts")
@needs(Permission.VIEW_BOARD)
def renditions(slug: str, version_id: int) -> str:
    """The frozen text, account by account."""
    with unit_of_work() as session:
        incident = enter(session, slug)
        version = _version(session, incident, version_id)
        _may_read(version)
        frozen = envelope.read(version.canonical, version.content_hash)
        due = frozen.first_at or clock.now()
        line = wording.round_line(due, incident.last_number + 1, "sv")
        word = wording.next_word(frozen.promise_at, due, "sv")
        found = accounts.by_ids(session, [target.account_id for target in frozen.targets])
        place = {target.account_id: target.rendition for target in frozen.targets}
        groups: dict[int, list[str]] = {}
        for account in found:
            name = f"{account.short_name} {platform_name(account.platform)}"
            groups.setdefault(place[account.id], []).append(name)
        again, slots = frozen.still_valid, {}
        if again is not None and frozen.promise_at is not None and frozen.interval:
            number = incident.last_number
            slots = still.slots(due, frozen.promise_at, frozen.interval, again.seconds, number)
        return render_template(
            "messages/renditions.html",
            menu=(),
            still=[
                (
                    names,
                    rendering.fill(
                        again.renditions[index], slots["round"], slots["next"], since=slots["since"]
                    ),
                )
                for index, names in groups.items()
            ]
            if again is not None
            else [],
            groups=[
                (names, rendering.fill(frozen.renditions[index], line, word))
                for index, names in groups.items()
            ],
            back=url_for("messages.approve_page", slug=slug, version_id=version_id),
        )


def _version(session: Session, incident: Incident, version_id: int) -> Version:
    version = queries.version(session, version_id)
    if version.message.incident_id != incident.id:
        raise NotFound(_("Meddelandet finns inte i den här händelsen."))
    return version


def _may_read(version: Version) -> None:
    """What isn't out yet is read by those who write and those who approve."""
    roles = g.person.roles
    reads = may(roles, Permission.WRITE_MESSAGE) or may(roles, Permission.APPROVE_MESSAGE)
    if not reads and version.message.record_number is None:
        raise NotAllowed(_("Innan texten går ut får bara de som skriver och godkänner läsa den."))
    session = object_session(version)
    assert session is not None
    if version.message_id in queries.removed(session, version.message.incident.id):
        raise NotAllowed(reasons.said("removed"))


def _no_replacement_waits(session: Session, version: Version) -> None:
    """A correction is approved with the text that replaces, if one waits: nobody has to choose."""
    prepared = queries.prepared_with(session, version.message_id)
    if prepared is not None and queries.waiting_version(session, prepared.id) is not None:
        raise Stale(_("En text som ersätter har lämnats in. Läs den och godkänn båda."))


def _page(session: Session, version: Version, problem: str = "") -> str:
    _may_read(version)
    view = approve_view.build(session, version, g.person, clock.now(), problem)
    return render_template("messages/approve.html", approve=view, menu=())


def _again(slug: str, version_id: int, error: ConsoleError) -> tuple[str, int]:
    """The page again, with what hindered it in place."""
    with unit_of_work() as session:
        version = _version(session, enter(session, slug), version_id)
        return _page(session, version, error.message), error.status


def _return_page(session: Session, version: Version, form: forms.ReasonForm) -> str:
    message = version.message
    return render_template(
        "messages/return.html",
        menu=(),
        form=form,
        who=message.author.name,
        back=url_for("messages.approve_page", slug=message.incident.slug, version_id=version.id),
    )
