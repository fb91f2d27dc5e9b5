"""The start page: what waits for each role, in order, with the place where it is done."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert

from console import clock, db
from console.accounts import (
    absences,
    custody,
    oversight,
    plan_operations,
    plan_queries,
)
from console.accounts.absences import Wanted
from console.accounts.coverage import today
from console.accounts.coverage_rules import DAY, WARN_DAYS
from console.accounts.models import Account, AccountAdministrator
from console.accounts.plan_models import AccountEnding, AccountPlan, PlanMark, PlanVersion
from console.board.start_model import Deviating, Deviation, Running, Waiting
from console.board.worklist import SHOWN, first_rows, grouped
from console.people import duty
from console.people.models import Person
from console.people.rules import Role
from console.review import evaluation_operations as evaluation
from console.upkeep import operations as upkeep
from tests.accounts.plan import library
from tests.cast import Cast, client_for
from tests.incidents.cast import event
from tests.moderation import acts as moderation
from tests.upkeep import acts
from tests.web.test_long_lists import fill, queries_of

NOW = datetime(2026, 6, 8, 6, 14, tzinfo=UTC)
LINK = re.compile(r'<li class="work-row">.*?<a href="([^"]+)">([^<]+)</a>', re.S)
VERB = re.compile(r'<span class="deviation-verb"><a [^>]*href="([^"]+)"')


def rows(page: str) -> list[tuple[str, str]]:
    """(words, address) of what waits."""
    return [(unescape(words), unescape(url)) for url, words in LINK.findall(page)]


def account(name: str, *people: Person, state: str = "active", platform: str = "x") -> int:
    with db.unit_of_work() as session:
        one = Account(
            name=name, short_name=name[:18], platform=platform, handle=name, kind="by_hand",
            repeat_rule="every", state=state, position=1, created_at=clock.now(),
            administrators=[
                AccountAdministrator(person_id=p.id, position=n) for n, p in enumerate(people)
            ],
        )  # fmt: skip
        session.add(one)
        session.flush()
        return one.id


def test_late_comes_first_then_what_waits_then_what_has_a_day(app: Flask) -> None:
    given = [
        Waiting("a", "", "/a", due=NOW + timedelta(days=20)),
        Waiting("b", "", "/b", since=NOW - timedelta(days=1)),
        Waiting("c", "", "/c", due=NOW - timedelta(days=2)),
        Waiting("d", "", "/d"),
        Waiting("e", "", "/e", due=NOW - timedelta(days=6)),
        Waiting("f", "", "/f", since=NOW - timedelta(days=9)),
        Waiting("g", "", "/g", due=NOW + timedelta(days=3)),
    ]
    with app.test_request_context():
        late, waiting, coming = grouped(given, NOW)
    assert [(row.verb, row.when) for row in late.rows] == [
        ("e", "försenat sedan 2 juni"), ("c", "försenat sedan 6 juni"),
    ]  # fmt: skip
    assert [(row.verb, row.when) for row in waiting.rows] == [
        ("f", "sedan 30 maj"), ("b", "sedan 7 juni"), ("d", ""),
    ]  # fmt: skip
    assert [(row.verb, row.when) for row in coming.rows] == [
        ("g", "senast 11 juni"), ("a", "senast 28 juni"),
    ]  # fmt: skip


def test_what_is_of_today_says_the_clock(app: Flask) -> None:
    """A text that waits at 04.28 has waited for minutes, not since a date."""
    given = [
        Waiting("a", "", "/a", since=NOW - timedelta(minutes=5)),
        Waiting("b", "", "/b", since=NOW - timedelta(hours=9)),
    ]
    with app.test_request_context():
        (waiting,) = grouped(given, NOW)
    assert [row.when for row in waiting.rows] == ["sedan 7 juni", "sedan kl 08.09"]


def test_what_goes_on_now_stands_first_and_is_never_folded_away(app: Flask) -> None:
    """A lock of this minute behind eleven older things would be read tomorrow (4.5-a)."""
    fire = Running(exercise=False, opened_at=NOW - timedelta(hours=3))
    water = Running(exercise=False, opened_at=NOW)
    drill = Running(exercise=True, opened_at=NOW)
    given = [Waiting("old", "", "/", due=NOW - timedelta(days=9))]
    given += [Waiting("drill", "", "/", running=drill)]
    given += [Waiting("fire", "", "/", running=fire)] * SHOWN
    given += [Waiting("second", "", "/", since=NOW, running=water)]
    given += [Waiting("first", "", "/", since=NOW - timedelta(minutes=1), running=water)]
    with app.test_request_context():
        now, late = grouped(given, NOW)
    shown = [row.verb for row in now.rows]
    assert shown == ["first", "second", *["fire"] * SHOWN, "drill"]
    assert not now.more
    assert [row.verb for row in late.rows] == ["old"]


def test_a_long_list_is_folded_and_counted_whole(app: Flask) -> None:
    given = [Waiting(str(n), "", "/") for n in range(SHOWN + 30)]
    with app.test_request_context():
        (group,) = grouped(given, NOW)
    assert (len(group.rows), len(group.more), group.total) == (SHOWN, 30, SHOWN + 30)


@pytest.mark.parametrize(
    ("role", "words", "links"),
    [
        (Role.STRATEGY, "För in kommunens konton först.", ["/accounts/import"]),
        (
            Role.SYSTEM_ADMINISTRATOR,
            "För in kommunens konton först.",
            ["/people/invite", "/live-use", "/accounts/import"],
        ),
        (Role.INFORMATION_UNIT, "Kommunens konton förs in av Strategi", []),
    ],
)
def test_a_newcomer_is_told_where_to_begin_not_that_all_is_in_order(
    app: Flask, cast: Cast, role: Role, words: str, links: list[str]
) -> None:
    """A new municipality's first day: nothing is in order where nothing is."""
    browser = client_for(app, cast.with_role(role))
    page = browser.get("/").text
    assert "i ordning" not in page
    assert words in page
    assert [f'href="{one}"' in page for one in links] == [True] * len(links)
    register = browser.get("/accounts").text
    assert "Registret är tomt." in register and "Inget konto passar in." not in register
    assert "Inget konto passar in." in browser.get("/accounts?words=x").text


