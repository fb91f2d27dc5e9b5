"""A Bluesky server (PDS): XRPC with sessions and one repository per account.

After @atproto/pds: statuses, error names, headers and limits are what it answers on loopback.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

import regex  # type: ignore[import-untyped]  # it ships no types
from aiohttp import web

from simulators.base import Simulator, Taken

ACCESS_SECONDS = 7_200
REFRESH_SECONDS = 90 * 86_400
LOGINS = 30
LOGIN_SECONDS = 300
PROFILE = "app.bsky.actor.profile"
_TID = re.compile(r"[234567a-j][234567a-z]{12}")


@dataclass
class Account:
    handle: str
    did: str
    passwords: set[str]
    status: str | None = None
    """takendown, suspended or deactivated; None: active."""
    logins: int = 0
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Posts by record key."""
    profile: dict[str, Any] | None = None


class Bluesky(Simulator):
    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.accounts: dict[str, Account] = {}
        self.refreshes = 0
        self.blobs: dict[str, bytes] = {}
        self._access: dict[str, str] = {}
        self._expired: set[str] = set()
        self._revoked: set[str] = set()
        self._refresh: dict[str, tuple[str, str]] = {}
        self._tokens = 0

    def add(self, handle: str, password: str) -> Account:
        did = f"did:plc:{hashlib.sha256(handle.encode()).hexdigest()[:24]}"
        self.accounts[did] = Account(handle, did, {password})
        return self.accounts[did]

    def expire(self) -> None:
        """Every access token has run out; refresh tokens live on."""
        self._expired |= set(self._access)
        self._access.clear()

    def revoke(self, account: Account) -> None:
        """Every app password is taken back, and its refresh tokens with it; access tokens live."""
        account.passwords.clear()
        for token in [t for t, (did, _password) in self._refresh.items() if did == account.did]:
            del self._refresh[token]
            self._revoked.add(token)

    def routes(self) -> Iterable[web.RouteDef]:
        for method, name, handler in (
            ("POST", "server.createSession", self._log_in),
            ("POST", "server.refreshSession", self._renew),
            ("GET", "server.getSession", self._session),
            ("POST", "repo.putRecord", self._put),
            ("GET", "repo.getRecord", self._get),
            ("POST", "repo.deleteRecord", self._delete),
            ("POST", "repo.uploadBlob", self._upload),
        ):
            yield web.route(method, f"/xrpc/com.atproto.{name}", handler)

    def limited(self, after: int | None) -> web.StreamResponse:
        now = int(time.monotonic()) + 1_780_000_000
        headers = {"Date": formatdate(now, usegmt=True)}
        if after is not None:
            headers |= {
                "RateLimit-Limit": "30",
                "RateLimit-Remaining": "0",
                "RateLimit-Reset": str(now + after),
                "RateLimit-Policy": f"{LOGINS};w={LOGIN_SECONDS}",
            }
        return _error(429, "RateLimitExceeded", "Rate Limit Exceeded", headers)

    def dead_key(self) -> web.StreamResponse:
        return _error(401, "AuthenticationRequired", "Invalid identifier or password")

    # Sessions.

    async def _log_in(self, request: web.Request) -> web.StreamResponse:
        asked = await request.json()
        account = self._account(str(asked.get("identifier", "")))
        if account is not None:
            account.logins += 1
            if account.logins > LOGINS:
                return self.limited(LOGIN_SECONDS)
        wrong = account is None or asked.get("password") not in account.passwords
        if account is None or wrong or account.status == "takendown":
            return self.dead_key()
        return self._tokens_for(account, asked["password"])

    async def _renew(self, request: web.Request) -> web.StreamResponse:
        token = _bearer(request)
        found = self._refresh.get(token)
        if not token:
            return _error(401, "AuthMissing", "Authentication Required")
        if found is None and token not in self._revoked:
            return _error(400, "InvalidToken", "Token could not be verified")
        if found is None:
            return _error(400, "ExpiredToken", "Token has been revoked")
        self.refreshes += 1
        account = self.accounts[found[0]]
        if account.status == "takendown":
            return _error(401, "AccountTakedown", "Account has been taken down")
        return self._tokens_for(account, found[1])

    async def _session(self, request: web.Request) -> web.StreamResponse:
        account = self._of(request)
        if isinstance(account, web.StreamResponse):
            return account
        return web.json_response(_about(account))

    def _tokens_for(self, account: Account, password: str) -> web.StreamResponse:
        self._tokens += 1
        access = _token(account.did, ACCESS_SECONDS, self._tokens)
        refresh = _token(account.did, REFRESH_SECONDS, self._tokens)
        self._access[access] = account.did
        self._refresh[refresh] = account.did, password
        return web.json_response(_about(account) | {"accessJwt": access, "refreshJwt": refresh})

    def _account(self, name: str) -> Account | None:
        for account in self.accounts.values():
            if name.lower() in (account.handle, account.did):
                return account
        return None

    def _of(self, request: web.Request) -> Account | web.StreamResponse:
        """Whose token it is, or what the server answers instead."""
        token = _bearer(request)
        if not token:
            return _error(401, "AuthMissing", "Authentication Required")
        if token in self._expired:
            return _error(400, "ExpiredToken", "Token has expired")
        if token not in self._access:
            return _error(400, "InvalidToken", "Token could not be verified")
        account = self.accounts[self._access[token]]
        if account.status is not None:
            name = "AccountTakedown" if account.status == "takendown" else "AccountDeactivated"
            return _error(401, name, "Account has been taken down")
        return account

    # The repository.

    async def _put(self, request: web.Request) -> web.StreamResponse:
        account = self._of(request)
        if isinstance(account, web.StreamResponse):
            return account
        asked = await request.json()
        key, record = str(asked["rkey"]), asked["record"]
        if asked["repo"] not in (account.did, account.handle):
            return _error(403, "AccountNotFound", "Could not find account")
        if asked["collection"] == PROFILE:
            return self._put_profile(account, asked)
        if wrong := _wrong(key, record):
            return _error(400, "InvalidRequest", wrong)
        uri = f"at://{account.did}/app.bsky.feed.post/{key}"
        cid = _cid(record)
        answer: dict[str, Any] = {"uri": uri, "cid": cid, "validationStatus": "valid"}
        if key not in account.records or account.records[key] != record:
            self.taken = [one for one in self.taken if one.remote_id != uri]
            self.taken.append(
                Taken(uri, account.handle, record["text"], key=key, extra={"record": record})
            )
            account.records[key] = record
            answer["commit"] = {"cid": cid, "rev": key}
        return web.json_response(answer)

    def _put_profile(self, account: Account, asked: dict[str, Any]) -> web.StreamResponse:
        """`swapRecord`: the cid that is to be written over; null: none is there. The identical
        record is a no-op, whatever is to be written over."""
        current = None if account.profile is None else _cid(account.profile)
        same = account.profile == asked["record"]
        if not same and "swapRecord" in asked and asked["swapRecord"] != current:
            return _error(400, "InvalidSwap", f"Record was at {current}")
        account.profile = asked["record"]
        uri = f"at://{account.did}/{PROFILE}/self"
        return web.json_response(
            {"uri": uri, "cid": _cid(asked["record"]), "validationStatus": "valid"}
        )

    async def _get(self, request: web.Request) -> web.StreamResponse:
        account = self._account(request.query["repo"])
        key = request.query["rkey"]
        uri = f"at://{request.query['repo']}/{request.query['collection']}/{key}"
        record = None
        if account is not None:
            profile = request.query["collection"] == PROFILE
            record = account.profile if profile else account.records.get(key)
        if record is None:
            return _error(400, "RecordNotFound", f"Could not locate record: {uri}")
        return web.json_response({"uri": uri, "cid": _cid(record), "value": record})

    async def _delete(self, request: web.Request) -> web.StreamResponse:
        account = self._of(request)
        if isinstance(account, web.StreamResponse):
            return account
        key = str((await request.json())["rkey"])
        if account.records.pop(key, None) is not None:
            for one in self.taken:
                one.gone = one.gone or one.key == key
        return web.json_response({})

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        account = self._of(request)
        if isinstance(account, web.StreamResponse):
            return account
        data = await request.read()
        link = f"bafkrei{hashlib.sha256(data).hexdigest()[:52]}"
        self.blobs[link] = data
        blob = {
            "$type": "blob",
            "ref": {"$link": link},
            "mimeType": request.content_type,
            "size": len(data),
        }
        return web.json_response({"blob": blob})


