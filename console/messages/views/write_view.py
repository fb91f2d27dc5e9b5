"""Fills the write page: previews, meters, faults, times."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from flask import url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from channels.counting import Counting, Limit, forcing_ucs2
from console import kavel, phrases
from console.accounts.rules import platform_name
from console.incidents.views.common import mail_is_set_up
from console.messages import (
    calls,
    checks,
    forms,
    labels,
    layout,
    link_price,
    queries,
    reasons,
    rendering,
    rules,
    schedule,
    still,
    wording,
)
from console.messages.models import Message
from console.messages.operations import images, starts, submit
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
    ShownCard,
    Standing,
    WriteView,
)
from console.messages.views import cards, pins, thread
from console.messages.views.common import type_of
from console.parts import PlateItem, Verb
from console.people.models import Person
from console.policy.queries import current as current_profile


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
    version = queries.waiting_version(session, message.id)
    made = calls.of_version(session, version) if version is not None else []
    missing, meters = _missing(message, kind), _meters(message)
    drawn = cards.of_draft(session, message, plan, times, now)
    faults = _faults(kind, plan.faults, form_faults)

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
        english=layout.english(kind),
        standing=_standing(session, message),
        meters=meters,
        previews=_previews(plan, message, times, now, drawn),
        previews_head=_previews_head(plan),
        schedule=_schedule(message, times, now),
        faults=faults,
        missing=missing,
        said=_to_hear(missing, faults, meters),
        started=_started(message),
        # Offered until something has been written in the field that is set large.
        openings=() if message.fields.get(layout.rows(kind)[0][0]) else openings(session, kind),
        opening_url=url("use_opening"),
        spare_link=bool(message.fields.get("spare_link")),
        pins=pins.where(
            (plan.aims[account.id].kind, account.platform)
            for group in plan.groups
            for account in sorted(group.accounts, key=lambda one: one.position)
        ),
        openings_in_english="en" in current_profile(session).languages,
        send_text=_send_text(session, message, actor),
        action_url=url("submit_message"),
        preview_url=url("previews"),
        draft_url=url("save_draft"),
        type_url=url("change_type"),
        images_text=_images_text(session, message),
        withdraw_url=url("withdraw"),
        withdraw_text=_("Ta tillbaka rättelsen och fortsätt sända")
        if kind is MessageType.CORRECTION
        else _("Ta tillbaka"),
        revision=message.revision,
        replacement=_replacement(session, message, kind),
        thread=thread.turns(session, message, thread.texts_of(message), times, now),
        called=calls.said(made, now, str(get_locale()), mail=mail_is_set_up()),
        ring=calls.ring(made),
        nobody=calls.missing_approver(session, _writers(message, actor)),
    )


def _images_text(session: Session, message: Message) -> str:
    there = len(images.of_message(session, message.id))
    return _("Bilder (%(n)s)", n=there) if there else _("Lägg till en bild")


def _writers(message: Message, actor: Person) -> set[int]:
    """Who will have had a hand in the text once it is sent by the reader."""
    return {message.author_id, *message.hands, actor.id}


def saved(message: Message) -> str:
    return _("Utkastet sparat %(at)s.", at=phrases.clock_s(message.saved_at))


def standing_for(session: Session, message: Message) -> list[rendering.Standing]:
    """The instructions that the writer is asked about. For a replacement the correction says it."""
    if queries.awaited(session, message) is not None:
        return []
    return queries.standing(session, message.incident_id)


def _note(session: Session, message: Message) -> str:
    if message.state == "submitted":
        return _("Texten väntar på godkännande. Ändrar du den måste den skickas på nytt.")
    sent = queries.newest_broadcast(session, message.id)
    if sent is not None:
        why = reasons.said(sent.state_reason)
        return _("Texten godkändes men gick inte ut. %(why)s Skicka den på nytt.", why=why)
    if message.type == MessageType.CORRECTION:
        return _("Upprepningen är pausad medan du skriver.")
    if queries.awaited(session, message) is not None:
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
        warnings=(
            *(_("%(number)s ser ut som ett personnummer.", number=one) for one in found),
            # Only its beginning: the page may be seen by somebody else.
            *(
                _("%(start)s… ser ut som ett lösenord eller en nyckel.", start=one[:4])
                for one in checks.secrets(whole)
            ),
        ),
        calm=() if found else (_("Inga personnummer"),),
    )


def _previews(
    plan: Plan, message: Message, times: Times, now: datetime, drawn: Mapping[str, ShownCard]
) -> tuple[Preview, ...]:
    due = times.first_at or now
    line = wording.round_line(due, message.incident.last_number + 1, "sv")
    slots = {
        "round": line,
        "next": wording.next_word(times.promise_at, due, "sv"),
        "original": _("Länk till inlägget som rättas"),
    }
    again: dict[str, str] = {}
    if times.still is not None and times.promise_at is not None and times.interval:
        number, seconds = message.incident.last_number, times.still.seconds
        again = still.slots(due, times.promise_at, times.interval, seconds, number)
    groups = sorted(plan.groups, key=_fits)
    rounds = schedule.last_n(due, times.interval, times.rounds, times.ends_at)
    return tuple(
        _preview(group, slots, again, rounds, _cards_of(group, plan, drawn)) for group in groups
    )


def _cards_of(group: Group, plan: Plan, drawn: Mapping[str, ShownCard]) -> tuple[ShownCard, ...]:
    """Those that the group's accounts get, each once."""
    shapes = dict.fromkeys(plan.aims[account.id].card for account in group.accounts)
    return tuple(drawn[shape] for shape in shapes if shape in drawn)


def _fits(group: Group) -> bool:
    return group.rendition.fits and (group.still is None or group.still.fits)


