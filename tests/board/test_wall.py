"""The wall screen: what it says, what it keeps to itself, and the link that opens it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from console import clock, db
from console.board import viewing, wall_model
from console.board.view_model import Account, BoardView, Matrix
from console.config import Settings
from console.errors import NotAllowed, NotFound, WrongState
from console.incidents import operations as incidents
from console.incidents import view_links
from console.incidents.models import Incident, ViewLink
from console.incidents.view_links import Purpose
from console.messages.models import Delivery
from console.parts import PlateItem, Todo
from console.people.models import Person
from console.timeline.models import Entry
from tests.stage import Stage

ClientFor = Callable[[Person | None], FlaskClient]
NOW = datetime(2026, 6, 12, 11, 0, tzinfo=UTC)
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
ADDRESS = re.compile(r"<code>[^<]*?(/view/[^<]+)</code>")


@pytest.fixture
def stage(app: Flask, database: Settings) -> Stage:
    return Stage(database)


@pytest.fixture
def lisa(stage: Stage, client_for: ClientFor) -> FlaskClient:
    return client_for(stage.lisa)


@pytest.fixture
def screen(client_for: ClientFor) -> FlaskClient:
    """A browser that nobody has logged in to."""
    return client_for(None)


def links_page(stage: Stage) -> str:
    return f"/incidents/{stage.incident.slug}/view-links/"


def make(lisa: FlaskClient, stage: Stage, label: str = "Ledningsrummet") -> str:
    """Returns the path of the link's page."""
    answer = lisa.post(links_page(stage), data={"purpose": "wall", "label": label})
    assert answer.status_code == 200
    found = ADDRESS.search(answer.text)
    assert found is not None
    return found[1]


def revoke(lisa: FlaskClient, stage: Stage) -> None:
    with db.unit_of_work() as session:
        link = session.scalars(select(ViewLink).order_by(ViewLink.id.desc())).first()
    assert link is not None
    assert lisa.post(f"{links_page(stage)}{link.id}/revoke").status_code == 303


@pytest.mark.usefixtures("morning")  # late in the evening the next round comes "i morgon"
def test_a_screen_without_login_shows_what_applies_and_who_has_it(
    lisa: FlaskClient, screen: FlaskClient, stage: Stage
) -> None:
    stage.release("first")
    stage.tick()
    with db.unit_of_work() as session:
        states = ("sent", "refused", "unknown")
        posts = session.scalars(select(Delivery).order_by(Delivery.account_id))
        for row, state in zip(posts, states, strict=True):
            row.state, row.settled_at = state, clock.now()
    page = screen.get(make(lisa, stage))
    assert page.status_code == 200
    for said in (
        "ÖVNING",
        "Koka vattnet",
        "Koka ditt kranvatten om du bor i Torsby tätort.",
        "Nytt besked utlovat",
        "Nästa omgång kl",
        "1 av 3",
        "<b>Nekad</b> Konto 1<",
        "<b>Obekräftad</b> Konto 2<",
        "Ingen kontakt sedan",
    ):
        assert said in page.text, said


def test_a_wall_shows_no_person_no_draft_no_number_and_no_link(
    lisa: FlaskClient, screen: FlaskClient, stage: Stage
) -> None:
    stage.release("first")
    stage.tick()
    stage.submit(stage.write("update", text="En hemlig text som inte är godkänd."))
    address = make(lisa, stage)
    for page in (screen.get(address).text, screen.get(f"{address}live").text):
        body = page.split("<body")[-1]
        assert "1 text" in body
        for kept in ("Lisa", "Karin", "Olle", "hemlig", "0560", "<a ", "<form", "csrf"):
            assert kept not in body, kept


def test_rows_that_may_hold_a_name_are_counted_and_not_shown() -> None:
    todo = (
        Todo("call-7", "missed", "Ring Karin Holm 070-174 06 21", ""),
        Todo("delivery-1", "refused", "Skidtunneln, Facebook", ""),
    )
    view = wall_model.wall(board_with(todo=todo), None, None)
    assert [one.text for one in view.named] == ["Skidtunneln, Facebook"]
    assert (view.alarms, view.rest) == (2, 1)


