"""OAuth 2.0 as the platforms speak it: the authorization code, PKCE, and what their refusals mean.

RFC 6749 (4.1 authorization code, 5.2 errors), RFC 7636 (PKCE), RFC 9700 (what to mind). What is a
platform's own stands in its file; this is what they share.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote, urlencode

from channels.failures import ChannelError, Retry, Unknown

if TYPE_CHECKING:
    from channels.http import Answer, Client

LONGEST_LIFE = 10 * 365 * 86_400
"""Seconds: how some say *for ever* no calendar has room for, and the key would be lost over it."""
_LONG = re.compile(r"[\w|.~+/=-]{24,}")


class Fault(StrEnum):
    """Why an account wasn't connected."""

    DENIED = "denied"
    """The person pressed no at the platform."""
    CODE = "code"
    """The code was used before, has run out, or belongs to another request."""
    REDIRECT = "redirect"
    """The platform doesn't know our address."""
    APP = "app"
    """The platform doesn't know the app, or not by this secret."""
    SCOPES = "scopes"
    """Rights are missing; `names` says which."""
    WRONG_ACCOUNT = "wrong_account"
    """The key is another account's; `names` says whose."""
    NO_ACCOUNT = "no_account"
    """The person runs no account of the kind there."""
    NO_ANSWER = "no_answer"
    """The platform couldn't be reached, or what it said couldn't be read."""
    REFUSED = "refused"
    """Anything else; `detail` has the platform's words."""


class Failed(Exception):
    """An account can't be connected now. Nothing was stored anywhere.

    `detail` is the platform's own words (at most 200 characters), never a secret.
    """

    def __init__(self, fault: Fault, detail: str = "", names: tuple[str, ...] = ()) -> None:
        self.fault = fault
        self.detail = clean(detail)
        self.names = names
        super().__init__(f"{fault}: {self.detail}" if self.detail else str(fault))


@dataclass(frozen=True, slots=True)
class App:
    """How a platform knows this installation."""

    client_id: str
    client_secret: str = field(default="", repr=False)
    """Empty: a public client."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the person's browser takes to the platform."""

    state: str = field(repr=False)
    redirect: str
    """Our address, exactly as the platform has it."""
    challenge: str
    """Of PKCE (S256); platforms without it leave it out."""


@dataclass(frozen=True, slots=True)
class Granted:
    """What came back, and what only we know."""

    code: str = field(repr=False)
    redirect: str
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Found:
    """An account that the key can post as."""

    settings: Mapping[str, Any]
    """By which the platform knows it, named as in the account's settings."""
    called: str
    """What people call it there."""
    secret: Mapping[str, str] = field(repr=False)
    """As the channel's `parse` takes it."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """Other settings that come with the key."""


class Flow(Protocol):
    """How accounts of one kind are connected."""

    app: str
    """Which app it takes: kinds may share one. Empty: one per server, that we ask for ourselves."""

    def authorize(self, settings: Mapping[str, Any], app: App, asked: Asked) -> str:
        """The platform's address for the person to go to."""
        ...

    async def exchange(
        self, client: Client, settings: Mapping[str, Any], app: App, granted: Granted
    ) -> list[Found]:
        """Keys for the code. A code is good for one asking.

        Raises:
            Failed.
        """
        ...


def new_verifier() -> str:
    """For PKCE: 43 characters of 256 random bits (RFC 7636, 4.1)."""
    return secrets.token_urlsafe(32)


def challenge_of(verifier: str) -> str:
    """Its S256 challenge (RFC 7636, 4.2)."""
    hashed = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(hashed).rstrip(b"=").decode("ascii")


def authorize(base: str, app: App, asked: Asked, scope: str, *, pkce: bool = False) -> str:
    """The address that a person's browser is sent to (RFC 6749, 4.1.1; with `pkce` RFC 7636, 4.3).

    Args:
        base: the platform's own, without a query.
        scope: put together as the platform reads it.
    """
    query = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": asked.redirect,
        "scope": scope,
        "state": asked.state,
    }
    if pkce:
        query |= {"code_challenge": asked.challenge, "code_challenge_method": "S256"}
    return f"{base}?{urlencode(query, quote_via=quote)}"


