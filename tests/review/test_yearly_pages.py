"""The pages of yearly reports, over HTTP: who sees what, and what is refused (4.3)."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from io import BytesIO

import pypdf
import pytest
from flask.testing import FlaskClient

from console import clock, db
from console.accounts.models import Account
from console.people.models import Person
from console.people.rules import Role
from tests.accounts.plan import library
from tests.cast import Cast
from tests.review import yearly
from tests.web.test_long_lists import queries_of

ClientFor = Callable[[Person | None], FlaskClient]
ROW = re.compile(r'data-row="report-(\d+)"')
SEEN = re.compile(r'name="seen" value="([0-9a-f]{64})"')
SAVED = re.compile(r'name="saved" type="hidden" value="([^"]*)"')
ANSWERS = {"goal": "partly", "step": "continue", "reason": "Fler familjer läser."}


@pytest.fixture
def report(cast: Cast) -> int:
    return yearly.begun(cast.olle, yearly.account(cast), clock.now())


def finished(cast: Cast, report: int) -> None:
    yearly.saved(cast.olle, report, now=clock.now())
    yearly.sent(cast.olle, report, now=clock.now())


def test_each_role_sees_the_reports_that_are_its_own_to_see(
    cast: Cast, report: int, client_for: ClientFor
) -> None:
    """4.3-c: administrators and signers theirs, the strategy department every one."""
    sees = {"olle", "maja", "anders", "eva", "stina", "lisa", "greta"}
    for key in vars(cast):
        client = client_for(getattr(cast, key))
        listed = client.get("/reports")
        alone = client.get(f"/reports/{report}")
        if key in sees:
            assert ROW.findall(listed.text) == [str(report)], key
            assert alone.status_code == 200, key
        else:
            assert ROW.findall(listed.text) == [], key
            assert alone.status_code in (403, 404), key
    assert client_for(None).get(f"/reports/{report}").status_code == 303


@pytest.mark.parametrize("role", list(Role))
def test_no_role_but_those_who_may_writes_sends_or_judges(
    cast: Cast, report: int, client_for: ClientFor, role: Role
) -> None:
    """4.3-c, 4.3-d"""
    client = client_for(cast.with_role(role))
    may_write = role in (Role.ACCOUNT_ADMINISTRATOR, Role.STRATEGY)
    answer = client.post(f"/reports/{report}", data={"story": "Vi skrev."})
    assert (answer.status_code == 302) == may_write, role
    answer = client.post(f"/reports/{report}/send", data={"seen": "0"})
    assert (answer.status_code in (302, 422)) == may_write, role
    assert yearly.row_of(report).sent_at is None
    finished(cast, report)
    answer = client.post(f"/reports/{report}/evaluation", data=ANSWERS)
    judges = role in (Role.STRATEGY, Role.OPERATIONS_MANAGER)
    assert (answer.status_code == 302) == judges, role


def test_it_is_written_sent_judged_and_kept_as_a_file(
    cast: Cast, report: int, client_for: ClientFor
) -> None:
    """4.3-a, 4.3-b, 4.3-c, 4.3-d"""
    olle, stina, base = client_for(cast.olle), client_for(cast.stina), f"/reports/{report}"
    page = olle.get(base).text
    assert library.WHOLE.goals in page and '<svg xmlns="http://www.w3.org/2000/svg"' in page
    assert "Siffrorna i tabell" in page and "Anders Nyman" in page
    too_soon = olle.post(f"{base}/send", data={"seen": SEEN.findall(page)[0]})
    assert too_soon.status_code == 422 and 'href="#story"' in too_soon.text
    for wrong in ("-1", "många", "9" * 20, "1.5"):
        refused = olle.post(base, data={"story": yearly.STORY, "followers": wrong})
        assert refused.status_code == 422 and 'href="#followers"' in refused.text, wrong
        assert yearly.STORY in refused.text
    assert yearly.row_of(report).story == ""
    saved = olle.post(base, data={"story": yearly.STORY, "followers": "1 240"})
    assert saved.status_code == 302
    page = olle.get(base).text
    assert "1\N{NO-BREAK SPACE}240" in page
    stale = olle.post(f"{base}/send", data={"seen": "0" * 64}, follow_redirects=True)
    assert "har ändrats sedan du läste den" in stale.text
    assert olle.get(f"{base}/pdf").status_code == 302, "there is no file before it is sent"
    sent = olle.post(f"{base}/send", data={"seen": SEEN.findall(page)[0]}, follow_redirects=True)
    assert "Siffrorna är låsta." in sent.text and "Skicka rapporten" not in sent.text
    read = stina.get(base).text
    assert yearly.STORY in read and yearly.row_of(report).content_hash in read
    refused = stina.post(f"{base}/evaluation", data={"goal": "met", "step": "", "reason": ""})
    assert refused.status_code == 422
    assert 'href="#step"' in refused.text and 'href="#reason"' in refused.text
    judged = stina.post(f"{base}/evaluation", data=ANSWERS, follow_redirects=True)
    assert "Målet är delvis nått" in judged.text and "Fler familjer läser." in judged.text
    file = olle.get(f"{base}/pdf")
    assert file.mimetype == "application/pdf"
    reader = pypdf.PdfReader(BytesIO(file.data))
    text = " ".join(" ".join(one.extract_text() for one in reader.pages).split())
    for words in ("Årsrapport", "bokbussen varje vecka", "200 följare", "Målet är delvis nått"):
        assert words in text, words
    assert b"pdfaid" in file.data


def test_of_two_who_write_at_once_neither_loses_a_text(
    cast: Cast, report: int, client_for: ClientFor
) -> None:
    olle, maja, base = client_for(cast.olle), client_for(cast.maja), f"/reports/{report}"
    yearly.saved(cast.olle, report, story="Utkast.", now=clock.now())
    (mark,) = SAVED.findall(olle.get(base).text)
    assert SAVED.findall(maja.get(base).text) == [mark]
    theirs, mine = "Maja skrev om sommaren.", "Olle skrev om hösten."
    assert maja.post(base, data={"story": theirs, "saved": mark}).status_code == 302
    for _again in range(2):
        too_long = olle.post(base, data={"story": mine, "followers": "många", "saved": mark})
        assert too_long.status_code == 422 and SAVED.findall(too_long.text) == [mark]
    refused = olle.post(base, data={"story": mine, "saved": mark})
    assert refused.status_code == 409 and yearly.row_of(report).story == theirs
    for said in ("Någon annan har sparat", "Maja Strand har sparat:", theirs, mine):
        assert said in refused.text, said
    (newer,) = SAVED.findall(refused.text)
    both = f"{theirs} {mine}"
    assert olle.post(base, data={"story": both, "saved": newer}).status_code == 302
    assert yearly.row_of(report).story == both


def test_what_no_font_holds_does_not_stop_the_file(
    cast: Cast, report: int, client_for: ClientFor
) -> None:
    yearly.saved(cast.olle, report, story="Vi körde 🚒 #set text(fill: red)", now=clock.now())
    yearly.sent(cast.olle, report, now=clock.now())
    file = client_for(cast.olle).get(f"/reports/{report}/pdf")
    text = pypdf.PdfReader(BytesIO(file.data)).pages[0].extract_text()
    assert "[fire engine] #set text(fill: red)" in " ".join(text.split())


def test_the_list_is_narrowed_by_year_and_state(
    cast: Cast, report: int, client_for: ClientFor
) -> None:
    client, year = client_for(cast.stina), yearly.row_of(report).year

    def listed(query: str) -> list[str]:
        return ROW.findall(client.get(f"/reports?{query}").text)

    here = [str(report)]
    assert listed("state=open") == here == listed(f"year={year}")
    assert listed("year=1999") == [] == listed("state=sent") == listed("state=late")
    finished(cast, report)
    assert listed("state=sent") == here and listed("state=open") == []
    yearly.evaluated(cast.stina, report, now=clock.now())
    assert listed("state=evaluated&page=1") == here
    assert listed("year=x&state=nothing&page=-3") == here


def test_a_report_is_begun_from_the_accounts_own_page(cast: Cast, client_for: ClientFor) -> None:
    number = yearly.account(cast)
    begin = f'action="/accounts/{number}/reports"'
    olle = client_for(cast.olle)
    assert begin in olle.get(f"/accounts/{number}").text
    assert begin not in client_for(cast.lisa).get(f"/accounts/{number}").text
    assert client_for(cast.maja).post("/accounts/999/reports").status_code == 404
    answer = olle.post(f"/accounts/{number}/reports")
    assert answer.headers["Location"].startswith("/reports/")
    page = unescape(olle.get(f"/accounts/{number}").text)
    assert answer.headers["Location"] in page and begin not in page
    yearly.move(number, state="ended")
    refused = olle.post(f"/accounts/{number}/reports", follow_redirects=True)
    assert "är inte i bruk" in refused.text


def test_the_list_asks_as_many_questions_with_60_reports_as_with_one(
    cast: Cast, report: int, client_for: ClientFor
) -> None:
    client = client_for(cast.stina)
    few = queries_of(client, "/reports")
    with db.unit_of_work() as session:
        for n in range(60):
            session.add(
                Account(name=f"Konto {n}", short_name=f"Konto {n}", platform="x", handle=str(n),
                        kind="by_hand", repeat_rule="every", state="active", position=n,
                        created_at=clock.now())
            )  # fmt: skip
    for number in range(report + 1, report + 61):
        yearly.begun(cast.stina, number, clock.now())
    assert len(queries_of(client, "/reports")) == len(few)
    assert "1 av 2" in client.get("/reports").text
