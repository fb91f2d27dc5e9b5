"""Fills the write page: previews, meters, faults, times."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from flask import url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from channels.counting import Limit
from channels.platforms import PLATFORMS
from console import kavel, phrases
from console.messages import (
    checks,
    forms,
    labels,
    layout,
    queries,
    rendering,
    rules,
    schedule,
    wording,
)
from console.messages.models import Message, Version
from console.messages.operations import submit
from console.messages.operations.submit import Group, Plan, Times
from console.messages.rules import MessageType
from console.messages.view_model import (
    Fault,
    Fix,
    Kind,
    Meters,
    Piece,
    Preview,
    Schedule,
    Standing,
    WriteView,
)
from console.messages.views.common import type_of
from console.parts import PlateItem, Verb
from console.people import queries as people
from console.people.models import Person
from console.people.rules import Role


def build(
    session: Session,
    message: Message,
    plan: Plan,
    form_faults: Mapping[str, str],
    actor: Person,
    now: datetime,
) -> WriteView:
    """The write page of a draft.

    Args:
        plan: what the draft would become now.
        form_faults: what the form itself couldn't read or misses: form field → sentence.
    """
    kind, slug = type_of(message), message.incident.slug
    too_long = any(not group.rendition.fits for group in plan.groups)
    short = too_long or bool(message.fields.get("short_text"))
    times = submit.times_of(message, now, {})
    more = layout.more(kind, short=short)

    def url(name: str) -> str:
        return url_for(f"messages.{name}", slug=slug, message_id=message.id)

    return WriteView(
        title=str(labels.WRITE[kind]),
        saved=saved(message),
        note=_note(session, message),
        kinds=_kinds(message, kind),
        rows=(
            *layout.rows(kind)[:1],
            *layout.short_rows(wanted=short),
            *layout.rows(kind)[1:],
        ),
        more=more,
        more_text=_more_text(kind, more),
        times=layout.times(kind),
        english=layout.ENGLISH,
        standing=_standing(session, message),
        meters=_meters(message),
        previews=_previews(plan, message, times, now),
        previews_head=_previews_head(plan),
        schedule=_schedule(message, times, now),
        faults=_faults(kind, plan.faults, form_faults),
        send_text=_send_text(session, actor),
        action_url=url("submit_message"),
        preview_url=url("previews"),
        draft_url=url("save_draft"),
        type_url=url("change_type"),
        withdraw_url=url("withdraw"),
        withdraw_text=_("Ta tillbaka rättelsen och fortsätt sända")
        if kind is MessageType.CORRECTION
        else _("Ta tillbaka"),
        revision=message.revision,
        replacement=_replacement(session, message, kind),
    )


def saved(message: Message) -> str:
    return _("Utkastet sparat %(at)s.", at=phrases.clock_s(message.saved_at))


def standing_for(session: Session, message: Message) -> list[rendering.Standing]:
    """The instructions that the writer is asked about. A replacement isn't: the correction is."""
    if message.prepared_with_id is not None:
        return []
    return queries.standing(session, message.incident_id)


def sentences_of(session: Session, message: Message) -> list[str]:
    """Sentences that are out with a message: any of them may be the wrong one."""
    texts = [message.fields.get(n) for n in ("instruction", "instruction_detail", "text")]
    if message.type == MessageType.CORRECTION:
        texts = [message.fields.get("right")]
    whole = [str(text) for text in texts if text]
    return [one for text in whole for one in rendering.sentences(text)]


def _note(session: Session, message: Message) -> str:
    if message.state == "returned":
        last = (
            session.query(Version)
            .filter(Version.message_id == message.id, Version.state == "returned")
            .order_by(Version.id.desc())
            .first()
        )
        if last is not None:
            return _("Returnerad: %(reason)s", reason=last.reason)
    if message.state == "submitted":
        return _("Texten väntar på godkännande. Ändrar du den måste den skickas på nytt.")
    if message.type == MessageType.CORRECTION:
        return _("Upprepningen är pausad medan du skriver.")
    if message.prepared_with_id is not None:
        return _("Den här texten ersätter den rättade. Den godkänns tillsammans med rättelsen.")
    return ""


