"""Skarp drift in the console: the system administrator alone, and only when nothing stands in
the way."""

from console import db
from console.people.rules import Role
from console.policy.queries import live_use_is_on


def is_on():
    with db.unit_of_work() as session:
        return live_use_is_on(session)


def test_the_page_says_what_stands_in_the_way_and_offers_no_button(client_for, cast):
    siv = cast.with_role(Role.SYSTEM_ADMINISTRATOR)
    with db.unit_of_work() as session:
        session.merge(siv).example = True
    page = client_for(siv).get("/live-use").text
    assert "Exempelpersoner finns kvar" in page
    assert "Slå på skarp drift" not in page
    assert client_for(siv).post("/live-use").status_code == 409
    assert not is_on()


def test_one_press_begins_live_use_when_everything_holds(client_for, cast):
    browser = client_for(cast.with_role(Role.SYSTEM_ADMINISTRATOR))
    assert "Slå på skarp drift" in browser.get("/live-use").text
    assert browser.post("/live-use").status_code == 302
    assert is_on()
    assert "Skarp drift är på." in browser.get("/live-use").text


def test_nobody_else_begins_live_use(client_for, cast):
    assert client_for(cast.with_role(Role.INFORMATION_UNIT)).post("/live-use").status_code == 403
    assert not is_on()
