"""The snapshot: what the public may see now, from rows that were approved and went out.

A message is shown from the moment its website delivery has started, never before, and never if it
was stopped first. Texts come from the frozen envelope, not from drafts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels.platforms import PLATFORMS
from console.accounts.models import Account
from console.incidents.models import Incident
from console.messages import envelope, wording
from console.messages.models import (
    Broadcast,
    Delivery,
    Instruction,
    Message,
    Round,
    Version,
    VersionPart,
)
from console.policy.queries import current as current_profile
from console.site.feeds import Item
from console.site.view_model import (
    Earlier,
    EventPage,
    Head,
    Help,
    Lang,
    RegisterRow,
    Rumour,
    Sender,
    SiteView,
    Text,
)
from console.site.view_model import Instruction as Shown
from console.timeline.models import SignedHead
from console.timeline.queries import head

LIVE = "live"
LANGUAGES: tuple[Lang, ...] = ("sv", "en")
KINDS: dict[str, dict[Lang, str]] = {
    "rumour": {"sv": "Rykte", "en": "Rumour"},
    "correction": {"sv": "Rättelse", "en": "Correction"},
    "all_clear": {"sv": "Läget över", "en": "All clear"},
}


@dataclass(frozen=True)
class Snapshot:
    """One site at one moment, in every language."""

    generation: int
    """The timeline's count when the picture was taken."""
    views: dict[Lang, SiteView]
    items: tuple[Item, ...]
    """For the feeds, newest first."""

    @property
    def content(self) -> str:
        """Digest of all that is shown: the same as long as nothing shown has changed."""
        shown = (sorted(self.views.items()), self.items)
        return hashlib.sha256(repr(shown).encode()).hexdigest()


@dataclass(frozen=True)
class _Sent:
    """A message that has reached the website."""

    message: Message
    envelope: envelope.Envelope
    english: dict[str, str]
    first_at: datetime
    last_at: datetime


def snapshot(session: Session, site: str, now: datetime, public_url: str) -> Snapshot:
    """Take the picture; call it in a REPEATABLE READ unit of work.

    Args:
        site: "live", or an exercise's slug.
        public_url: address of the live site, for ids and links in feeds.
    """
    where = Incident.exercise.is_(False) if site == LIVE else Incident.slug == site
    incidents = session.scalars(select(Incident).where(where).order_by(Incident.id.desc())).all()
    events = [(one, _sent(session, one)) for one in incidents]
    events = [(incident, sent) for incident, sent in events if sent]
    views = {lang: _view(session, site, lang, events, now) for lang in LANGUAGES}
    items = tuple(
        item for incident, sent in events for item in _items(incident, sent, site, public_url)
    )
    return Snapshot(
        head(session).n, views, tuple(sorted(items, key=lambda i: i.updated, reverse=True))
    )


def with_head(session: Session, taken: Snapshot) -> Snapshot:
    """The live site shows the newest signed head as it was when the site last changed."""
    newest = session.scalar(select(SignedHead).order_by(SignedHead.n.desc()).limit(1))
    if newest is None:
        return taken
    shown = Head(newest.n, newest.entry_hash.hex(), newest.signature.hex())
    return replace(
        taken, views={lang: replace(view, head=shown) for lang, view in taken.views.items()}
    )


def _sent(session: Session, incident: Incident) -> list[_Sent]:
    """The event's messages on the website, newest first."""
    rows = session.execute(
        select(
            Message,
            Version,
            func.min(Round.due_at).label("first"),
            func.max(Round.due_at).label("last"),
            func.max(Round.at).label("written"),
        )
        .join(Broadcast, Broadcast.message_id == Message.id)
        .join(Version, Version.id == Broadcast.version_id)
        .join(Round, Round.broadcast_id == Broadcast.id)
        .join(Delivery, Delivery.round_id == Round.id)
        .where(
            Message.incident_id == incident.id,
            Delivery.leading,
            Delivery.state.in_(("started", "sent")),
        )
        .group_by(Message.id, Version.id)
        .order_by(func.min(Round.due_at).desc(), Message.id.desc())
    ).all()
    return [
        _Sent(
            row.Message,
            envelope.read(row.Version.canonical, row.Version.content_hash),
            _english(session, row.Version.id, row.written),
            row.first,
            row.last,
        )
        for row in rows
    ]


