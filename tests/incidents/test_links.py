"""*Jag har läst* from a personal link: one notice, a button, no login."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from console import clock
from console.config import Settings
from console.db import unit_of_work
from console.errors import NotFound
from console.incidents import operations, queries
from console.incidents.models import Incident, Notice, NoticeLink
from console.incidents.operations import links
from console.people.models import LoginSession, Person
from tests.incidents.cast import Cast, cast, event
from tests.incidents.test_pages import TOKEN, Browser
from tests.incidents.test_telling import told


@pytest.fixture
def app(strict_app: Flask) -> Flask:
    return strict_app


def opened(**changes: object) -> tuple[Cast, int, str]:
    """The people, Karin's notice and a link to it."""
    with unit_of_work() as session:
        c = cast(session)
        incident = event(session, c.unit, **{"now": clock.now()} | changes)
        [notice] = [
            n for n in queries.notices_of(session, incident.id) if n.person_id == c.karin.id
        ]
        return c, notice.id, links.make(session, notice, clock.now())


def press(app: Flask, link: str, **fields: str) -> int:
    """Open the link, and press the button of the form that is really there."""
    client = app.test_client()
    token = TOKEN.search(client.get(link).text)
    assert token is not None
    return client.post(link, data=fields | {"csrf_token": token[1]}).status_code


@pytest.mark.parametrize("where", ["http://localhost", "https://localhost"])
def test_the_button_works_over_https_as_over_http(app: Flask, where: str) -> None:
    """Over https a form is taken only with the address of its page, which the browser tells where
    the page lets it."""
    _c, notice_id, link = opened()
    client = app.test_client()
    page = client.get(link, base_url=where)
    token = TOKEN.search(page.text)
    assert token is not None
    tells = page.headers["Referrer-Policy"] != "no-referrer"
    answer = client.post(
        link,
        base_url=where,
        data={"queued": "none", "csrf_token": token[1]},
        headers={"Referer": where + link} if tells else {},
    )
    assert answer.status_code == 303
    assert notice_of(notice_id).read_at is not None


def notice_of(notice_id: int) -> Notice:
    with unit_of_work() as session:
        return session.get_one(Notice, notice_id)


def test_the_link_shows_why_until_when_what_is_allowed_and_whom_it_is_for(app: Flask) -> None:
    """7-a: the three answers stand on the notice."""
    _c, _id, link = opened()
    page = app.test_client().get(link)
    for part in (
        "Till Karin Holm.",
        "Varför?", "Det kan finnas bakterier i vattnet.",
        "Hur länge?", "Tills vi skriver Läget över.",
        "Vad får jag göra?", "med godkända svar", "olagliga kommentarer",
        "Skriv inga egna inlägg.", "Låset gäller i Budkavle", "appen kan vi inte stänga",
        "Jag har läst",
    ):  # fmt: skip
        assert part in page.text, part
    for part in ("data-topic", "hx-get"):
        assert part not in page.text, "nothing on it is fetched that needs a login"
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert page.headers["Cache-Control"] == "no-store"


def test_opening_the_link_changes_nothing_and_only_the_button_acknowledges(app: Flask) -> None:
    """Mail scanners follow links, with GET and HEAD (lesson 15)."""
    c, notice_id, link = opened()
    for _ in range(3):
        assert app.test_client().get(link).status_code == 200
        assert app.test_client().head(link).status_code == 200
    assert notice_of(notice_id).read_at is None
    assert app.test_client().post(link, data={"queued": "none"}).status_code == 400, "no token"
    assert notice_of(notice_id).read_at is None
    assert press(app, link, queued="unknown") == 303
    read = notice_of(notice_id)
    assert (read.read_at is not None, read.pending_posts) == (True, "unknown")
    with unit_of_work() as session:
        neighbours = [n for n in queries.notices_of(session, read.incident_id) if n.id != read.id]
        assert [n.read_at for n in neighbours] == [None]
        assert session.query(LoginSession).count() == 0
    assert "Läst" in app.test_client().get(link).text
    read_page = Browser(app, c.unit).get("/incidents/koka-vattnet/notices").text
    assert "Svarade: Vet inte." in read_page
    assert "har läst" in Browser(app, c.unit).get("/incidents/koka-vattnet/log").text.lower()


def test_the_answer_can_be_changed_later_by_link_and_by_login(app: Flask) -> None:
    c, notice_id, link = opened()
    press(app, link, queued="unknown")
    assert press(app, link, queued="paused") == 303
    assert notice_of(notice_id).pending_posts == "paused"
    karin, page = Browser(app, c.karin), f"/notices/{notice_id}"
    assert karin.post(f"{page}/answer", page, queued="none").status_code == 302
    assert karin.post(f"{page}/answer", page, queued="kanske").status_code == 422
    assert notice_of(notice_id).pending_posts == "none"
    assert Browser(app, c.ali).post(f"{page}/answer", "/notices").status_code in (404, 422)
    log = Browser(app, c.unit).get("/incidents/koka-vattnet/log").text
    assert "Ändrade svaret. Inlägg på väg ut: Pausade." in log


def test_the_link_opens_that_notice_and_nothing_else(app: Flask) -> None:
    _c, notice_id, link = opened()
    client = app.test_client()
    client.get(link)
    for address in ("/", f"/notices/{notice_id}", "/notices", "/incidents/koka-vattnet/"):
        answer = client.get(address)
        assert answer.status_code == 303, address
        assert "/login" in answer.location


def test_only_the_digest_of_the_secret_is_kept(app: Flask) -> None:
    _c, _id, link = opened()
    secret = link.removeprefix("/read/").encode()
    with unit_of_work() as session:
        [kept] = session.query(NoticeLink).all()
        assert len(kept.token_digest) == 32
        assert secret not in kept.token_digest


