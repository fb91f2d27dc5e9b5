"""What Facebook, Instagram and Threads share: Meta's Graph API, one account at a time.

The token goes in a header. `debug_token` is the exception: it takes the token it is to tell about
in the address, and there is no other way to learn its rights and when it dies
(developers.facebook.com/docs/graph-api/reference/debug_token).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlencode

from channels.api_base import api_base, host_of
from channels.contract import (
    Ask,
    InOrder,
    Post,
    Readiness,
    Receipt,
    Removal,
    digest,
    refuse_exercise,
)
from channels.failures import BadSettings, Reason, Refused, Unknown
from channels.graph_errors import Gone, failure
from channels.multipart import form
from channels.reading import is_ours, unix_time
from channels.words import N_

if TYPE_CHECKING:
    from channels.contract import Picture
    from channels.http import Answer, Client

VERSION = "v25.0"
"""Of graph.facebook.com; open until 29 July 2028 (…/docs/graph-api/changelog)."""
LATEST = "10"
"""Posts to look among: an answer larger than `channels.http.ANSWER_BYTES` can't be read."""
_ID = re.compile(r"[0-9]+(_[0-9]+)?")


@dataclass(frozen=True, slots=True)
class GraphSettings:
    api: str
    """Scheme and host."""
    account: str
    """The Page's or user's id, in digits."""
    token: str = field(repr=False)


class Graph:
    """One account's requests. Every method raises as `Channel.publish` does."""

    def __init__(self, client: Client, settings: GraphSettings, version: str) -> None:
        self.client = client
        self._base = f"{settings.api}/{version}"
        self._token = settings.token

    async def get(self, path: str, **fields: str) -> dict[str, Any]:
        query = f"?{urlencode(fields)}" if fields else ""
        return _value(await self._ask("GET", path + query))

    async def post(self, path: str, fields: Mapping[str, str]) -> dict[str, Any]:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return _value(await self._ask("POST", path, urlencode(fields).encode(), headers))

    async def upload(self, path: str, picture: Picture, fields: Mapping[str, str]) -> str:
        """The id of what was uploaded."""
        body, media_type = form(fields, "source", picture)
        headers = {"Content-Type": media_type}
        return identity(_value(await self._ask("POST", path, body, headers)))

    async def delete(self, remote_id: str) -> None:
        """Gone already is no error. What is only hidden from this token is one: saying that a
        post is deleted while people read it is worse than to fail."""
        try:
            done = _value(await self._ask("DELETE", remote_id))
        except Gone:
            try:
                await self.get(remote_id, fields="id")
            except Gone:
                return
            raise Refused(Reason.RIGHTS, "it is still there") from None
        if done.get("success") is not True:
            raise Unknown(Reason.BAD_ANSWER, "no word of success")

    async def about_token(self) -> dict[str, Any]:
        """What `debug_token` says; empty where it won't."""
        try:
            data = (await self.get("debug_token", input_token=self._token)).get("data")
        except Refused:
            return {}
        return data if isinstance(data, dict) else {}

    async def _ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        return await self.client.request(
            method,
            f"{self._base}/{path}",
            body=body,
            headers={"Authorization": f"Bearer {self._token}", **(headers or {})},
        )


