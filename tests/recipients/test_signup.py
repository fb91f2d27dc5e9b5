"""Citizens sign up, say yes and leave: double opt-in, one answer to everybody, never refused."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select, update

from console import clock, db
from console.accounts.models import Account
from console.errors import BadInput, NotFound, TooMany
from console.people.models import Person
from console.recipients import letters, operations, queries, retention, rules, sending, signup
from console.recipients.models import Recipient, RecipientTry
from console.site import queries as site
from tests.accounts.timeline import entries
from tests.recipients.conftest import CONSOLE, Lists

Client = Callable[[Person | None], FlaskClient]
Move = Callable[[timedelta], None]
EVA, NUMBER = "eva.kanariefagel@mail.example", "+46701740600"


def test_nothing_goes_to_an_address_before_it_has_said_yes(lists: Lists) -> None:
    lists.open()
    lists.sign_up(EVA)
    assert lists.ask() == 1
    assert lists.reached() == []
    assert lists.mail.mails[0].rcpt_tos == [EVA]
    with db.unit_of_work() as session:
        signup.confirm_link(session, lists.link(), clock.now())
    assert lists.reached() == [EVA]
    assert lists.rows() == [("citizen", "on")]


def test_a_question_is_sent_once_and_says_how_to_leave(lists: Lists) -> None:
    lists.open()
    lists.sign_up(EVA)
    assert (lists.ask(), lists.ask()) == (1, 0)
    mail = lists.newest()
    leave = f"{CONSOLE}/a/{lists.leave_secret(EVA)}"
    assert mail["Subject"] == "Bekräfta att du vill ha utskick från Torsby kommun"
    assert mail["List-Unsubscribe"] == f"<{leave}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert leave in mail.get_content()
    assert "eva" not in mail.get_content().lower()


def test_the_question_is_in_the_language_that_was_read(lists: Lists) -> None:
    lists.open()
    lists.sign_up(EVA, language="en")
    lists.ask()
    assert lists.newest()["Subject"].startswith("Confirm that you want mail")
    assert lists.newest()["Content-Language"] == "en"


def test_who_never_confirms_is_forgotten_after_a_day(lists: Lists, move_clock: Move) -> None:
    lists.open()
    lists.sign_up(EVA)
    lists.ask()
    secret = lists.link()
    move_clock(timedelta(hours=24, minutes=1))
    with pytest.raises(NotFound), db.unit_of_work() as session:
        signup.confirm_link(session, secret, clock.now())
    with db.unit_of_work() as session:
        retention.see_to(session, clock.now())
    assert lists.rows() == []


def test_a_question_waits_for_a_server_that_is_away_and_one_that_may_have_left_never_doubles(
    lists: Lists, move_clock: Move
) -> None:
    lists.open()
    lists.mail.replies["MAIL"] = "451 4.3.0 later"
    lists.sign_up(EVA)
    assert (lists.ask(), lists.ask()) == (1, 0)
    lists.mail.replies.clear()
    move_clock(timedelta(minutes=3))
    assert (lists.ask(), len(lists.mail.mails)) == (1, 1)
    with db.unit_of_work() as session:
        session.execute(update(Recipient).values(letter_state="started"))
    move_clock(timedelta(minutes=5))
    assert lists.ask() == 0
    with db.unit_of_work() as session:
        assert session.scalar(select(Recipient.letter_state)) == "unknown"
    assert len(lists.mail.mails) == 1


def test_a_link_counts_once(lists: Lists) -> None:
    lists.open()
    lists.confirmed(EVA)
    with pytest.raises(NotFound), db.unit_of_work() as session:
        signup.confirm_link(session, lists.link(), clock.now())


def test_a_second_sign_up_leaves_the_first_mails_link_good(lists: Lists, move_clock: Move) -> None:
    lists.open()
    lists.sign_up(EVA)
    lists.ask()
    first = lists.link()
    move_clock(timedelta(minutes=6))
    lists.sign_up(EVA)
    lists.ask()
    assert len(lists.mail.mails) == 2
    with db.unit_of_work() as session:
        signup.confirm_link(session, first, clock.now())
    assert lists.rows() == [("citizen", "on")]


def test_an_address_gets_three_questions_a_day_and_pauses_between(
    lists: Lists, move_clock: Move
) -> None:
    lists.open()
    for minutes in (0, 1, 10, 20, 30, 40):
        move_clock(timedelta(minutes=minutes))
        assert lists.sign_up(EVA) == EVA  # whoever asks is told the same
        lists.ask()
    assert len(lists.mail.mails) == 3


def test_one_network_address_and_the_whole_house_are_held_back(
    lists: Lists, move_clock: Move, monkeypatch: pytest.MonkeyPatch
) -> None:
    lists.open()
    monkeypatch.setattr(rules, "TRIES_PER_NETWORK", 2)
    monkeypatch.setitem(rules.TRIES_PER_HOUSE, "email", 3)
    for n in (1, 2):
        lists.sign_up(f"a{n}@mail.example")
    with pytest.raises(TooMany):
        lists.sign_up("a3@mail.example")
    lists.sign_up("a3@mail.example", network="10.0.0.2")
    with pytest.raises(TooMany):
        lists.sign_up("a4@mail.example", network="10.0.0.3")
    move_clock(timedelta(hours=1, minutes=1))
    lists.sign_up("a4@mail.example")


def test_a_list_that_is_shut_takes_nobody_and_keeps_those_it_has(lists: Lists) -> None:
    lists.open(lists.email_id)
    lists.confirmed(EVA)
    with db.unit_of_work() as session:
        operations.open_to_citizens(session, lists.cast.olle, lists.email_id, False, clock.now())
    with pytest.raises(NotFound):
        lists.sign_up("ny@mail.example")
    with pytest.raises(NotFound):
        lists.sign_up(NUMBER, lists.sms_id)
    assert lists.reached() == [EVA]


def test_a_resting_account_takes_nobody(lists: Lists) -> None:
    lists.open()
    with db.unit_of_work() as session:
        session.get_one(Account, lists.email_id).state = "paused"
    with pytest.raises(NotFound):
        lists.sign_up(EVA)


def test_the_answer_is_the_same_whether_or_not_the_address_is_known(
    lists: Lists, client_for: Client
) -> None:
    lists.open()
    lists.confirmed(EVA)
    lists.add("p4@radio.example")
    browser = client_for(None)
    answers = {
        address: browser.post("/utskick", data={"list": lists.email_id, "address": address})
        for address in (EVA, "p4@radio.example", "ny@mail.example")
    }
    assert {one.status_code for one in answers.values()} == {200}
    assert len({one.text for one in answers.values()}) == 1
    codes = {
        browser.post(
            "/utskick/kod", data={"list": lists.sms_id, "address": number, "code": "000000"}
        ).text.replace(number, "")
        for number in (NUMBER, "+46701740601")
    }
    assert len(codes) == 1


def test_a_code_comes_by_sms_and_five_wrong_ones_end_it(lists: Lists, move_clock: Move) -> None:
    lists.open()
    lists.sign_up("070-174 06 00", lists.sms_id)
    lists.ask()
    [message] = lists.sms.to(NUMBER)
    code = re.search(r"kod är (\d{6})", message.text)
    assert code is not None and "/a/" in message.text
    wrong = f"{(int(code[1]) + 1) % 1_000_000:06}"

    def give(typed: str) -> bool:
        with db.unit_of_work() as session:
            return signup.confirm_code(
                session, lists.sms_id, NUMBER, typed, "10.0.0.1", clock.now()
            )

    assert [give(wrong) for _ in range(5)] == [False] * 5
    assert not give(code[1])
    move_clock(timedelta(minutes=6))
    lists.sign_up(NUMBER, lists.sms_id)
    lists.ask()
    newer = re.search(r"kod är (\d{6})", lists.sms.to(NUMBER)[1].text)
    assert newer is not None and give(f"{newer[1][:3]} {newer[1][3:]}")
    assert lists.reached(lists.sms_id) == [NUMBER]


def test_citizens_get_what_they_asked_for_and_no_ordinary_posts(lists: Lists) -> None:
    lists.open()
    lists.confirmed(EVA)
    lists.add("p4@radio.example")
    with db.unit_of_work() as session:
        moment = clock.now().timestamp()
        found = sending.everybody(
            session, lists.email_id, [], "r1", moment, CONSOLE, citizens=False
        )
    assert found is not None
    assert [one.address for one in found.listed] == ["p4@radio.example"]


def test_the_public_site_links_to_the_sign_up_while_it_is_open(lists: Lists) -> None:
    def links() -> list[str]:
        with db.unit_of_work() as session:
            taken = site.snapshot(session, site.LIVE, clock.now(), "https://x.example", CONSOLE)
        return [view.signup for view in taken.views.values()]

    assert links() == ["", ""]
    lists.open()
    assert links() == [f"{CONSOLE}/utskick?lang=sv", f"{CONSOLE}/utskick?lang=en"]


def test_a_number_from_far_away_is_refused(lists: Lists) -> None:
    lists.open()
    with pytest.raises(BadInput, match="Norden"):
        lists.sign_up("+979 123 456 789", lists.sms_id)


def test_a_mail_scanner_that_follows_links_changes_nothing(
    lists: Lists, client_for: Client
) -> None:
    lists.open()
    lists.sign_up(EVA)
    lists.ask()
    scanner = client_for(None)
    for _ in range(2):
        page = scanner.get(f"/utskick/ja/{lists.link()}")
        assert page.status_code == 200 and "Ja, jag vill ha utskicken" in page.text
        assert scanner.head(f"/utskick/ja/{lists.link()}").status_code == 200
    assert lists.reached() == []
    assert scanner.post(f"/utskick/ja/{lists.link()}").status_code == 200
    secret = lists.leave_secret(EVA)
    assert "Sluta få utskicken" in scanner.get(f"/a/{secret}").text
    assert lists.reached() == [EVA]


def test_a_mail_programs_own_button_leaves_at_once_and_again_changes_nothing(
    lists: Lists, strict_app: object
) -> None:
    """RFC 8058: a POST without cookies, session or token, from a server of the mail program's."""
    lists.open()
    lists.confirmed(EVA)
    address = f"/a/{lists.leave_secret(EVA)}"
    for _ in range(2):
        browser = strict_app.test_client()  # type: ignore[attr-defined]
        answer = browser.post(
            address,
            data="List-Unsubscribe=One-Click",
            content_type="application/x-www-form-urlencoded",
        )
        assert answer.status_code == 200 and "Du står inte på listan." in answer.text
    assert lists.reached() == [] and lists.rows() == []
    with db.unit_of_work() as session:
        account = session.get_one(Account, lists.email_id)
        assert queries.shown(session, account, 1).left == 1


