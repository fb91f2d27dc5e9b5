"""Parts sent down the socket: a board with hundreds of readers is rendered once for all of them.

A source renders one part of a page for everybody in the same role class and language. Readers of
the same part share a room; when its topic is hinted at, the part is rendered and, if it differs
from what the room has, sent. What a reader may see is settled as they join, and looked at again
with their session (`sockets.close_ended`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Protocol

from flask import Flask
from flask_babel import force_locale

from console import clock
from console.logs import get_logger
from console.people.models import Person

log = get_logger("pushing")
APART_SECONDS = 0.4
"""From one push to the next. What happens alone is shown at once; a thousand receipts within a
second are shown a few times, instead of taking the processor that their posts need."""


class Rendered(Protocol):
    @property
    def body(self) -> str: ...

    @property
    def etag(self) -> str: ...


@dataclass(frozen=True)
class Source:
    """How a room's part is made."""

    role_class: Callable[[Person], Hashable]
    """Readers with equal ones see the same."""
    heard: Callable[[str], Any]
    """Topic → what has been heard of it so far."""
    render: Callable[[str, Any, Any], Rendered]
    """(slug, role class, what had been heard as the push began) → the part, in the language that is
    set, as it was then or later. Raises ConsoleError for a slug that isn't there."""


@dataclass
class _Room:
    name: str
    topic: str
    slug: str
    role_class: Hashable
    language: str
    readers: set[str] = field(default_factory=set)
    """Socket ids."""
    etag: str = ""


class Pusher:
    """Rooms and the one thread that renders for them. Started when first needed: a server forks
    after the application is made."""

    def __init__(self) -> None:
        self._app: Flask | None = None
        self._source: Source | None = None
        self._send: Callable[[str, str, str], None] | None = None
        self._rooms: dict[tuple[str, Hashable, str], _Room] = {}
        self._guard = threading.Lock()
        self._work = threading.Condition()
        self._dirty: set[str] = set()
        self._running = False

    def install(self, app: Flask, send: Callable[[str, str, str], None]) -> None:
        """
        Args:
            send: (room, topic, body).
        """
        self._app, self._send = app, send
        with self._guard:
            self._rooms.clear()

    def serve(self, source: Source) -> None:
        self._source = source

    def join(self, sid: str, person: Person, slug: str, topic: str, language: str) -> str:
        """The room that this reader belongs in."""
        assert self._source is not None
        key = (slug, self._source.role_class(person), language)
        with self._guard:
            room = self._rooms.get(key)
            if room is None:
                name = f"part:{len(self._rooms)}:{topic}:{language}"
                room = self._rooms[key] = _Room(name, topic, slug, key[1], language)
            room.readers.add(sid)
            # The new reader may have seen something in between: what comes next is sent, though it
            # be the same as the others have.
            room.etag = ""
        self._start()
        return room.name

    def leave(self, sid: str) -> None:
        with self._guard:
            for room in self._rooms.values():
                room.readers.discard(sid)

    def strays(self, sid: str, person: Person) -> bool:
        """Does the socket stand in a room that the person's roles no longer lead to?"""
        assert self._source is not None
        mine = self._source.role_class(person)
        with self._guard:
            rooms = [room for room in self._rooms.values() if sid in room.readers]
        return any(room.role_class != mine for room in rooms)

    def changed(self, topic: str) -> None:
        """Something about a topic has changed: its rooms are seen to."""
        with self._work:
            self._dirty.add(topic)
            self._work.notify()

    def push(self, topic: str) -> None:
        """Render and send what the topic's rooms haven't got: to all of them as it is now, though
        more may be heard while the first are rendered."""
        assert self._source is not None
        heard = self._source.heard(topic)
        with self._guard:
            rooms = [room for room in self._rooms.values() if room.topic == topic and room.readers]
        for room in rooms:
            try:
                self._push(room, heard)
            except Exception as error:
                # They fetch it themselves within half a minute.
                log.warning("part_not_pushed", room=room.name, error=type(error).__name__)

    def _push(self, room: _Room, heard: Any) -> None:
        assert self._app is not None and self._source is not None and self._send is not None
        here = self._app.test_request_context(f"/incidents/{room.slug}/")
        with here, force_locale(room.language):
            rendered = self._source.render(room.slug, room.role_class, heard)
        if rendered.etag != room.etag:
            room.etag = rendered.etag
            self._send(room.name, room.topic, rendered.body)

    def _start(self) -> None:
        with self._work:
            if not self._running:
                self._running = True
                threading.Thread(target=self._run, name="pushing", daemon=True).start()

    def _run(self) -> None:
        while True:
            with self._work:
                while not self._dirty:
                    self._work.wait()
                topics, self._dirty = self._dirty, set()
            began = clock.elapsed()
            for topic in topics:
                self.push(topic)
            time.sleep(max(0.0, began + APART_SECONDS - clock.elapsed()))


pusher = Pusher()
"""This process's own."""
