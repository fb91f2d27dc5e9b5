"""Signs that nobody sees come along when a text is pasted out of a PDF: no feed breaks by them."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from console.config import Settings
from tests.stage import Stage
from workers.site import SiteProcess


@pytest.mark.parametrize(
    "odd", ["\x02", "\x0b", "\x1b", "\x7f", "\x85", "\u2028", "\ufffe", "\uffff"]
)
def test_a_sign_that_xml_cannot_hold_leaves_every_feed_readable(
    app: object, database: Settings, odd: str
) -> None:
    stage = Stage(database, accounts=1)
    message = stage.write("first", text=f"Koka vatt{odd}net nu.", area=f"Torsby{odd} tätort")
    stage.approve(stage.submit(message))
    stage.tick()
    SiteProcess(stage.settings).pull()
    site = stage.settings.exercise_folder(stage.incident.slug) / "current"
    documents = [one for one in site.rglob("*") if one.suffix in (".xml", ".rdf")]
    assert {"atom.xml", "cap/atom.xml"} <= {str(one.relative_to(site)) for one in documents}
    for one in documents:
        ElementTree.parse(one)
    assert "Koka vatt" in (site / "atom.xml").read_text()
