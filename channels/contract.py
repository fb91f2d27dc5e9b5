"""The one promise every channel keeps: a post goes in, a receipt or a named failure comes out.

What failures there are stands in `channels.failures`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from channels.counting import Limit
from channels.failures import Reason, Refused

if TYPE_CHECKING:
    from channels.http import Client


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A picture that goes out with a post, encoded by us."""

    data: bytes
    media_type: str
    """image/png or image/jpeg."""
    alt: str
    """What it shows, in the post's language; never empty."""
    width: int
    height: int
    """In pixels."""
    address: str | None = None
    """Where the world can fetch it, for platforms that do so themselves (Instagram, Threads)."""


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
    made_at: float = 0.0
    """Unix time of the first attempt, the same for every attempt: where the platform's key needs
    a moment, and what is older when reading back is another post."""
    pictures: tuple[Picture, ...] = ()
    prepared: str = ""
    """What an earlier attempt has made on the platform before it asked for publishing, as it was
    given to `remember`: a container's id. Empty: nothing is known of such."""
    remember: Callable[[str], Awaitable[None]] | None = field(default=None, compare=False)
    """Keeps what the platform has made for this post, so that any later attempt is given it as
    `prepared`, whoever makes it. Raises Retry when the attempt isn't ours any more."""
    exercise: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """What a post that is out is to say from now on. Sending it again changes nothing more."""

    key: str
    """Of this change, the same for every attempt at it."""
    remote_id: str
    """The post's, as its receipt named it."""
    text: str
    """The whole new text. It says in words what was wrong and what is right."""
    struck: tuple[str, ...]
    """Sentences of `text` to strike through, where the channel can."""
    language: str
    exercise: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Removal:
    """A post that is to be deleted."""

    remote_id: str
    exercise: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Pin:
    """A post that is to stand first on its account, or no longer is. Doing it again changes
    nothing more."""

    remote_id: str
    before: str = ""
    """What stood first before, as it was given to `remember`; empty: nothing is known of such."""
    remember: Callable[[str], Awaitable[None]] | None = field(default=None, compare=False)
    """Keeps what stood first, where there is one place only, before it is taken: a text that holds
    that post's remote id. Raises Retry when the attempt isn't ours any more."""
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
    rest: float | None = None
    """Seconds until the platform takes another under this key, where its answer says that its
    allowance is used up."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Readiness:
    """What sending now would meet, asked without publishing anything."""

    account: str | None = None
    """What the platform calls the account that the key belongs to, to compare with ours."""
    reason: Reason | None = None
    """Why a post would not go out; None: it would."""
    detail: str = ""
    """For logs and the curious, as `ChannelError.detail`."""
    missing: tuple[str, ...] = ()
    """Rights that the key lacks, by the platform's names for them."""
    expires_at: float | None = None
    """Unix time after which the key is dead; None: unknown or never."""
    left: int | None = None
    """Posts that the platform would take now, before it asks us to wait; None: it doesn't say."""
    learned: Mapping[str, Any] = field(default_factory=dict)
    """What the server says of itself that belongs in the account's settings, by their names."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing to ask for when an account is set up; `parse` takes it by the same name."""

    name: str
    label: str
    """Swedish (see `N_`)."""
    kind: Literal["text", "number", "yes_no", "lines", "secret"] = "text"
    """lines: a list, one per line. secret: sealed, and never shown again."""
    help: str = ""
    """Swedish; may be empty."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A bucket for `posts`, which fills in `seconds`, per pacing key."""

    posts: int
    seconds: float


S = TypeVar("S")


class Outlet(Protocol[S]):
    """A kind of account: what the console must know of it before anything is sent."""

    kind: str
    asks: tuple[Ask, ...]
    """Everything that `parse` takes, in the order to ask."""

    def parse(self, settings: Mapping[str, Any], secret: Mapping[str, Any]) -> S:
        """Typed settings from an account's stored ones; raises BadSettings."""
        ...

    def fingerprint(self, settings: S) -> str:
        """Hex digest of server and remote id, no secrets: changes when the target does."""
        ...

    def limit(self, settings: S) -> Limit:
        """How long a text may be there."""
        ...

    def can_edit(self, settings: S) -> bool:
        """Whether a post that is out there can be changed."""
        ...

    def can_delete(self, settings: S) -> bool:
        """Whether a post that is out there can be deleted."""
        ...

    def can_pin(self, settings: S) -> bool:
        """Whether a post that is out there can be made to stand first on the account."""
        ...


