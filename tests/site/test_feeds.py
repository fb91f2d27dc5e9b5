"""The feeds stay readable for everybody, whatever was typed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree

from console.site import cap, feeds, pages
from console.site.alerts import alerts
from console.site.feeds import PAST_MOST, Item
from tests.site.test_cap import event
from tests.site.test_corrected_times import START, told
from tests.site.test_render import SENDER

ROOT = "https://torsby.example"


def test_a_sign_that_xml_cannot_hold_breaks_neither_feed_nor_alert() -> None:
    """A text copied from a PDF brings \\x02 for a hyphen at a line's end."""
    one = event(told(1, "first", 0, None, instruction="Koka allt vat\x02ten.", text="E\x1b\ufffe."))
    items = tuple(pages.items(one, ROOT))
    atom = feeds.atom(items, title="T\x07", root=ROOT, author="Torsby", note="")
    alert = cap.document(alerts(one, SENDER)[0])
    for document in (atom, alert):
        assert "Koka allt vatten." in "".join(ElementTree.fromstring(document).itertext())


ITEM = Item("message-1", "koka", "Koka", "Koka allt vatten.", f"{ROOT}/h/koka/", START, START)


def entries(event: str, number: int) -> list[Item]:
    """The first is the newest."""
    return [
        replace(ITEM, event=event, key=f"{event}-{n}", updated=START - timedelta(minutes=n))
        for n in range(number)
    ]


def test_a_feed_drops_nothing_of_an_open_event_and_the_oldest_of_those_over() -> None:
    going_on, over = entries("storm", PAST_MOST + 50), entries("koka", PAST_MOST + 1)
    shown = feeds.bounded([*over, *going_on], {"koka"})
    assert [one for one in shown if one.event == "storm"] == going_on
    assert [one for one in shown if one.event == "koka"] == over[:-1]
    assert [one.updated for one in shown] == sorted((one.updated for one in shown), reverse=True)


def test_a_feed_that_is_served_is_read_again_as_it_was_written() -> None:
    given = {"title": "T", "root": ROOT, "author": "Torsby"}
    items = (ITEM, replace(ITEM, key="message-2", event="storm", link=f"{ROOT}/h/storm/"))
    assert feeds.items_in(feeds.json_feed(items, **given, note=""), ROOT) == list(items)
    found = cap.entries(alerts(event(told(1, "first", 0, None, instruction="Koka.")), SENDER), ROOT)
    again = feeds.linked_in(feeds.linked(found, **given, path=cap.FEED), ROOT)
    assert again == found
