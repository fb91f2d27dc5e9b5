"""Sockets of view links: a namespace of their own, where nothing can be asked for.

Whoever connects with a link's secret hears hints about that link's event and nothing else; there is
no event to send. A revoked link's sockets are closed as soon as its revocation is hinted at, and at
the next look in case that hint was lost.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import request
from flask_socketio import SocketIO, join_room

from console import live
from console.db import unit_of_work
from console.incidents import view_links
from console.logs import get_logger
from console.web.guard import socket_public
from console.web.hints import listener

NAMESPACE = "/view"
CONNECTS = "a screen has nobody to log in; the link's secret decides"

log = get_logger("view_sockets")
_links: dict[str, int] = {}
"""Socket id → its link."""


def connect(auth: object = None) -> bool:
    """Only with the secret of a link that stands."""
    token = auth.get("view") if isinstance(auth, dict) else None
    if not isinstance(token, str):
        return False
    try:
        with unit_of_work() as session:
            found = view_links.standing(session, token)
    except Exception as error:
        log.warning("link_not_looked_at", error=type(error).__name__)
        return False  # the screen tries again by itself
    if found is None:
        return False
    _links[request.sid] = found.link_id  # type: ignore[attr-defined]
    join_room(live.incident_topic(found.incident_id))
    listener.start()
    return True


@socket_public("it only forgets")
def gone(_reason: object = None) -> None:
    _links.pop(request.sid, None)  # type: ignore[attr-defined]


def install(socketio: SocketIO, look_after: Callable[[], None]) -> None:
    """
    Args:
        look_after: sees to it that `close_revoked` is called every few seconds from now on.
    """

    @socket_public(CONNECTS)
    def connected(auth: object = None) -> bool:
        look_after()
        return connect(auth)

    socketio.on_event("connect", connected, namespace=NAMESPACE)
    socketio.on_event("disconnect", gone, namespace=NAMESPACE)


def pass_on(socketio: SocketIO, topic: str) -> None:
    """A hint has come: tell the screens, or shut out those of a link that was revoked."""
    socketio.emit("hint", topic, to=topic, namespace=NAMESPACE)
    revoked = [sid for sid, link in dict(_links).items() if view_links.topic(link) == topic]
    _close(socketio, revoked)


def close_revoked(socketio: SocketIO) -> None:
    """Close every socket whose link no longer stands."""
    sockets = dict(_links)
    if not sockets:
        return
    with unit_of_work() as session:
        standing = view_links.still_standing(session, set(sockets.values()))
    _close(socketio, [sid for sid, link in sockets.items() if link not in standing])


def _close(socketio: SocketIO, sids: list[str]) -> None:
    for sid in sids:
        socketio.server.disconnect(sid, namespace=NAMESPACE)
        _links.pop(sid, None)