def test_the_link_ends_with_the_event_and_with_its_persons_place(app: Flask) -> None:
    c, notice_id, link = opened()
    with unit_of_work() as session:
        session.get_one(Person, c.karin.id).active = False
    assert app.test_client().get(link).status_code == 404
    with unit_of_work() as session:
        session.get_one(Person, c.karin.id).active = True
        unit = session.get_one(Person, c.unit.id)
        incident = session.get_one(Incident, notice_of(notice_id).incident_id)
        operations.close(session, unit, incident, clock.now(), mail=False)
    answer = app.test_client().get(link)
    assert answer.status_code == 404
    assert "händelsen är över" in answer.text


def test_a_notice_that_asks_for_more_than_reading_leads_to_the_page_behind_the_login(
    database: Settings,
) -> None:
    """An approval is never given by a link."""
    with unit_of_work() as session:
        c = cast(session)
        incident = event(session, c.unit)
        told(session, incident, [c.approver])
        [notice] = queries.notices_of(session, incident.id, "staff")
        assert links.make(session, notice, clock.now()) == "/incidents/x/"
        assert session.query(NoticeLink).count() == 0


def test_who_guesses_links_has_to_wait_and_who_has_one_does_not_count(
    app: Flask, move_clock: Callable[[timedelta], None]
) -> None:
    _c, _id, link = opened()
    client = app.test_client()
    for _ in range(30):
        assert client.get(link).status_code == 200
    answers = [client.get(f"/read/{'x' * 43}").status_code for _ in range(22)]
    assert answers[:20] == [404] * 20
    assert answers[-1] == 429
    assert client.get(link).status_code == 429
    move_clock(timedelta(minutes=61))
    assert client.get(link).status_code == 200


def released_and_locked_again(c: Cast, incident_id: int) -> int:
    """Torsbybadet, in the same event. Returns the number of the notice that it was released."""
    with unit_of_work() as session:
        incident = session.get_one(Incident, incident_id)
        unit = session.get_one(Person, c.unit.id)
        operations.release_lock(
            session, unit, incident, c.bath.id, "Klart.", clock.now(), mail=False
        )
        [told] = queries.notices_of(session, incident_id, "released")
        operations.change_use(
            session, unit, incident, c.bath.id, "publish", "Igen.", clock.now(), mail=False
        )
        return told.id


def test_an_exercises_notice_says_that_an_account_has_been_locked_again(app: Flask) -> None:
    c, notice_id, _link = opened(exercise=True)
    number = released_and_locked_again(c, notice_of(notice_id).incident_id)
    page = Browser(app, c.karin).get(f"/notices/{number}").text
    assert "Ditt konto är låst" in page
    assert "Låst av övningen Koka vattnet: Torsbybadet." in page
    assert "Det här är en övning. Dina riktiga inlägg är inte låsta." in page
    assert "som vanligt igen" not in page


def test_an_exercises_notice_says_that_a_live_event_holds_the_account(app: Flask) -> None:
    c, notice_id, _link = opened(exercise=True)
    number = released_and_locked_again(c, notice_of(notice_id).incident_id)
    with unit_of_work() as session:
        event(session, session.get_one(Person, c.unit.id), name="Skarp läcka")
    page = Browser(app, c.karin).get(f"/notices/{number}").text
    assert "Låst av Skarp läcka: Torsbybadet." in page
    assert "Dina riktiga inlägg är inte låsta." not in page


def test_an_exercise_says_so_on_the_link(app: Flask) -> None:
    _c, _id, link = opened(exercise=True)
    page = app.test_client().get(link).text
    assert 'data-mode="exercise"' in page
    assert "Det här är en övning. Dina riktiga inlägg är inte låsta." in page


def test_links_of_two_mails_both_work(app: Flask) -> None:
    """A reminder's link doesn't shut the first mail's."""
    _c, notice_id, first = opened()
    with unit_of_work() as session:
        second = links.make(session, session.get_one(Notice, notice_id), clock.now())
        assert first != second
        for link in (first, second):
            found, _incident = links.notice_of(session, link.removeprefix("/read/"))
            assert found.id == notice_id
        with pytest.raises(NotFound):
            links.notice_of(session, re.sub("^/read/", "", first) + "x")


@pytest.mark.parametrize("how", ["moved", "released and locked anew"])
def test_an_old_notice_gives_nobody_leave_to_publish_under_another_events_lock(
    app: Flask, how: str
) -> None:
    """Karin's two accounts have left the first event, and the second has locked one of them."""
    c, _id, link = opened()
    with unit_of_work() as session:
        unit = session.get_one(Person, c.unit.id)
        first, now = queries.by_slug(session, "koka-vattnet"), clock.now()
        left = {a.id: ("leave", "Behövs där.") for a in queries.accounts_offered(session)}
        other = event(session, unit, name="Skogsbrand", choices=left, now=now)
        operations.release_lock(session, unit, first, c.school.id, "Klart.", now, mail=True)
        if how == "moved":
            operations.move_account(
                session, unit, other, c.bath.id, "publish", "Branden är värre.", now,
                under_way=lambda _session, _event: (), mail=True,
            )  # fmt: skip
        else:
            operations.release_lock(session, unit, first, c.bath.id, "Klart.", now, mail=True)
            operations.change_use(
                session, unit, other, c.bath.id, "publish", "Branden är värre.", now, mail=True
            )
    page = app.test_client().get(link).text
    assert "Låst av Skogsbrand: Torsbybadet." in page
    assert "Skriv inga egna inlägg." in page
    assert "som vanligt igen" not in page and "upplåst" not in page
