"""A picture of an account goes to the archive and its receipt returns; an event that is over is
handed over, and its registry number comes back (4.4-a, 4.4-c)."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.archive.acts import picture
from tests.channels.servers import MailServer
from tests.journeys.conftest import Installation, Visit
from tests.journeys.mailed import installed, mailed_link, until
from tests.journeys.steps import open_exercise
from tests.journeys.visitor import PHONE, Visitor

LINK = "/archive/link/"


@pytest.fixture(scope="module")
def mail() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture(scope="module")
def installation(
    browser: Browser, mail: MailServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """An installation of its own, that knows a mail server."""
    with installed(tmp_path_factory.mktemp("archive"), mail) as running:
        yield running


def link_to(mail: MailServer, installation: Installation, name: str) -> str:
    """The path that came by mail."""
    address = installation.logins[name].email
    return until(lambda: mailed_link(mail, address, LINK), "the mail")


def fetch(reader: Visitor, to: Path) -> Path:
    """Press *Hämta filen*; returns where it lies."""
    with reader.page.expect_download() as waiting:
        reader.button("Hämta filen").click()
    file = to / waiting.value.suggested_filename
    waiting.value.save_as(file)
    return file


def test_a_picture_goes_to_the_archive_and_its_receipt_returns_4_4_a(
    visit: Visit, installation: Installation, mail: MailServer, tmp_path: Path
) -> None:
    peter = visit("Peter", PHONE)
    peter.go("/accounts?words=kulturskolan")
    peter.link("Kulturskolan").first.click()
    peter.link("Visa ögonblicksbilder").click()
    with peter.expecting("status of 422"):
        peter.button("Spara och skicka till arkivet").click()
        peter.sees("Välj en bild.")
        peter.check("archive-picture-fault-phone")
    file = {"name": "sidan.png", "mimeType": "image/png", "buffer": picture(1080, 3000)}
    peter.field("Skärmbild eller PDF").set_input_files([file])  # type: ignore[list-item]
    peter.button("Spara och skicka till arkivet").click()
    peter.sees("Sparad, och skickad till Gunnar Vik.")
    peter.check("archive-account-phone")

    reader = visit(None)
    reader.go(link_to(mail, installation, "Gunnar"))
    reader.sees("Ögonblicksbild av")
    reader.check("archive-link")
    assert fetch(reader, tmp_path).read_bytes().startswith(b"%PDF-")
    reader.page.get_by_label("Arkivnummer").fill("A 2026:12")
    reader.button("Mottaget").click()
    reader.sees("Kvittot är lämnat.")
    reader.check("archive-received")

    peter.page.reload()
    peter.sees("Nummer A 2026:12.")
    gunnar = visit("Gunnar")
    gunnar.link("Arkiv").click()
    gunnar.link("Alla").click()
    gunnar.link("Ögonblicksbild av Kulturskolan").first.click()
    gunnar.sees("A 2026:12")
    gunnar.check("archive-delivery")


def test_an_event_is_handed_over_and_its_registry_number_comes_back_4_4_c(
    visit: Visit, installation: Installation, mail: MailServer, tmp_path: Path
) -> None:
    lisa = visit("Lisa")
    slug = open_exercise(lisa, "Elavbrott i norr")
    lisa.go(f"/incidents/{slug}/close")
    lisa.field("Varför behövs inte Läget över?").fill("Inget gick ut.")
    lisa.button("Avsluta händelsen").click()
    lisa.sees("är avslutad. Kontona är upplåsta.")
    lisa.go(f"/timeline/{slug}/")
    lisa.link("Överlämna händelsen").click()
    with lisa.expecting("status of 422"):
        lisa.button("Överlämna händelsen").click()
        lisa.sees("Välj en arkivarie eller registrator.")
        lisa.check("hand-over-fault")
    lisa.page.get_by_label("Ingrid Moe").check()
    lisa.button("Överlämna händelsen").click()
    lisa.sees("Paketet görs nu.")
    lisa.check("review-handed-over")

    reader = visit(None, PHONE)
    reader.go(link_to(mail, installation, "Ingrid"))
    reader.sees("Händelsen Elavbrott i norr")
    reader.check("hand-over-link-phone")
    with zipfile.ZipFile(fetch(reader, tmp_path)) as package:
        names = package.namelist()
    assert any(one.endswith("/METS.xml") for one in names)
    assert any(one.endswith("/representations/rep1/data/timeline.jsonl") for one in names)
    with reader.expecting("status of 422"):
        reader.button("Mottaget").click()
        reader.sees("Skriv diarienumret.")
    reader.field("Diarienummer").fill("KS 2026/14")
    reader.button("Mottaget").click()
    reader.sees("Kvittot är lämnat.")

    lisa.page.reload()
    lisa.sees("Diarienummer KS 2026/14.")
    lisa.go(f"/incidents/{slug}/log")
    expect(lisa.page.get_by_text("mottaget, med nummer KS 2026/14.").first).to_be_visible()
