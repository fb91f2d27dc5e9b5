"""A Matrix homeserver (Synapse, SQLite) with users of its own, for as long as the tests run."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import urllib.request
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from tests.channels.servers import free_port
from tests.peers.installed import python
from tests.peers.keeper import Kept, answers

NAME = "torsby.test"


class User:
    """One of the server's users, with a token."""

    def __init__(self, server: Synapse, name: str, *, admin: bool = False) -> None:
        self.server = server
        nonce = server.call("GET", "/_synapse/admin/v1/register")["nonce"]
        password = secrets.token_hex(8)
        words = (nonce, name, password, "admin" if admin else "notadmin")
        signed = hmac.new(server.secret.encode(), "\0".join(words).encode(), hashlib.sha1)
        made = server.call(
            "POST",
            "/_synapse/admin/v1/register",
            {
                "nonce": nonce, "username": name, "password": password, "admin": admin,
                "mac": signed.hexdigest(),
            },
        )  # fmt: skip
        self.id: str = made["user_id"]
        self.token: str = made["access_token"]

    def call(self, method: str, path: str, value: Any = None) -> dict[str, Any]:
        return self.server.call(method, path, value, self.token)

    def room(self, **how: Any) -> str:
        """A room of its own, which anybody may join."""
        made = self.call("POST", "/_matrix/client/v3/createRoom", {"preset": "public_chat", **how})
        return str(made["room_id"])

    def join(self, room: str) -> None:
        self.call("POST", f"/_matrix/client/v3/join/{quote(room)}", {})

    def state(self, room: str, kind: str, value: dict[str, Any]) -> None:
        self.call("PUT", f"/_matrix/client/v3/rooms/{quote(room)}/state/{kind}/", value)

    def events(self, room: str) -> list[dict[str, Any]]:
        """What stands in the room, edits too, the oldest first: those that say something."""
        path = f"/_matrix/client/v3/rooms/{quote(room)}/messages?dir=b&limit=100"
        found = reversed(self.call("GET", path)["chunk"])
        return [one for one in found if one["type"] == "m.room.message" and one["content"]]


class Synapse:
    """Use as `with Synapse(folder) as server:`; then `server.port` and `server.user(name)`."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = free_port()
        self.secret = secrets.token_hex(16)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        program = python("synapse", "synapse")
        key = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        listener = {
            "port": self.port, "bind_addresses": ["127.0.0.1"], "type": "http", "tls": False,
            "resources": [{"names": ["client"]}],
        }  # fmt: skip
        config = {
            "server_name": NAME,
            "listeners": [listener],
            "database": {"name": "sqlite3", "args": {"database": str(self.data / "db")}},
            "media_store_path": str(self.data / "media"),
            "signing_key": f"ed25519 a_test {key}",
            "registration_shared_secret": self.secret,
            "macaroon_secret_key": secrets.token_hex(16),
            "form_secret": secrets.token_hex(16),
            "trusted_key_servers": [],
            "federation_domain_whitelist": [],
            "report_stats": False,
            "presence": {"enabled": False},
        }
        # Every JSON text is YAML too.
        (self.data / "homeserver.yaml").write_text(json.dumps(config))
        self._kept = Kept(
            [program, "-m", "synapse.app.homeserver", "-c", "homeserver.yaml"],
            self.data,
            lambda: answers(f"{self.url}/_matrix/client/versions"),
        )
        self._kept.__enter__()
        self.admin = self.user("admin", admin=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._kept.__exit__()

    def user(self, name: str, *, admin: bool = False, limited: bool = False) -> User:
        """`limited`: may write as fast as any new user on a server nobody has configured."""
        user = User(self, name, admin=admin)
        if not limited:
            owner = user if admin else self.admin
            path = f"/_synapse/admin/v1/users/{quote(user.id)}/override_ratelimit"
            owner.call("POST", path, {"messages_per_second": 0, "burst_count": 0})
        return user

    def call(self, method: str, path: str, value: Any = None, token: str = "") -> dict[str, Any]:
        """The answer to one request.

        Raises:
            urllib.error.HTTPError: the server says no. OSError: there is none.
        """
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        body = None if value is None else json.dumps(value).encode()
        request = urllib.request.Request(self.url + path, body, headers, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            found: dict[str, Any] = json.loads(answer.read() or b"{}")
        return found