def test_monday_s_mail_is_promised_only_where_mail_is_sent(app: Flask, cast: Cast) -> None:
    account("Torsby", cast.olle)
    browser = client_for(app, cast.rut)
    assert "Kommer något står det här." in browser.get("/").text
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], smtp_url="smtp://mail.example:25")
    assert "Kommer något får du mejl på måndagen." in browser.get("/").text


def test_whoever_has_nothing_to_do_reads_that_and_what_comes_next(app: Flask, cast: Cast) -> None:
    account("Torsby", cast.olle)
    page = client_for(app, cast.rut).get("/").text
    assert "Allt är i ordning" in page
    assert "Inget väntar på dig. Inget har ett datum." in page

    with db.unit_of_work() as session:
        unit = session.get_one(Person, cast.lisa.id)
        until = clock.now() + timedelta(days=3)
        duty.hand_over(session, unit, Role.INFORMATION_UNIT, unit, clock.now(), until=until)
    page = client_for(app, cast.lisa).get("/").text
    assert "Härnäst: din jour tar slut" in page


def test_a_gap_that_nobody_is_asked_about_yet_is_what_comes_next(app: Flask, cast: Cast) -> None:
    """3-c"""
    number = account("Badet", cast.olle, platform="facebook")
    with db.unit_of_work() as session:
        person = session.get_one(Person, cast.olle.id)
        first = today(clock.now()) + (WARN_DAYS + 30) * DAY
        absences.add(session, person, person.id, [Wanted(first, first + DAY, None)], clock.now())
        session.add(signed(number, cast))
    acts.check(cast.olle, number, logo="not_applicable")
    with db.unit_of_work() as session:
        person = session.get_one(Person, cast.olle.id)
        upkeep.confirm_year(session, person, [number], [], "", clock.now())
    page = client_for(app, cast.olle).get("/").text
    assert rows(page) == []
    assert "Härnäst: en ersättare för Badet" in page


