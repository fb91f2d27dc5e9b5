"""Text cards as people see them before and after: drawn for real, and for those who may read them.

A preview's address carries what is drawn, signed by us: so nothing is stored of a draft, and nobody
can have the municipality's card drawn with words of their own.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

from flask import current_app, g, url_for
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from console.accounts.models import Account
from console.accounts.rules import platform_name
from console.db import unit_of_work
from console.errors import NotAllowed, NotFound
from console.incidents.views.common import enter
from console.messages import cards, envelope, queries, reasons, still, wording
from console.messages.cards import Cards
from console.messages.models import Delivery, Message, Version, VersionPart
from console.messages.operations import submit
from console.messages.operations.submit import Plan, Times
from console.messages.view_model import ShownCard
from console.messages.views.common import bp, site_url
from console.people.rules import Permission, may
from console.pictures import drawing, rules
from console.pictures.models import Image
from console.pictures.operations import drawn_among
from console.pictures.rules import Card
from console.policy.queries import current as current_profile
from console.web.guard import needs

AT_ONCE = threading.BoundedSemaphore(2)
"""Cards that a process draws at a time: writing must not slow the console down for others."""
PATIENCE = 5.0
"""Seconds to wait for one's turn; who gets none reads the alternative text."""


@bp.get("/cards/<token>")
@needs(Permission.VIEW_BOARD)
def card(slug: str, token: str) -> Response:
    """The card that a page shows before anything is out: for those who write and approve."""
    with unit_of_work() as session:
        enter(session, slug)
    roles = g.person.roles
    if not may(roles, Permission.WRITE_MESSAGE) and not may(roles, Permission.APPROVE_MESSAGE):
        raise NotAllowed(_("Innan texten går ut får bara de som skriver och godkänner läsa den."))
    try:
        asked = _serializer().loads(token)
    except BadSignature:
        raise NotFound(_("Kortet finns inte. Ladda om sidan som visade det.")) from None
    if asked["slug"] != slug:
        raise NotFound(_("Kortet finns inte. Ladda om sidan som visade det."))
    found = rules.card_of(asked["card"])
    try:
        data = _drawn(found)
    except drawing.CannotDraw:
        return Response(_("Kortet gick inte att göra just nu."), 503, {"Retry-After": "2"})
    return Response(data, mimetype=rules.SIZES[found.size].media_type)


@bp.get("/tasks/<int:delivery_id>/picture")
@needs(Permission.CONFIRM_BY_HAND)
def task_picture(slug: str, delivery_id: int) -> Response:
    """The very picture that goes out with a post, to be posted by hand."""
    with unit_of_work() as session:
        incident = enter(session, slug)
        delivery = session.get(Delivery, delivery_id)
        if delivery is None or delivery.incident_id != incident.id:
            raise NotFound(_("Inlägget finns inte i den här händelsen."))
        if delivery.message_id in queries.removed(session, incident.id):
            raise NotAllowed(reasons.said("removed"))
        found = drawn_among(session, [delivery.picture_id] if delivery.picture_id else [])
    if not found:
        raise NotFound(_("Kortet är inte färdigt än. Ladda om sidan strax."))
    name = f"{slug}-{delivery_id}.{found[0].name.rpartition('.')[2]}"
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return Response(found[0].data, headers=headers, mimetype=found[0].media_type)


@lru_cache(maxsize=64)
def _drawn(card: Card) -> bytes:
    """Raises: CannotDraw: refused, too slow, or too many at a time."""
    if not AT_ONCE.acquire(timeout=PATIENCE):
        raise drawing.CannotDraw("busy")
    try:
        return drawing.draw(card)
    finally:
        AT_ONCE.release()


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="text card")


def _shown(card: Card, slug: str, names: Iterable[str]) -> ShownCard:
    size = rules.SIZES[card.size]
    token: Any = _serializer().dumps({"slug": slug, "card": rules.content_of(card)})
    return ShownCard(
        names=", ".join(dict.fromkeys(names)),
        url=url_for("messages.card", slug=slug, token=token),
        alt=rules.spoken(card),
        language=card.language,
        width=size.width,
        height=size.height,
    )


