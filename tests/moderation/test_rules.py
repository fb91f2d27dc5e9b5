"""When questions are to be answered, and how far moderation goes. Pure."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from console.monitoring import moderation_notice, moderation_rules, question_rules
from console.monitoring.moderation_rules import ModerationState
from console.phrases import STOCKHOLM
from console.policy.rules import TORSBY_2011


def moment(local: str) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=STOCKHOLM).astimezone(UTC)


@pytest.mark.parametrize(
    ("received", "hours", "on_workdays", "due"),
    [
        ("2026-06-10 09:00", 24, False, "2026-06-11 09:00"),
        ("2026-06-12 09:00", 24, False, "2026-06-13 09:00"),
        ("2026-06-12 09:00", 24, True, "2026-06-15 09:00"),
        ("2026-06-13 15:00", 24, True, "2026-06-16 00:00"),
        ("2026-06-18 12:00", 24, True, "2026-06-22 12:00"),
        ("2026-10-23 12:00", 24, True, "2026-10-26 12:00"),
        ("2026-03-28 12:00", 24, False, "2026-03-29 13:00"),
    ],
    ids=["a day", "over a Saturday", "Friday to Monday", "asked on a Saturday", "midsummer",
         "over the autumn change", "over the spring change"],
)  # fmt: skip
def test_a_question_is_due_by_the_rules_hours_4_c(
    received: str, hours: int, on_workdays: bool, due: str
) -> None:
    found = question_rules.due(moment(received), hours, on_workdays=on_workdays)
    assert found == moment(due)


def test_without_hours_in_the_rules_a_question_is_never_late_4_c() -> None:
    assert question_rules.due(moment("2026-06-10 09:00"), None, on_workdays=True) is None
    assert not question_rules.is_overdue(None, moment("2030-06-10 09:00"))


def test_the_time_that_a_post_could_be_seen_ends_when_it_was_first_out_of_sight_4_g() -> None:
    seen = moment("2026-06-10 09:00")

    def after(hours: int) -> datetime:
        return seen + timedelta(hours=hours)

    assert moderation_rules.visible_for(seen, None, None) is None
    assert moderation_rules.visible_for(seen, None, after(3)) == timedelta(hours=3)
    assert moderation_rules.visible_for(seen, after(1), after(3)) == timedelta(hours=1)
    assert moderation_rules.visible_for(seen, after(-1), None) == timedelta()


def test_a_case_that_is_over_moves_no_more_and_nothing_goes_before_the_number() -> None:
    moves = {
        (old, new)
        for old, new in itertools.product(ModerationState, ModerationState)
        if moderation_rules.may_move(old, new)
    }
    assert moves == {
        ("captured", "registry"), ("captured", "ready"), ("captured", "kept"),
        ("registry", "ready"), ("registry", "kept"), ("ready", "gone"), ("ready", "kept"),
        ("gone", "done"),
    }  # fmt: skip
    assert not moderation_rules.may_move("x", "done")
    assert not moderation_rules.may_move("captured", "x")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Anna skrev det.", True),
        ("Det var Hedlunds inlägg.", True),
        ("Det handlar om Kalle Svensson.", True),
        ("Vi har tagit bort det.", False),
        ("Annars händer det igen.", False),
    ],
)
def test_who_wrote_it_or_is_named_in_it_is_known_again_in_what_is_written_about_it(
    text: str, found: bool
) -> None:
    post = "Jag hatar Kalle Svensson på Storgatan."
    assert moderation_rules.names_somebody(text, "Anna Hedlund", post) is found


@pytest.mark.parametrize(("measure", "word"), [("remove", "tagit bort"), ("hide", "dolt")])
def test_the_word_to_the_author_cites_ground_and_rules_in_the_accounts_languages_4_h(
    measure: str, word: str
) -> None:
    ground = ("Hets mot folkgrupp", "Agitation against a group")
    text = moderation_notice.draft(TORSBY_2011, ["sv", "en"], measure, ground, "https://t.example")
    assert word in text and "Skäl: Hets mot folkgrupp." in text and "https://t.example" in text
    assert "Reason: Agitation against a group." in text
    assert "kritik är välkomna" in text
    swedish = moderation_notice.draft(TORSBY_2011, ["sv"], measure, ground, "")
    assert "Hello" not in swedish