def test_leaving_is_never_held_back(lists: Lists, client_for: Client) -> None:
    """Not by a shut list, a resting account, too many tries or a made-up link before."""
    lists.open()
    lists.confirmed(EVA)
    secret = lists.leave_secret(EVA)
    with db.unit_of_work() as session:
        session.get_one(Account, lists.email_id).state = "ended"
        key = signup.mark(session, "network:127.0.0.1")
        session.add_all(RecipientTry(key_digest=key, at=clock.now()) for _ in range(200))
    browser = client_for(None)
    for _ in range(40):
        assert browser.post("/a/nothing").status_code == 200
    assert browser.post(f"/a/{secret}").status_code == 200
    assert lists.rows() == []


def test_a_question_can_be_left_by_too(lists: Lists) -> None:
    lists.open()
    lists.sign_up(EVA)
    with db.unit_of_work() as session:
        signup.leave(session, lists.leave_secret(EVA), clock.now())
    assert lists.rows() == [] and lists.ask() == 0


def test_somebody_who_rings_is_taken_off_by_address(lists: Lists) -> None:
    lists.open()
    lists.confirmed(EVA)
    lists.add("p4@radio.example")
    for typed in ("p4@radio.example", "ingen@mail.example"):
        with pytest.raises(BadInput), db.unit_of_work() as session:
            operations.remove_citizen(session, lists.cast.olle, lists.email_id, typed, clock.now())
    with db.unit_of_work() as session:
        operations.remove_citizen(
            session, lists.cast.olle, lists.email_id, EVA.upper(), clock.now()
        )
    assert lists.reached() == ["p4@radio.example"]