def _kinds(message: Message, current: MessageType) -> tuple[Kind, ...]:
    if current is MessageType.CORRECTION:
        return ()
    offered = [kind for kind in MessageType if kind is not MessageType.CORRECTION]
    if message.prepared_with_id is not None:
        offered = [kind for kind in offered if kind in rules.REPEATING]
    return tuple(Kind(k.value, str(labels.TYPES[k]), k is current) for k in offered)


def _more_text(kind: MessageType, more: layout.Rows) -> str:
    names = [name for row in more for name in row if name in labels.FIELDS]
    words = [str(labels.label(name, kind)).rstrip("?") for name in names[:3]]
    if not words:
        return ""
    rest = len(names) - len(words)
    text = _("Frivilligt: %(words)s", words=", ".join([words[0], *(w.lower() for w in words[1:])]))
    return text + (" " + _("och %(n)s till.", n=rest) if rest else ".")


def _standing(session: Session, message: Message) -> tuple[Standing, ...]:
    fields = message.fields
    ends, stays = set(fields.get("ends") or ()), set(fields.get("stays") or ())
    asks = message.type == MessageType.CORRECTION
    return tuple(
        Standing(
            PlateItem(one.headline, one.area),
            f"standing-{one.id}",
            True if one.id in ends else (None if asks and one.id not in stays else False),
        )
        for one in standing_for(session, message)
    )


def _meters(message: Message) -> Meters:
    fields = message.fields
    text = " ".join(
        part
        for part in (
            str(fields.get("instruction") or ""),
            str(fields.get("instruction_detail") or ""),
            submit.body_of(message),
        )
        if part.strip()
    )
    whole = " ".join(str(v) for v in (*fields.values(), *(fields.get("en") or {}).values()))
    found = checks.identity_numbers(whole)
    ease = checks.lix(text)
    return Meters(
        length=len(text),
        lix=ease.value if ease.words else None,
        lix_word=_("Lätt att läsa") if ease.easy else _("Svårt att läsa"),
        words=ease.words,
        warnings=tuple(_("%(number)s ser ut som ett personnummer.", number=one) for one in found),
        calm=() if found else (_("Inga personnummer"),),
    )


def _previews(plan: Plan, message: Message, times: Times, now: datetime) -> tuple[Preview, ...]:
    due = times.first_at or now
    line = wording.round_line(due, message.incident.last_number + 1, "sv")
    word = wording.next_word(times.promise_at, due, "sv")
    groups = sorted(plan.groups, key=lambda group: group.rendition.fits)
    return tuple(_preview(group, line, word) for group in groups)


def _preview(group: Group, line: str, word: str) -> Preview:
    rendition, accounts = group.rendition, group.accounts
    names = list(dict.fromkeys(PLATFORMS[a.platform].name for a in accounts))
    few = len(accounts) == 1
    fixes: tuple[Fix, ...] = ()
    if not rendition.fits:
        cut = Fix(_("Korta vid en mening"), "do", "cut")
        fixes = (cut, Fix(_("Skriv kort text"), "do", "short"))
    whole = {"short": _("den korta texten"), "cut": _("kortad, med länk")}.get(rendition.how, "")
    if rendition.limit is None:
        whole = _("hela texten")
    return Preview(
        title=", ".join(names),
        accounts=accounts[0].short_name if few else _("%(n)s konton", n=len(accounts)),
        pieces=_pieces(rendition.parts, group.limit, line, word),
        length=rendition.length,
        limit=rendition.limit,
        whole=whole if rendition.fits and (rendition.limit is None) else "",
        note=whole if rendition.limit is not None else "",
        excess=rendition.excess,
        fixes=fixes,
    )


def _pieces(
    parts: tuple[rendering.Part, ...], limit: Limit, line: str, word: str
) -> tuple[Piece, ...]:
    """The parts as shown, with what lies past the limit marked."""
    values = {"round": line, "next": word}
    shown: list[Piece] = []
    for part in parts:
        text = part if isinstance(part, str) else values[part["slot"]]
        if text:
            space = " " if shown else ""
            shown.append(Piece(space + text, "plain" if isinstance(part, str) else "slot"))
    left = _fitting("".join(piece.text for piece in shown), limit)
    marked: list[Piece] = []
    for piece in shown:
        inside, over = piece.text[:left], piece.text[left:]
        left = max(0, left - len(piece.text))
        if inside:
            marked.append(Piece(inside, piece.kind))
        if over:
            marked.append(Piece(over, "over"))
    return tuple(marked)