class GraphChannel(InOrder):
    """What the three channels do alike."""

    kind: str
    host: ClassVar[str]
    version: ClassVar[str] = VERSION
    asks: tuple[Ask, ...]
    account_setting: ClassVar[str]
    """The setting that holds the account's id."""
    me: ClassVar[str] = "me"
    """Whom the token is for; empty: the account is asked for by its id."""
    name: ClassVar[str]
    """The field that says what the account is called."""
    scopes: ClassVar[tuple[str, ...]]
    """Rights without which nothing is published or read back."""
    posts: ClassVar[str]
    """The edge with the account's own posts."""
    fields: ClassVar[tuple[str, ...]]
    """Of such a post: its text, when it was published, and what else its link is made of."""
    concurrency = 4
    unlimited = False

    def parse(self, settings: Mapping[str, Any], secret: Mapping[str, Any]) -> GraphSettings:
        """Settings: the account's id. Secret: token."""
        account = str(settings.get(self.account_setting, ""))
        if not (account.isascii() and account.isdigit()):
            raise BadSettings(self.account_setting, N_("Skriv kontots id, bara siffror."))
        token = secret.get("token")
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise BadSettings("token", N_("Klistra in nyckeln som den är."))
        if not token or " " in token:
            raise BadSettings("token", N_("Klistra in nyckeln som den är."))
        return GraphSettings(api_base(settings, self.host), account, token)

    def honours_key(self, settings: GraphSettings) -> bool:
        return False

    def pacing_key(self, settings: GraphSettings) -> str:
        credential = hashlib.sha256(settings.token.encode()).hexdigest()[:16]
        return f"{self.kind}:{host_of(settings.api)}:{credential}"

    def fingerprint(self, settings: GraphSettings) -> str:
        return digest(self.kind, settings.api, settings.account)

    def can_delete(self, settings: GraphSettings) -> bool:
        return True

    def can_read_back(self, settings: GraphSettings) -> bool:
        return True

    def absence_proves(self, settings: GraphSettings) -> bool:
        """Lists are ranked and may leave posts out, or show them late."""
        return False

    def link_of(self, post: Mapping[str, Any]) -> str | None:
        """Where people read a post that was found among the account's own."""
        link = post.get("permalink")
        return link if isinstance(link, str) and link.startswith("https://") else None

    async def read_back(
        self, client: Client, settings: GraphSettings, post: Post
    ) -> Receipt | None:
        graph = Graph(client, settings, self.version)
        text, when, *_others = self.fields
        path = f"{settings.account}/{self.posts}"
        wanted = ",".join(("id", *self.fields))
        listed = (await graph.get(path, fields=wanted, limit=LATEST)).get("data")
        if not isinstance(listed, list):
            raise Unknown(Reason.BAD_ANSWER, "no list of posts")
        for one in listed:
            if isinstance(one, dict) and is_ours(post, one.get(text), unix_time(one.get(when))):
                return Receipt(remote_id=identity(one), link=self.link_of(one), text=one[text])
        return None

    async def delete(self, client: Client, settings: GraphSettings, removal: Removal) -> None:
        refuse_exercise(removal)
        await Graph(client, settings, self.version).delete(removal.remote_id)

    async def probe(self, client: Client, settings: GraphSettings) -> Readiness:
        """Whose the token is, what it may do, when it dies, and how much is left of the day."""
        graph = Graph(client, settings, self.version)
        try:
            who = await graph.get(self.me or settings.account, fields=f"id,{self.name}")
            if str(who.get("id")) != settings.account:
                return Readiness(account=_text(who.get(self.name)), reason=Reason.WRONG_ACCOUNT)
            about = await graph.about_token()
            left = await self.left(graph, settings)
        except Gone as error:
            return Readiness(reason=Reason.WRONG_ACCOUNT, detail=error.detail)
        except Refused as error:
            return Readiness(reason=error.reason, detail=error.detail)
        missing = _missing(self.scopes, about.get("scopes"))
        reason = Reason.RIGHTS if missing else None
        if about.get("is_valid") is False:
            reason = Reason.CREDENTIALS
        elif left == 0:
            reason = reason or Reason.BUSY
        return Readiness(
            account=_text(who.get(self.name)),
            reason=reason,
            missing=missing,
            expires_at=_expiry(about.get("expires_at")),
            left=left,
        )

    async def left(self, graph: Graph, settings: GraphSettings) -> int | None:
        """Posts that may still be published today; None: it isn't counted."""
        return None


def identity(value: Mapping[str, Any]) -> str:
    """The `id` of an object.

    Raises:
        Unknown: there is none.
    """
    found = str(value.get("id", ""))
    if not _ID.fullmatch(found):
        raise Unknown(Reason.BAD_ANSWER, "an answer without an id")
    return found


def _value(answer: Answer) -> dict[str, Any]:
    if not 200 <= answer.status < 300:
        raise failure(answer)
    value = answer.json()
    if "error" in value:
        raise failure(answer)
    return value


def _missing(needed: tuple[str, ...], granted: object) -> tuple[str, ...]:
    if not isinstance(granted, list):
        return ()
    return tuple(scope for scope in needed if scope not in granted)


def _expiry(value: object) -> float | None:
    """0 is never."""
    return float(value) if isinstance(value, int) and value > 0 else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
