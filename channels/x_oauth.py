"""X: connecting an account, with PKCE (docs.x.com, OAuth 2.0 Authorization Code Flow).

The code is good for half a minute, so it is exchanged as soon as the browser is back.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from channels import oauth
from channels.failures import ChannelError, Unknown
from channels.oauth import App, Asked, Failed, Fault, Found, Granted
from channels.x import DEFAULT_SERVER, RIGHTS, fault

if TYPE_CHECKING:
    from channels.http import Client

LOGIN = "https://x.com"


class XFlow:
    app = "x"

    def authorize(self, settings: Mapping[str, Any], app: App, asked: Asked) -> str:
        server = _server(settings)
        login = LOGIN if server == DEFAULT_SERVER else server
        return oauth.authorize(
            f"{login}/i/oauth2/authorize", app, asked, " ".join(RIGHTS), pkce=True
        )

    async def exchange(
        self, client: Client, settings: Mapping[str, Any], app: App, granted: Granted
    ) -> list[Found]:
        fields = {
            "grant_type": "authorization_code",
            "code": granted.code,
            "redirect_uri": granted.redirect,
            "code_verifier": granted.verifier,
        }
        headers = {}
        if app.client_secret:
            pair = f"{quote(app.client_id)}:{quote(app.client_secret)}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            fields["client_id"] = app.client_id
        server = _server(settings)
        where = f"{server}/2/oauth2/token"
        value = await oauth.ask(client, "POST", where, fields=fields, headers=headers)
        oauth.need_scopes(RIGHTS, value.get("scope"))
        secret = {
            "access_token": oauth.text(value, "access_token"),
            "refresh_token": oauth.text(value, "refresh_token"),
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "scope": str(value.get("scope") or ""),
            **oauth.dies_at(value, "expires_in", client.now()),
        }
        username = await _username(client, server, secret["access_token"])
        return [Found({"username": username.lower()}, username, secret)]


async def _username(client: Client, server: str, token: str) -> str:
    headers = {"Authorization": f"Bearer {token}"}
    try:
        answer = await client.request("GET", f"{server}/2/users/me", headers=headers)
        if answer.status != 200:
            raise fault(answer)
        data = answer.json().get("data")
    except Unknown as error:
        raise Failed(Fault.NO_ANSWER, error.detail) from error
    except ChannelError as error:
        raise Failed(Fault.REFUSED, error.detail) from error
    return oauth.text(data if isinstance(data, dict) else {}, "username")


def _server(settings: Mapping[str, Any]) -> str:
    return str(settings.get("server") or DEFAULT_SERVER).rstrip("/")