def _english(session: Session, version_id: int, written: datetime) -> dict[str, str]:
    """The English texts, once a round has gone out after their own approval."""
    part = session.scalar(
        select(VersionPart).where(
            VersionPart.version_id == version_id,
            VersionPart.language == "en",
            VersionPart.state == "approved",
            VersionPart.approved_at <= written,
        )
    )
    return envelope.read_part(part.canonical, part.content_hash).texts if part else {}


def _view(
    session: Session,
    site: str,
    lang: Lang,
    events: Sequence[tuple[Incident, list[_Sent]]],
    now: datetime,
) -> SiteView:
    profile = current_profile(session)
    pages = [(one.state, _page(session, one, sent, lang, now)) for one, sent in events]
    exercise = site != LIVE
    return SiteView(
        lang=lang,
        root=f"/ovning/{site}" if exercise else "",
        exercise=exercise,
        sender=Sender(profile.municipality, profile.phone, profile.radio, profile.feedback_email),
        events=tuple(page for state, page in pages if state == "open"),
        past=tuple(page for state, page in pages if state != "open"),
        register=() if exercise else _register(session),
    )


def _page(
    session: Session, incident: Incident, sent: list[_Sent], lang: Lang, now: datetime
) -> EventPage:
    newest = sent[0]
    over = any(one.message.type == "all_clear" for one in sent)
    promising = next((one for one in sent if one.envelope.promise_at is not None), None)
    promise = promising.envelope.promise_at if promising and not over else None
    area = newest.envelope.texts.get("area", incident.area)
    corrections = {one.envelope.corrects: one for one in sent if one.envelope.corrects is not None}
    plate = _plate(session, incident, sent, lang)
    mended = {one.message.id: _mender(corrections.get(one.message.id)) for one in sent}

    def field(name: str) -> Text | None:
        for one in sent:
            if one.envelope.texts.get(name):
                return Text(mended[one.message.id](one.envelope.texts[name]))
        return None

    news = next((one for one in sent if one.message.type != "rumour"), newest)
    return EventPage(
        lang=lang,
        slug=incident.slug,
        title=Text(_title(incident.name, area)),
        area=area,
        exercise=incident.exercise,
        over=over,
        updated_at=max(one.last_at for one in sent),
        promise_at=promise,
        late=promise is not None and promise <= now and incident.state == "open",
        fault_line=None,
        keep_doing=_keep_doing(plate, lang),
        plate=plate,
        latest=_news(news, lang, mended[news.message.id]),
        know=field("known"),
        dont_know=field("unknown"),
        doing=field("doing"),
        help=_help(current_profile(session).phone, sent, lang),
        rumours=tuple(_rumour(one, lang) for one in sent if one.message.type == "rumour"),
        earlier=tuple(
            _earlier(one, lang, corrections.get(one.message.id), mended[one.message.id])
            for one in sent
            if one is not news
        ),
        record=news.message.record or "",
        languages=LANGUAGES if any(one.english for one in sent) else ("sv",),
    )


def _plate(
    session: Session, incident: Incident, sent: list[_Sent], lang: Lang
) -> tuple[Shown, ...]:
    """What applies, as far as the website has been told: what ends an instruction must be shown
    before the instruction goes."""
    told = {one.message.id: one for one in sent}
    rows = session.scalars(
        select(Instruction)
        .where(Instruction.incident_id == incident.id)
        .order_by(Instruction.since, Instruction.id)
    )
    return tuple(
        _instruction(row, told[row.message_id], lang)
        for row in rows
        if row.message_id in told and (row.ended_at is None or row.ended_by_id not in told)
    )


def _instruction(row: Instruction, one: _Sent, lang: Lang) -> Shown:
    if lang == "en" and one.english.get("headline"):
        detail = one.english.get("detail")
        return Shown(Text(one.english["headline"], "en"), Text(detail, "en") if detail else None)
    place = row.area if row.area.casefold() not in row.headline.casefold() else ""
    parts = [wording.sentence(part) for part in (place, row.detail) if part]
    return Shown(Text(row.headline), Text(" ".join(parts)) if parts else None)


def _news(one: _Sent, lang: Lang, mend: Any) -> Text | None:
    if lang == "en" and one.english.get("body"):
        return Text(one.english["body"], "en")
    texts = one.envelope.texts
    if one.message.type == "correction":
        words = " ".join(
            wording.sentence(texts[name]) for name in ("right", "thanks") if texts.get(name)
        )
        return Text(f"Rättelse. {words}")
    body = texts.get("text") or " ".join(
        texts[name] for name in ("instruction", "instruction_detail") if texts.get(name)
    )
    return Text(mend(body)) if body else None


