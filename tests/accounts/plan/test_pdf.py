"""The plan as a file that is kept: it opens, says what it is, reads aloud, and holds everything."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from sqlalchemy.orm import Session

from console import db
from console.accounts import plan_operations, plan_pdf, plan_queries, signing_operations
from console.accounts.plan_pdf import SHOWN, Sheet, pdf
from console.policy.operations import set_profile
from tests.accounts.plan.library import WHOLE, at, mark, other, proposed, submitted, write
from tests.cast import Cast, client_for

SHEET = Sheet(
    title="Handlingsplan för sociala medier",
    head="Torsby kommun. Bokbussen.",
    fields=(("Mål", "200 följare."),),
    marks_title="Godkännande och samråd",
    void="",
    marks=(("Chef. Godkänner", "Anders Nyman, chef, Torsby, 2026-05-18", ""),),
    foot="Blankett TORSBY7255i, v 1.0. Version 1, 00. Policy torsby-2011.",
    under="Skrivs under enligt: Regler torsby-2011.",
    page="Sida",
    sender="Torsby kommun",
    date=(2026, 5, 18),
)


def read(content: bytes) -> str:
    """All text, with single spaces."""
    pages = PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def printed(session: Session, account_id: int) -> str:
    plan = plan_queries.plan(session, account_id)
    assert plan.latest is not None
    return read(pdf(plan_pdf.sheet(session, plan, plan.latest)))


def in_order(text: str, *parts: str) -> None:
    places = [text.find(part) for part in parts]
    assert -1 not in places and places == sorted(places), list(zip(parts, places, strict=True))


@pytest.fixture
def account_id(cast: Cast) -> int:
    with db.unit_of_work() as session:
        return submitted(session, cast).id


def test_the_file_says_that_it_is_pdf_a_and_is_tagged_in_swedish(
    app: Flask, cast: Cast, account_id: int
) -> None:
    """B1-l, 1-a: PDF/A-2a, PDF/UA-1; and what it is approved under."""
    answer = client_for(app, cast.greta).get(f"/accounts/{account_id}/plan/handlingsplan.pdf")
    assert answer.status_code == 200 and answer.content_type == "application/pdf"
    assert f"handlingsplan-{account_id}-v1.pdf" in answer.headers["Content-Disposition"]
    reader = PdfReader(io.BytesIO(answer.data))
    root = reader.trailer["/Root"]
    said = root["/Metadata"].get_object().get_data().decode()  # type: ignore[index]
    assert re.search(r"pdfaid:part>2<", said) and re.search(r"pdfaid:conformance>A<", said)
    assert re.search(r"pdfuaid:part>1<", said)
    assert root["/Lang"] == "sv-SE" and root["/MarkInfo"]["/Marked"]  # type: ignore[index]
    assert "/StructTreeRoot" in root and "/OutputIntents" in root  # type: ignore[operator]
    assert reader.metadata and reader.metadata.title == "Handlingsplan för sociala medier"
    text = read(answer.data)
    in_order(text, "Samråd Saknas", "Skrivs under enligt:", "torsby-2011", "sociala medier 2011")
    assert all(not font.is_external for page in reader.pages for font in fonts(page))


class Font:
    def __init__(self, raw: object) -> None:
        inner = raw["/DescendantFonts"][0].get_object()  # type: ignore[index]
        descriptor = inner["/FontDescriptor"]
        self.is_external = not {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor)


def fonts(page: object) -> list[Font]:
    return [Font(one.get_object()) for one in page["/Resources"]["/Font"].values()]  # type: ignore[index]


def test_every_field_and_mark_stands_in_the_forms_order(
    app: Flask, session: Session, cast: Cast
) -> None:
    """B1-a, B1-b, B1-c, B1-d, B1-e, B1-f, B1-g, B1-h, B1-i, B1-j, B1-k, B1-l."""
    account = submitted(session, cast)
    plan = plan_queries.plan(session, account.id)
    assert plan.waiting is not None
    mark(session, cast.anders, account.id)
    seen = plan.waiting.content_hash
    signing_operations.sign(
        session, cast.stina, account.id, seen, at(5), title="", place="", comment="Bra plan."
    )
    with app.test_request_context():
        text = printed(session, account.id)
    in_order(
        text,
        "Handlingsplan för sociala medier",
        "Torsby kommun. Bokbussen. Torsby bibliotek. Kulturnämnden.",
        "1 Socialt medium Facebook, bokbussen",
        "2 Webbadress https://facebook.com/bokbussen",
        "3 Syfte Nå ut med information. Samtala och fråga om råd. Berätta vart bokbussen kör.",
        "4 Målgrupp Familjer i byarna norr om Torsby",
        "5 Mål 200 följare före årsskiftet.",
        "6 Administratörer 1. Olle Ek, olle@torsby.example, 070-174 06 00 2. Maja Strand,",
        "7 Bevakning och uppdatering Vardagar 8 till 16, två gånger i veckan.",
        "8 Arbetstid i veckan 1,5 timmar",
        "Godkännande och samråd",
        "Verksamhetsansvarig chef. Godkänner Anders Nyman, chef, Torsby, 2026-05-23",
        "Förvaltningschef. Godkänner Saknas",
        "Strategi- och näringslivsavdelningen. Samråd Stina Dal, 2026-05-23 Bra plan.",
        "Blankett TORSBY7255i, v 1.0. Version 1,",
        "Sida 1 / 1",
    )


def test_a_version_whose_marks_fell_is_printed_as_it_was_and_says_so(
    app: Flask, session: Session, cast: Cast
) -> None:
    """3.2-b: never other words under an old version's hash."""
    account = submitted(session, cast)
    mark(session, cast.anders, account.id)
    write(session, cast.olle, account.id, other(goals="Nya mål."))
    with app.test_request_context():
        text = printed(session, account.id)
    assert "Underskrifterna på version 1 gäller inte. Ändrat efteråt: mål." in text
    assert "200 följare före årsskiftet." in text and "Nya mål." not in text
    in_order(text, "gäller inte", "Anders Nyman")
    session.commit()
    page = client_for(app, cast.olle).get(f"/accounts/{account.id}/plan/print")
    assert "200 följare" in page.get_data(as_text=True)
    assert "Nya mål." not in page.get_data(as_text=True)


