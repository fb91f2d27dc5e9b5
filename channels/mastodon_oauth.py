"""Mastodon: connecting an account, with PKCE where the server knows it (from 4.3).

docs.joinmastodon.org/methods/apps, /methods/oauth, /api/oauth-scopes. An app is registered at each
server, without anybody's hand. A token lives until somebody takes it back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from channels import oauth
from channels.mastodon_probe import FOR_PICTURES, FOR_PINS, NEEDED
from channels.oauth import App, Asked, Failed, Fault, Found, Granted
from channels.web_address import origin

if TYPE_CHECKING:
    from channels.http import Client

SCOPES = (*NEEDED, FOR_PICTURES, FOR_PINS)
NAME = "Budkavle"


async def register(client: Client, server: str, redirect: str) -> App:
    """An app of ours at this server. Registering another is harmless.

    Raises:
        Failed: the server knows no such thing, or isn't there.
    """
    fields = {"client_name": NAME, "redirect_uris": redirect, "scopes": " ".join(SCOPES)}
    value = await oauth.ask(client, "POST", f"{server}/api/v1/apps", fields=fields)
    return App(oauth.text(value, "client_id"), oauth.text(value, "client_secret"))


class MastodonFlow:
    app = ""

    def authorize(self, settings: Mapping[str, Any], app: App, asked: Asked) -> str:
        return oauth.authorize(
            f"{settings['server']}/oauth/authorize", app, asked, " ".join(SCOPES), pkce=True
        )

    async def exchange(
        self, client: Client, settings: Mapping[str, Any], app: App, granted: Granted
    ) -> list[Found]:
        server = origin("server", settings.get("server"))
        value = await oauth.ask(
            client,
            "POST",
            f"{server}/oauth/token",
            fields={
                "grant_type": "authorization_code",
                "code": granted.code,
                "client_id": app.client_id,
                "client_secret": app.client_secret,
                "redirect_uri": granted.redirect,
                "code_verifier": granted.verifier,
            },
        )
        oauth.need_scopes(SCOPES, value.get("scope"))
        token = oauth.text(value, "access_token")
        me = await oauth.ask(
            client,
            "GET",
            f"{server}/api/v1/accounts/verify_credentials",
            headers={"Authorization": f"Bearer {token}"},
        )
        username = oauth.text(me, "username")
        if not username.replace(".", "").replace("-", "").replace("_", "").isalnum():
            raise Failed(Fault.NO_ANSWER, "a username that can't be one")
        settings = {"server": server}
        return [Found({"account": username.lower()}, username, {"token": token}, settings)]
