"""Fills the approver's page: what would change, who stands behind it, what exactly is approved."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console import phrases
from console.approvals.models import Approval
from console.errors import NotAllowed
from console.incidents.models import IncidentAccount
from console.messages import checks, envelope, labels, queries, rules, schedule
from console.messages.models import Message, Version, VersionPart
from console.messages.operations import approve
from console.messages.operations.submit import body_of
from console.messages.rules import MessageType
from console.messages.view_model import ApproveView, Line, ReplacementView, Translation
from console.parts import Verb
from console.people.models import Person
from console.people.rules import Permission, may
from console.policy.queries import current as current_profile


def build(
    session: Session, version: Version, actor: Person, now: datetime, problem: str = ""
) -> ApproveView:
    """The page of one version, for one person.

    Args:
        problem: why the last press did nothing.
    """
    message = version.message
    frozen = envelope.read(version.canonical, version.content_hash)
    slug, kind = message.incident.slug, MessageType(frozen.type)
    new, gone, kept = _difference(session, message, frozen)

    def url(name: str) -> str:
        return url_for(f"messages.{name}", slug=slug, version_id=version.id)

    first, rest = _goes_out(frozen, now)
    edits = may(actor.roles, Permission.WRITE_MESSAGE) and message.state in rules.EDITABLE
    return ApproveView(
        title=str(labels.APPROVE[kind]),
        goes_out=first,
        goes_out_rest=rest,
        new=new,
        gone=gone,
        kept=kept,
        lines=tuple(_lines(session, version, frozen, now)),
        answer_by=_answer_by(session, version, now),
        content_hash=version.content_hash,
        approve_url=url("approve_version"),
        return_url=url("return_page"),
        refusal=_refusal(session, version, actor),
        approved_at=version.settled_at if version.state == "approved" else None,
        renditions_url=url("renditions"),
        list_url=url_for("messages.listing", slug=slug),
        edit_url=url_for("messages.write", slug=slug, message_id=message.id) if edits else "",
        problem=problem,
        english=_english(session, version, slug),
        replacement=_replacement(session, message, slug),
    )


def _difference(
    session: Session, message: Message, frozen: envelope.Envelope
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """(new, gone, kept) against what applies and what is being repeated now."""
    texts = frozen.texts
    new = [" ".join(filter(None, (texts.get("instruction"), texts.get("instruction_detail"))))]
    if frozen.type == MessageType.CORRECTION:
        new.append(" ".join(filter(None, (texts.get("right"), texts.get("thanks")))))
    else:
        new.append(texts.get("text", ""))
    gone = []
    for one in queries.standing(session, frozen.incident_id):
        if one.id in frozen.ends:
            gone.append(f"{one.headline} {one.area}".strip())
    running = queries.running(session, frozen.incident_id)
    replaces = frozen.type in (*rules.REPEATING, MessageType.ALL_CLEAR)
    if frozen.type == MessageType.CORRECTION:
        gone.insert(0, texts.get("wrong", ""))
    elif running is not None and replaces and running.message_id != message.id:
        gone.append(body_of(running.message))
    kept = [f"{one.headline} {one.area}".strip() for one in frozen.standing]
    return tuple(filter(None, new)), tuple(filter(None, gone)), tuple(kept)


def _goes_out(frozen: envelope.Envelope, now: datetime) -> tuple[str, str]:
    if frozen.first_at is None or frozen.first_at <= now:
        return _("Går ut när du godkänner"), ""
    lang = str(get_locale())
    left = phrases.time_left(frozen.first_at, now, lang)
    when = phrases.when(frozen.first_at, now, lang)
    return _("Går ut %(when)s", when=when), _(", om %(left)s", left=left)


def _lines(
    session: Session, version: Version, frozen: envelope.Envelope, now: datetime
) -> list[Line]:
    lang = str(get_locale())
    message = version.message
    lines = [
        Line(_("Fakta från"), frozen.texts.get("fact_owner", "")),
        Line(_("Skrev"), _written_by(message)),
        Line(_("Gäller"), frozen.texts.get("area", "")),
    ]
    total: int = session.scalars(
        select(func.count())
        .select_from(IncidentAccount)
        .where(IncidentAccount.incident_id == frozen.incident_id)
    ).one()
    url = url_for("messages.renditions", slug=frozen.slug, version_id=version.id)
    said = _("%(n)s av %(all)s", n=len(frozen.targets), all=total)
    lines.append(Line(_("Konton"), _(", webben först"), Verb(said, url), verb_first=True))
    lines.append(Line(_("Tider"), times_in_words(frozen, now)))
    if frozen.promise_at is not None:
        when = phrases.when(frozen.promise_at, now, lang)
        lines.append(Line(_("Lovar"), _("Nytt besked %(when)s", when=when)))
    english = session.scalar(select(VersionPart.id).where(VersionPart.version_id == version.id))
    lines.append(
        Line(_("Språk"), _("Svenska. Engelska för sig.") if english else _("Bara svenska."))
    )
    lines.append(Line(_("Kontroll"), _check(frozen)))
    return lines


def times_in_words(frozen: envelope.Envelope, now: datetime) -> str:
    """ "13.10, sedan var 30:e minut till kl 22.00, 18 omgångar" """
    lang = str(get_locale())
    anchor = frozen.first_at if frozen.first_at is not None and frozen.first_at > now else None
    text: str = phrases.when(anchor, now, lang) if anchor else _("Vid godkännande")
    if not frozen.interval:
        return _("%(first)s, en gång", first=text)
    text += ", " + _(
        "sedan %(every)s", every=phrases.every(timedelta(seconds=frozen.interval), lang)
    )
    if frozen.ends_at is not None:
        text += " " + _("till %(when)s", when=phrases.when(frozen.ends_at, now, lang))
    last = schedule.last_n(anchor or now, frozen.interval, frozen.rounds, frozen.ends_at)
    if last is not None:
        text += ", " + ngettext("%(num)s omgång", "%(num)s omgångar", last)
    return text


def _written_by(message: Message) -> str:
    return ", ".join(filter(None, (message.author.name, message.author.title)))


def _check(frozen: envelope.Envelope) -> str:
    text = " ".join(
        frozen.texts.get(name, "")
        for name in ("instruction", "instruction_detail", "text", "right")
    )
    ease = checks.lix(text)
    word = _("lätt") if ease.easy else _("svårt")
    said: str = _("Ryms överallt. LIX %(lix)s, %(word)s.", lix=ease.value, word=word)
    found = checks.identity_numbers(" ".join(frozen.texts.values()))
    if found:
        said += " " + _("Ser ut som personnummer: %(numbers)s.", numbers=", ".join(found))
    return said


def _answer_by(session: Session, version: Version, now: datetime) -> str:
    required = current_profile(session).approvals_required
    if version.state != "waiting" or required < 2:
        return ""
    given: int = session.scalars(
        select(func.count())
        .select_from(Approval)
        .where(
            Approval.subject == approve.SUBJECT,
            Approval.subject_id == version.id,
            Approval.withdrawn_at.is_(None),
        )
    ).one()
    return _("%(n)s av %(all)s har godkänt.", n=given, all=required)


def _refusal(session: Session, version: Version, actor: Person) -> str:
    """Why this person can't approve it now; empty: they can."""
    if version.state == "waiting":
        try:
            approve.check_may_approve(actor, version)
        except NotAllowed as error:
            return error.message
        return ""
    lang, now = str(get_locale()), version.settled_at or version.submitted_at
    who = session.get(Person, version.settled_by_id) if version.settled_by_id else None
    at = phrases.date_sv(now, lang) + " " + phrases.clock(now)
    if version.state == "approved":
        return _("Godkänd %(at)s av %(who)s.", at=at, who=who.name if who else "")
    if version.state == "returned":
        return _("Returnerad av %(who)s: %(why)s", who=who.name if who else "", why=version.reason)
    newer = queries.waiting_version(session, version.message_id)
    if newer is not None:
        return _("Texten har ändrats. En nyare version väntar: läs den i listan över meddelanden.")
    return _("Texten har ändrats eller tagits tillbaka. Den här versionen går inte att godkänna.")


