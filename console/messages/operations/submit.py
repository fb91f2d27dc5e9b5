"""Submitting: what is written is checked, rendered for every account, and frozen."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels.counting import Limit
from console import live
from console.accounts.models import Account
from console.accounts.rules import platform_name
from console.errors import BadInput, Faults, Stale, WrongState
from console.messages import (
    cards,
    envelope,
    queries,
    rendering,
    rules,
    schedule,
    still,
    unfilled,
    wording,
)
from console.messages.fields import instant as _instant
from console.messages.fields import text as _text
from console.messages.fields import whole as _whole
from console.messages.models import Message, Version
from console.messages.operations import calling, drafts, english, images
from console.messages.targets import Aim, aim, alike
from console.people.models import Person
from console.people.rules import Permission
from console.policy.queries import current as current_profile
from console.timeline.operations import record


@dataclass(frozen=True)
class Group:
    """Accounts that get the same text, counted the same way."""

    limit: Limit
    accounts: tuple[Account, ...]
    rendition: rendering.Rendition
    still: rendering.Rendition | None = None
    """What goes out when *Gäller fortfarande* is said."""
    spared: bool = False
    """The link is left out, because it costs."""


@dataclass
class Plan:
    """What a draft would become: shown as previews, frozen at submission."""

    groups: list[Group] = field(default_factory=list)
    aims: dict[int, Aim] = field(default_factory=dict)
    """Account id → where it goes."""
    standing: tuple[rendering.Standing, ...] = ()
    """What applies already and goes on."""
    faults: dict[str, str] = field(default_factory=dict)
    """Field name → sentence. Empty: it can be submitted."""

    @property
    def shapes(self) -> set[str]:
        """Of the text cards that go along."""
        return {one.card for one in self.aims.values() if one.card}


@dataclass(frozen=True)
class Times:
    first_at: datetime | None
    interval: int | None
    rounds: int | None
    ends_at: datetime | None
    promise_at: datetime | None
    still: still.Still | None = None


def submit(
    session: Session,
    actor: Person,
    message_id: int,
    revision: int,
    now: datetime,
    site_url: str,
    *,
    mail: bool,
) -> Version:
    """Freeze a version, put it before an approver and call the one on duty.

    Args:
        revision: the revision the writer looked at.
        site_url: `Settings.site_url(...)`: links point there.
        mail: notices are also sent as mail.

    Raises:
        Faults: what is missing or doesn't fit, by field.
        Stale, NotAllowed, NotFound, WrongState.
    """
    drafts.need(actor, Permission.WRITE_MESSAGE)
    message = drafts.locked(session, message_id)
    incident = drafts.open_incident(session, message.incident_id)
    if message.revision != revision:
        raise Stale(_("Någon annan har sparat texten under tiden. Läs den först."))
    if not rules.may_move(rules.MESSAGE_MOVES, message.state, "submitted"):
        raise WrongState(_("Meddelandet är redan inlämnat eller har gått ut."))
    plan = prepare(session, message, now, site_url)
    if plan.faults:
        raise Faults(plan.faults)
    number = 1 + (
        session.scalar(select(func.max(Version.number)).where(Version.message_id == message.id))
        or 0
    )
    canonical, digest = envelope.freeze(_content(session, message, number, plan, now, site_url))
    version = Version(
        message_id=message.id,
        number=number,
        canonical=canonical,
        content_hash=digest,
        state="waiting",
        submitted_at=now,
        submitted_by_id=actor.id,
    )
    session.add(version)
    message.state = rules.MessageState.SUBMITTED
    session.flush()
    english.freeze(session, message, version, plan, times_of(message, now, {}), now, site_url)
    record(
        session,
        "message:submitted",
        body={
            "message": message.id,
            "version": version.id,
            "number": number,
            "content_hash": digest,
            "envelope": canonical,
        },
        now=now,
        incident_id=incident.id,
        person_id=actor.id,
    )
    calling.call_first(session, version, now, mail=mail)
    live.announce(session, live.incident_topic(incident.id), live.WORK)
    if message.type == rules.MessageType.CORRECTION:
        _renew_replacement(session, actor, message, now, site_url, mail=mail)
    return version


def _renew_replacement(
    session: Session,
    actor: Person,
    correction: Message,
    now: datetime,
    site_url: str,
    *,
    mail: bool,
) -> None:
    """Freeze the replacing text anew if it was sent before the correction said what will apply.

    Else it would be approved together with the correction, and then stand still at its first round.
    Where it doesn't fit any more, it is a draft again.
    """
    prepared = queries.prepared_with(session, correction.id)
    if prepared is None:
        return
    # Held as whoever approves, returns or saves it holds it: it may be another text by then.
    prepared = drafts.locked(session, prepared.id)
    waiting = queries.waiting_version(session, prepared.id)
    if waiting is None:
        return
    frozen = envelope.read(waiting.canonical, waiting.content_hash)
    will = source_of(session, prepared, times_of(prepared, now, {}), now, site_url).standing
    if frozen.standing == will:
        return
    drafts.void_waiting(session, prepared, now, "standing")
    prepared.state = rules.MessageState.DRAFT
    session.flush()
    if not prepare(session, prepared, now, site_url).faults:
        submit(session, actor, prepared.id, prepared.revision, now, site_url, mail=mail)


def prepare(session: Session, message: Message, now: datetime, site_url: str) -> Plan:
    """Render a draft for every account and find every fault, without writing anything."""
    plan = Plan()
    kind = rules.MessageType(message.type)
    for name in rules.required_of(kind):
        if not str(message.fields.get(name) or "").strip():
            plan.faults[name] = _("Saknas.")
    plan.faults |= unfilled.faults(kind, message.fields)
    spoken = english.written(message)
    plan.faults |= images.faults(images.of_message(session, message.id), english=spoken)
    times = times_of(message, now, plan.faults)
    accounts = queries.publishing_accounts(session, message.incident)
    for account in accounts:
        try:
            plan.aims[account.id] = aim(account, message.incident.slug, message.incident.exercise)
        except BadInput as error:
            plan.faults[f"account-{account.id}"] = error.message
    accounts = [account for account in accounts if account.id in plan.aims]
    if not any(_leads(account, plan.aims[account.id]) for account in accounts):
        plan.faults["accounts"] = _(
            "Den officiella webbplatsen måste vara med. Lägg till den i händelsens konton."
        )
    source = source_of(session, message, times, now, site_url)
    plan.standing = source.standing
    for (limit, website, charged), same in alike(accounts, plan.aims).items():
        spared = charged and bool(message.fields.get("spare_link"))
        with_link = not website and not spared
        rendition = rendering.render(source, limit, with_link=with_link)
        again = None
        if times.still is not None:
            line = still.source(source, times.still, times.still.line)
            again = rendering.render(line, limit, with_link=with_link)
        plan.groups.append(Group(limit, tuple(same), rendition, again, spared))
        if not rendition.fits:
            plan.faults.setdefault("short_text", _too_long(same, rendition))
        elif again is not None and not again.fits:
            plan.faults.setdefault("still_times", _still_too_long(same))
    if spoken:
        plan.faults |= english.faults(session, message, plan, times, now, site_url)
    return plan


_END = {"interval_seconds", "rounds", "ends_at"}
"""Without these there is no approved end."""


def times_of(message: Message, now: datetime, faults: dict[str, str]) -> Times:
    """The schedule that the fields ask for; what can't be kept is added to `faults`."""
    fields, repeats = message.fields, message.type in rules.REPEATING
    first_at = _instant(fields, "first_at", faults)
    promise = _instant(fields, "promise_at", faults)
    ends_at = _instant(fields, "ends_at", faults) if repeats else None
    interval = _whole(fields, "interval_seconds", faults) if repeats else None
    rounds = _whole(fields, "rounds", faults) if repeats else None
    if first_at is not None and first_at <= now:
        first_at = None
    start = first_at or now
    if repeats:
        exercise = message.incident.exercise
        low = rules.SHORTEST_EXERCISE_INTERVAL if exercise else rules.SHORTEST_LIVE_INTERVAL
        if interval is None:
            faults.setdefault("interval_seconds", _("Välj hur ofta meddelandet ska upprepas."))
        elif not low <= interval <= rules.LONGEST_INTERVAL:
            faults["interval_seconds"] = _(
                "Upprepa tidigast efter %(low)s sekunder och senast efter ett dygn.", low=low
            )
            interval = None
        if rounds is None and ends_at is None:
            faults.setdefault("ends_at", _("Ange hur länge eller hur många gånger det upprepas."))
        if rounds is not None and rounds < 1:
            faults["rounds"] = _("Ange minst en omgång.")
        if rounds is not None and rounds > rendering.LONGEST_NUMBER:
            faults["rounds"] = _("Ange högst %(n)s omgångar.", n=rendering.LONGEST_NUMBER)
        if ends_at is not None and ends_at < start:
            faults["ends_at"] = _("Sluttiden är före första omgången.")
    if promise is None:
        if message.type != rules.MessageType.ALL_CLEAR:
            faults.setdefault("promise_at", _("Säg när nästa besked kommer. Invånarna ser det."))
    elif promise <= now:
        faults["promise_at"] = _("Den tiden har redan varit. Välj ett senare klockslag.")
    elif promise <= start:
        faults["promise_at"] = _("Nästa besked måste komma efter första omgången.")
    allowed = None
    if repeats and promise is not None and promise > start and not faults.keys() & _END:
        end = schedule.approved_end(start, interval, rounds, ends_at)
        allowed = still.wanted(fields, start, promise, end, faults)
    return Times(first_at, interval, rounds, ends_at, promise, allowed)