def _fitting(text: str, limit: Limit) -> int:
    """How many characters of `text` are inside the limit."""
    if not limit.over(text):
        return len(text)
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if not limit.over(text[:middle]) else (low, middle - 1)
    return low


def _previews_head(plan: Plan) -> str:
    n = sum(len(group.accounts) for group in plan.groups)
    long = sum(len(group.accounts) for group in plan.groups if not group.rendition.fits)
    text: str = ngettext("%(num)s konto", "%(num)s konton", n)
    return text + (", " + ngettext("%(num)s för långt", "%(num)s för långa", long) if long else "")


def _schedule(message: Message, times: Times, now: datetime) -> Schedule:
    lang = str(get_locale())
    first = _("Går ut vid godkännande")
    if times.first_at is not None:
        first = _("Går ut %(when)s", when=phrases.when(times.first_at, now, lang))
    anchor = times.first_at or now
    if not times.interval or times.interval < 1:
        once = message.type not in rules.REPEATING
        return Schedule(first, _(", en gång.") if once else ".")
    interval = timedelta(seconds=times.interval)
    rest = _(", sedan %(every)s", every=phrases.every(interval, lang))
    if times.ends_at is not None:
        rest += _(" till %(when)s", when=phrases.when(times.ends_at, now, lang))
    rest += "."
    last = schedule.last_n(anchor, times.interval, times.rounds, times.ends_at)
    if last is not None and last > 0:
        rest += " " + ngettext("%(num)s omgång.", "%(num)s omgångar.", last)
    start, end = now - interval * 0.3, now + interval * 3.7
    moments = tuple(
        kavel.Moment("round", at, phrases.clock_fine(at, interval))
        for n in range(1, 5)
        if (last is None or n <= last)
        for at in [schedule.due(anchor, times.interval, n)]
    )
    if times.promise_at is not None:
        word = _("Utlovat %(at)s", at=phrases.clock(times.promise_at))
        moments += (kavel.Moment("promise", times.promise_at, word),)
    now_word = _("Nu %(at)s", at=phrases.clock(now))
    return Schedule(first, rest, kavel.draw(moments, now, start, end, now_word))


def _faults(
    kind: MessageType, plan_faults: Mapping[str, str], form_faults: Mapping[str, str]
) -> tuple[Fault, ...]:
    merged = {forms.FIELD_OF.get(name, name): text for name, text in plan_faults.items()}
    merged |= form_faults
    return tuple(Fault(_said(kind, name, text), name) for name, text in merged.items())


def _said(kind: MessageType, name: str, text: str) -> str:
    if name in labels.FIELDS and name != "short_text":
        return f"{str(labels.label(name, kind)).rstrip('?')}: {text[0].lower()}{text[1:]}"
    return text


def _send_text(session: Session, actor: Person) -> str:
    names = [p.name for p in people.with_role(session, Role.APPROVER) if p.id != actor.id]
    if not names:
        return _("Skicka för godkännande")
    if len(names) == 1:
        return _("Skicka till %(name)s", name=names[0])
    if len(names) == 2:
        return _("Skicka till %(a)s eller %(b)s", a=names[0], b=names[1])
    return _("Skicka till %(name)s eller %(n)s till", name=names[0], n=len(names) - 1)


def _replacement(session: Session, message: Message, kind: MessageType) -> Verb | None:
    if kind is not MessageType.CORRECTION:
        return None
    slug, prepared = message.incident.slug, queries.prepared_with(session, message.id)
    if prepared is None:
        url = url_for("messages.prepare_replacement", slug=slug, message_id=message.id)
        return Verb(_("Skriv texten som ersätter"), url, "post")
    url = url_for("messages.write", slug=slug, message_id=prepared.id)
    return Verb(_("Gå till texten som ersätter"), url)
