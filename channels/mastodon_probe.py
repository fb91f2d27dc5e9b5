"""Whether a Mastodon account can be posted to, and what its server is.

docs.joinmastodon.org/methods/instance, /api/oauth-scopes; nodeinfo.diaspora.software/protocol.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from channels.contract import Readiness
from channels.failures import ChannelError, Reason, Reauthorise
from channels.mastodon_api import MastodonSettings, ask, look, parsed, says_no

if TYPE_CHECKING:
    from channels.http import Answer, Client

NEEDED = ("write:statuses", "read:accounts", "read:statuses")
FOR_PICTURES = "write:media"
FOR_PINS = "write:accounts"
WORD_CHARACTERS = 60


async def probe(
    client: Client, settings: MastodonSettings, keeps_keys: frozenset[str]
) -> Readiness:
    """No answer names a token's scopes, so each is tried: writing on a status that can't exist
    (0), since Mastodon asks for the scope before it looks for the status.

    `detail` holds `software=… version=… characters=…`, as far as the server says. Settings that
    trust a server with keys which it isn't known to keep are refused: they could double a post.
    """
    try:
        me = await ask(client, settings, "GET", "/api/v1/accounts/verify_credentials")
        who = _object(parsed(me)) if me.status == 200 else {}
        account = quote(str(who.get("id", "0")), safe="")
        tried = {
            "write:statuses": await ask(client, settings, "PUT", "/api/v1/statuses/0", body=b"{}"),
            "read:accounts": me,
            "read:statuses": await ask(
                client, settings, "GET", f"/api/v1/accounts/{account}/statuses?limit=1"
            ),
            FOR_PICTURES: await ask(client, settings, "GET", "/api/v1/media/0"),
            FOR_PINS: await ask(client, settings, "POST", "/api/v1/statuses/0/pin"),
        }
    except Reauthorise as error:
        return Readiness(reason=error.reason, detail=error.detail)
    missing = tuple(scope for scope, answer in tried.items() if says_no(answer, 403))
    server = await _server(client, settings)
    software = server.get("software", "")
    reason = None
    if set(missing) & set(NEEDED):
        reason = Reason.RIGHTS
    elif me.status != 200:
        reason = Reason.TURNED_DOWN
    elif str(who.get("username", "")).lower() != settings.account:
        reason = Reason.WRONG_ACCOUNT
    elif settings.software in keeps_keys and software and software not in keeps_keys:
        reason = Reason.ADDRESS
    return Readiness(
        account=_word(who.get("acct")) or None,
        reason=reason,
        detail=" ".join(f"{name}={value}" for name, value in server.items()),
        missing=missing,
        left=_left(tried["write:statuses"]),
        learned=_learned(server),
    )


async def _server(client: Client, settings: MastodonSettings) -> dict[str, str]:
    """What the server says of itself; what it doesn't say isn't there."""
    found = {}
    software = _object(
        (await _seen(client, settings, await _nodeinfo(client, settings))).get("software")
    )
    if name := _word(software.get("name")).lower():
        found["software"] = name
    instance = await _seen(client, settings, "/api/v2/instance")
    if version := _word(instance.get("version")):
        found["version"] = version
    statuses = _object(_object(instance.get("configuration")).get("statuses"))
    characters = statuses.get("max_characters")
    if isinstance(characters, int) and characters > 0:
        found["characters"] = str(characters)
    return found


def _learned(server: dict[str, str]) -> dict[str, Any]:
    """Settings of the account: which software, and the longest post."""
    found: dict[str, Any] = {}
    if "software" in server:
        found["software"] = server["software"]
    if "characters" in server:
        found["characters"] = int(server["characters"])
    return found


async def _nodeinfo(client: Client, settings: MastodonSettings) -> str:
    """Path of the server's nodeinfo; only the path, since the token goes along."""
    links = (await _seen(client, settings, "/.well-known/nodeinfo")).get("links")
    newest = _object(links[-1]) if isinstance(links, list) and links else {}
    return urlsplit(str(newest.get("href", ""))).path or "/nodeinfo/2.0"


async def _seen(client: Client, settings: MastodonSettings, path: str) -> dict[str, Any]:
    try:
        return _object(await look(client, settings, path))
    except ChannelError:
        return {}


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _word(value: object) -> str:
    """A server's word on one line, cut short."""
    return "".join(c for c in str(value or "") if c.isprintable()).replace(" ", "_")[
        :WORD_CHARACTERS
    ]


def _left(answer: Answer) -> int | None:
    left = answer.headers.get("X-RateLimit-Remaining", "")
    return int(left) if left.isascii() and left.isdigit() and len(left) < 10 else None