def test_it_is_in_swedish_whoever_reads_and_wherever_the_chain_differs(
    app: Flask, session: Session, cast: Cast
) -> None:
    set_profile(session, None, at(0), {"chain": [{"role": "strategy", "kind": "decision"}]})
    account = submitted(session, cast)
    with app.test_request_context(headers={"Accept-Language": "en"}):
        text = printed(session, account.id)
    in_order(text, "Godkännande och samråd", "näringslivsavdelningen. Godkänner Saknas")
    assert "Förvaltningschef" not in text


def test_there_is_no_file_before_there_is_a_version(app: Flask, cast: Cast) -> None:
    with db.unit_of_work() as session:
        account_id = proposed(session, cast.olle).id
    answer = client_for(app, cast.olle).get(f"/accounts/{account_id}/plan/handlingsplan.pdf")
    assert answer.status_code == 302


MARKUP = (
    '#read("plan.typ") #eval("1+1") #image("x.png") #import "@preview/a:1.0.0" #panic() '
    "*fet* _kursiv_ $x^2$ `kod` <märke> @ref \\ // bort /* bort */ = rubrik + punkt ~ ... -- '\"]}"
)


def test_what_people_write_is_shown_and_never_run(app: Flask, session: Session, cast: Cast) -> None:
    """Markup of the printing program, in every field that somebody fills in."""
    account = submitted(session, cast)
    content = replace(WHOLE, audience=MARKUP, goals=MARKUP, purpose_text=MARKUP, watch=MARKUP)
    write(session, cast.olle, account.id, content)
    with app.test_request_context():
        plan_operations.submit_plan(session, cast.olle, account.id, at(6))
        text = printed(session, account.id)
    shown = text.replace(" ", "")
    assert shown.count(MARKUP.replace(" ", "")) == 4


def test_the_fonts_hold_what_they_are_said_to() -> None:
    everything = "".join(sorted(SHOWN))
    text = read(pdf(replace(SHEET, head=everything)))
    assert "[" + "latin" not in text and "ÅÄÖ"[0] in text


def test_a_sign_without_a_picture_is_named_in_words() -> None:
    text = read(pdf(replace(SHEET, head="Brandbilen 🚒\ufe0f och 中")))
    assert "Brandbilen [fire engine] och [cjk unified ideograph-4e2d]" in text


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40))
def test_no_text_keeps_the_file_from_being_made(text: str) -> None:
    content = pdf(replace(SHEET, head=text, fields=((text, text),), marks=((text, text, text),)))
    assert content.startswith(b"%PDF-")
