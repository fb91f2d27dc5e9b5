"""A post as its page and the list show it: what state it is in, in words, and what can be done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from console import phrases
from console.accounts.models import Account
from console.accounts.rules import platform_name
from console.messages import checks, reasons
from console.messages.models import Broadcast, Delivery, Message
from console.parts import State as Mark
from console.posts import queries, rules
from console.posts.models import PostHold, Suggestion
from console.posts.operations import correcting, writing

_ON_ITS_WAY: tuple[Mark, ...] = ("queued", "claimed", "started", "retry")
_NOT_OUT: tuple[Mark, ...] = ("refused", "expired", "stopped")


@dataclass(frozen=True)
class Outcome:
    """One account's row."""

    id: int
    account: Account
    platform: str
    state: Mark
    at: datetime | None
    why: str
    link: str
    content: str
    asks: str
    """by_hand | unknown | already (it was by hand when the lock came); empty: nothing"""
    edits: bool
    """The text takes the place of a post that is out: never to be published beside it."""
    original: str
    """Where the post stands that it edits; may be empty."""


@dataclass(frozen=True)
class PostView:
    message: Message
    mark: Mark
    said: str
    """One sentence: where the post is."""
    accounts: tuple[Account, ...]
    outcomes: tuple[Outcome, ...]
    holds: tuple[PostHold, ...]
    locked: tuple[queries.Standing, ...]
    """Locks that stand now on its accounts."""
    suggestions: tuple[Suggestion, ...]
    due: datetime | None
    ease: checks.Lix
    may_hand_over: bool
    may_anew: bool
    may_correct: bool
    corrections: tuple[Message, ...]
    """Oldest first."""

    @property
    def text(self) -> str:
        return str(self.message.fields.get("text") or "")


def view(session: Session, message: Message, now: datetime) -> PostView:
    accounts = tuple(queries.accounts_of(session, message.id))
    broadcast = queries.broadcasts_of(session, [message.id]).get(message.id)
    rows = queries.deliveries_of(session, message.id)
    originals = queries.links_of(session, {one.edits_id for one in rows if one.edits_id})
    holds = tuple(queries.open_holds(session, message.id))
    locked = queries.locks_on(session, [one.id for one in accounts])
    suggestions = tuple(queries.suggestions_of(session, message.id))
    handed = {one.incident_id for one in suggestions}
    standing = list(locked.values())
    waits = message.state in (rules.State.DRAFT, rules.State.HELD) or bool(holds)
    lost = bool(writing.missing(session, message.id, rows))
    states = Counter(row.state for row in rows)
    corrections = tuple(correcting.corrections(session, message.id))
    waiting = any(one.state in (rules.State.APPROVED, rules.State.HELD) for one in corrections)
    return PostView(
        message=message,
        mark=_mark(message, holds, states),
        said=_said(message, broadcast, holds, standing, states, now),
        accounts=accounts,
        outcomes=tuple(_outcome(one, originals) for one in rows),
        holds=holds,
        locked=tuple(standing),
        suggestions=suggestions,
        due=broadcast.anchor if broadcast is not None else None,
        ease=checks.lix(str(message.fields.get("text") or "")),
        may_hand_over=waits and any(one.incident.id not in handed for one in standing),
        may_anew=not standing
        and (message.state == rules.State.HELD or (message.state == rules.State.OUT and lost)),
        may_correct=not waiting and correcting.may_correct(message, rows),
        corrections=corrections,
    )


@dataclass(frozen=True)
class Row:
    """A post in the list."""

    message: Message
    mark: Mark
    said: str
    names: str

    @property
    def text(self) -> str:
        return " ".join(str(self.message.fields.get("text") or "").split())


def rows(session: Session, messages: Sequence[Message], now: datetime) -> list[Row]:
    """The list's rows, in a fixed number of queries."""
    ids = [one.id for one in messages]
    names = queries.named(session, ids)
    broadcasts = queries.broadcasts_of(session, ids)
    holds: dict[int, list[PostHold]] = {}
    for hold in queries.holds_among(session, ids):
        holds.setdefault(hold.message_id, []).append(hold)
    held_on = {hold.account_id for found in holds.values() for hold in found}
    locks = queries.locks_on(session, held_on)
    states = queries.states_of(session, ids)
    made = []
    for message in messages:
        mine = holds.get(message.id, [])
        standing = [locks[one.account_id] for one in mine if one.account_id in locks]
        made.append(
            Row(
                message,
                _mark(message, mine, states.get(message.id, Counter())),
                _said(
                    message,
                    broadcasts.get(message.id),
                    mine,
                    standing,
                    states.get(message.id, Counter()),
                    now,
                ),
                ", ".join(names.get(message.id, [])),
            )
        )
    return made