def signed(account_id: int, cast: Cast) -> PlanVersion:
    now = clock.now()
    return PlanVersion(
        account_id=account_id, number=1, canonical="{}", content_hash="0" * 64, content={},
        form="TORSBY7255i, v 1.0", policy="torsby-2011", hands=[], submitted_at=now,
        submitted_by_id=cast.olle.id, signed_at=now,
    )  # fmt: skip


def laid_out(cast: Cast) -> dict[str, int]:
    """Something for every role to do, through the verbs where there are any."""
    made: dict[str, int] = {}
    with db.unit_of_work() as session:
        actors = {key: session.get_one(Person, getattr(cast, key).id) for key in vars(cast)}
        proposed = library.proposed(session, actors["olle"], inquiry="Finns det redan ett?")
        made["proposed"] = proposed.id
        waiting = plan_operations.propose(
            session,
            actors["maja"],
            plan_operations.Proposal(
                name="Badet", platform="x", handle="badet", operation="Badet", committee="Fritid"
            ),
            clock.now() - timedelta(days=12),
        )
        made["waiting"] = waiting.id
        then = clock.now() - timedelta(days=12)
        plan_operations.save_checklist(session, actors["maja"], waiting.id, library.ANSWERS, then)
        library.write(session, actors["maja"], waiting.id)
        plan_operations.submit_plan(session, actors["maja"], waiting.id, then)
    made["alone"] = account("Vatten", cast.olle)
    made["resting"] = account("Gammalt", cast.olle, cast.maja, state="paused")
    made["ended"] = account("Torget", cast.olle, state="ended")
    made["custody"] = account("Skolan", cast.olle, cast.maja, state="custody")
    made["page"] = account("Sidan", cast.olle, cast.maja, state="custody", platform="facebook")
    with db.unit_of_work() as session:
        session.add(
            AccountEnding(account_id=made["ended"], at=clock.now(), reason="", snapshot="",
                          report="")
        )  # fmt: skip
        version = signed(made["alone"], cast)
        version.marks.append(
            PlanMark(role="operations_manager", kind="decision", person_id=cast.anders.id,
                     name="Anders", title="chef", place="Torsby", given_at=clock.now())
        )  # fmt: skip
        session.add(version)
        olle = session.get_one(Person, cast.olle.id)
        first = today(clock.now()) + 20 * DAY
        absences.add(session, olle, olle.id, [Wanted(first, first + DAY, None)], clock.now())
        choices = {made["alone"]: ("lock_only", "Vattnet."), made["resting"]: ("leave", "Nej.")}
        unit = session.get_one(Person, cast.lisa.id)
        drill = event(session, unit, exercise=True, now=clock.now(), choices=choices, mail=False)
        evaluation.decide(
            session, unit, drill, "Skriv en rutin.", cast.rut.id, today(clock.now()), clock.now()
        )
    talked(cast, made["alone"])
    return made


def talked(cast: Cast, number: int) -> None:
    """A question to answer on an account of Olle's, a post to judge, and one for the registry."""
    asked, judged, secret = (moderation.write_down(cast.olle, number) for _n in range(3))
    moderation.move(cast.olle, asked, "question")
    moderation.capture(cast.olle, judged)
    case = moderation.capture(cast.olle, secret)
    moderation.decide(cast.olle, case, ground="secrecy", committee=moderation.COMMITTEE)


