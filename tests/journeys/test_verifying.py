"""Whoever was handed an export drops it on a page, and is told whether it holds."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

from playwright.sync_api import expect

from tests.journeys.conftest import Visit
from tests.journeys.steps import open_exercise
from tests.journeys.visitor import PHONE, draw

DROP = """async ([address, name]) => {
  const content = await (await fetch(address)).arrayBuffer();
  const carried = new DataTransfer();
  carried.items.add(new File([content], name));
  const drop = document.getElementById("drop");
  drop.dispatchEvent(new DragEvent("drop", { dataTransfer: carried, cancelable: true }));
}"""


def test_an_export_is_dropped_and_verified(visit: Visit, tmp_path: Path) -> None:
    lisa = visit("Lisa")
    slug = open_exercise(lisa, "Kontrollen")
    lisa.go(f"/timeline/{slug}/")
    lisa.button("Exportera").click()
    fetched = lisa.link("Hämta")
    expect(fetched).to_be_visible()
    address = fetched.get_attribute("href")
    lisa.go("/timeline/")
    lisa.link("Kontrollera en export").click()
    lisa.check("verify")
    lisa.page.evaluate(DROP, [address, "export.zip"])
    lisa.sees("1 fil vald.")
    lisa.button("Kontrollera").click()
    expect(lisa.page.get_by_role("heading", name="Den stämmer", exact=True)).to_be_visible()
    lisa.sees("den här kommunens nyckel")
    lisa.check("verify-holds")

    content = lisa.context.request.get(address or "").body()
    emma = visit("Emma", PHONE)
    emma.go("/verify")
    emma.page.locator("input[type=file]").set_input_files(
        {"name": "x.zip", "mimeType": "application/zip", "buffer": _spoilt(content)}
    )
    emma.button("Kontrollera").click()
    expect(emma.page.get_by_role("heading", name="Den stämmer inte")).to_be_visible()
    expect(emma.page.get_by_text(re.compile(r"Något är ändrat\. Post \d+"))).to_be_visible()
    emma.check("verify-fails")
    draw(emma.page, "verify-fails-phone", whole=True)
    with emma.expecting("422"):
        emma.go("/verify")
        emma.button("Kontrollera").click()
        emma.sees("Välj exportens zip-fil")


def _spoilt(content: bytes) -> bytes:
    """The same export, with one word of an entry changed."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as whole, zipfile.ZipFile(made, "w") as spoilt:
        for name in whole.namelist():
            raw = whole.read(name)
            if name.endswith("timeline.jsonl"):
                raw = raw.replace(b"Bakterier", b"Petroleum", 1)
            spoilt.writestr(name, raw)
    return made.getvalue()