def test_a_citizen_is_asked_again_after_a_year_and_silence_is_no(
    lists: Lists, move_clock: Move
) -> None:
    lists.open()
    lists.confirmed(EVA)
    lists.confirmed("bo@mail.example")
    with db.unit_of_work() as session:
        assert retention.ask_again(session, clock.now()) == 0
    move_clock(timedelta(days=366))
    with db.unit_of_work() as session:
        retention.see_to(session, clock.now())
        retention.see_to(session, clock.now())
    assert lists.ask() == 2
    assert lists.newest()["Subject"] == "Vill du fortfarande ha utskick från Torsby kommun?"
    with db.unit_of_work() as session:
        signup.confirm_link(session, lists.link(), clock.now())
    kept = lists.mail.mails[-1].rcpt_tos
    assert len(lists.reached()) == 2
    move_clock(timedelta(days=366 + 31))
    with db.unit_of_work() as session:
        retention.see_to(session, clock.now())
    assert lists.reached() == kept
    assert [one["facts"]["state"] for one in entries("recipients:forgotten")] == ["on"]


def test_a_broken_mail_server_never_empties_a_list(lists: Lists, move_clock: Move) -> None:
    lists.open()
    lists.confirmed(EVA)
    lists.mail.replies["MAIL"] = "451 4.3.0 later"
    for days in (366, 368, 400, 430):
        move_clock(timedelta(days=days))
        with db.unit_of_work() as session:
            retention.see_to(session, clock.now())
        lists.ask()
    assert lists.reached() == [EVA]
    lists.mail.replies.clear()
    move_clock(timedelta(days=432))
    with db.unit_of_work() as session:
        retention.see_to(session, clock.now())
    assert lists.ask() == 1


