"""The one promise every channel keeps: a post goes in, a receipt or a named failure comes out.

A send has three outcomes: sent (a `Receipt`), not sent (`Refused`, `Retry`) and unknown
(`Unknown`). What decides between the last two is whether the request had left: before a connection
was made nothing can have been published, so trying again is safe; afterwards only an answer tells.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from channels.counting import Limit

if TYPE_CHECKING:
    from channels.http import Client


def N_(text: str) -> str:
    """Mark a Swedish text for the catalogue; whoever shows it translates it."""
    return text


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """One delivery's text, frozen in the approval."""

    key: str
    """Idempotency key: the same for every attempt at one delivery, never shared by two."""
    text: str
    """The exact text, the round line included."""
    language: str
    """BCP 47 tag, such as sv."""
    title: str | None = None
    """Subject of a mail, heading of an article; most channels have none."""
    link: str | None = None
    """The event's stable address, where the channel wants it beside the text."""
    marker: str = ""
    """The round line (`Kl 14.30, uppdatering 3`), to read back by."""
    exercise: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """Proof that a post was taken: what to find it by, and what it says."""

    remote_id: str
    link: str | None
    text: str
    """The exact text as published."""
    note: str | None = None
    """What a person should know although it was sent, without personal data."""


class Reason(StrEnum):
    """Why a post was not known to be sent. `SENTENCES` says it to people."""

    NO_CONNECTION = "no_connection"
    ADDRESS = "address"
    CREDENTIALS = "credentials"
    TURNED_DOWN = "turned_down"
    TOO_LONG = "too_long"
    BUSY = "busy"
    SERVER_ERROR = "server_error"
    NO_ANSWER = "no_answer"
    BAD_ANSWER = "bad_answer"
    EXERCISE = "exercise"


SENTENCES: Mapping[Reason, str] = {
    Reason.NO_CONNECTION: N_("Servern gick inte att nå."),
    Reason.ADDRESS: N_("Adressen är inte tillåten. Rätta kontots inställningar."),
    Reason.CREDENTIALS: N_("Inloggningen gäller inte längre. Förnya nyckeln."),
    Reason.TURNED_DOWN: N_("Mottagaren tog inte emot inlägget."),
    Reason.TOO_LONG: N_("Texten är för lång för kanalen."),
    Reason.BUSY: N_("Servern ber oss vänta."),
    Reason.SERVER_ERROR: N_("Servern svarade med ett fel efter att inlägget lämnats."),
    Reason.NO_ANSWER: N_("Inlägget lämnades men svaret kom aldrig. Titta på kontot."),
    Reason.BAD_ANSWER: N_("Inlägget lämnades men svaret gick inte att läsa. Titta på kontot."),
    Reason.EXERCISE: N_("En övning når aldrig en riktig kanal."),
}


class ChannelError(Exception):
    """Base of every outcome that isn't a receipt.

    `reason` is one of `Reason`; `detail` is for logs and the curious: a status code, the server's
    own words (at most 300 characters), never a secret.
    """

    def __init__(self, reason: Reason, detail: str = "") -> None:
        self.reason = reason
        self.detail = " ".join(detail.split())[:300]
        super().__init__(f"{reason}: {self.detail}" if self.detail else str(reason))


class Refused(ChannelError):
    """Not sent, and trying again would not help."""


class Reauthorise(Refused):
    """Not sent: the key, token or password is dead."""


class Retry(ChannelError):
    """Not sent; trying again may help. `after` is the server's own wish in seconds, if any."""

    def __init__(self, reason: Reason, detail: str = "", *, after: float | None = None) -> None:
        super().__init__(reason, detail)
        self.after = after


class Unknown(ChannelError):
    """The request left and no usable answer came back: it may or may not be published."""


class BadSettings(Exception):
    """An account's settings can't be used. `message` is a Swedish sentence (see `N_`)."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `posts` in any `seconds`, per pacing key."""

    posts: int
    seconds: float


S = TypeVar("S")


class Outlet(Protocol[S]):
    """A kind of account: what the console must know of it before anything is sent."""

    kind: str

    def parse(self, settings: Mapping[str, Any], secret: Mapping[str, Any]) -> S:
        """Typed settings from an account's stored ones; raises BadSettings."""
        ...

    def fingerprint(self, settings: S) -> str:
        """Hex digest of server and remote id, no secrets: changes when the target does."""
        ...

    def limit(self, settings: S) -> Limit:
        """How long a text may be there."""
        ...


class Channel(Outlet[S], Protocol[S]):
    """An outlet that can be sent to over the network."""

    concurrency: int
    """Posts under way at a time per pacing key, at most 64."""
    unlimited: bool
    """Whether a pacing key may be split between workers."""
    rate: Rate | None

    def honours_key(self, settings: S) -> bool:
        """Whether sending again with the same key is known to publish nothing twice."""
        ...

    def pacing_key(self, settings: S) -> str:
        """`kind:host:credential-digest`: posts under one key share the cap and the rate."""
        ...

    async def publish(self, client: Client, settings: S, post: Post) -> Receipt:
        """Send once. Never tries again by itself, never reads back.

        Raises:
            Refused, Reauthorise, Retry, Unknown: see each.
            asyncio.CancelledError: passed on; if the caller's own deadline caused it, the caller
                must take the outcome as unknown. `Client.total` strikes first and tells apart
                what had left from what had not.
        """
        ...


def digest(*parts: object) -> str:
    """SHA-256 in hex over the parts; no two different lists of parts share an encoding."""
    return hashlib.sha256(json.dumps([str(part) for part in parts]).encode()).hexdigest()


def refuse_exercise(post: Post) -> None:
    """The second wall: the registry gives exercises `pretend` only, and real adapters ask again."""
    if post.exercise:
        raise Refused(Reason.EXERCISE)


def refuse_too_long(limit: Limit, post: Post) -> None:
    """Raises Refused when the text exceeds the limit (previews should have caught it)."""
    if over := limit.over(post.text):
        raise Refused(Reason.TOO_LONG, f"{over} over {limit.most}")