def _english(session: Session, version: Version, slug: str) -> Translation | None:
    part = session.scalar(select(VersionPart).where(VersionPart.version_id == version.id))
    if part is None:
        return None
    texts = envelope.read_part(part.canonical, part.content_hash).texts
    waiting = part.state == "waiting" and version.state in ("waiting", "approved")
    return Translation(
        texts=tuple(filter(None, (texts.get(n, "") for n in ("headline", "detail", "body")))),
        content_hash=part.content_hash,
        approve_url=url_for(
            "messages.approve_translation", slug=slug, version_id=version.id, part_id=part.id
        ),
        state=_("Väntar på godkännande.") if waiting else _("Godkänd."),
        waiting=waiting,
    )


def _replacement(session: Session, message: Message, slug: str) -> ReplacementView | None:
    prepared = queries.prepared_with(session, message.id)
    waiting = queries.waiting_version(session, prepared.id) if prepared is not None else None
    if prepared is None or waiting is None:
        return None
    frozen = envelope.read(waiting.canonical, waiting.content_hash)
    return ReplacementView(
        texts=tuple(filter(None, (frozen.texts.get(n, "") for n in ("instruction", "text")))),
        content_hash=waiting.content_hash,
        version_id=waiting.id,
        url=url_for("messages.approve_page", slug=slug, version_id=waiting.id),
    )
