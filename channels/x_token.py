"""X: a new access token for one that lives two hours (docs.x.com, OAuth 2.0 with PKCE)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from channels.failures import ChannelError, Reason, Reauthorise, Refused, Retry, Unknown
from channels.oauth import dies_at
from channels.resets import seconds_left
from channels.x import X, XSettings

if TYPE_CHECKING:
    from channels.http import Answer, Client

RENEW_BEFORE = 20 * 60.0
"""Seconds before an access token of two hours dies."""


class XRenewer:
    def at(self, secret: Mapping[str, Any], seen: float) -> float | None:
        """A token whose age nobody knows is renewed at once, to learn when it dies."""
        if not secret.get("refresh_token") or not secret.get("client_id"):
            return None
        dies = str(secret.get("expires_at", ""))
        return float(dies) - RENEW_BEFORE if dies.isdecimal() else seen

    async def renew(
        self, client: Client, settings: Mapping[str, Any], secret: Mapping[str, Any]
    ) -> dict[str, str]:
        return await refresh(client, X().parse(settings, secret))


async def refresh(client: Client, settings: XSettings) -> dict[str, str]:
    """A new secret for the account, whole, to be stored at once in the place of the old one: X
    takes each refresh token once. Ask again only with what was stored.

    Returns:
        access_token, refresh_token, client_id, client_secret, expires_at (Unix seconds) and scope;
        what X left out is as it was.

    Raises:
        Reauthorise: X takes the refresh token no more; the account must be connected anew.
        Refused: X takes the app no more.
        Retry: no usable answer; what is stored stays as it is.
    """
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    asked = {"grant_type": "refresh_token", "refresh_token": settings.refresh_token}
    if settings.client_secret:
        pair = f"{quote(settings.client_id)}:{quote(settings.client_secret)}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    else:
        asked["client_id"] = settings.client_id
    # All of an attempt's time: an answer that comes later has cost the account its key.
    try:
        answer = await client.request(
            "POST",
            f"{settings.server}/2/oauth2/token",
            body=urlencode(asked).encode(),
            headers=headers,
        )
        if answer.status != 200:
            raise _fault(answer, settings.refresh_token)
        value = answer.json()
    except Unknown as error:
        detail = f"no new key: {error.reason} {error.detail}"
        raise Retry(Reason.NO_CONNECTION, detail) from error
    token = value.get("access_token")
    if not isinstance(token, str) or not token.strip():
        raise Retry(Reason.NO_CONNECTION, "200 without an access token")
    secret = {
        "access_token": token,
        "refresh_token": settings.refresh_token,
        "client_id": settings.client_id,
        "client_secret": settings.client_secret,
        "scope": " ".join(settings.scopes),
    }
    for name in ("refresh_token", "scope"):
        given = value.get(name)
        if isinstance(given, str) and given.strip():
            secret[name] = given
    return secret | dies_at(value, "expires_in", client.now())


def _fault(answer: Answer, sent: str) -> ChannelError:
    """Only a clear word of X's about the token or the app may cost the account its key. `sent` is
    the refresh token, should they repeat it."""
    status = answer.status
    try:
        value = answer.json()
    except Unknown:
        return Retry(Reason.NO_CONNECTION, f"{status} without a reason")
    name, words = str(value.get("error", "")), str(value.get("error_description", ""))
    # X says invalid_request of a refresh token that is dead, and of other things too.
    dead = name == "invalid_grant" or (name == "invalid_request" and "token was invalid" in words)
    detail = answer.quote(f"{status} {name} {words}", sent)
    if status in (400, 401) and dead:
        return Reauthorise(Reason.CREDENTIALS, detail)
    if status in (400, 401, 403) and name in ("invalid_client", "unauthorized_client"):
        return Refused(Reason.RIGHTS, detail)
    after = seconds_left(answer, "x-rate-limit-reset") if status == 429 else None
    return Retry(Reason.BUSY, detail, after=after)
