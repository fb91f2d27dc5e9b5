"""Publishing in two steps, as Instagram and Threads do: make a container, then let it be shown.

Documentation: developers.facebook.com/docs/instagram-platform/content-publishing,
…/instagram-graph-api/reference/ig-container and …/docs/threads/troubleshooting (status).

A container shows nothing to anybody, so whatever fails before the last request is safe to try
again. One container is published once: what became of a lost answer is asked of it. So its id is
handed to `Post.remember` before anything is published, and every later attempt, whoever makes it,
publishes that container or none. A container that can't be published any more (they live for a day)
is followed by a new one only where it says itself that it came to nothing.

Where the words may stand alone, a container with pictures is remembered as one that nobody has
asked to have published, until just before that is asked. So when it is late, and its pictures still
aren't ready, it may be left where it is: nothing publishes it, and the words go out by another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final

from channels.contract import Edit, Picture, Post, Receipt, refuse_exercise, refuse_too_long
from channels.failures import Absent, ChannelError, Reason, Reauthorise, Refused, Retry, Unknown
from channels.graph import Graph, GraphChannel, GraphSettings, identity
from channels.graph_errors import Unreached
from channels.pictures import LATE_SECONDS, left_out
from channels.platforms import PLATFORMS
from channels.preparing import preparing

if TYPE_CHECKING:
    from channels.counting import Limit
    from channels.http import Client

LOOK_SECONDS: Final = 1.0
"""Between two looks at a container that isn't ready; pictures take a few seconds."""
LINK_SECONDS: Final = 2.0
UNASKED: Final = "made:"
"""Before the id of a remembered container: nobody has asked to have it published."""


@dataclass(frozen=True, slots=True)
class Ways:
    """What the two platforms call the same things."""

    create: str
    publish: str
    text: str
    status: str
    plain: Mapping[str, str] = field(default_factory=dict)
    """Fields of a container without a picture, besides the text."""
    picture: Mapping[str, str] = field(default_factory=dict)
    """Fields of one with a picture, besides the picture."""
    words_alone: bool = False
    """A post may do without a picture: the words are the alert."""


UNPUBLISHED: Final = frozenset({"FINISHED", "ERROR", "EXPIRED"})
"""What a container says that has not been published. One in progress may be just about to be."""
_NOTHING: Final = frozenset({"ERROR", "EXPIRED"})
"""It can't be published any more."""
_SETTLED: Final = frozenset({"FINISHED", "PUBLISHED"}) | _NOTHING


class Containers:
    """The containers of one kind of account. Raises as `Channel.publish` does."""

    def __init__(self, ways: Ways) -> None:
        self.ways = ways

    async def publish(
        self,
        client: Client,
        graph: Graph,
        settings: GraphSettings,
        post: Post,
        pictures: Sequence[Picture],
    ) -> tuple[str, int]:
        """The id of the published post, and how many of the pictures went along."""
        late = client.now() - post.made_at >= LATE_SECONDS
        # Late, there must be time left for the words.
        until = asyncio.get_running_loop().time() + client.total / 4
        pressed = until if late and self.ways.words_alone else None
        async with preparing(client):
            container, status = await self._made_before(graph, post, pressed)
            if not container:
                if post.prepared and self.ways.words_alone:
                    pictures = ()  # with them, it has come to nothing before
                container, status, pictures = await self._made_now(
                    graph, settings, post, pictures, pressed
                )
            if post.remember is not None and self.ways.words_alone and pictures:
                await post.remember(container)
        if status == "PUBLISHED":
            # By an attempt whose answer was lost. The list of posts tells its id.
            raise Unknown(Reason.NO_ANSWER, f"container {container} is published already")
        path = f"{settings.account}/{self.ways.publish}"
        return identity(await graph.post(path, {"creation_id": container})), len(pictures)

    async def _made_now(
        self,
        graph: Graph,
        settings: GraphSettings,
        post: Post,
        pictures: Sequence[Picture],
        pressed: float | None,
    ) -> tuple[str, str, Sequence[Picture]]:
        """A container, its status, and its pictures. Those that the platform can't fetch or won't
        have are left out, where the words may stand alone; and when it is late all that it can't
        take up just now.

        Args:
            pressed: on the event loop's clock, how long pictures are waited for; None: it isn't
                late, or nothing goes without them.
        """
        alone = not pictures or not self.ways.words_alone
        try:
            async with asyncio.timeout_at(None if alone else pressed):
                container = await self._make(graph, settings, post.text, pictures)
            if post.remember is not None:
                await post.remember(container if alone else UNASKED + container)
            async with asyncio.timeout_at(None if alone else pressed):
                return container, await self._wait(graph, container), pictures
        except Reauthorise:
            raise
        except (Refused, Unreached):
            if alone:
                raise
        except (Retry, Unknown, TimeoutError):
            if alone or pressed is None:
                raise
        return await self._made_now(graph, settings, post, (), pressed)

    async def is_out(self, graph: Graph, post: Post) -> bool:
        """Whether the post's container is known, and published.

        Raises:
            Absent: it is known, and isn't.
        """
        if not post.prepared:
            return False
        status = await self._status(graph, post.prepared.removeprefix(UNASKED))
        if status in UNPUBLISHED:
            raise Absent(Reason.TURNED_DOWN, f"container {post.prepared}: {status}")
        return status == "PUBLISHED"

    async def _made_before(
        self, graph: Graph, post: Post, pressed: float | None
    ) -> tuple[str, str]:
        """The container of an earlier attempt at this post, and its status; "" unless it can still
        be published, or was perhaps. One that nobody has asked for isn't waited for when it is
        late (`pressed`: see `_made_now`)."""
        container = post.prepared.removeprefix(UNASKED)
        if not container:
            return "", ""
        unasked = container != post.prepared
        try:
            async with asyncio.timeout_at(pressed if unasked else None):
                status = await self._settled(graph, container)
        except (Retry, Unknown, TimeoutError):
            if not unasked or pressed is None:
                raise
            return "", ""
        return ("", "") if status in _NOTHING else (container, status)

    async def _make(
        self, graph: Graph, settings: GraphSettings, text: str, pictures: Sequence[Picture]
    ) -> str:
        path = f"{settings.account}/{self.ways.create}"
        said = {self.ways.text: text}
        if not pictures:
            return identity(await graph.post(path, {**self.ways.plain, **said}))
        shown = [
            {**self.ways.picture, "image_url": str(one.address), "alt_text": one.alt}
            for one in pictures
        ]
        if len(shown) == 1:
            return identity(await graph.post(path, {**shown[0], **said}))
        children = [
            identity(await graph.post(path, {**one, "is_carousel_item": "true"})) for one in shown
        ]
        for child in children:
            await self._wait(graph, child)
        carousel = {"media_type": "CAROUSEL", "children": ",".join(children)}
        return identity(await graph.post(path, {**carousel, **said}))

    async def _wait(self, graph: Graph, container: str) -> str:
        """FINISHED or PUBLISHED; however long it takes, within the time that `preparing` gives."""
        status = await self._settled(graph, container)
        match status:
            case "ERROR":
                raise Refused(Reason.TURNED_DOWN, f"container {container}: ERROR")
            case "EXPIRED":
                raise Retry(Reason.SERVER_ERROR, f"container {container}: EXPIRED")
        return status

    async def _settled(self, graph: Graph, container: str) -> str:
        """Its status, when it no longer is under way."""
        while (status := await self._status(graph, container)) not in _SETTLED:
            await asyncio.sleep(LOOK_SECONDS)
        return status

    async def _status(self, graph: Graph, container: str) -> str:
        return str((await graph.get(container, fields=self.ways.status)).get(self.ways.status))


