"""The feeds stay readable for everybody, whatever was typed."""

from __future__ import annotations

from xml.etree import ElementTree

from console.site import cap, feeds, pages
from console.site.alerts import alerts
from tests.site.test_cap import event
from tests.site.test_corrected_times import told
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