def test_at_most_four_exceptions_are_named_and_a_waiting_text_is_one_of_them() -> None:
    todo = tuple(Todo(f"delivery-{n}", "refused", f"Konto {n}", "") for n in range(6))
    waiting = (Todo("waiting-1", "waiting", "Uppdatering", ""),)
    alone = wall_model.wall(board_with(todo=todo), None, None)
    beside = wall_model.wall(board_with(todo=todo, waiting=waiting), None, None)
    assert (len(alone.named), alone.rest) == (4, 2)
    assert (len(beside.named), beside.waiting, beside.rest) == (3, 1, 3)


def test_accounts_keep_their_places_and_too_many_are_counted() -> None:
    few = tuple(Account(str(n), str(n), "X", "sent") for n in range(48))
    assert [
        a.name for a in wall_model.wall(board_with(matrix=Matrix(few)), None, None).accounts
    ] == [str(n) for n in range(48)]
    many = (*few, Account("48", "48", "X", "refused"))
    view = wall_model.wall(board_with(matrix=Matrix(many)), None, None)
    assert view.accounts == ()
    assert [(t.state, t.count) for t in view.totals] == [("sent", 48), ("refused", 1)]


def test_what_applies_is_written_smaller_the_longer_it_is() -> None:
    sizes = [wall_model.size_of([PlateItem("x" * n)]) for n in (60, 61, 106, 171, 281, 5000)]
    assert sizes == [1, 2, 3, 4, 5, 5]
    assert wall_model.size_of([PlateItem("x" * 60, "y" * 40)]) == 2


def test_a_platform_is_named_only_where_accounts_share_a_name() -> None:
    accounts = tuple(
        Account(str(n), name, "X", "refused") for n, name in enumerate(("Ekebygården", "Vi", "Vi"))
    )
    todo = (
        Todo("delivery-1", "refused", "Ekebygården, Facebook", ""),
        Todo("delivery-2", "refused", "Vi, Facebook", ""),
    )
    view = wall_model.wall(board_with(todo=todo, matrix=Matrix(accounts)), None, None)
    assert [one.text for one in view.named] == ["Ekebygården", "Vi, Facebook"]


def test_long_names_leave_room_for_the_line_that_counts_the_others() -> None:
    todo = tuple(Todo(f"delivery-{n}", "unknown", "Kulturskolan i T, YouTube", "") for n in "1234")
    view = wall_model.wall(board_with(todo=todo), None, None)
    assert (len(view.named), view.rest) == (2, 2)


def test_a_hint_makes_the_wall_new_and_an_unchanged_one_is_answered_from_memory(
    lisa: FlaskClient, screen: FlaskClient, stage: Stage
) -> None:
    address = make(lisa, stage)
    first = screen.get(f"{address}live")
    again = screen.get(f"{address}live", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.text) == (304, "")
    stage.release("first")
    stage.tick()
    assert "Koka ditt kranvatten" in screen.get(f"{address}live").text


def test_a_revoked_link_shows_nothing_and_says_so(
    lisa: FlaskClient, screen: FlaskClient, stage: Stage
) -> None:
    address = make(lisa, stage)
    assert screen.get(address).status_code == 200
    revoke(lisa, stage)
    for path in (address, f"{address}live"):
        answer = screen.get(path)
        assert answer.status_code == 410
        assert "Länken gäller inte längre." in answer.text
        assert stage.incident.name not in answer.text