def refused_in_browser(query: Mapping[str, str]) -> Failed:
    """What the `error` means that a platform sends the browser back with (RFC 6749, 4.1.2.1;
    LinkedIn's user_cancelled_…, Meta's error_reason)."""
    name, words = query.get("error", ""), query.get("error_description", "")
    if name == "access_denied" or name.startswith("user_cancelled"):
        return Failed(Fault.DENIED)
    if name in ("invalid_scope", "unauthorized_scope_error"):
        return Failed(Fault.SCOPES, f"{name} {words}")
    if name in ("server_error", "temporarily_unavailable"):
        return Failed(Fault.NO_ANSWER, f"{name} {words}")
    if name in ("unauthorized_client", "invalid_client"):
        return Failed(Fault.APP, f"{name} {words}")
    return Failed(Fault.REFUSED, f"{name} {words}")


async def ask(
    client: Client,
    method: str,
    where: str,
    *,
    fields: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """One request to where keys are made; a 2xx with a JSON object, or Failed."""
    sent = {"Accept": "application/json", **(headers or {})}
    body = None
    if fields is not None:
        sent["Content-Type"] = "application/x-www-form-urlencoded"
        body = urlencode(fields).encode()
    try:
        answer = await client.request(method, where, body=body, headers=sent)
        if not 200 <= answer.status < 300:
            raise refused(answer)
        value = answer.json()
    except (Retry, Unknown) as error:
        raise Failed(Fault.NO_ANSWER, error.detail) from error
    except ChannelError as error:
        raise Failed(Fault.REFUSED, error.detail) from error
    if "error" in value:
        raise refused(answer)
    return value


def refused(answer: Answer) -> Failed:
    """What a token endpoint's refusal means, in the shapes of RFC 6749 and of Meta."""
    try:
        value = answer.json()
    except Unknown:
        return Failed(Fault.NO_ANSWER, f"{answer.status} without a reason")
    error = value.get("error")
    if isinstance(error, dict):
        name = f"#{error.get('code')} {error.get('error_subcode', '')}"
        words = str(error.get("message", ""))
    else:
        name = str(error or value.get("error_type") or "")
        words = str(value.get("error_description") or value.get("error_message") or "")
    return Failed(_fault(answer.status, name, words.lower()), f"{answer.status} {name} {words}")


def _fault(status: int, name: str, words: str) -> Fault:
    if status == 429 or status >= 500:
        return Fault.NO_ANSWER
    if name in ("invalid_client", "unauthorized_client") or "client secret" in words:
        return Fault.APP
    # Facebook: 36008 and 191 are the address, 36007 and 36009 the code.
    if "36008" in name or name.startswith("#191"):
        return Fault.REDIRECT
    if "36007" in name or "36009" in name:
        return Fault.CODE
    # LinkedIn names all that may be wrong in one sentence; mostly the code was used or is old.
    if name == "invalid_grant" or "redirect uri/code" in words:
        return Fault.CODE
    if "redirect" in words or "redirect" in name:
        return Fault.REDIRECT
    if "code" in words:
        return Fault.CODE
    return Fault.APP if status == 401 else Fault.REFUSED


def text(value: Mapping[str, Any], name: str) -> str:
    """A text that an answer must have. Raises Failed when it hasn't, or it is empty."""
    found = value.get(name)
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found)
    if not isinstance(found, str) or not found.strip() or not found.isprintable():
        raise Failed(Fault.NO_ANSWER, f"an answer without {name}")
    return found.strip()


def dies_at(value: Mapping[str, Any], name: str, now: float) -> dict[str, str]:
    """{"expires_at": …} from seconds, at most `LONGEST_LIFE`; {} where it isn't said."""
    lives = value.get(name)
    if isinstance(lives, int) and not isinstance(lives, bool) and lives > 0:
        return {"expires_at": str(int(now) + min(lives, LONGEST_LIFE))}
    return {}


def need_scopes(needed: tuple[str, ...], granted: object) -> None:
    """Raises Failed naming the rights that are missing; where nothing is said, nothing is known."""
    if not isinstance(granted, str) or not granted.strip():
        return
    given = granted.replace(",", " ").split()
    if missing := tuple(one for one in needed if one not in given):
        raise Failed(Fault.SCOPES, names=missing)


def clean(words: str) -> str:
    """A platform's words on one line, cut short, with nothing in them that could be a key."""
    line = " ".join("".join(c if c.isprintable() else " " for c in words).split())
    return _LONG.sub("…", line)[:200]