class ContainerChannel(GraphChannel):
    """What Instagram and Threads do alike. A post stands as it was sent: it can only be deleted."""

    ways: ClassVar[Ways]
    quota: ClassVar[str]
    """The edge that counts the last 24 hours' posts."""

    def __init__(self) -> None:
        self.containers = Containers(self.ways)

    def usable(self, post: Post) -> list[Picture]:
        """The pictures that the platform can show; raises Refused where it must have one."""
        raise NotImplementedError

    def limit(self, settings: GraphSettings) -> Limit:
        return PLATFORMS[self.kind].limit

    def can_edit(self, settings: GraphSettings) -> bool:
        return False

    async def edit(self, client: Client, settings: GraphSettings, change: Edit) -> Receipt:
        raise Refused(Reason.CANNOT)

    async def publish(self, client: Client, settings: GraphSettings, post: Post) -> Receipt:
        refuse_exercise(post)
        refuse_too_long(self.limit(settings), post)
        pictures = self.usable(post)
        until = asyncio.get_running_loop().time() + client.total
        graph = Graph(client, settings, self.version)
        remote_id, shown = await self.containers.publish(client, graph, settings, post, pictures)
        return Receipt(
            remote_id=remote_id,
            link=await _permalink(graph, remote_id, until),
            text=post.text,
            note=left_out(len(post.pictures) - shown, len(post.pictures)),
        )

    async def read_back(
        self, client: Client, settings: GraphSettings, post: Post
    ) -> Receipt | None:
        """In the account's list; where it isn't there, its container may know more."""
        found = await super().read_back(client, settings, post)
        graph = Graph(client, settings, self.version)
        if found is None and await self.containers.is_out(graph, post):
            raise Unknown(Reason.NO_ANSWER, "published, and not listed yet")
        return found

    async def left(self, graph: Graph, settings: GraphSettings) -> int | None:
        """An account has a number of its own; None where it won't be told."""
        try:
            path = f"{settings.account}/{self.quota}"
            value: Any = await graph.get(path, fields="quota_usage,config")
            counted = value["data"][0]
            return max(0, int(counted["config"]["quota_total"]) - int(counted["quota_usage"]))
        except (ChannelError, LookupError, TypeError, ValueError):
            return None


async def _permalink(graph: Graph, remote_id: str, until: float) -> str | None:
    """Where people read a post that is out. Nothing here may change that it was sent.

    Args:
        until: on the event loop's clock, when the attempt's time is over.
    """
    soon = asyncio.get_running_loop().time() + LINK_SECONDS
    try:
        async with asyncio.timeout_at(min(soon, until)):
            link = (await graph.get(remote_id, fields="permalink")).get("permalink")
    except (ChannelError, TimeoutError):
        return None
    return link if isinstance(link, str) and link.startswith("https://") else None