EXPECTED: dict[str, set[str]] = {
    "lisa": {"Påminn"},
    "karin": set(),
    "olle": {"Läs om låset", "Svara på checklistan", "Namnge ersättare", "Försegla inloggningen",
             "Lämna slutrapporten", "Skriv en plan", "Gör årets genomgång",
             "Svara den som frågar", "Välj skäl i modereringen"},
    "anders": {"Skriv under planen", "Be om en administratör till"},
    "eva": {"Skriv under planen"},
    "stina": {"Lämna samråd om planen", "Svara på frågan", "Ta emot inloggningen",
              "Kontrollera sidans administratörer"},
    "rut": {"Gör klart åtgärden"},
    "rolf": {"Diarieför inlägget"},
    "greta": set(),
    "siv": {"Svara på frågan"},
}  # fmt: skip
"""What each role is asked to do."""
DOES: dict[str, str] = {
    "Påminn": "Påminn",
    "Gör klart åtgärden": "Åtgärden är klar",
    "Läs om låset": "Jag har läst",
    "Svara den som frågar": "Anteckna svaret",
    "Välj skäl i modereringen": "Besluta",
    "Diarieför inlägget": "Diariefört",
    "Gör årets genomgång": "Bekräfta de förkryssade",
    "Svara på checklistan": "Spara checklistan",
    "Namnge ersättare": "Namnge ersättare",
    "Försegla inloggningen": "Försegla",
    "Lämna slutrapporten": "Lämna slutrapporten",
    "Skriv en plan": "Svara på checklistan",
    "Skriv under planen": "Skriv under",
    "Be om en administratör till": "om en till",
    "Lämna samråd om planen": "samråd",
    "Svara på frågan": "Svara",
    "Ta emot inloggningen": "Ta emot kuvertet",
    "Kontrollera sidans administratörer": "Bekräfta Olle Ek",
}
"""Words of the button or the link that does it, on the page that the row leads to."""


@pytest.mark.parametrize("who", EXPECTED)
def test_each_roles_rows_lead_to_a_page_where_that_person_may_do_it(
    app: Flask, cast: Cast, who: str
) -> None:
    """2.1-b, 3.2-b, 3-a, 3-c, 3-d, 2.1-c, 6-b"""
    laid_out(cast)
    client = client_for(app, getattr(cast, who))
    found = rows(client.get("/").text)
    assert {words for words, _url in found} == EXPECTED[who]
    for words, url in found:
        answer = client.get(url.split("#")[0])
        assert answer.status_code == 200, (words, url)
        main = answer.text.split("<main", 1)[1]
        assert re.search(rf"<(a|button)\b[^>]*>[^<]*(<span>)?[^<]*{DOES[words]}", main), words


def test_every_deviation_leads_the_strategy_department_to_where_it_is_mended(
    app: Flask, cast: Cast
) -> None:
    """2.1-c, 3-a, 3-c, 3-d, 3.2-b"""
    made = laid_out(cast)
    client = client_for(app, cast.stina)
    page = client.get("/").text
    for what in (
        "Bara en administratör", "Ingen ersättare", "3 underskrifter saknas", "Beslut om vilande",
        "Avslutat utan slutrapport", "Inget kuvert med inloggningen", "Handlingsplan saknas",
    ):  # fmt: skip
        assert what in page, what
    links = [unescape(url) for url in VERB.findall(page)]
    assert len(links) >= 7
    for url in links:
        assert client.get(url.split("#")[0]).status_code == 200, url
    assert f'data-row="account-{made["proposed"]}"' not in page, "not in use, and not late"
    for other in (cast.lisa, cast.olle, cast.eva, cast.siv):
        assert 'class="deviation"' not in client_for(app, other).get("/").text


def test_a_signature_is_late_after_ten_days_and_then_it_is_a_deviation(
    app: Flask, cast: Cast
) -> None:
    """3.2-b"""
    number = laid_out(cast)["waiting"]
    assert rows(client_for(app, cast.eva).get("/").text)[0][0] == "Skriv under planen"
    assert "försenat sedan" in client_for(app, cast.eva).get("/").text
    with db.unit_of_work() as session:
        version = plan_queries.plan(session, number).waiting
        assert version is not None
        version.submitted_at = clock.now() - oversight.SIGN_WITHIN + timedelta(hours=1)
    page = client_for(app, cast.eva).get("/").text
    assert "försenat sedan" not in page and "senast" in page
    assert f'data-row="account-{number}"' not in client_for(app, cast.stina).get("/").text


