"""The shut-in child of `channels.own_address`: reads one question, answers a line per message.

Shut in by an audit hook (PEP 578), which a library can't take away again: no connection to a
private address that isn't opened by name, no datagrams, no other program, no file but those of
Python itself. https only, certificates looked at, nothing sent twice.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from channels.addresses import Hosts, is_public
from channels.failures import Reason
from channels.own_address import AT_ONCE

_READABLE = tuple(
    {
        os.path.realpath(sys.prefix) + os.sep,
        sys.prefix + os.sep,
        os.path.realpath(sys.base_prefix) + os.sep,
        sys.base_prefix + os.sep,
        "/usr/share/",
        "/etc/ssl/",
        "/etc/mime.types",
    }
)
_ENDS = ("subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork")
_NOT_FOR_US = ("smtplib", "socket", "subprocess")
_here = threading.local()
"""What became of this thread's requests so far: a list of (state, detail)."""


class Shut(OSError):
    """An OSError, so that every library takes it as a failed connection."""


def main() -> None:
    out, sys.stdout = sys.stdout, sys.stderr
    question = json.load(sys.stdin)
    import apprise
    import requests

    apprise.Apprise.instantiate("json://localhost")  # loads every kind of address, before the lock

    def say(answer: dict[str, Any]) -> None:
        with _speaking:
            out.write(json.dumps(answer) + "\n")
            out.flush()

    if question["do"] == "check":
        say(_checked(apprise, question["address"]))
        return
    _shut_in(Hosts(question["allow"]), requests)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda message: say(_send(apprise, message)), question["messages"]))


_speaking = threading.Lock()


def _checked(apprise: Any, address: str) -> dict[str, Any]:
    target = apprise.Apprise.instantiate(address)
    if target is None:
        return {"fault": "unknown"}
    if not _over_the_web(target):
        return {"fault": "local"}
    return {"service": str(target.service_name), "host": str(getattr(target, "host", "") or "")}


def _over_the_web(target: Any) -> bool:
    """Its code asks `requests`, which is watched here, and opens no connection by itself."""
    module = vars(sys.modules[type(target).__module__])
    return "requests" in module and not any(name in module for name in _NOT_FOR_US)


def _send(apprise: Any, message: dict[str, Any]) -> dict[str, Any]:
    _here.seen = []
    taken = False
    try:
        asset = apprise.AppriseAsset(async_mode=False, storage_mode="memory")
        target = apprise.Apprise.instantiate(message["address"], asset=asset)
        if target is None or not _over_the_web(target):
            return _outcome(message, "failed", Reason.ADDRESS)
        target.retry, target.verify_certificate = 0, True
        taken = bool(target.notify(body=message["text"], title=message["title"]))
    except Exception as error:  # Whatever it was, what was seen decides.
        _here.seen.append(("failed", f"{Reason.TURNED_DOWN}: {type(error).__name__}"))
    if taken:
        return _outcome(message, "sent", "")
    worst = sorted(_here.seen, key=lambda one: one[0] == "unknown")
    state, detail = worst[-1] if worst else ("failed", str(Reason.TURNED_DOWN))
    if state == "sent":  # it answered well, yet apprise was not content
        state, detail = "unknown", str(Reason.BAD_ANSWER)
    return _outcome(message, state, detail)


def _outcome(message: dict[str, Any], state: str, detail: str) -> dict[str, Any]:
    return {"key": message["key"], "state": state, "detail": str(detail)}


def _shut_in(hosts: Hosts, requests: Any) -> None:
    """From here on this process reaches the open internet over https, and nothing else."""
    opened: set[tuple[str, int]] = set()
    resolve, ask = socket.getaddrinfo, requests.Session.send

    def getaddrinfo(host: Any, port: Any, *rest: Any, **named: Any) -> Any:
        found = resolve(host, port, *rest, **named)
        if hosts.allow(str(host), int(port or 0)):
            opened.update((str(one[4][0]), int(one[4][1])) for one in found)
        return found

    def watched(self: Any, request: Any, **options: Any) -> Any:
        parts = urlsplit(request.url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        if parts.scheme != "https" and not hosts.allow(parts.hostname or "", port):
            _here.seen.append(("failed", str(Reason.ADDRESS)))
            raise requests.exceptions.InvalidURL("not https")
        _here.shut = False
        try:
            answer = ask(self, request, **options)
        except Exception as error:
            _here.seen.append(_lost(requests.exceptions, error))
            raise
        _here.seen.append(_answered(answer.status_code))
        return answer

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event == "socket.connect":
            where = args[1]
            known = isinstance(where, tuple) and (str(where[0]), int(where[1])) in opened
            if not known and not (isinstance(where, tuple) and is_public(str(where[0]))):
                _here.shut = True
                raise Shut("a private address")
        elif event in ("socket.sendto", "socket.bind") or event.startswith(_ENDS):
            raise Shut(event)
        elif event == "open" and isinstance(args[0], str | bytes):
            path = os.path.realpath(os.fsdecode(args[0]))
            if not path.startswith(_READABLE):
                raise Shut("a file")

    socket.getaddrinfo = getaddrinfo
    requests.Session.send = watched
    sys.addaudithook(hook)


def _answered(status: int) -> tuple[str, str]:
    if status < 400:
        return "sent", ""
    if status < 500:
        return "failed", f"{Reason.TURNED_DOWN}: {status}"
    return "unknown", f"{Reason.SERVER_ERROR}: {status}"


def _lost(exceptions: Any, error: Exception) -> tuple[str, str]:
    """Had it left? A connection that was never made sent nothing."""
    if getattr(_here, "shut", False):
        return "failed", str(Reason.ADDRESS)
    never = (exceptions.ConnectTimeout, exceptions.SSLError, exceptions.ProxyError)
    told = str(error)
    unmade = "NewConnectionError" in told or "NameResolutionError" in told
    if isinstance(error, never) or unmade:
        return "failed", str(Reason.NO_CONNECTION)
    return "unknown", str(Reason.NO_ANSWER)


if __name__ == "__main__":
    main()