def _preview(
    group: Group,
    slots: dict[str, str],
    again: dict[str, str],
    rounds: int | None,
    drawn: tuple[ShownCard, ...],
) -> Preview:
    rendition, accounts, later = group.rendition, group.accounts, group.still
    names = list(dict.fromkeys(platform_name(a.platform) for a in accounts))
    few = len(accounts) == 1
    price = link_price.sentence(accounts, rounds, linked=not group.spared)
    fixes: tuple[Fix, ...] = ()
    if price and group.spared:
        fixes = (Fix(_("Ta med länken"), "do", "keep_link"),)
    elif price and rendition.how != "cut":
        fixes = (Fix(_("Skicka utan länk"), "do", "spare_link"),)
    if not rendition.fits:
        cut = Fix(_("Korta vid en mening"), "do", "cut")
        fixes = (cut, Fix(_("Skriv kort text"), "do", "short"), *fixes)
    whole = {"short": _("den korta texten"), "cut": _("kortad, med länk")}.get(rendition.how, "")
    if rendition.limit is None:
        whole = _("hela texten")
    return Preview(
        title=", ".join(names),
        accounts=accounts[0].short_name if few else _("%(n)s konton", n=len(accounts)),
        pieces=_pieces(rendition.parts, group.limit, slots),
        still=_pieces(later.parts, group.limit, again) if later is not None else (),
        still_length=later.length if later is not None else 0,
        still_excess=later.excess if later is not None else 0,
        length=rendition.length,
        limit=rendition.limit,
        whole=whole if rendition.fits and (rendition.limit is None) else "",
        note=whole if rendition.limit is not None else "",
        wide=_wide(group),
        price=price,
        excess=rendition.excess,
        fixes=fixes,
        cards=drawn,
    )


def _wide(group: Group) -> str:
    """Which characters make a text message hold less than half as much; "" where there is none."""
    if group.limit.method is not Counting.SEPTETS:
        return ""
    parts = [*group.rendition.parts, *(group.still.parts if group.still else ())]
    found = forcing_ucs2("".join(part for part in parts if isinstance(part, str)))
    return (
        _("Byt %(chars)s mot andra tecken, så ryms dubbelt så mycket.", chars=" ".join(found))
        if found
        else ""
    )


def _pieces(
    parts: tuple[rendering.Part, ...], limit: Limit, values: Mapping[str, str]
) -> tuple[Piece, ...]:
    """The parts as shown, slots filled, with what lies past the limit marked."""
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
    long = sum(len(group.accounts) for group in plan.groups if not _fits(group))
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
    last = schedule.last_before_word(
        anchor, times.interval, times.rounds, times.ends_at, times.promise_at
    )
    if last != schedule.last_n(anchor, times.interval, times.rounds, times.ends_at):
        word = phrases.when(times.promise_at, now, lang) if times.promise_at else ""
        rest += _(" tills nästa besked %(when)s", when=word)
    elif times.ends_at is not None and last != times.rounds:
        rest += _(" till %(when)s", when=phrases.when(times.ends_at, now, lang))
    rest += "."
    if last is not None and last == times.rounds:
        rest += " " + ngettext("%(num)s omgång.", "%(num)s omgångar.", last)
    if times.still is not None:
        last_word = phrases.when(times.still.promises[-1], now, lang)
        rest += " " + _("Kan förlängas till %(when)s.", when=last_word)
    elif message.fields.get("still_times") and times.promise_at is not None:
        rest += " " + _("Kan inte förlängas: sluttiden är för nära.")
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
    return tuple(
        Fault(_said(kind, name, text), name, _place(name)) for name, text in merged.items()
    )


def _place(name: str) -> str:
    """What a field of a time or a number is called: its sentence alone doesn't say which it is."""
    if name in labels.FIELDS or not hasattr(forms.WriteForm, name):
        return ""
    return str(getattr(forms.WriteForm, name).args[0]).rstrip("?")


def _missing(message: Message, kind: MessageType) -> tuple[Fault, ...]:
    fields, asked = message.fields, rules.required_of(kind)
    empty = (name for name in asked if not str(fields.get(name) or "").strip())
    return tuple(Fault(str(labels.label(name, kind)).rstrip("?"), name) for name in empty)


def _to_hear(missing: tuple[Fault, ...], faults: tuple[Fault, ...], meters: Meters) -> str:
    n, empty = len(missing), {one.target for one in missing}
    count = ngettext("%(num)s uppgift saknas.", "%(num)s uppgifter saknas.", n)
    rest = [one.named for one in faults if one.target not in empty]
    return " ".join([count if n else _("Inget saknas."), *rest, *meters.warnings])


def _started(message: Message) -> str:
    start = message.started
    if "opening" in start:
        name = start["en" if str(get_locale()) == "en" else "sv"]
        return _("Mall: %(name)s. Fyll i det som står inom hakparenteser.", name=name)
    if "message" in start:
        return _(
            "Börjar från %(record)s. Tider och löfte är nya. Engelskan skrivs på nytt.",
            record=start["record"],
        )
    return ""


def openings(session: Session, kind: MessageType) -> tuple[tuple[str, str], ...]:
    """The openings for a type: key, and what its button says."""
    english = str(get_locale()) == "en"
    found = starts.openings(session, kind)
    return tuple((one.key, one.en if english else one.sv) for one in found)


def _said(kind: MessageType, name: str, text: str) -> str:
    if name in labels.FIELDS and name != "short_text":
        return f"{str(labels.label(name, kind)).rstrip('?')}: {text[0].lower()}{text[1:]}"
    return text


def _send_text(session: Session, message: Message, actor: Person) -> str:
    """Names who will be called: the first in turn, else everybody with the role."""
    listed, others = calls.next_people(session, _writers(message, actor), ())
    names = [person.name for person in listed[:1] or others]
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
