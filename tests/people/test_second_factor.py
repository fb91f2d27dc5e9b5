"""The second factor: a code counts once, guesses are counted; what reaches citizens asks anew."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from flask.testing import FlaskClient
from sqlalchemy import select

from console import clock, sealing
from console.config import Settings
from console.db import unit_of_work
from console.errors import BadInput, WrongState
from console.messages.models import Broadcast
from console.people import login, operations, queries, second_factor
from console.people.login import Halfway, LoggedIn, Refused
from console.people.models import LoginSession, Person, RecoveryCode, SecondFactor
from console.policy.models import LiveUse
from console.timeline.models import Body
from console.web import logins
from tests.cast import PASSWORD, Cast
from tests.stage import Stage

Browser = Callable[[Person | None], FlaskClient]


@pytest.fixture(autouse=True)
def keys(database: Settings) -> None:
    """Secrets can be sealed, whichever of these tests runs first."""
    sealing.use(database.keys)


def code_at(person: Person, at: datetime) -> str:
    """What the person's app shows at a moment."""
    with unit_of_work() as session:
        factor = second_factor.of(session, person.id)
        assert factor is not None
        key = base64.b32decode(second_factor.key_of(factor))
    return TOTP(key, 6, SHA1(), 30).generate(int(at.timestamp())).decode()


def enrol(person: Person, now: datetime) -> list[str]:
    """Give the person an app; the codes for paper. Uses up the codes to `now`."""
    with unit_of_work() as session:
        second_factor.begin(session, person, now)
    with unit_of_work() as session:
        return second_factor.confirm(session, person, code_at(person, now), now)


def good(person: Person, code: str, now: datetime) -> bool:
    with unit_of_work() as session:
        return second_factor.check(session, person.id, code, now)


def second_half(
    person: Person, code: str, now: datetime, address: str = "192.0.2.1"
) -> LoggedIn | Refused:
    with unit_of_work() as session:
        return login.log_in_with_code(session, now, person=person, code=code, address=address)


def test_a_code_counts_one_step_early_or_late_and_never_twice(cast: Cast) -> None:
    now, step = clock.now(), timedelta(seconds=30)
    enrol(cast.lisa, now)
    assert not good(cast.lisa, code_at(cast.lisa, now), now), "the one that confirmed it"
    later = now + 10 * step
    assert not good(cast.lisa, code_at(cast.lisa, later - 2 * step), later)
    assert not good(cast.lisa, code_at(cast.lisa, later + 2 * step), later)
    assert good(cast.lisa, code_at(cast.lisa, later - step), later)
    assert good(cast.lisa, code_at(cast.lisa, later + step), later)
    for used in (-step, timedelta(), step):  # nor may an older one follow a newer one
        assert not good(cast.lisa, code_at(cast.lisa, later + used), later)


def test_a_code_from_paper_counts_once_and_only_for_its_owner(cast: Cast) -> None:
    now = clock.now()
    codes = enrol(cast.lisa, now)
    enrol(cast.karin, now)
    assert len(set(codes)) == 10
    assert not good(cast.karin, codes[0], now)
    assert good(cast.lisa, codes[0].upper(), now) and not good(cast.lisa, codes[0], now)
    with unit_of_work() as session:
        assert second_factor.codes_left(session, cast.lisa.id) == 9
        second_factor.renew_codes(session, cast.lisa, now)
    assert not good(cast.lisa, codes[1], now)


def test_no_secret_of_it_is_stored_open_or_told_on_the_timeline(cast: Cast) -> None:
    codes = enrol(cast.lisa, clock.now())
    with unit_of_work() as session:
        factor = session.scalars(select(SecondFactor)).one()
        key = second_factor.key_of(factor)
        told = " ".join(session.scalars(select(Body.canonical)))
        digests = session.scalars(select(RecoveryCode.code_digest)).all()
    assert key.encode() not in factor.sealed and key not in told
    for code in codes:
        assert code not in told and code.replace("-", "").encode() not in b"".join(digests)


def test_an_app_counts_only_once_it_has_shown_a_right_code(cast: Cast) -> None:
    now = clock.now()
    with unit_of_work() as session:
        second_factor.begin(session, cast.lisa, now)
    with unit_of_work() as session, pytest.raises(BadInput):
        second_factor.confirm(session, cast.lisa, "000 00", now)
    with unit_of_work() as session:
        answer = login.log_in(
            session, now, email=cast.lisa.email, password=PASSWORD, address="192.0.2.1"
        )
    assert isinstance(answer, LoggedIn)


def test_a_begun_app_never_takes_the_place_of_one_that_counts(cast: Cast) -> None:
    enrol(cast.lisa, clock.now())
    with unit_of_work() as session, pytest.raises(WrongState):
        second_factor.begin(session, cast.lisa, clock.now())


def test_lesson_17_the_password_alone_lets_nobody_in_who_has_an_app(cast: Cast) -> None:
    now = clock.now()
    enrol(cast.lisa, now)
    with unit_of_work() as session:
        answer = login.log_in(
            session, now, email=cast.lisa.email, password=PASSWORD, address="192.0.2.1"
        )
        assert isinstance(answer, Halfway)
        assert session.scalars(select(LoginSession)).all() == []


