"""Threads: connecting a profile, and a key for another 60 days.

Documentation: developers.facebook.com/docs/threads/get-started/get-access-tokens-and-permissions
(code, short key) and …/long-lived-tokens (th_exchange_token; th_refresh_token for a key that is a
day old at least and not dead yet). These two take the key in the address, and offer no other way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from channels import oauth
from channels.api_base import api_base
from channels.failures import ChannelError, Reason, Retry
from channels.graph_errors import failure
from channels.oauth import App, Asked, Found, Granted
from channels.preparing import preparing
from channels.threads import Threads

if TYPE_CHECKING:
    from channels.http import Client

LOGIN = "https://threads.net"
SCOPES = (*Threads.scopes, "threads_delete")
DAY = 86_400.0
RENEW_BEFORE = 30 * DAY
OLD_ENOUGH = DAY + 3_600


class ThreadsFlow:
    app = "threads"

    def authorize(self, settings: Mapping[str, Any], app: App, asked: Asked) -> str:
        return oauth.authorize(
            f"{api_base(settings, LOGIN)}/oauth/authorize", app, asked, ",".join(SCOPES)
        )

    async def exchange(
        self, client: Client, settings: Mapping[str, Any], app: App, granted: Granted
    ) -> list[Found]:
        base = api_base(settings, Threads.host)
        short = await oauth.ask(
            client,
            "POST",
            f"{base}/oauth/access_token",
            fields={
                "client_id": app.client_id,
                "client_secret": app.client_secret,
                "code": granted.code.removesuffix("#_"),
                "grant_type": "authorization_code",
                "redirect_uri": granted.redirect,
            },
        )
        query = {
            "grant_type": "th_exchange_token",
            "client_secret": app.client_secret,
            "access_token": oauth.text(short, "access_token"),
        }
        long = await oauth.ask(client, "GET", f"{base}/access_token?{urlencode(query)}")
        token = oauth.text(long, "access_token")
        secret = {
            "token": token,
            "issued_at": str(int(client.now())),
            **oauth.dies_at(long, "expires_in", client.now()),
        }
        me = await oauth.ask(
            client,
            "GET",
            f"{base}/{Threads.version}/me?fields=id,username",
            headers={"Authorization": f"Bearer {token}"},
        )
        return [Found({"user_id": oauth.text(me, "id")}, oauth.text(me, "username"), secret)]


class ThreadsRenewer:
    def at(self, secret: Mapping[str, Any], seen: float) -> float | None:
        """A key whose age nobody knows is taken to be new when it came to us."""
        if not secret.get("token"):
            return None
        issued, dies = str(secret.get("issued_at", "")), str(secret.get("expires_at", ""))
        old_enough = (float(issued) if issued.isdecimal() else seen) + OLD_ENOUGH
        return max(old_enough, float(dies) - RENEW_BEFORE) if dies.isdecimal() else old_enough

    async def renew(
        self, client: Client, settings: Mapping[str, Any], secret: Mapping[str, Any]
    ) -> dict[str, str]:
        """The whole new secret. The old key lives on until its own end."""
        query = {"grant_type": "th_refresh_token", "access_token": str(secret["token"])}
        where = f"{api_base(settings, Threads.host)}/refresh_access_token?{urlencode(query)}"
        async with preparing(client):
            answer = await client.request("GET", where)
            if answer.status != 200:
                raise failure(answer)
            value = answer.json()
            if "error" in value:
                raise failure(answer)
        try:
            token = oauth.text(value, "access_token")
        except oauth.Failed as error:
            raise _nothing(error) from error
        fresh = {name: str(found) for name, found in secret.items()}
        fresh.pop("expires_at", None)
        return fresh | {
            "token": token,
            "issued_at": str(int(client.now())),
            **oauth.dies_at(value, "expires_in", client.now()),
        }


def _nothing(error: oauth.Failed) -> ChannelError:
    return Retry(Reason.NO_CONNECTION, error.detail)