def of_draft(
    session: Session, message: Message, plan: Plan, times: Times, now: datetime
) -> dict[str, ShownCard]:
    """Shape → the card that a draft's first round would carry, in Swedish."""
    source = submit.source_of(session, message, times, now, site_url(message.incident))
    sender = current_profile(session).municipality
    mended = cards.mended(message.type, message.fields, "sv")
    composed = cards.read(cards.compose(plan.shapes, sender, source, mended, None).get("cards"))
    if composed is None:
        return {}
    due = times.first_at or now
    number = message.incident.last_number + 1
    made = {
        shape: cards.card(
            composed, shape, message.type, "sv",
            (wording.round_line(due, number, "sv"), wording.next_word(times.promise_at, due, "sv")),
            source.link, exercise=message.incident.exercise,
        )
        for shape in composed.shapes
    }  # fmt: skip
    return {shape: _shown(one, message.incident.slug, ()) for shape, one in made.items()}


def of_version(
    session: Session, version: Version, frozen: envelope.Envelope, now: datetime
) -> tuple[ShownCard, ...]:
    """Every card that an approver says yes to: each shape, in each language, and for *Gäller
    fortfarande*, with the next round's lines."""
    if frozen.cards is None:
        return ()
    names = _names(session, frozen)
    found = _of_language(version, frozen, frozen.cards, "sv", frozen.link, names, now)
    for part in _parts(session, version):
        read = envelope.read_part(part.canonical, part.content_hash)
        if read.cards is not None:
            found += _of_language(version, frozen, read.cards, read.language, read.link, names, now)
    return tuple(found)


def images_of(
    session: Session, version: Version, frozen: envelope.Envelope
) -> tuple[ShownCard, ...]:
    """The message's own pictures as they were frozen: each once for every language's words."""
    if not frozen.images:
        return ()
    said = [("sv", one) for one in frozen.images]
    for part in _parts(session, version):
        read = envelope.read_part(part.canonical, part.content_hash)
        said += [(read.language, one) for one in read.images]
    digests = {one.digest for one in frozen.images}
    sizes = {
        row.digest: row
        for row in session.execute(
            select(Image.digest, Image.width, Image.height).where(Image.digest.in_(digests))
        )
    }
    slug, message_id = version.message.incident.slug, version.message_id
    return tuple(
        ShownCard(
            names="",
            url=url_for("messages.image", slug=slug, message_id=message_id, digest=one.digest),
            alt=one.alt,
            language=language,
            width=sizes[one.digest].width,
            height=sizes[one.digest].height,
        )
        for language, one in said
        if one.digest in sizes
    )


def _parts(session: Session, version: Version) -> list[VersionPart]:
    query = select(VersionPart).where(
        VersionPart.version_id == version.id, VersionPart.state != "withdrawn"
    )
    return list(session.scalars(query.order_by(VersionPart.id)))


def _of_language(
    version: Version,
    frozen: envelope.Envelope,
    words: Cards,
    language: str,
    link: str,
    names: dict[str, list[str]],
    now: datetime,
) -> list[ShownCard]:
    incident, due = version.message.incident, frozen.first_at or now
    lines: Collection[str] = (
        wording.round_line(due, incident.last_number + 1, language),
        wording.next_word(frozen.promise_at, due, language),
    )
    kept = {"exercise": frozen.exercise}
    made = [
        (shape, cards.card(words, shape, frozen.type, language, lines, link, **kept))
        for shape in words.shapes
    ]
    again = frozen.still_valid
    if again is not None and frozen.promise_at is not None and frozen.interval and language == "sv":
        slots = still.slots(
            due, frozen.promise_at, frozen.interval, again.seconds, incident.last_number
        )
        later = (slots["round"], slots["since"], slots["next"])
        made += [
            (one, cards.card(words, one, frozen.type, language, later, link, again=True, **kept))
            for one in words.still
        ]
    return [_shown(one, incident.slug, names.get(shape, ())) for shape, one in made]


def _names(session: Session, frozen: envelope.Envelope) -> dict[str, list[str]]:
    """Shape → the names of the accounts' platforms."""
    wanted = {one.account_id: one.card for one in frozen.targets if one.card}
    accounts = session.scalars(
        select(Account).where(Account.id.in_(wanted)).order_by(Account.position, Account.id)
    )
    names: dict[str, list[str]] = {}
    for account in accounts:
        names.setdefault(wanted[account.id], []).append(platform_name(account.platform))
    return names
