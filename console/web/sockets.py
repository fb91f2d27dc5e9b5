"""Sockets carry hints: whoever hears one fetches the page's part again. An open board is sent its
part instead (`pushing`), because there may be hundreds.

A socket needs a live session, and is closed when that ends. Its thread holds no database
connection: sessions are looked at in passing, all at once, every few seconds.
"""

from __future__ import annotations

import threading
import time

from flask import Flask, g, request
from flask_socketio import SocketIO, join_room

from console import clock, live
from console.db import unit_of_work
from console.errors import ConsoleError
from console.incidents import queries as incidents
from console.logs import get_logger
from console.people.queries import alive_of
from console.people.rules import Permission
from console.web import language, logins, view_sockets
from console.web.guard import socket_needs
from console.web.hints import listener
from console.web.pushing import pusher

LOOK = 5.0
"""Seconds between two looks at whether the sockets' sessions still stand."""

log = get_logger("sockets")
socketio = SocketIO()
_secrets: dict[str, str] = {}
"""Socket id → its session's secret."""
_looking = threading.Lock()


def install(app: Flask) -> None:
    """Serve /socket.io from this application; several processes need no sticky sessions."""
    socketio.init_app(
        app,
        async_mode="threading",
        transports=["websocket"],
        ping_interval=10,
        ping_timeout=10,
    )
    pusher.install(app, _send_part)
    view_sockets.install(socketio, _start_looking)
    listener.pass_on_to(_pass_on, at_once=pusher.changed)


def _pass_on(topic: str) -> None:
    socketio.emit("hint", topic, to=topic)
    view_sockets.pass_on(socketio, topic)


def _send_part(room: str, topic: str, body: str) -> None:
    socketio.emit("part", {"topic": topic, "body": body}, to=room)


@socketio.on("connect")  # type: ignore[untyped-decorator]
@socket_needs(Permission.VIEW_BOARD)
def connect(_auth: object = None) -> None:
    """Only with a live session; see `_look_after` for how long."""
    secret = logins.token()
    if secret is not None:
        _secrets[request.sid] = secret  # type: ignore[attr-defined]
    listener.start()
    _start_looking()


@socketio.on("disconnect")  # type: ignore[untyped-decorator]
def gone(_reason: object = None) -> None:
    _secrets.pop(request.sid, None)  # type: ignore[attr-defined]
    pusher.leave(request.sid)  # type: ignore[attr-defined]


@socketio.on("join")  # type: ignore[untyped-decorator]
@socket_needs(Permission.VIEW_BOARD)
def join(topic: object) -> None:
    """Hear hints about a topic, e.g. `incident:7`. What isn't there is not joined."""
    if isinstance(topic, str) and _is_there(topic):
        join_room(topic)


@socketio.on("watch")  # type: ignore[untyped-decorator]
@socket_needs(Permission.VIEW_BOARD)
def watch(slug: object) -> None:
    """Be sent an event's board whenever it changes, as one's roles and language show it."""
    if not isinstance(slug, str):
        return
    try:
        with unit_of_work() as session:
            topic = live.incident_topic(incidents.by_slug(session, slug).id)
    except ConsoleError:
        return
    sid = request.sid  # type: ignore[attr-defined]
    join_room(pusher.join(sid, g.person, slug, topic, language.choose()))


def _is_there(topic: str) -> bool:
    if topic == live.CALM:
        return True
    kind, _sep, number = topic.partition(":")
    if kind != "incident" or not number.isdecimal() or len(number) > 18:
        return False
    try:
        with unit_of_work() as session:
            return incidents.by_id(session, int(number)) is not None
    except ConsoleError:
        return False


def _start_looking() -> None:
    """One thread per process looks after the sockets' sessions, from the first socket on."""
    if _looking.acquire(blocking=False):
        threading.Thread(target=_look_after, name="sockets", daemon=True).start()


def _look_after() -> None:
    while True:
        time.sleep(LOOK)
        try:
            close_ended()
            view_sockets.close_revoked(socketio)
        except Exception as error:
            log.warning("sessions_not_looked_at", error=type(error).__name__)


def close_ended() -> None:
    """Close every socket whose session has ended, by somebody's act or by itself, and those whose
    person has got other roles: they come back and are shown what is theirs now."""
    sockets = dict(_secrets)
    if not sockets:
        return
    with unit_of_work() as session:
        alive = alive_of(session, set(sockets.values()), clock.now())
    for sid, secret in sockets.items():
        person = alive.get(secret)
        if person is None or pusher.strays(sid, person):
            socketio.server.disconnect(sid)
            _secrets.pop(sid, None)
            pusher.leave(sid)