def fill_work(first: int, last: int, cast: Cast) -> None:
    """Accounts of every kind, and much for Olle."""
    fill(first, last, cast)
    numbers = range(first, last + 1)
    states = ("active", "paused", "ended", "custody", "notified")
    with db.unit_of_work() as session:
        for n in numbers:
            one = session.get_one(Account, n)
            one.state = states[n % 5]
        session.execute(insert(AccountAdministrator), [
            {"account_id": n, "person_id": cast.olle.id, "position": 2} for n in numbers if n % 2
        ])  # fmt: skip
        session.execute(insert(AccountEnding), [
            {"account_id": n, "at": clock.now(), "reason": "", "snapshot": "", "report": ""}
            for n in numbers if n % 5 == 2
        ])  # fmt: skip
        session.execute(insert(AccountPlan), [
            {"account_id": n, "proposed_by_id": cast.olle.id, "proposed_at": clock.now(),
             "inquiry": "Får vi?"} for n in numbers if n % 5 == 4
        ])  # fmt: skip
        session.add_all(
            PlanVersion(
                account_id=n, number=1, canonical="{}", content_hash=str(n), content={}, form="",
                policy="", hands=[], submitted_at=clock.now() - timedelta(days=20 * (n % 3)),
                submitted_by_id=cast.maja.id,
            )
            for n in numbers if n % 4 == 0
        )  # fmt: skip


def test_the_register_as_a_whole_says_what_each_account_says_when_asked_alone(
    app: Flask, cast: Cast
) -> None:
    """3-a, 3-d, 3.2-b"""
    laid_out(cast)
    fill_work(1001, 1040, cast)
    with db.unit_of_work() as session:
        used = oversight.in_use(session)
        accounts = [session.get_one(Account, number) for number in used.all]
        plans = {one.id: plan_queries.plan(session, one.id) for one in accounts}
        have = {one.id: sum(row.person.active for row in one.administrators) for one in accounts}
        assert {one.state for one in accounts} == {"active", "paused"}
        assert used.resting == [one.id for one in accounts if one.state == "paused"]
        assert used.without_custody == [
            one.id for one in accounts if not custody.settled(session, one)
        ]
        assert used.without_plan == [
            number for number, plan in plans.items() if not (plan.in_force or plan.waiting)
        ]
        for least in (1, 2, 3):
            assert oversight.short_of_administrators(session, least) == {
                number: count for number, count in have.items() if count < least
            }


def test_what_was_mended_since_it_was_found_is_not_said(app: Flask, cast: Cast) -> None:
    number = account("Badet", cast.olle)
    other = account("Skolan", cast.olle)

    def say(one: Any, known: str) -> Deviation:
        return Deviation(str(one.id), "refused", known, one.name, one.platform, "")

    kind = Deviating({number: None, other: None}, say, read=lambda _shown: {other: "Trasigt"})
    gone = Deviating({number + 1000: "Trasigt"}, say)
    with db.unit_of_work() as session:
        rows, none = first_rows(session, [kind, gone], SHOWN)
    assert [row.account for row in rows] == ["Skolan"]
    assert not none


@pytest.mark.parametrize(
    ("who", "most"),
    [("olle", 40), ("stina", 51), ("lisa", 28), ("eva", 17)],
)
def test_the_start_page_asks_as_many_questions_with_500_accounts_as_with_5(
    app: Flask, cast: Cast, who: str, most: int
) -> None:
    fill_work(1, 10, cast)
    client = client_for(app, getattr(cast, who))
    few = queries_of(client, "/")
    fill_work(11, 500, cast)
    many = queries_of(client, "/")
    assert len(many) <= len(few) <= most, (len(few), len(many))
