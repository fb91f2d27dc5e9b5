"""A message's own pictures: uploaded with what they show, described anew, taken away; and shown."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import FileField, TextAreaField

from console import clock
from console.db import unit_of_work
from console.errors import ConsoleError, NotAllowed, NotFound
from console.incidents.views.common import enter
from console.messages import queries, reasons, rules
from console.messages.image_models import MessageImage
from console.messages.models import Message
from console.messages.operations import images
from console.messages.views.common import bp, of_event
from console.people.rules import Permission, may
from console.pictures import reencoding
from console.pictures.models import Image
from console.policy.queries import current as current_profile
from console.web.faults import show_faults
from console.web.guard import needs

Answer = Response | tuple[str, int]


class ImageForm(FlaskForm):
    file = FileField(_l("Bild"), description=_l("JPEG, PNG eller WebP, högst 10 MB."))
    alt = TextAreaField(
        _l("Vad visar bilden?"),
        description=_l("Läses upp för den som inte ser bilden. Skriv ut text som står i den."),
    )
    alt_en = TextAreaField(
        _l("Vad visar bilden, på engelska?"), description=_l("Behövs när det finns engelsk text.")
    )


@bp.get("/messages/<int:message_id>/images")
@needs(Permission.WRITE_MESSAGE)
def own_images(slug: str, message_id: int) -> str:
    with unit_of_work() as session:
        message = of_event(session, enter(session, slug), message_id)
        return _page(session, message, ImageForm(formdata=None))


@bp.post("/messages/<int:message_id>/images")
@needs(Permission.WRITE_MESSAGE)
def add_image(slug: str, message_id: int) -> Answer:
    form, sent = ImageForm(), request.files.get("file")
    upload = sent.stream.read(reencoding.MOST_BYTES + 1) if sent else b""
    alt, alt_en = form.alt.data or "", form.alt_en.data or ""
    try:
        made = reencoding.reencode(upload)
        with unit_of_work() as session:
            of_event(session, enter(session, slug), message_id)
            images.add(session, g.person, message_id, made, alt, alt_en, clock.now())
    except ConsoleError as error:
        return _again(slug, message_id, form, error)
    flash(_("Bilden är med. Den godkänns tillsammans med texten."), "done")
    return redirect(url_for("messages.own_images", slug=slug, message_id=message_id), 303)


@bp.post("/messages/<int:message_id>/images/<int:row_id>")
@needs(Permission.WRITE_MESSAGE)
def change_image(slug: str, message_id: int, row_id: int) -> Answer:
    """Describe it anew, or take it away."""
    alt, alt_en = request.form.get("alt", ""), request.form.get("alt_en", "")
    try:
        with unit_of_work() as session:
            of_event(session, enter(session, slug), message_id)
            now = clock.now()
            if request.form.get("do") == "remove":
                images.remove(session, g.person, message_id, row_id, now)
                flash(_("Bilden är borttagen."), "done")
            else:
                images.describe(session, g.person, message_id, row_id, alt, alt_en, now)
                flash(_("Sparat."), "done")
    except ConsoleError as error:
        return _again(slug, message_id, ImageForm(formdata=None), error)
    return redirect(url_for("messages.own_images", slug=slug, message_id=message_id), 303)


@bp.get("/messages/<int:message_id>/images/<digest>")
@needs(Permission.VIEW_BOARD)
def image(slug: str, message_id: int, digest: str) -> Response:
    """A picture of a message: before it is out, for those who write and approve."""
    with unit_of_work() as session:
        incident = enter(session, slug)
        message = of_event(session, incident, message_id)
        roles = g.person.roles
        reads = may(roles, Permission.WRITE_MESSAGE) or may(roles, Permission.APPROVE_MESSAGE)
        if not reads and message.record_number is None:
            raise NotAllowed(
                _("Innan texten går ut får bara de som skriver och godkänner läsa den.")
            )
        if message.id in queries.removed(session, incident.id):
            raise NotAllowed(reasons.said("removed"))
        data = session.scalar(
            select(Image.data)
            .join(MessageImage, MessageImage.image_id == Image.id)
            .where(MessageImage.message_id == message.id, Image.digest == digest)
        )
    if data is None:
        raise NotFound(_("Bilden är inte med längre. Ladda om sidan."))
    return Response(data, mimetype="image/jpeg")


def _page(session: Session, message: Message, form: ImageForm) -> str:
    slug = message.incident.slug
    rows = images.of_message(session, message.id)
    return render_template(
        "messages/images.html",
        menu=(),
        form=form,
        rows=rows,
        english="en" in current_profile(session).languages,
        changes=message.state in rules.EDITABLE,
        full=len(rows) >= images.MOST,
        most=images.MOST,
        slug=slug,
        message_id=message.id,
        back=url_for("messages.write", slug=slug, message_id=message.id),
    )


def _again(slug: str, message_id: int, form: ImageForm, error: ConsoleError) -> tuple[str, int]:
    """The page again, with what was typed and what hindered it; a file must be chosen anew."""
    show_faults(form, error)
    with unit_of_work() as session:
        message = of_event(session, enter(session, slug), message_id)
        return _page(session, message, form), error.status
