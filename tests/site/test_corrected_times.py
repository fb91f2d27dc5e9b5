"""What was corrected twice says when it was corrected last."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from console.messages.envelope import Envelope
from console.site import pages
from console.site.told import Event, Told
from tests.site.test_render import SENDER

START = datetime(2026, 6, 12, 10, 0, tzinfo=UTC)


def told(number: int, kind: str, minutes: int, corrects: int | None, **texts: str) -> Told:
    at = START + timedelta(minutes=minutes)
    envelope = Envelope(
        type=kind, incident_id=1, slug="koka", exercise=False, message_id=number, version=1,
        title="Koka vattnet", texts=texts, standing=(), ends=(), renditions=(), targets=(),
        first_at=None, interval=None, rounds=None, ends_at=None, promise_at=None,
        link="https://torsby.example/h/koka/", corrects=corrects, fault_line={},
    )  # fmt: skip
    return Told(number, kind, f"2026:{number}", envelope, {}, at, at, None, at, False, None)


EVENT = Event(
    slug="koka", name="Koka vattnet", area="Torsby", exercise=False, open=True,
    told=(
        told(3, "correction", 90, 1, wrong="Ett annat fel.", right="Det är i Oleby."),
        told(2, "correction", 30, 1, wrong="Ett fel.", right="Det är i Torsby."),
        told(1, "update", 0, None, text="Vatten finns vid torget."),
    ),
    standing=(), doubted=frozenset(),
)  # fmt: skip
"""Clock times in Sweden: out 12.00, corrected 12.30 and 13.30; neither is found in the text."""


def test_the_feed_says_when_it_was_corrected_last() -> None:
    item = next(i for i in pages.items(EVENT, "https://torsby.example") if i.key == "message-1")
    assert "Rättat kl\N{NO-BREAK SPACE}13.30." in item.text
    assert "12.30" not in item.text
    assert item.updated == START + timedelta(minutes=90)


def test_the_history_says_when_it_was_corrected_last() -> None:
    page = pages.page(EVENT, "sv", SENDER, START + timedelta(hours=2))
    (row,) = [one for one in page.earlier if one.at == START]
    assert row.corrected_at == START + timedelta(minutes=90)