def test_a_link_revoked_by_another_process_counts_for_a_second_at_most(
    lisa: FlaskClient, screen: FlaskClient, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = make(lisa, stage)
    assert screen.get(address).status_code == 200
    with db.unit_of_work() as session:
        session.scalars(select(ViewLink)).one().revoked_at = clock.now()
    later = clock.elapsed() + viewing.REMEMBERED_SECONDS
    monkeypatch.setattr(clock, "elapsed", lambda: later)
    assert screen.get(address).status_code == 410


def test_a_secret_that_nobody_made_opens_nothing(screen: FlaskClient, stage: Stage) -> None:
    for token in ("kort", "x" * 43, "x" * 400):
        answer = screen.get(f"/view/{token}/")
        assert answer.status_code == 410
        assert "Länken gäller inte längre." in answer.text


def test_a_link_does_not_time_out(
    lisa: FlaskClient, screen: FlaskClient, stage: Stage, move_clock: Callable[[timedelta], None]
) -> None:
    address = make(lisa, stage)
    move_clock(timedelta(days=90))
    viewing.forget()
    assert screen.get(address).status_code == 200


def test_a_closed_event_says_so_on_its_wall(
    lisa: FlaskClient, screen: FlaskClient, stage: Stage
) -> None:
    address = make(lisa, stage)
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, stage.incident.id)
        incidents.close(session, stage.lisa, incident, clock.now(), mail=False)
    viewing.cache.forget()
    assert "Läget över" in screen.get(address).text


def test_the_switchboard_reads_its_page_by_a_link_too(
    lisa: FlaskClient, screen: FlaskClient, stage: Stage
) -> None:
    stage.release("first")
    stage.tick()
    answer = lisa.post(links_page(stage), data={"purpose": "switchboard", "label": "Växeln"})
    found = ADDRESS.search(answer.text)
    assert found is not None
    page, part = screen.get(found[1]), screen.get(f"{found[1]}live")
    assert page.status_code == part.status_code == 200
    for text in (page.text, part.text):
        assert "Koka ditt kranvatten om du bor i Torsby tätort." in text
    assert "/incidents/" not in page.text, "nothing that would ask for a login"
    revoke(lisa, stage)
    assert screen.get(found[1]).status_code == 410


def test_what_can_be_pressed_on_a_links_pages_works_over_https_too(
    app: Flask, lisa: FlaskClient, screen: FlaskClient, stage: Stage
) -> None:
    """Over https a form is taken only with the address of its page, which the browser tells where
    the page lets it."""
    at = "https://localhost"
    answer = lisa.post(links_page(stage), data={"purpose": "switchboard", "label": "Växeln"})
    found = ADDRESS.search(answer.text)
    assert found is not None
    app.config["WTF_CSRF_ENABLED"] = True

    def press(browser: FlaskClient, action: str, **fields: str) -> bool:
        """Was it taken?"""
        page = browser.get(found[1], base_url=at)
        assert f'action="{action}"' in page.text
        token = TOKEN.search(page.text)
        assert token is not None
        tells = page.headers["Referrer-Policy"] == "same-origin"
        referer = {"Referer": at + found[1]} if tells else {}
        data = fields | {"csrf_token": token[1]}
        answer = browser.post(action, base_url=at, data=data, headers=referer)
        return answer.status_code < 400

    assert "<form" not in screen.get(found[1]).text, "it is in its maker's language"
    assert press(lisa, f"/incidents/{stage.incident.slug}/break-off")
    app.config["WTF_CSRF_ENABLED"] = False
    revoke(lisa, stage)
    app.config["WTF_CSRF_ENABLED"] = True
    assert press(screen, "/language", lang="en")


def test_the_address_is_shown_once_and_stored_nowhere(lisa: FlaskClient, stage: Stage) -> None:
    token = make(lisa, stage).split("/")[2]
    assert token not in lisa.get(links_page(stage)).text
    with db.unit_of_work() as session:
        link = session.scalars(select(ViewLink)).one()
        entries = session.scalars(select(Entry.tag).where(Entry.tag.like("view_link:%"))).all()
    assert token.encode() not in link.token_digest
    assert entries == ["view_link:made"]


def test_the_list_says_who_made_a_link_and_when_it_was_seen(
    lisa: FlaskClient, screen: FlaskClient, stage: Stage
) -> None:
    address = make(lisa, stage)
    before = lisa.get(links_page(stage)).text
    screen.get(address)
    after = lisa.get(links_page(stage)).text
    assert "Gjord av Lisa Berg" in before and "Inte öppnad än." in before
    assert "Senast sedd" in after