def source_of(
    session: Session, message: Message, times: Times, now: datetime, site_url: str
) -> rendering.Source:
    """What the Swedish rendition is made of."""
    fields = message.fields
    ended = set(fields.get("ends") or [])
    standing = queries.standing(session, message.incident.id)
    if (correction := queries.awaited(session, message)) is not None:
        standing = _after(standing, correction)
    return rendering.Source(
        language="sv",
        exercise=message.incident.exercise,
        headline=_text(fields, "instruction"),
        detail=_text(fields, "instruction_detail"),
        standing=tuple(one for one in standing if one.id not in ended),
        body=body_of(message),
        short=_text(fields, "short_text"),
        may_cut=bool(fields.get("may_cut")),
        link=english.link_of(site_url, message, "sv"),
        promise=times.promise_at,
        earliest=now,
        original=message.corrects_id is not None,
    )


def _after(standing: list[rendering.Standing], correction: Message) -> list[rendering.Standing]:
    """What will apply once the correction is out: a replacing message goes out after it."""
    ended = set(correction.fields.get("ends") or [])
    left = [one for one in standing if one.id not in ended]
    headline = _text(correction.fields, "instruction")
    if headline:
        area, detail = (_text(correction.fields, name) for name in ("area", "instruction_detail"))
        left.append(rendering.Standing(correction.id, headline, area, detail))
    return left