def _earlier(one: _Sent, lang: Lang, correction: _Sent | None, mend: Any) -> Earlier:
    texts = one.envelope.texts
    kind = KINDS.get(one.message.type)
    text = _news(one, lang, mend)
    struck = None
    if one.message.type == "correction" and not (lang == "en" and one.english):
        struck = Text(texts["wrong"])
        text = Text(text.text.removeprefix("Rättelse. ")) if text else None
    headline = texts.get("instruction")
    if headline and one.message.type != "correction" and text and text.lang == "sv":
        text = Text(f"{wording.sentence(headline)} {text.text}".strip())
        if not texts.get("text"):
            text = Text(wording.sentence(headline))
    return Earlier(
        at=one.first_at,
        text=text or Text(one.envelope.title),
        kind=Text(kind[lang], lang) if kind else None,
        struck=struck,
        corrected_at=correction.first_at if correction else None,
        record=one.message.record or "",
    )


def _rumour(one: _Sent, lang: Lang) -> Rumour:
    english = one.english.get("body") if lang == "en" else None
    text = english or one.envelope.texts["text"]
    language: Lang = "en" if english else "sv"
    truth, stop, rest = text.partition(". ")
    return Rumour(
        Text(truth + stop.strip(), language), Text(rest, language) if rest else None, one.first_at
    )


def _mender(correction: _Sent | None) -> Any:
    """Takes what was wrong out of a corrected text: it stands struck in the correction's row."""
    if correction is None:
        return lambda text: text
    wrong = correction.envelope.texts["wrong"]
    return lambda text: " ".join(text.replace(wrong, "").split())


def _keep_doing(plate: tuple[Shown, ...], lang: Lang) -> Text | None:
    if not plate:
        return None
    headline = plate[0].headline
    if lang == "en" and headline.lang == "en":
        return Text(f"Until then: {headline.text}", "en")
    return Text(f"Det här gäller tills vidare: {headline.text}")


def _help(phone: str, sent: list[_Sent], lang: Lang) -> tuple[Help, ...]:
    lines = {
        "sv": ("Ring", "om det är fara för liv.", "om du blir sjuk.", "Ring växeln,",
               "om du behöver hjälp."),
        "en": ("Call", "if life is in danger.", "if you fall ill.", "Call the switchboard,",
               "if you need help."),
    }[lang]  # fmt: skip
    found = [Help(Text(lines[0], lang), "112", Text(lines[1], lang))]
    if any(one.envelope.texts.get("if_ill") for one in sent):
        found.insert(0, Help(Text(lines[0], lang), "1177", Text(lines[2], lang)))
    found.append(Help(Text(lines[3], lang), phone, Text(lines[4], lang)))
    return tuple(found)


def _title(name: str, area: str) -> str:
    return f"{name}, {area}" if area and area.casefold() not in name.casefold() else name


def _register(session: Session) -> tuple[RegisterRow, ...]:
    rows = session.scalars(
        select(Account)
        .where(Account.public, Account.state == "active")
        .order_by(Account.position, Account.id)
    )
    return tuple(
        RegisterRow(row.name, PLATFORMS[row.platform].name, row.address, row.operation, "")
        for row in rows
    )


def _items(incident: Incident, sent: list[_Sent], site: str, public_url: str) -> list[Item]:
    base = public_url if site == LIVE else f"{public_url}/ovning/{site}"
    mark = "ÖVNING: " if incident.exercise else ""
    corrections = {one.envelope.corrects: one for one in sent if one.envelope.corrects is not None}
    items = []
    for one in sent:
        text = _news(one, "sv", _mender(corrections.get(one.message.id)))
        headline = one.envelope.texts.get("instruction", "")
        words = [wording.sentence(headline)] if headline else []
        if text and text.text not in words:
            words.append(text.text)
        items.append(
            Item(
                key=f"message-{one.message.id}",
                title=mark + one.envelope.title,
                text=" ".join(words),
                link=f"{base}/h/{incident.slug}/",
                published=one.first_at,
                updated=one.last_at,
                record=one.message.record or "",
            )
        )
    return items
