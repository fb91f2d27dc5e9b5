"""LinkedIn: connecting an organisation's page, and a new key where LinkedIn lets the app have one.

Documentation: learn.microsoft.com/en-us/linkedin/shared/authentication/authorization-code-flow and
…/programmatic-refresh-tokens (approved apps only; a refresh token lives a year from the login,
whatever is made with it). There is no PKCE for apps with a secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from channels import linkedin_api as api
from channels import oauth
from channels.api_base import api_base
from channels.failures import ChannelError, Reason, Reauthorise, Refused, Retry, Unknown
from channels.linkedin_api import LinkedInSettings
from channels.linkedin_probe import MAY_POST, ROLES_SCOPE
from channels.linkedin_probe import SCOPES as POSTING
from channels.oauth import App, Asked, Failed, Fault, Found, Granted
from channels.preparing import preparing

if TYPE_CHECKING:
    from channels.http import Client

SCOPES = (*POSTING, ROLES_SCOPE)
LOGIN = "https://www.linkedin.com"
API = "https://api.linkedin.com"
MOST_NAMES = 20
"""Pages that are asked for by name; more are shown by their id."""
DAY = 86_400.0
RENEW_BEFORE = 14 * DAY
"""Seconds before a key of 60 days dies."""


class LinkedInFlow:
    app = "linkedin"

    def authorize(self, settings: Mapping[str, Any], app: App, asked: Asked) -> str:
        return oauth.authorize(
            f"{api_base(settings, LOGIN)}/oauth/v2/authorization", app, asked, " ".join(SCOPES)
        )

    async def exchange(
        self, client: Client, settings: Mapping[str, Any], app: App, granted: Granted
    ) -> list[Found]:
        value = await oauth.ask(
            client,
            "POST",
            f"{api_base(settings, LOGIN)}/oauth/v2/accessToken",
            fields={
                "grant_type": "authorization_code",
                "code": granted.code,
                "client_id": app.client_id,
                "client_secret": app.client_secret,
                "redirect_uri": granted.redirect,
            },
        )
        oauth.need_scopes(SCOPES, value.get("scope"))
        secret = {
            "token": oauth.text(value, "access_token"),
            "client_secret": app.client_secret,
            **oauth.dies_at(value, "expires_in", client.now()),
        }
        if isinstance(value.get("refresh_token"), str) and value["refresh_token"].strip():
            secret["refresh_token"] = value["refresh_token"].strip()
            secret |= _last(value, client.now())
        more = {"client_id": app.client_id}
        try:
            pages = await _pages(client, settings, secret["token"])
        except (Retry, Unknown) as error:
            raise Failed(Fault.NO_ANSWER, error.detail) from error
        except ChannelError as error:
            raise Failed(Fault.REFUSED, error.detail) from error
        if not pages:
            raise Failed(Fault.NO_ACCOUNT)
        return [Found({"organisation": page}, name, secret, more) for page, name in pages]


async def _pages(client: Client, settings: Mapping[str, Any], token: str) -> list[tuple[str, str]]:
    """(id, name) of the organisations that whoever logged in may post for."""
    asking = LinkedInSettings(api_base(settings, API), api_base(settings, LOGIN), "0", token)
    query = "organizationAcls?q=roleAssignee&state=APPROVED"
    answer = await api.ask(client, asking, "GET", query, restli="FINDER")
    rows = answer.json().get("elements")
    urns = dict.fromkeys(
        str(row.get("organization") or row.get("organizationTarget"))
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict) and row.get("role") in MAY_POST
    )
    ids = [urn.removeprefix("urn:li:organization:") for urn in urns]
    found: list[tuple[str, str]] = []
    for page in [one for one in ids if one.isascii() and one.isdigit()]:
        name = page
        if len(found) < MOST_NAMES:
            with suppress(ChannelError):
                told = (await api.ask(client, asking, "GET", f"organizations/{page}")).json()
                name = str(told.get("localizedName") or page)
        found.append((page, name))
    return found


class LinkedInRenewer:
    """For apps that LinkedIn gives refresh tokens; others are connected anew every 60 days."""

    def at(self, secret: Mapping[str, Any], seen: float) -> float | None:
        """Not more than daily; None also when the refresh token dies with the key: near the end
        of its year LinkedIn shortens both, and only a login helps."""
        if not secret.get("refresh_token") or not secret.get("client_secret"):
            return None
        dies, last = _moment(secret, "expires_at"), _moment(secret, "refresh_expires_at")
        if dies is None:
            return seen
        if last is not None and last <= dies + DAY:
            return None
        return max(dies - RENEW_BEFORE, seen + DAY)

    async def renew(
        self, client: Client, settings: Mapping[str, Any], secret: Mapping[str, Any]
    ) -> dict[str, str]:
        """The whole new secret. A refresh token may be used again."""
        fields = {
            "grant_type": "refresh_token",
            "refresh_token": str(secret["refresh_token"]),
            "client_id": str(settings.get("client_id") or ""),
            "client_secret": str(secret["client_secret"]),
        }
        where = f"{api_base(settings, LOGIN)}/oauth/v2/accessToken"
        async with preparing(client):
            try:
                value = await oauth.ask(client, "POST", where, fields=fields)
                token = oauth.text(value, "access_token")
            except Failed as error:
                raise _fault(error) from error
        fresh = {name: str(found) for name, found in secret.items()} | {"token": token}
        fresh |= oauth.dies_at(value, "expires_in", client.now())
        again = value.get("refresh_token")
        if isinstance(again, str) and again.strip():
            fresh["refresh_token"] = again.strip()
            fresh |= _last(value, client.now())
        return fresh


def _last(value: Mapping[str, Any], now: float) -> dict[str, str]:
    """When the refresh token dies, whatever is made with it."""
    found = oauth.dies_at(value, "refresh_token_expires_in", now)
    return {"refresh_expires_at": found["expires_at"]} if found else {}


def _moment(secret: Mapping[str, Any], name: str) -> float | None:
    found = str(secret.get(name, ""))
    return float(found) if found.isdecimal() else None


def _fault(error: Failed) -> ChannelError:
    """Only a clear word about the refresh token may cost the account its key."""
    words = error.detail.lower()
    gone = any(word in words for word in ("expired", "revoked", "invalid"))
    if error.fault is not Fault.NO_ANSWER and (
        "invalid_grant" in words or ("refresh token" in words and gone)
    ):
        return Reauthorise(Reason.CREDENTIALS, error.detail)
    if error.fault is Fault.APP:
        return Refused(Reason.RIGHTS, error.detail)
    return Retry(Reason.NO_CONNECTION, error.detail)
