"""The public register: what a citizen, a data portal and the board can take from it."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from sqlalchemy import update

from console import clock, db
from console.accounts import signing_operations
from console.accounts.models import Account
from console.config import Settings
from console.site import register, render
from console.site.view_model import Head, Lang, RegisterRow, Sender, SiteView
from tests.stage import Stage
from workers.site import SiteProcess

SENDER = Sender("Torsby kommun", "0560-160 00", "P4 Värmland", "kommun@torsby.example")
ADDRESS = "https://kris.torsby.example"
NS = {
    "rdf": register.RDF, "dcterms": register.DCTERMS, "dcat": register.DCAT_NS,
    "foaf": register.FOAF, "vcard": register.VCARD,
}  # fmt: skip
RESOURCE = f"{{{register.RDF}}}resource"


def rows(number: int) -> tuple[RegisterRow, ...]:
    return tuple(
        RegisterRow(
            n, f"Konto {n:04}", "Facebook", f"@konto{n}", f"https://facebook.example/konto{n}",
            "Biblioteket", "Kulturnämnden",
        )
        for n in range(1, number + 1)
    )  # fmt: skip


def site(number: int, lang: Lang = "sv") -> SiteView:
    return SiteView(lang, "", False, SENDER, (), (), rows(number))


def drawn(number: int, lang: Lang = "sv") -> dict[str, str]:
    return {
        path: text.decode() for path, text in register.files(site(number, lang), ADDRESS).items()
    }


@pytest.fixture
def stage(database: Settings) -> Stage:
    return Stage(database)


def served(stage: Stage, path: str) -> str:
    SiteProcess(stage.settings).pull()
    return (stage.settings.site_folder / "current" / path).read_text()


def test_a_change_stands_on_the_page_and_in_every_file_at_the_next_look(stage: Stage) -> None:
    """2.1-a: the site process looks every second, so well within a minute."""
    for path in ("konton/index.html", "konton/konton.csv", "konton/konton.json"):
        assert "Konto 1" in served(stage, path)
    with db.unit_of_work() as session:
        session.execute(update(Account).where(Account.name == "Konto 1").values(name="Nytt namn"))
    for path in ("konton/index.html", "konton/konton.csv", "konton/konton.json"):
        shown = served(stage, path)
        assert "Nytt namn" in shown and "Konto 1" not in shown
    assert "Nytt namn" in served(stage, f"konton/{stage.account_ids[1]}.html")
    assert "Nytt namn" in served(stage, "en/konton/index.html")


def test_an_ended_account_is_gone_from_every_file_and_its_history_stays_inside(
    stage: Stage,
) -> None:
    """2.1-c"""
    ended = stage.account_ids[1]
    assert "Kontot är vårt" in served(stage, f"konton/{ended}.html")
    with db.unit_of_work() as session:
        signing_operations.end_account(
            session, stage.olle, ended, clock.now(), reason="Slut", snapshot="W:", report="Klart"
        )
    folder = stage.settings.site_folder / "current"
    SiteProcess(stage.settings).pull()
    assert not (folder / f"konton/{ended}.html").exists()
    assert not (folder / f"en/konton/{ended}.html").exists()
    for path in folder.rglob("konton/*"):
        assert "Konto 1" not in path.read_text(), path
    assert "inte vårt längre" in (folder / "404.html").read_text()
    with db.unit_of_work() as session:
        assert session.get_one(Account, ended).name == "Konto 1"


def test_only_public_accounts_in_use_are_listed(stage: Stage) -> None:
    """2.1-d"""
    inside, planned = stage.account_ids[1:3]
    with db.unit_of_work() as session:
        session.execute(update(Account).where(Account.id == inside).values(public=False))
        session.execute(update(Account).where(Account.id == planned).values(state="planning"))
    listed = json.loads(served(stage, "konton/konton.json"))["konton"]
    assert [row["namn"] for row in listed] == ["Konto 0"]


def test_an_account_that_rests_is_ours_and_said_to_rest(stage: Stage) -> None:
    """Its page is where its profile links to: "not ours" would make our own account a false one."""
    resting = stage.account_ids[1]
    assert "vilar" not in served(stage, f"konton/{resting}.html")
    with db.unit_of_work() as session:
        session.execute(update(Account).where(Account.id == resting).values(state="paused"))
    page = served(stage, f"konton/{resting}.html")
    assert "Kontot är vårt" in page and "Kontot vilar:" in page
    assert "The account is resting:" in served(stage, f"en/konton/{resting}.html")
    for path in ("konton/index.html", "konton/utskrift.html"):
        assert len(re.findall(r"Konto 1(?:</a>)? \(vilar\)", served(stage, path))) == 1
        assert served(stage, path).count("(vilar)") == 1
    assert "Konto 1" in served(stage, "konton/konton.csv")


def test_the_register_of_an_exercise_is_nowhere(stage: Stage) -> None:
    SiteProcess(stage.settings).pull()
    folder: Path = stage.settings.exercise_folder(stage.incident.slug) / "current"
    assert folder.is_dir()
    assert not list(folder.rglob("konton*")) and not list(folder.rglob("*.rdf"))


def test_names_come_in_swedish_order(stage: Stage) -> None:
    names = ("Ölme bad", "Ärtemarks skola", "Åmåls bibliotek")
    with db.unit_of_work() as session:
        for number, name in zip(stage.account_ids, names, strict=True):
            session.execute(update(Account).where(Account.id == number).values(name=name))
    listed = json.loads(served(stage, "konton/konton.json"))["konton"]
    assert [row["namn"] for row in listed] == list(reversed(names))


def test_the_csv_can_be_read_and_holds_nothing_that_a_spreadsheet_would_run() -> None:
    bad = replace(rows(1)[0], name='=HYPERLINK("http://evil.example")', operation="+1,2")
    view = replace(site(0), register=(bad,))
    text = register.files(view, ADDRESS)[register.CSV].decode()
    [found] = csv.DictReader(io.StringIO(text, newline=""))
    assert tuple(found) == register.COLUMNS
    assert found["namn"] == "'" + bad.name and found["verksamhet"] == "'+1,2"
    assert found["konto"] == "'@konto1"
    assert found["sida"] == f"{ADDRESS}/konton/1.html"


def test_the_catalogue_holds_what_dcat_ap_se_makes_mandatory() -> None:
    """DCAT-AP-SE 3.0.1: mandatory properties of Catalog, Agent, Dataset, Distribution, contact."""
    text = register.files(site(3), ADDRESS)[register.DCAT]
    rdf = ElementTree.fromstring(text)
    catalogue, dataset = rdf.find("dcat:Catalog", NS), rdf.find("dcat:Dataset", NS)
    assert catalogue is not None and dataset is not None
    about = {node.get(f"{{{register.RDF}}}about"): node for node in rdf}
    assert len(about) == len(rdf) and None not in about

    def target(node: ElementTree.Element, name: str) -> str:
        found = node.find(name, NS)
        assert found is not None, name
        return found.get(RESOURCE) or ""

    for node in (catalogue, dataset):
        for name in ("dcterms:title", "dcterms:description"):
            assert {t.get(f"{{{register.XML}}}lang") for t in node.findall(name, NS)} == {
                "sv",
                "en",
            }
            assert all(t.text for t in node.findall(name, NS))
        publisher = about[target(node, "dcterms:publisher")]
        assert publisher.tag == f"{{{register.FOAF}}}Agent"
        assert publisher.findtext("foaf:name", None, NS) == "Torsby kommun"
    assert target(catalogue, "dcterms:license") == register.CC0
    assert about[target(catalogue, "dcat:dataset")] is dataset
    contact = about[target(dataset, "dcat:contactPoint")]
    assert contact.findtext("vcard:fn", None, NS) == "Torsby kommun"
    assert target(contact, "vcard:hasEmail") == "mailto:kommun@torsby.example"
    files = register.files(site(3), ADDRESS)
    distributions = [about[d.get(RESOURCE)] for d in dataset.findall("dcat:distribution", NS)]
    assert len(distributions) == 2
    for one in distributions:
        path = target(one, "dcat:accessURL").removeprefix(f"{ADDRESS}/")
        assert files[path]
        assert target(one, "dcterms:license") == register.CC0


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_an_accounts_page_says_that_it_is_ours_and_what_it_is_called_exactly(lang: Lang) -> None:
    at = "" if lang == "sv" else "en/"
    page = drawn(2, lang)[f"{at}konton/2.html"]
    assert ("Kontot är vårt" if lang == "sv" else "This account is ours") in page
    assert "@konto2" in page and "@konto1" not in page
    assert 'href="tel:056016000"' in page
    assert re.search(rf'hreflang="{"en" if lang == "sv" else "sv"}"', page)


def test_the_print_holds_every_account_by_committee() -> None:
    mixed = replace(
        site(0),
        register=(
            replace(rows(1)[0], committee=""),
            replace(rows(2)[1], committee="Ödenämnden"),
            replace(rows(3)[2], committee="Barnnämnden"),
        ),
    )
    page = register.files(mixed, ADDRESS)[register.PRINT].decode()
    heads = re.findall(r"<h2 id=\"n\d\">([^<]+)<", page)
    assert heads == ["Barnnämnden", "Ödenämnden", "Ingen nämnd angiven"]
    assert all(f"Konto 000{n}" in page for n in (1, 2, 3))
    assert len(re.findall(r"<tr><th scope=\"row\">", drawn(250)[register.PRINT])) == 250


def test_a_long_register_comes_a_hundred_at_a_time_and_every_account_is_on_one_page() -> None:
    files = drawn(250)
    pages = ["konton/index.html", "konton/sida-2.html", "konton/sida-3.html"]
    shown = [re.findall(r'<tr id="k(\d+)">', files[path]) for path in pages]
    assert [len(one) for one in shown] == [100, 100, 50]
    assert [n for one in shown for n in one] == [str(n) for n in range(1, 251)]
    assert 'href="sida-3.html">Konto 0201 – Konto 0250<' in files["konton/index.html"]
    assert 'href="./"' in files["konton/sida-3.html"]


def test_every_page_of_a_long_register_is_light_and_needs_no_script() -> None:
    style = render.STYLE.read_bytes() + render.REGISTER_STYLE.read_bytes()
    for path, text in drawn(250).items():
        if path.endswith(".html"):
            assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|<img", text), path
            if path != register.PRINT:
                assert len(gzip.compress(text.encode())) + len(gzip.compress(style)) < 14 * 1024


def test_five_thousand_accounts_are_not_drawn_again_for_a_message() -> None:
    """An event on the site leaves the register's pages as they are: the very same bytes."""
    view = site(5000)
    first = register.files(view, ADDRESS)
    again = register.files(replace(view, head=Head(9, "ab", "cd")), ADDRESS)
    assert again.keys() == first.keys() and len(again) > 5000
    assert {path for path in again if again[path] is not first[path]} == {"konton/index.html"}