def body_of(message: Message) -> str:
    """The message's own words, beside instruction and schedule."""
    fields = message.fields
    if message.type == rules.MessageType.CORRECTION:
        return wording.correction(
            _text(fields, "wrong"), _text(fields, "right"), _text(fields, "thanks"), "sv"
        )
    return _text(fields, "text")


def _content(
    session: Session, message: Message, number: int, plan: Plan, now: datetime, site_url: str
) -> dict[str, Any]:
    times = times_of(message, now, {})
    source = source_of(session, message, times, now, site_url)
    profile = current_profile(session)
    place = {a.id: i for i, group in enumerate(plan.groups) for a in group.accounts}
    accounts = [account for group in plan.groups for account in group.accounts]
    allowed = times.still
    approved_before = {} if allowed is None else {
        "still_valid": {
            "times": len(allowed.promises),
            "seconds": allowed.seconds,
            "latest": allowed.promises[-1],
            "line": allowed.line,
            "renditions": [list(group.still.parts) for group in plan.groups if group.still],
        }
    }  # fmt: skip
    again = still.source(source, allowed, allowed.line) if allowed is not None else None
    return {
        **approved_before,
        **cards.compose(
            plan.shapes,
            profile.municipality,
            source,
            cards.mended(message.type, message.fields, "sv"),
            again,
        ),
        **images.frozen(images.of_message(session, message.id), "sv"),
        **({"pin": True} if message.fields.get("pin") else {}),
        "type": message.type,
        "incident": {
            "id": message.incident.id,
            "slug": message.incident.slug,
            "exercise": message.incident.exercise,
        },
        "message": message.id,
        "version": number,
        "title": title_of(message),
        "texts": {
            name: _text(message.fields, name)
            for name in rules.fields_of(rules.MessageType(message.type))
            if _text(message.fields, name)
        },
        "standing": [asdict(one) for one in source.standing],
        "ends": sorted(message.fields.get("ends") or []),
        "renditions": [list(group.rendition.parts) for group in plan.groups],
        "accounts": [
            {
                "account_id": account.id,
                "kind": plan.aims[account.id].kind,
                "platform": account.platform,
                "fingerprint": plan.aims[account.id].fingerprint,
                "languages": list(account.languages),
                "repeat": account.repeat_rule,
                "official": _leads(account, plan.aims[account.id]),
                "rendition": place[account.id],
                **({"card": plan.aims[account.id].card} if plan.aims[account.id].card else {}),
            }
            for account in sorted(accounts, key=lambda one: (one.position, one.id))
        ],
        "schedule": {
            "first_at": times.first_at,
            "interval": times.interval,
            "rounds": times.rounds,
            "ends_at": times.ends_at,
            "promise_at": times.promise_at,
        },
        "link": source.link,
        "corrects": message.corrects_id,
        "fault_line": {"sv": profile.fault_line_sv, "en": profile.fault_line_en},
    }


TITLES = {
    rules.MessageType.FIRST: "första beskedet",
    rules.MessageType.INSTRUCTION: "uppmaning",
    rules.MessageType.UPDATE: "uppdatering",
    rules.MessageType.NO_NEWS: "inget nytt",
    rules.MessageType.RUMOUR: "rykte och fakta",
    rules.MessageType.CORRECTION: "rättelse",
    rules.MessageType.ALL_CLEAR: "läget över",
}


def title_of(message: Message) -> str:
    return f"{message.incident.name}: {TITLES[rules.MessageType(message.type)]}"


def _leads(account: Account, where: Aim) -> bool:
    return account.official and where.kind == "website"


def _too_long(accounts: list[Account], rendition: rendering.Rendition) -> str:
    names = sorted({platform_name(account.platform) for account in accounts})
    sentence: str = _(
        "%(excess)s tecken för mycket för %(names)s. Korta vid en mening eller skriv en kort text.",
        excess=rendition.excess,
        names=", ".join(names),
    )
    return sentence


def _still_too_long(accounts: list[Account]) -> str:
    names = sorted({platform_name(account.platform) for account in accounts})
    sentence: str = _(
        "Texten som säger att det fortfarande gäller ryms inte på %(names)s. Korta uppmaningen"
        " eller välj Nej.",
        names=", ".join(names),
    )
    return sentence
