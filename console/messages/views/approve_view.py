"""Fills the approver's page: what would change, who stands behind it, what exactly is approved."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console import phrases
from console.accounts.models import Account
from console.errors import NotAllowed, WrongState
from console.incidents.models import IncidentAccount
from console.incidents.views.common import mail_is_set_up
from console.messages import calls, checks, envelope, labels, queries, rules
from console.messages.models import Message, Version, VersionPart
from console.messages.operations import approve
from console.messages.operations.submit import body_of
from console.messages.rendering import Standing
from console.messages.rules import MessageType
from console.messages.view_model import ApproveView, Line, ReplacementView, Translation
from console.messages.views import cards, pins, thread
from console.parts import Verb
from console.people.models import Person
from console.people.rules import Permission, may
from console.policy.queries import current as current_profile
from console.recipients import queries as recipients
from console.recipients.rules import CHANNELS


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
    made = calls.of_version(session, version) if version.state == "waiting" else []

    def url(name: str) -> str:
        return url_for(f"messages.{name}", slug=slug, version_id=version.id)

    first, rest = _goes_out(frozen, now) if version.state == "waiting" else ("", "")
    edits = may(actor.roles, Permission.WRITE_MESSAGE) and message.state in rules.EDITABLE
    return ApproveView(
        title=_title(version, kind),
        goes_out=first,
        goes_out_rest=rest,
        new=new,
        gone=gone,
        kept=kept,
        lines=tuple(_lines(session, version, frozen, now)),
        answer_by=_answer_by(session, version, actor, now),
        content_hash=version.content_hash,
        approve_url=url("approve_version"),
        return_url=url("return_page"),
        refusal=_refusal(session, version, actor),
        approved_at=version.settled_at if version.state == "approved" else None,
        renditions_url=url("renditions"),
        list_url=url_for("messages.listing", slug=slug),
        edit_url=url_for("messages.write", slug=slug, message_id=message.id) if edits else "",
        thread=thread.turns(session, message, frozen.texts, frozen, now, version.number),
        called=calls.said(made, now, str(get_locale()), mail=mail_is_set_up()),
        ring=calls.ring(made) if may(actor.roles, Permission.WRITE_MESSAGE) else None,
        problem=problem,
        english=_english(session, version, slug),
        cards=cards.of_version(session, version, frozen, now),
        images=cards.images_of(session, version, frozen),
        replacement=_replacement(session, message, slug),
    )


def _title(version: Version, kind: MessageType) -> str:
    """A question only while there is an answer to give."""
    name = str(labels.TYPES[kind]).lower()
    if version.state == "waiting":
        return str(labels.APPROVE[kind])
    if version.state == "approved":
        return _("Godkänd: %(kind)s", kind=name)
    if version.state == "returned":
        return _("Returnerad: %(kind)s", kind=name)
    return _("Gäller inte längre: %(kind)s", kind=name)


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
            gone.append(_applies(one))
    running = queries.running(session, frozen.incident_id)
    replaces = frozen.type in (*rules.REPEATING, MessageType.ALL_CLEAR)
    if frozen.type == MessageType.CORRECTION:
        gone.insert(0, texts.get("wrong", ""))
    elif running is not None and replaces and running.message_id != message.id:
        gone.append(body_of(running.message))
    kept = [_applies(one) for one in frozen.standing]
    return tuple(filter(None, new)), tuple(filter(None, gone)), tuple(kept)


def _applies(one: Standing) -> str:
    """An instruction and where, which it often says itself."""
    if one.area.casefold() in one.headline.casefold():
        return one.headline
    return f"{one.headline} {one.area}"


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
        _facts_from(session, frozen.texts.get("fact_owner", "")),
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
    lines.extend(_reached(session, frozen))
    lines.append(Line(_("Tider"), thread.times_in_words(frozen, now)))
    if frozen.promise_at is not None:
        when = phrases.when(frozen.promise_at, now, lang)
        lines.append(Line(_("Lovar"), _("Nytt besked %(when)s", when=when)))
    if frozen.still_valid is not None and frozen.promise_at is not None:
        verb = Verb(_("Visa texten"), url + "#fortfarande")
        lines.append(Line(_("Förlängs"), _still_in_words(frozen.still_valid, now), verb))
    if frozen.pin:
        where = pins.where((one.kind, one.platform) for one in frozen.targets)
        lines.append(Line(_("Fästs"), where))
    english = session.scalar(select(VersionPart.id).where(VersionPart.version_id == version.id))
    lines.append(
        Line(_("Språk"), _("Svenska. Engelska för sig.") if english else _("Bara svenska."))
    )
    lines.append(Line(_("Kontroll"), _check(frozen)))
    return lines


def _reached(session: Session, frozen: envelope.Envelope) -> list[Line]:
    """How many people of each kind a mail or an SMS goes to; nobody in an exercise."""
    ids = [one.account_id for one in frozen.targets if one.kind in CHANNELS]
    query = select(Account).where(Account.id.in_(ids)).order_by(Account.position, Account.id)
    accounts = list(session.scalars(query)) if ids else []
    said = recipients.reach(session, accounts)
    return [Line(one.short_name, _("Når %(who)s", who=said[one.id])) for one in accounts]


def _facts_from(session: Session, owner: str) -> Line:
    """Who owns the facts, with their number where the console knows them by that name."""
    query = select(Person).where(
        Person.active,
        Person.phone != "",
        func.starts_with(func.lower(owner), func.lower(Person.name)),
    )
    person = session.scalars(query.order_by(func.length(Person.name).desc())).first()
    ring = Verb(_("Ring"), how="call", phone=person.phone) if person is not None else None
    return Line(_("Fakta från"), owner, ring)


def _still_in_words(again: envelope.StillValid, now: datetime) -> str:
    lang = str(get_locale())
    text: str = ngettext(
        "Gäller fortfarande får sägas %(num)s gång och ger %(more)s till, längst till %(last)s.",
        "Gäller fortfarande får sägas %(num)s gånger och ger %(more)s till varje gång,"
        " längst till %(last)s.",
        again.times,
        more=phrases.span(timedelta(seconds=again.seconds), lang),
        last=phrases.when(again.latest, now, lang),
    )
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
    line = frozen.still_valid.line if frozen.still_valid is not None else ""
    whole = " ".join([*frozen.texts.values(), line])
    found = checks.identity_numbers(whole)
    if found:
        said += " " + _("Ser ut som personnummer: %(numbers)s.", numbers=", ".join(found))
    if hidden := checks.secrets(whole):
        said += " " + _("Ser ut som lösenord eller nyckel: %(them)s.", them=", ".join(hidden))
    return said


def _answer_by(session: Session, version: Version, actor: Person, now: datetime) -> str:
    sentences = [calls.answer_by(session, version, actor, now)]
    required = current_profile(session).approvals_required
    if version.state == "waiting" and required > 1:
        given = queries.approvals_given(session, version)
        sentences.insert(0, _("%(n)s av %(all)s har godkänt.", n=given, all=required))
    return " ".join(filter(None, sentences))


def _refusal(session: Session, version: Version, actor: Person) -> str:
    """Why this person can't approve it now; empty: they can."""
    if version.state == "waiting":
        try:
            approve.check_may_approve(actor, version)
            approve.check_correction_first(session, version)
        except (NotAllowed, WrongState) as error:
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
        state=_english_state(session, version) if waiting else _("Godkänd."),
        waiting=waiting,
    )


def _english_state(session: Session, version: Version) -> str:
    if version.message.corrects_id is None:
        if not queries.has_round_left(session, version):
            return _("Inte godkänd. Texten sänds inte mer och går inte ut på engelska.")
        if version.state == "waiting" and version.message.type not in rules.REPEATING:
            return _("Godkänn engelskan först: texten går ut en enda gång.")
    return _("Väntar på godkännande.")


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