def test_a_wall_is_written_in_the_language_of_who_made_its_link(
    lisa: FlaskClient, screen: FlaskClient, stage: Stage
) -> None:
    address = make(lisa, stage)
    screen.set_cookie("lang", "en")
    assert "Det här gäller" in screen.get(address).text


def test_the_log_tells_of_links(lisa: FlaskClient, stage: Stage) -> None:
    make(lisa, stage)
    revoke(lisa, stage)
    log = lisa.get(f"/incidents/{stage.incident.slug}/log").text
    assert "Gjorde en länk: Väggskärm, Ledningsrummet." in log
    assert "Drog tillbaka länken: Väggskärm, Ledningsrummet." in log


def test_a_link_needs_a_name_and_a_page_that_there_is(lisa: FlaskClient, stage: Stage) -> None:
    for data, said in (
        ({"purpose": "wall", "label": " "}, "Skriv var länken ska användas"),
        ({"purpose": "wall", "label": "x" * 61}, "högst 60 tecken"),
        ({"purpose": "cellar", "label": "Här"}, "Välj vad länken ska visa."),
    ):
        answer = lisa.post(links_page(stage), data=data)
        assert answer.status_code == 422
        assert said in answer.text
    with db.unit_of_work() as session:
        assert session.scalars(select(ViewLink)).all() == []


def test_only_the_information_unit_makes_and_revokes_links(stage: Stage) -> None:
    with db.unit_of_work() as session:
        link, _token = make_as(session, stage.lisa, stage)
    for person in (stage.karin, stage.olle):
        with pytest.raises(NotAllowed), db.unit_of_work() as session:
            make_as(session, person, stage)
        with pytest.raises(NotAllowed), db.unit_of_work() as session:
            view_links.revoke(session, person, stage.incident, link.id, clock.now())


def test_a_link_of_another_event_is_not_revoked_through_this_one(
    database: Settings, stage: Stage
) -> None:
    with db.unit_of_work() as session:
        link, _token = make_as(session, stage.lisa, stage)
    stranger = another_event(stage)
    with pytest.raises(NotFound), db.unit_of_work() as session:
        view_links.revoke(session, stage.lisa, stranger, link.id, clock.now())


def test_a_closed_event_gets_no_new_link(stage: Stage) -> None:
    with db.unit_of_work() as session:
        session.get_one(Incident, stage.incident.id).state = "closed"
    with pytest.raises(WrongState), db.unit_of_work() as session:
        make_as(session, stage.lisa, stage)


def test_revoking_again_changes_nothing(stage: Stage) -> None:
    with db.unit_of_work() as session:
        link, _token = make_as(session, stage.lisa, stage)
    for _ in range(2):
        with db.unit_of_work() as session:
            view_links.revoke(session, stage.lisa, stage.incident, link.id, clock.now())
    with db.unit_of_work() as session:
        tags = session.scalars(select(Entry.tag).where(Entry.tag == "view_link:revoked")).all()
    assert len(tags) == 1


def make_as(session: Session, person: Person, stage: Stage) -> tuple[ViewLink, str]:
    return view_links.make(
        session,
        person,
        session.get_one(Incident, stage.incident.id),
        Purpose.WALL,
        "Ledningsrummet",
        clock.now(),
        purposes=Purpose,
    )


def another_event(stage: Stage) -> Incident:
    with db.unit_of_work() as session:
        return incidents.open_incident(
            session,
            stage.lisa,
            name="En annan",
            area="",
            stage="staff",
            reason="Övning",
            exercise=True,
            choices=dict.fromkeys(stage.account_ids, ("publish", "")),
            narrowing_reason="",
            now=clock.now(),
            mail=False,
        )


def board_with(**values: object) -> BoardView:
    empty: dict[str, object] = {
        "now": NOW, "exercise": False, "topic": "", "live_url": "", "promise": None,
        "next_round": None, "kavel": None, "todo": (), "waiting": (), "unread": None, "plate": (),
        "latest": "", "repeat": None, "round_at": None, "matrix": Matrix(()),
        "linked": False, "log": (), "log_url": "", "note_url": "",
    }  # fmt: skip
    return BoardView(**(empty | values))  # type: ignore[arg-type]
