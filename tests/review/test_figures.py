"""Each figure of a scripted event equals one that SQL counts from the raw rows, on its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from console import clock, db, phrases
from console.config import Settings
from console.incidents.models import Incident
from console.people.models import Person
from console.review import figures_queries, figures_shown
from console.review.figures_rules import (
    Asked,
    Facts,
    Figures,
    Mark,
    Post,
    Read,
    Round,
    Text,
    count,
)
from tests.review.conftest import person
from tests.review.scripted import Move, play
from tests.stage import Stage

MINUTE = timedelta(minutes=1)
OUT = "state IN ('sent', 'confirmed')"


@pytest.fixture
def played(database: Settings, move_clock: Move) -> Stage:
    stage = Stage(database, accounts=3)
    play(stage, move_clock)
    return stage


def figures(stage: Stage) -> Figures:
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, stage.incident.id)
        return count(figures_queries.facts(session, incident), clock.now())


def sql(query: str, **values: Any) -> list[Any]:
    with db.unit_of_work() as session:
        return list(session.execute(text(query), values))


def test_every_figure_is_what_the_raw_rows_say(
    played: Stage, client_for: Callable[[Person], FlaskClient]
) -> None:
    found = figures(played)

    ((to_first,),) = sql(
        f"SELECT (SELECT min(settled_at) FROM deliveries WHERE {OUT}) - opened_at FROM incidents"
    )
    assert found.to_first == to_first and 7 * MINUTE < to_first < 10 * MINUTE

    chains = sql(f"""
        SELECT m.id, m.created_at, v.submitted_at, a.given_at,
               min(d.settled_at) FILTER (WHERE d.{OUT}) AS first,
               max(d.settled_at) FILTER (WHERE d.{OUT} AND r.n = 1) AS last
        FROM messages m JOIN versions v ON v.message_id = m.id
        JOIN approvals a ON a.subject_id = v.id AND a.subject = 'message_version'
        JOIN deliveries d ON d.message_id = m.id JOIN rounds r ON r.id = d.round_id
        GROUP BY m.id, v.submitted_at, a.given_at ORDER BY m.id
    """)
    assert [
        (c.message_id, c.created_at, c.submitted_at, c.approved_at, c.first_at, c.last_at)
        for c in found.chains
    ] == [tuple(row) for row in chains]
    assert len(chains) == 5

    missed = [row[0] for row in sql("SELECT promise_at FROM promise_asks WHERE missed_at NOTNULL")]
    assert [p.promise_at for p in found.promises if p.outcome == "missed"] == sorted(missed)
    told = sql("SELECT count(*) FROM timeline_entries WHERE tag = 'promise:missed'")[0][0]
    assert len(missed) == told > 0
    kept = sql("""
        SELECT count(*) FROM broadcasts b WHERE promise_at NOTNULL AND NOT EXISTS (
            SELECT 1 FROM promise_asks p WHERE p.broadcast_id = b.id AND missed_at NOTNULL)
    """)[0][0]
    assert sum(p.outcome == "kept" for p in found.promises) == kept > 0

    ((gap, since, to),) = sql(f"""
        WITH over AS (SELECT min(d.settled_at) AS at FROM deliveries d
                      JOIN messages m ON m.id = d.message_id
                      WHERE m.type = 'all_clear' AND d.{OUT}),
             out AS (SELECT settled_at AS at FROM deliveries, over
                     WHERE {OUT} AND act = 'post' AND settled_at <= over.at),
             gaps AS (SELECT at, lag(at) OVER (ORDER BY at) AS before FROM out)
        SELECT at - before, before, at FROM gaps WHERE before NOTNULL
        ORDER BY 1 DESC LIMIT 1
    """)
    assert found.silence is not None
    assert (found.silence.length, found.silence.start, found.silence.end) == (gap, since, to)

    due, gone = sql("SELECT count(*), count(*) FILTER (WHERE state = 'missed') FROM rounds")[0]
    assert (found.rounds.due, len(found.rounds.missed)) == (due, gone) and gone >= 1
    ((went,),) = sql(f"SELECT count(DISTINCT round_id) FROM deliveries WHERE {OUT}")
    late = sql(f"""
        SELECT r.number, min(d.settled_at) - r.due_at FROM rounds r
        JOIN deliveries d ON d.round_id = r.id AND d.{OUT} WHERE r.state = 'written'
        GROUP BY r.id HAVING min(d.settled_at) - r.due_at > interval '1 minute' ORDER BY r.number
    """)
    assert [(one.number, by) for one, by in found.rounds.late] == [tuple(r) for r in late] != []

    ((pressed, fixed, done, out_at),) = sql(f"""
        SELECT f.pressed_at,
               min(d.settled_at) FILTER (WHERE d.message_id = f.correction_id),
               max(d.settled_at) FILTER (WHERE d.message_id = f.correction_id),
               min(d.settled_at) FILTER (WHERE d.message_id = f.message_id)
        FROM fault_marks f JOIN deliveries d ON d.{OUT}
        WHERE f.withdrawn_at IS NULL GROUP BY f.id
    """)
    (corrected,) = found.corrections
    assert (corrected.pressed_at, corrected.first_at) == (pressed, fixed)
    assert (corrected.last_at, corrected.out_at) == (done, out_at)

    failed = sql("""
        SELECT DISTINCT ON (d.id) d.id, d.account_id, a.event, a.at, d.state FROM attempts a
        JOIN deliveries d ON d.id = a.delivery_id WHERE a.event IN ('refused', 'unknown')
        ORDER BY d.id, a.at, a.id
    """)
    assert sorted(
        (f.post_id, f.account_id, f.kind, f.at, f.resolution) for f in found.failures
    ) == [tuple(row) for row in failed]
    assert {row[2] for row in failed} == {"refused", "unknown"}

    for kind, sent, read, half in sql("""
        SELECT kind, count(*), count(read_at),
               percentile_disc(0.5) WITHIN GROUP (
                   ORDER BY coalesce(read_at - made_at, interval '1000 years'))
        FROM notices GROUP BY kind
    """):
        one = found.notices[kind]
        never = read * 2 < sent
        assert (one.sent, one.read, one.half) == (sent, read, None if never else half), kind
    assert (found.notices["locked"].sent, found.notices["locked"].read) == (2, 1)

    ((answered,),) = sql("SELECT state_at - logged_at FROM rumours WHERE state = 'answered'")
    assert [took for _one, took in found.rumours] == [answered]

    page = client_for(person("Greta Lund", "reviewer")).get(f"/timeline/{played.incident.slug}/")
    said = dict(re.findall(r'data-figure="(\w+)">(?:<svg.*?</svg>)?([^<]*)<', page.text, re.DOTALL))
    promised = len(missed) + kept
    assert {key: unescape(value) for key, value in said.items()} == {
        "to_first": phrases.span(to_first),
        "promises": f"{kept} av {promised}",
        "silence": phrases.span(gap),
        "rounds": f"{went} av {due}",
        "corrections": phrases.span(fixed - pressed),
        "locks": phrases.span(found.notices["locked"].half or timedelta()),
    }
    assert "1 av 2 har inte kvitterat låset" in page.text and "Obekräftat" in page.text


# What the script doesn't hold: each rule by itself.

NOON = datetime(2026, 6, 11, 12, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return NOON + minutes * MINUTE


def facts(**more: Any) -> Facts:
    nothing: dict[str, Any] = dict.fromkeys(
        ("texts", "rounds", "posts", "asked", "marks", "troubles", "notices", "rumours"), ()
    )
    return Facts(**{"opened_at": NOON, "closed_at": None, **nothing, **more})


def said(number: int, kind: str, told: int, promise: int | None = None) -> Text:
    due = None if promise is None else at(promise)
    return Text(number, kind, at(told), None, None, at(told), due, "")


@pytest.mark.parametrize(
    ("texts", "outcome"),
    [
        ((said(1, "first", 0, 60), said(2, "update", 60)), "kept"),
        ((said(1, "first", 0, 60), said(2, "update", 61)), "missed"),
        ((said(1, "first", 0, 60), said(2, "correction", 30)), "kept"),
        ((said(1, "first", 0, 60), said(2, "rumour", 50)), "missed"),
        ((said(1, "first", 0, 60), said(2, "all_clear", 50)), "kept"),
        ((said(1, "first", 0, 90),), "open"),
    ],
)
def test_a_promise_is_kept_by_a_word_in_time(texts: tuple[Text, ...], outcome: str) -> None:
    found = count(facts(texts=texts), at(70)).promises
    assert [one.outcome for one in found] == [outcome]


def test_a_promised_word_was_seen_when_the_website_showed_it() -> None:
    texts = (said(1, "first", 0, 60), said(2, "rumour", 50), said(3, "update", 62))
    posts = [
        Post(1, 1, 1, 1, "post", "sent", at(1), read_back=True),
        Post(2, 2, 2, 1, "post", "sent", at(51), read_back=True),
        Post(3, 3, 3, 2, "post", "sent", at(62)),
        Post(4, 3, 3, 1, "post", "sent", at(64), read_back=True),
        Post(5, 3, 4, 1, "post", "sent", at(94), read_back=True),
    ]
    (found,) = count(facts(texts=texts, posts=posts), at(99)).promises
    assert (found.outcome, found.seen_at) == ("missed", at(64))
    (unseen,) = count(facts(texts=texts, posts=posts[:3]), at(99)).promises
    assert unseen.seen_at is None


def test_a_promise_that_was_moved_is_neither_kept_nor_missed() -> None:
    asked = (Asked(1, at(60), moved=True, missed=False),)
    found = count(facts(texts=(said(1, "first", 60, 120),), asked=asked), at(70)).promises
    assert [one.outcome for one in found] == ["moved", "open"]


def test_what_the_console_said_was_late_is_missed_whatever_came() -> None:
    asked = (Asked(1, at(60), moved=False, missed=True),)
    texts = (said(1, "first", 0, 60), said(2, "correction", 30))
    assert count(facts(texts=texts, asked=asked), at(70)).promises[0].outcome == "missed"


def test_an_event_where_nothing_went_out_has_no_figures_but_says_so() -> None:
    found = count(facts(), at(5))
    assert (found.to_first, found.silence, found.rounds.due) == (None, None, 0)


def test_silence_goes_on_until_now_while_nobody_has_said_that_it_is_over() -> None:
    posts = [Post(n, 1, 1, 1, "post", "sent", at(m)) for n, m in enumerate((0, 30, 40))]
    found = count(facts(posts=posts), at(100)).silence
    assert found is not None and (found.start, found.end) == (at(40), at(100))


@pytest.mark.parametrize(
    ("marks", "newer", "ends"),
    [
        ((), (), 40),
        ((Mark(2, 3, at(50)),), (), 100),
        ((Mark(2, 3, at(50), ends=True),), (), 40),
        ((), (said(4, "update", 60),), 100),
        ((), (said(4, "rumour", 60),), 40),
    ],
)
def test_silence_ends_at_a_lage_over_that_holds(
    marks: tuple[Mark, ...], newer: tuple[Text, ...], ends: int
) -> None:
    """One that was wrong leaves everybody waiting for the next word, and so does what is new."""
    texts = (said(1, "first", 0), said(2, "all_clear", 40), *newer)
    posts = [Post(1, 1, 1, 1, "post", "sent", NOON), Post(2, 2, 2, 1, "post", "sent", at(40))]
    found = count(facts(texts=texts, posts=posts, marks=marks), at(100)).silence
    assert found is not None
    assert (found.start, found.end) == ((at(40), at(100)) if ends == 100 else (NOON, at(40)))


@pytest.mark.parametrize(("read", "half"), [(0, None), (1, None), (2, 2), (3, 2)])
def test_half_have_read_when_half_of_all_have(read: int, half: int | None) -> None:
    took = [Read("locked", NOON, at(n + 1) if n < read else None) for n in range(4)]
    found = count(facts(notices=took), at(9)).notices["locked"]
    assert found.half == (None if half is None else half * MINUTE)


def test_a_round_is_late_when_its_first_post_is() -> None:
    rounds = [Round(1, 1, 1, 1, NOON, False), Round(2, 1, 2, 2, at(10), False)]
    posts = [
        Post(1, 1, 1, 1, "post", "sent", at(1)),
        Post(2, 1, 2, 1, "post", "unknown", at(10)),
        Post(3, 1, 2, 2, "post", "confirmed", at(13)),
    ]
    found = count(facts(rounds=rounds, posts=posts), at(20)).rounds
    assert [(one.number, by) for one, by in found.late] == [(2, 3 * MINUTE)]


def test_a_round_of_which_no_post_is_out_is_not_said_to_have_gone_out(app: Flask) -> None:
    rounds = [Round(n, 1, n, n, at(n), missed=n == 4) for n in range(1, 5)]
    posts = [
        Post(1, 1, 1, 1, "post", "refused", at(1)),
        Post(2, 1, 1, 2, "post", "sent", at(1)),
        Post(3, 1, 2, 1, "post", "refused", at(2)),
        Post(4, 1, 3, 1, "post", "stopped", at(3)),
    ]
    texts = [Text(1, "first", NOON, NOON, NOON, NOON, None, "2026:1")]
    with app.test_request_context():
        found = figures_shown.shown(
            count(facts(texts=texts, rounds=rounds, posts=posts), at(20)), {}
        )
    assert [one.value for one in found.tiles if one.key == "rounds"] == ["1 av 4"]