def test_nobody_is_forgotten_for_a_question_that_may_never_have_left(
    lists: Lists, move_clock: Move
) -> None:
    lists.open()
    lists.confirmed(EVA)
    sent = len(lists.mail.mails)
    move_clock(timedelta(days=366))
    with db.unit_of_work() as session:
        retention.see_to(session, clock.now())
    with db.unit_of_work() as session:
        assert letters.claim(session, CONSOLE, clock.now(), 1)
    move_clock(timedelta(days=367))
    with db.unit_of_work() as session:
        letters.give_up_on_lost(session, clock.now())
        retention.see_to(session, clock.now())
    assert lists.ask() == 0, "it may have been read: there is time to answer"
    move_clock(timedelta(days=366 + 31))
    with db.unit_of_work() as session:
        retention.see_to(session, clock.now())
    assert lists.reached() == [EVA]
    assert lists.ask() == 1 and len(lists.mail.mails) == sent + 1
    move_clock(timedelta(days=366 + 62))
    with db.unit_of_work() as session:
        retention.see_to(session, clock.now())
    assert lists.reached() == [], "now it is known to have left"


def test_an_address_stands_nowhere_but_sealed(
    lists: Lists, client_for: Client, caplog: pytest.LogCaptureFixture, move_clock: Move
) -> None:
    """Canaries: no table, log or page holds the address, or the secrets of its links."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("mail.log").disabled = True  # the mail server's own
    lists.open()
    client_for(None).post("/utskick", data={"list": lists.email_id, "address": EVA})
    lists.ask()
    asked = lists.link()
    with db.unit_of_work() as session:
        signup.confirm_link(session, asked, clock.now())
    secret = lists.leave_secret(EVA)
    with db.unit_of_work() as session:
        sending.begin(session, lists.email_id, "r1", [signup.mark(session, EVA).hex()], ())
    page = client_for(lists.cast.stina).get(f"/accounts/{lists.email_id}/recipients").text
    tables = []
    with db.unit_of_work() as session:
        for table in Recipient.metadata.sorted_tables:
            tables += [repr(row) for row in session.execute(select(table))]
        assert session.scalar(select(func.count()).select_from(Recipient)) == 1
    everything = "\n".join([*tables, caplog.text, page, repr(entries(""))])
    for canary in (EVA, "kanariefagel", asked, secret):
        assert canary not in everything
    client_for(None).post(f"/a/{secret}")
    with db.unit_of_work() as session:
        assert session.scalar(select(func.count()).select_from(Recipient)) == 0
        session.execute(delete(RecipientTry))


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/utskick", "Det här sparar vi"),
        ("/utskick?lang=en", "What we keep"),
        ("/utskick/ja/nothing", "Länken gäller inte längre"),
        ("/a/nothing?lang=en", "You aren’t on the list"),
    ],
)
def test_the_pages_speak_both_languages_and_need_neither_script_nor_cookie(
    lists: Lists, client_for: Client, address: str, words: str
) -> None:
    lists.open()
    answer = client_for(None).get(address)
    assert words in answer.text
    assert "<script" not in answer.text and "Set-Cookie" not in answer.headers
    assert len(answer.data) < 14_000


def test_a_wrong_address_is_named_and_nothing_is_kept(lists: Lists, client_for: Client) -> None:
    lists.open()
    answer = client_for(None).post("/utskick", data={"list": lists.email_id, "address": "eva"})
    assert answer.status_code == 422
    assert "Skriv en hel e-postadress" in answer.text and 'value="eva"' in answer.text
    assert lists.rows() == []
