"""A Bluesky PDS (@atproto/pds) with accounts of its own, for as long as the tests run."""

from __future__ import annotations

import base64
import json
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

from tests.channels.servers import free_port
from tests.peers.installed import node, packages

START_SECONDS = 60
ADMIN_PASSWORD = "admin-of-a-throwaway-server"


class Account:
    """One of the server's accounts, logged in with its own password."""

    def __init__(self, pds: Pds, name: str) -> None:
        self.pds = pds
        self.handle = f"{name}.test"
        made = pds.call(
            "server.createAccount",
            {"handle": self.handle, "email": f"{name}@torsby.example", "password": "kontots-eget"},
        )
        self.did: str = made["did"]
        self.token: str = made["accessJwt"]
        self.app_password: str = self.call("server.createAppPassword", {"name": "budkavle"})[
            "password"
        ]

    def call(self, name: str, value: dict[str, Any] | None = None) -> dict[str, Any]:
        return self.pds.call(name, value, authorization=f"Bearer {self.token}")

    def records(self) -> list[dict[str, Any]]:
        """Its posts (uri, cid, value), newest first."""
        query = urlencode({"repo": self.did, "collection": "app.bsky.feed.post", "limit": 100})
        found: list[dict[str, Any]] = self.pds.call(f"repo.listRecords?{query}")["records"]
        return found

    def take_down(self) -> None:
        admin = base64.b64encode(f"admin:{ADMIN_PASSWORD}".encode()).decode()
        self.pds.call(
            "admin.updateSubjectStatus",
            {
                "subject": {"$type": "com.atproto.admin.defs#repoRef", "did": self.did},
                "takedown": {"applied": True, "ref": "1"},
            },
            authorization=f"Basic {admin}",
        )


class Pds:
    """Use as `with Pds(folder) as pds:`; then `pds.url` and `pds.account(name)`."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        folder = packages("pds", "@atproto/pds", "@did-plc/server")
        script = Path(__file__).with_name("serve.cjs")
        command = [node(), str(script), str(free_port()), str(self.port), str(self.data)]
        self._log = (self.data / "log").open("w+")
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env={"PDS_ADMIN_PASSWORD": ADMIN_PASSWORD},
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        ends = time.monotonic() + START_SECONDS
        while time.monotonic() < ends and self._process.poll() is None:
            try:
                self.call("server.describeServer")
            except OSError:
                time.sleep(0.1)
            else:
                return self
        self.__exit__()
        raise RuntimeError(f"the PDS did not start: {(self.data / 'log').read_text()[-2000:]}")

    def __exit__(self, *_: object) -> None:
        """Its standard input closes, and it ends; so it does when we are killed."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def account(self, name: str) -> Account:
        return Account(self, name)

    def call(
        self, name: str, value: dict[str, Any] | None = None, authorization: str = ""
    ) -> dict[str, Any]:
        return call(self.url, name, value, authorization)


def call(
    url: str, name: str, value: dict[str, Any] | None = None, authorization: str = ""
) -> dict[str, Any]:
    """The answer to one request; `value` makes it a POST.

    Raises:
        urllib.error.HTTPError: the server says no. OSError: there is none.
    """
    headers = {"Content-Type": "application/json"} if value is not None else {}
    if authorization:
        headers["Authorization"] = authorization
    body = None if value is None else json.dumps(value).encode()
    request = urllib.request.Request(f"{url}/xrpc/com.atproto.{name}", body, headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        found: dict[str, Any] = json.loads(answer.read() or b"{}")
    return found
