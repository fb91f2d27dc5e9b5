"""The English of a message: held to each account's limit as the Swedish is, frozen as a part with a
hash, and an approval, of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.counting import Limit
from console.accounts.rules import platform_name
from console.errors import WrongState
from console.messages import cards, envelope, queries, rendering, rules, still, wording
from console.messages.fields import text
from console.messages.models import Broadcast, Message, Version, VersionPart
from console.messages.operations import images
from console.messages.rendering import Standing
from console.policy.queries import current as current_profile

if TYPE_CHECKING:
    from console.messages.operations.submit import Plan, Times

TEXTS = ("headline", "detail", "body", "wrong")
"""A translation's texts; `wrong` is a correction's: the English sentence that was wrong."""


def written(message: Message) -> bool:
    return bool(text(_fields(message), "body"))


def faults(
    session: Session, message: Message, plan: Plan, times: Times, now: datetime, site_url: str
) -> dict[str, str]:
    """Where the English doesn't fit although it may be cut: the platform would refuse every round.

    Only accounts that speak English are asked.
    """
    sources = list(_sources(session, message, plan, times, now, site_url))
    narrow = {
        platform_name(account.platform)
        for group in plan.groups
        for account in group.accounts
        if "en" in account.languages
        and not all(_render(one, group.limit, group.spared).fits for one in sources)
    }
    if not narrow:
        return {}
    names = ", ".join(sorted(narrow))
    return {"en_body": _("För långt på engelska för %(names)s: korta den texten.", names=names)}


def freeze(
    session: Session,
    message: Message,
    version: Version,
    plan: Plan,
    times: Times,
    now: datetime,
    site_url: str,
) -> None:
    """Freeze it beside its version; nothing where there is none."""
    if not written(message):
        return
    source, *again = _sources(session, message, plan, times, now, site_url)
    later = (
        {"still_valid": [list(_render(again[0], g.limit, g.spared).parts) for g in plan.groups]}
        if again
        else {}
    )
    sender = current_profile(session).municipality
    canonical, digest = envelope.freeze(
        {
            **later,
            **cards.compose(
                plan.shapes,
                sender,
                source,
                cards.mended(message.type, message.fields, "en"),
                again[0] if again else None,
            ),
            **images.frozen(images.of_message(session, message.id), "en"),
            "version_hash": version.content_hash,
            "language": "en",
            "link": source.link,
            "texts": {name: text(_fields(message), name) for name in TEXTS},
            "renditions": [
                list(_render(source, group.limit, group.spared).parts) for group in plan.groups
            ],
        }
    )
    session.add(
        VersionPart(
            version_id=version.id,
            language="en",
            canonical=canonical,
            content_hash=digest,
            state="waiting",
        )
    )


def link_of(site_url: str, message: Message, language: str) -> str:
    """The event's stable address: an exercise's lies in the console, behind login."""
    if message.incident.exercise:
        return f"{site_url}/ovning/{message.incident.slug}/"
    return f"{site_url}{'/en' if language == 'en' else ''}/h/{message.incident.slug}/"


def _standing(session: Session, message: Message, plan: Plan) -> tuple[Standing, ...]:
    """What applies already, as far as its English has been approved and nobody has called that
    wrong since; of the rest only that it is there."""
    rows = session.execute(
        select(Broadcast.message_id, VersionPart.canonical, VersionPart.content_hash)
        .join(VersionPart, VersionPart.version_id == Broadcast.version_id)
        .where(
            Broadcast.message_id.in_(one.id for one in plan.standing),
            queries.went_out(),
            VersionPart.language == "en",
            VersionPart.state == "approved",
        )
    )
    headlines: dict[int, str] = {}
    for row in rows:
        # One that isn't what was approved is as none: it must not hold up what is said now.
        with suppress(WrongState):
            part = envelope.read_part(row.canonical, row.content_hash)
            headlines[row.message_id] = part.texts.get("headline", "")
    wrong = _called_wrong(session, message, headlines)
    told = [
        replace(one, headline=headline)
        for one in plan.standing
        if (headline := headlines.get(one.id)) and one.id not in wrong
    ]
    if any(not headlines.get(one.id) for one in plan.standing):
        told.append(Standing(0, wording.APPLIES_IN_SWEDISH, ""))
    elif len(told) < len(plan.standing):
        told.append(Standing(0, wording.APPLIES, ""))
    return tuple(told)


def _called_wrong(session: Session, message: Message, headlines: dict[int, str]) -> set[int]:
    """Of which messages a correction begun since says that the English headline is wrong: the
    instruction may stand in Swedish all the same."""
    corrections = session.scalars(
        select(Message).where(
            Message.incident_id == message.incident_id,
            Message.corrects_id.is_not(None),
            Message.state != rules.MessageState.WITHDRAWN,
        )
    ).all()
    return {
        number
        for number, headline in headlines.items()
        for one in corrections
        if one.id > number
        for sentence in wording.sentences(text(_fields(one), "wrong"))
        if wording.bare(sentence) in wording.bare(headline)
    }


def _sources(
    session: Session, message: Message, plan: Plan, times: Times, now: datetime, site_url: str
) -> Iterator[rendering.Source]:
    """What the renditions are made of, and what those of *Gäller fortfarande* are, if allowed."""
    english = _fields(message)
    source = rendering.Source(
        language="en",
        exercise=message.incident.exercise,
        headline=text(english, "headline"),
        detail=text(english, "detail"),
        standing=_standing(session, message, plan),
        body=_body(message, english),
        short="",
        may_cut=True,
        link=link_of(site_url, message, "en"),
        promise=times.promise_at,
        earliest=now,
        original=message.corrects_id is not None,
    )
    yield source
    if times.still is not None:
        yield still.source(source, times.still, "")


def _render(source: rendering.Source, limit: Limit, spared: bool) -> rendering.Rendition:
    """Where there isn't room for what applies already, it only says that it is there."""
    whole = rendering.render(source, limit, with_link=not spared)
    if whole.fits or not source.standing:
        return whole
    source = replace(source, standing=(Standing(0, wording.APPLIES, ""),))
    return rendering.render(source, limit, with_link=not spared)


def _fields(message: Message) -> dict[str, Any]:
    return message.fields.get("en") or {}


def _body(message: Message, english: dict[str, Any]) -> str:
    body, wrong = text(english, "body"), text(english, "wrong")
    if message.corrects_id is None or not wrong:
        return body
    return wording.correction(wrong, body, "", "en")