def test_guesses_at_the_code_wait_as_guesses_at_the_password_do_which_forgives_none(
    cast: Cast,
) -> None:
    now = clock.now()
    enrol(cast.lisa, now)
    for n in range(5):
        with unit_of_work() as session:
            login.log_in(
                session, now, email=cast.lisa.email, password=PASSWORD, address=f"192.0.2.{n}"
            )
        assert isinstance(second_half(cast.lisa, "000000", now, f"192.0.2.{n}"), Refused)
    later = now + timedelta(seconds=29)
    right = code_at(cast.lisa, later + timedelta(seconds=30))
    waiting = second_half(cast.lisa, right, later)
    assert waiting == Refused(again_at=now + timedelta(seconds=30), looked=False)
    later = now + timedelta(seconds=31)
    assert isinstance(second_half(cast.lisa, right, later), LoggedIn)


def test_somebody_shut_out_meanwhile_is_not_let_in(cast: Cast) -> None:
    now = clock.now()
    codes = enrol(cast.lisa, now)
    with unit_of_work() as session:
        lisa = session.get_one(Person, cast.lisa.id)
        lisa.active = False
        assert isinstance(
            login.log_in_with_code(session, now, person=lisa, code=codes[0], address="192.0.2.1"),
            Refused,
        )


def test_a_system_administrator_helps_who_has_lost_everything_but_not_themselves(
    client_for: Browser, cast: Cast
) -> None:
    enrol(cast.lisa, clock.now())
    enrol(cast.siv, clock.now())
    lisa, siv = client_for(cast.lisa), client_for(cast.siv)
    assert "Ta bort appen" in siv.get(f"/people/{cast.lisa.id}").text
    assert siv.post(f"/people/{cast.lisa.id}/second-factor/remove").status_code == 303
    assert lisa.get("/me").status_code == 303, "logged out"
    assert siv.post(f"/people/{cast.siv.id}/second-factor/remove").status_code == 409
    assert (
        client_for(cast.karin).post(f"/people/{cast.siv.id}/second-factor/remove").status_code
        == 403
    )


# --- in the browser


def log_in(browser: FlaskClient, person: Person) -> str:
    """Give the password; the signed note in the page that asks for a code."""
    page = browser.post("/login", data={"email": person.email, "password": PASSWORD}).text
    found = re.search(r'name="halfway" value="([^"]+)"', page)
    assert found, page
    return found[1]


def test_login_asks_for_the_code_and_goes_where_one_was_going(
    client_for: Browser, cast: Cast
) -> None:
    codes = enrol(cast.lisa, clock.now())
    browser = client_for(None)
    note = log_in(browser, cast.lisa)
    assert browser.get("/me").status_code == 303, "not in yet"
    wrong = browser.post("/login/code", data={"halfway": note, "code": "123"})
    assert wrong.status_code == 422 and "Koden stämmer inte" in wrong.text
    right = browser.post("/login/code?next=/me", data={"halfway": note, "code": codes[0]})
    assert right.status_code == 303
    assert browser.get("/me").status_code == 200


@pytest.mark.parametrize("note", ["", "x", "WzEsICIyMDI2LTAxLTAxIl0.abc"])
def test_a_code_without_a_password_before_it_lets_nobody_in(
    client_for: Browser, cast: Cast, note: str
) -> None:
    codes = enrol(cast.lisa, clock.now())
    browser = client_for(None)
    browser.post("/login/code", data={"halfway": note, "code": codes[0]})
    assert browser.get("/me").status_code == 303


def test_a_password_counts_for_five_minutes(
    client_for: Browser, cast: Cast, move_clock: Callable[[timedelta], None]
) -> None:
    codes = enrol(cast.lisa, clock.now())
    browser = client_for(None)
    note = log_in(browser, cast.lisa)
    move_clock(timedelta(minutes=6))
    browser.post("/login/code", data={"halfway": note, "code": codes[0]})
    assert browser.get("/me").status_code == 303


def test_a_password_that_was_changed_since_counts_no_more(client_for: Browser, cast: Cast) -> None:
    codes = enrol(cast.lisa, clock.now())
    browser = client_for(None)
    note = log_in(browser, cast.lisa)
    with unit_of_work() as session:
        lisa = queries.get(session, cast.lisa.id)
        operations.change_own_password(
            session, lisa, clock.now(), old=PASSWORD, new="Xq9-mvkr7-wtPz", keep_token=None
        )
    answer = browser.post("/login/code", data={"halfway": note, "code": codes[0]})
    assert answer.headers["Location"].startswith("/login?")
    assert browser.get("/me").status_code == 303, "not in"