def _wrong(key: str, record: dict[str, Any]) -> str:
    """Why the record is not taken; empty: it is."""
    text = record["text"]
    if not _TID.fullmatch(key):
        return "Invalid record key"
    if len(text.encode()) > 3000:
        return "Record/text must not be longer than 3000 characters"
    if len(regex.findall(r"\X", text)) > 300:
        return "Record/text must not be longer than 300 graphemes"
    return ""


def _about(account: Account) -> dict[str, Any]:
    about: dict[str, Any] = {"did": account.did, "handle": account.handle, "active": True}
    return about if account.status is None else about | {"active": False, "status": account.status}


def _bearer(request: web.Request) -> str:
    return request.headers.get("Authorization", "").removeprefix("Bearer ")


def _token(did: str, seconds: int, number: int) -> str:
    """Shaped as a JWT; nobody checks its signature."""
    now = int(time.monotonic())
    parts = ({"alg": "HS256"}, {"sub": did, "iat": now, "exp": now + seconds, "jti": str(number)})
    encoded = [base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=") for each in parts]
    return ".".join([*(each.decode() for each in encoded), f"signature{number}"])


def _cid(record: dict[str, Any]) -> str:
    return f"bafyrei{hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()[:52]}"


def _error(
    status: int, name: str, message: str, headers: dict[str, str] | None = None
) -> web.Response:
    return web.json_response({"error": name, "message": message}, status=status, headers=headers)
