"""What is pushed to a board's readers while much happens at once."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from flask import Flask

from console import clock
from console.people.models import Person
from console.web.pushing import APART_SECONDS, Pusher, Source
from tests.cast import Cast


@dataclass(frozen=True)
class Part:
    body: str

    @property
    def etag(self) -> str:
        return self.body


def test_receipts_that_come_all_the_time_are_a_few_pushes_and_the_last_state_is_shown(
    app: Flask, cast: Cast
) -> None:
    sent: list[str] = []
    state = ["0"]
    shown = threading.Event()

    def render(_slug: str, _role_class: object, _heard: int) -> Part:
        return Part(state[0])

    def role_class(_person: Person) -> str:
        return "alike"

    def send(_room: str, _topic: str, body: str) -> None:
        sent.append(body)
        if body == "last":
            shown.set()

    receipts = 0
    pusher = Pusher()
    pusher.install(app, send)
    pusher.serve(Source(role_class, lambda _topic: receipts, render))
    pusher.join("sid", cast.lisa, "vatten", "incident:1", "sv")
    began = clock.elapsed()
    while clock.elapsed() < began + 3 * APART_SECONDS:
        receipts += 1
        state[0] = str(receipts)
        pusher.changed("incident:1")
    state[0] = "last"
    pusher.changed("incident:1")
    assert shown.wait(30), "the last state is shown"
    assert receipts > 100
    assert len(sent) <= 2 + (clock.elapsed() - began) / APART_SECONDS


def test_a_reader_who_comes_later_is_sent_the_next_part_though_the_others_have_it(
    app: Flask, cast: Cast
) -> None:
    sent: list[str] = []
    pusher = Pusher()
    pusher.install(app, lambda _room, _topic, body: sent.append(body))
    pusher.serve(Source(lambda _person: "alike", lambda _topic: 0, lambda *_given: Part("same")))
    pusher.join("first", cast.lisa, "vatten", "incident:1", "sv")
    pusher.push("incident:1")
    pusher.push("incident:1")
    assert sent == ["same"], "what they have isn't sent again"
    pusher.join("second", cast.lisa, "vatten", "incident:1", "sv")
    pusher.push("incident:1")
    assert sent == ["same", "same"], "between the two it may have seen another"