def _mark(message: Message, holds: Sequence[PostHold], states: Counter[str]) -> Mark:
    if holds or message.state == rules.State.HELD:
        return "paused"
    if message.state == rules.State.OUT:
        pressing: tuple[Mark, ...] = ("unknown", "by_hand", *_ON_ITS_WAY, *_NOT_OUT)
        return next((one for one in pressing if states[one]), "sent")
    marks: dict[str, Mark] = {"draft": "by_hand", "approved": "queued"}
    return marks.get(message.state, "stopped")


def _said(
    message: Message,
    broadcast: Broadcast | None,
    holds: Sequence[PostHold],
    standing: Sequence[queries.Standing],
    states: Counter[str],
    now: datetime,
) -> str:
    lang = str(get_locale())
    if holds:
        return held(holds[0], standing, now)
    if message.state == rules.State.APPROVED and broadcast is not None:
        if broadcast.anchor <= now:
            return str(_("Går ut nu."))
        return str(_("Går ut %(at)s.", at=phrases.when(broadcast.anchor, now, lang)))
    if message.state == rules.State.OUT:
        return _gone(message, states)
    if message.state == rules.State.WITHDRAWN:
        return str(_("Kastat. Inget gick ut."))
    return str(_("Utkast. Det går inte ut förrän du släpper det."))


def _gone(message: Message, states: Counter[str]) -> str:
    """What became of it, never more than is known."""
    out, every = states["sent"] + states["confirmed"], states.total()
    if states["unknown"]:
        return str(_("Obekräftat. Titta på kontot och svara."))
    if states["by_hand"] and message.corrects_id is not None:
        return str(_("Väntar på dig: rätta för hand."))
    if states["by_hand"]:
        return str(_("Väntar på dig: publicera för hand."))
    if any(states[one] for one in _ON_ITS_WAY):
        return str(_("Går ut nu."))
    if out == every:
        return str(_("Har gått ut. Allmän handling %(record)s.", record=message.record))
    if not out:
        return str(_("Gick inte ut."))
    said = _("Har gått ut på %(n)s av %(all)s konton. Allmän handling %(record)s.",
             n=out, all=every, record=message.record)  # fmt: skip
    return str(said)


def held(hold: PostHold, standing: Sequence[queries.Standing], now: datetime) -> str:
    """Why a post is held, and until when."""
    if hold.reason == rules.Held.TOO_LATE:
        return str(_("Hann inte ut i tid. Inget sänds av sig självt."))
    if hold.reason == rules.Held.REFUSED:
        return str(_("Gick inte ut på alla konton. Välj: sänd på nytt eller låt bli."))
    if hold.reason == rules.Held.RESTORED:
        return str(reasons.said(hold.reason))
    if hold.reason == rules.Held.CHANGED or hold.incident is None:
        return str(_("Texten är inte den som släpptes. Inget sändes."))
    if standing:
        lang = str(get_locale())
        return str(
            _(
                "Hålls. %(event)s har låst kontot sedan %(since)s. Låset gäller tills"
                " informationsenheten släpper det.",
                event=standing[0].incident.name,
                since=phrases.when(standing[0].since, now, lang),
            )
        )
    return str(
        _(
            "Hölls när %(event)s låste kontot. Låset är släppt. Välj: sänd på nytt eller kasta.",
            event=hold.incident.name,
        )
    )


def _outcome(row: Delivery, originals: Mapping[int, str]) -> Outcome:
    asks = {"by_hand": "by_hand", "unknown": "unknown"}.get(row.state, "")
    if row.state == "stopped" and row.kind == "by_hand" and row.reason == "locked":
        asks = "already"
    return Outcome(
        id=row.id,
        account=row.account,
        platform=platform_name(row.account.platform),
        state=row.state,  # type: ignore[arg-type]
        at=row.settled_at,
        why=_why(row),
        link=row.remote_link or "",
        content=row.content,
        asks=asks,
        edits=row.edits_id is not None,
        original=originals.get(row.edits_id or 0, ""),
    )


def _why(row: Delivery) -> str:
    if row.state in ("sent", "confirmed", "queued", "claimed", "started", "by_hand"):
        return ""
    own = {
        "locked": _("Kontot låstes av en händelse."),
        "not_ours": _("Kontot är inte i bruk längre."),
        "thrown": _("Ska inte publiceras."),
        "too_late": _("Hann inte ut i tid."),
        "target_changed": _("Kontots inställningar har ändrats sedan inlägget släpptes."),
    }
    return str(own.get(row.reason) or reasons.said(row.reason))


def warning(one: checks.Suspicion) -> str:
    """What may be confidential, as a sentence (4.5-c)."""
    if one.kind == "identity":
        return str(_("%(number)s ser ut som ett personnummer.", number=one.found))
    if one.kind == "secret":
        # Only its beginning: the page may be seen by somebody else.
        return str(_("%(start)s… ser ut som ett lösenord eller en nyckel.", start=one.found[:4]))
    if one.kind == "case":
        return str(_("”%(what)s” ser ut som ett ärende.", what=one.found))
    return str(_("”%(what)s” kan röra någons hälsa eller skydd.", what=one.found))