def test_enrolling_shows_the_key_once_and_ten_codes_once(client_for: Browser, cast: Cast) -> None:
    browser = client_for(cast.lisa)
    assert "Lägg till en app" in browser.get("/me/second-factor").text
    assert browser.post("/me/second-factor").status_code == 303
    page = browser.get("/me/second-factor").text
    assert "otpauth://totp/Budkavle:" in page
    wrong = browser.post("/me/second-factor/confirm", data={"code": "1"})
    assert wrong.status_code == 422
    code = code_at(cast.lisa, clock.now())
    done = browser.post("/me/second-factor/confirm", data={"code": code}).text
    codes = re.findall(r"<code>([a-z2-9]{5}-[a-z2-9]{5})</code>", done)
    assert len(codes) == 10
    after = browser.get("/me/second-factor").text
    assert codes[0] not in after and "otpauth" not in after
    refused = browser.post("/me/second-factor/remove", data={"code": "1"})
    assert refused.status_code == 422
    assert browser.post("/me/second-factor/codes", data={"code": codes[0]}).status_code == 200
    gone = browser.post("/me/second-factor/remove", data={"code": codes[1]})
    assert gone.status_code == 422, "renewed: the old ones count no more"


def live() -> None:
    with unit_of_work() as session:
        session.add(LiveUse(condition="live_use", evidence={}, at=clock.now()))


OPENING = {
    "name": "Vattenläcka",
    "area": "Torsby",
    "stage": "staff",
    "reason": "Läcka",
    "exercise": "live",
}


def test_opening_a_live_event_asks_for_a_code_and_keeps_what_was_written(
    client_for: Browser, cast: Cast
) -> None:
    live()
    codes = enrol(cast.lisa, clock.now())
    browser = client_for(cast.lisa)
    asked = browser.post("/incidents/new", data=OPENING)
    assert asked.status_code == 403 and "Skriv koden" in asked.text
    carried = re.search(r'name="carried" value="([^"]+)"', asked.text)
    assert carried
    wrong = browser.post("/me/prove", data={"carried": carried[1], "code": "1"})
    assert wrong.status_code == 422 and carried[1] in wrong.text
    page = browser.post("/me/prove", data={"carried": carried[1], "code": codes[0]}).text
    assert "Koden stämmer" in page and 'action="/incidents/new"' in page
    assert 'name="name" value="Vattenläcka"' in page
    assert browser.post("/incidents/new", data=OPENING).status_code != 403


def test_an_exercise_and_who_has_no_app_are_not_asked(client_for: Browser, cast: Cast) -> None:
    live()
    enrol(cast.lisa, clock.now())
    browser = client_for(cast.lisa)
    assert (
        browser.post("/incidents/new", data=OPENING | {"exercise": "exercise"}).status_code != 403
    )


def test_a_proof_is_good_for_ten_minutes(
    client_for: Browser, cast: Cast, move_clock: Callable[[timedelta], None]
) -> None:
    live()
    codes = enrol(cast.lisa, clock.now())
    browser = client_for(cast.lisa)
    assert browser.post("/me/prove", data={"code": codes[0]}).status_code == 303
    move_clock(timedelta(minutes=9))
    assert browser.post("/incidents/new", data=OPENING).status_code != 403
    move_clock(timedelta(minutes=11))
    assert browser.post("/incidents/new", data=OPENING).status_code == 403


def test_nobody_who_fails_to_log_in_as_the_approver_holds_up_the_approvers_own_code(
    client_for: Browser, cast: Cast
) -> None:
    live()
    codes = enrol(cast.karin, clock.now())
    browser, nobody = client_for(cast.karin), client_for(None)
    for _n in range(25):
        nobody.post("/login", data={"email": cast.karin.email, "password": "gissning"})
    assert browser.post("/me/prove", data={"code": codes[0]}).status_code == 303


def test_guesses_at_the_code_in_a_session_wait_and_a_right_one_forgives_them(
    client_for: Browser, cast: Cast, move_clock: Callable[[timedelta], None]
) -> None:
    codes = enrol(cast.karin, clock.now())
    browser = client_for(cast.karin)
    for _n in range(5):
        assert browser.post("/me/prove", data={"code": "000000"}).status_code == 422
    assert browser.post("/me/prove", data={"code": codes[0]}).status_code == 429
    move_clock(timedelta(seconds=31))
    assert browser.post("/me/prove", data={"code": codes[0]}).status_code == 303
    assert browser.post("/me/prove", data={"code": "000000"}).status_code == 422


def test_approving_in_a_live_event_asks_for_a_code_and_approves_nothing_before(
    app: object, client_for: Browser, database: object
) -> None:
    stage = Stage(database, accounts=1, exercise=False)  # type: ignore[arg-type]
    version = stage.submit(stage.write("update"))
    codes = enrol(stage.karin, clock.now())
    logins.forget()
    browser = client_for(stage.karin)
    address = f"/incidents/{stage.incident.slug}/approve/{version.id}"
    data = {"seen_hash": version.content_hash}
    assert browser.post(address, data=data).status_code == 403
    with unit_of_work() as session:
        assert session.scalars(select(Broadcast)).all() == []
    browser.post("/me/prove", data={"code": codes[0]})
    assert browser.post(address, data=data).status_code == 302