class Channel(Outlet[S], Protocol[S]):
    """An outlet that can be sent to over the network."""

    concurrency: int
    """Posts under way at a time per pacing key, at most 64."""
    unlimited: bool
    """Whether a pacing key may be split between workers."""
    rate: Rate | None
    """What is kept to before the platform says anything; None: its own answers are enough (a
    refusal that costs nothing, a header that tells). See docs/decisions.md, *Delivery*."""

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

    async def edit(self, client: Client, settings: S, change: Edit) -> Receipt:
        """Give a post its new text, once. Naturally idempotent: the text is whole, so that an
        attempt without an answer may be made again.

        Raises:
            as `publish`; Refused also when the post is gone or can't be changed any more.
        """
        ...

    async def delete(self, client: Client, settings: S, removal: Removal) -> None:
        """Delete a post, once. A post that is gone already is no error.

        Raises:
            as `publish`.
        """
        ...

    async def pin(self, client: Client, settings: S, pin: Pin) -> None:
        """Make a post stand first, once, and leave alone what else is pinned where the platform
        has several places. A post that stands there already is no error.

        Raises:
            as `publish`; Refused also when the post is gone, or every place is taken.
        """
        ...

    async def unpin(self, client: Client, settings: S, pin: Pin) -> None:
        """Let a post stand where it was published, once; what stood first before it is put back
        where it had to give way. A post that is gone, or isn't pinned any more, is no error, and
        what somebody else has pinned since is left alone.

        Raises:
            as `publish`.
        """
        ...

    def can_read_back(self, settings: S) -> bool:
        """Whether the account's own latest posts can be asked for."""
        ...

    def absence_proves(self, settings: S) -> bool:
        """Whether a post that isn't among them, some seconds after its attempt, is known not to be
        out. Where the platform shows posts late or in a choice of its own, a person is asked."""
        ...

    async def read_back(self, client: Client, settings: S, post: Post) -> Receipt | None:
        """Look once for a post whose answer was lost, by its marker and text. None: it isn't
        among the latest posts. Publishes nothing.

        Raises:
            Absent: see there.
            else as `publish`: then nothing more is known than before.
        """
        ...

    async def probe(self, client: Client, settings: S) -> Readiness:
        """Ask whether a post would be taken: key, rights, account, what is left. Publishes nothing.

        Raises:
            as `publish` for what isn't an answer about the account: no connection, no sense.
        """
        ...


class Unseen:
    """For channels that can't be read back: what became of a lost answer is for a person to see."""

    def can_read_back(self, settings: Any) -> bool:
        return False

    def absence_proves(self, settings: Any) -> bool:
        return False

    async def read_back(self, client: Client, settings: Any, post: Post) -> Receipt | None:
        raise Refused(Reason.CANNOT)


class InOrder:
    """For channels whose posts stand in the order they came: none can be made to stand first."""

    def can_pin(self, settings: Any) -> bool:
        return False

    async def pin(self, client: Client, settings: Any, pin: Pin) -> None:
        raise Refused(Reason.CANNOT)

    async def unpin(self, client: Client, settings: Any, pin: Pin) -> None:
        raise Refused(Reason.CANNOT)


class AsSent(InOrder):
    """For channels where a post stands as it was sent: not changed, deleted or pinned."""

    def can_edit(self, settings: Any) -> bool:
        return False

    def can_delete(self, settings: Any) -> bool:
        return False

    async def edit(self, client: Client, settings: Any, change: Edit) -> Receipt:
        raise Refused(Reason.CANNOT)

    async def delete(self, client: Client, settings: Any, removal: Removal) -> None:
        raise Refused(Reason.CANNOT)


def digest(*parts: object) -> str:
    """SHA-256 in hex over the parts; no two different lists of parts share an encoding."""
    return hashlib.sha256(json.dumps([str(part) for part in parts]).encode()).hexdigest()


def refuse_exercise(given: Post | Edit | Removal | Pin) -> None:
    """The second wall: the registry gives exercises `pretend` only, and real adapters ask again."""
    if given.exercise:
        raise Refused(Reason.EXERCISE)


def refuse_too_long(limit: Limit, given: Post | Edit) -> None:
    """Raises Refused when the text exceeds the limit (previews should have caught it)."""
    if over := limit.over(given.text):
        raise Refused(Reason.TOO_LONG, f"{over} over {limit.most}")
