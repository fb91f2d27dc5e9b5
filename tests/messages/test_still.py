"""*Gäller fortfarande* as it is written, counted and frozen with its message."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.counting import NO_LIMIT, Limit
from console.config import Settings
from console.errors import Faults
from console.messages import envelope, rendering, rules, still, wording
from console.messages.rendering import Standing, fill, render
from console.messages.rules import Word
from tests.messages.test_rendering import source
from tests.stage import Stage

NOW = datetime(2026, 6, 11, 8, 2, 17, tzinfo=UTC)
HOUR = timedelta(hours=1)
OLD = (
    '{"accounts":[],"corrects":null,"ends":[],"fault_line":{"en":"","sv":""},"format":1,'
    '"incident":{"exercise":true,"id":1,"slug":"ovning-vatten"},"link":"https://example.org/",'
    '"message":1,"renditions":[["Koka.",{"slot":"round"},"Nyhet.",{"slot":"next"}]],'
    '"schedule":{"ends_at":null,"first_at":null,"interval":1800,"promise_at":null,"rounds":8},'
    '"standing":[],"texts":{"text":"Nyhet."},"title":"Vatten","type":"update","version":1}'
)
OLD_HASH = "4b7e395a1958ea52991f30d93cb236a8f9ee5320231a593085949b7e9eed5035"


def wanted(**fields: object) -> still.Still | None:
    return still.wanted(fields, NOW, NOW + HOUR, NOW + 8 * HOUR, {})


def test_a_text_frozen_before_there_was_such_a_thing_reads_and_hashes_as_it_did() -> None:
    read = envelope.read(OLD, OLD_HASH)
    assert read.still_valid is None and read.interval == 1800


def test_each_new_promise_is_as_far_on_as_the_first_and_in_even_time() -> None:
    promise = datetime(2026, 6, 11, 9, 0, tzinfo=UTC)  # 57 minutes and 43 seconds ahead
    found = still.wanted({"still_times": 3}, NOW, promise, None, {})
    assert found is not None
    assert found.promises == (promise + HOUR, promise + 2 * HOUR, promise + 3 * HOUR)


@given(st.timedeltas(timedelta(seconds=1), timedelta(days=2)))
def test_even_time_is_never_nothing_and_never_far_from_what_was_asked(distance: timedelta) -> None:
    even = still.even(distance)
    assert timedelta(seconds=1) <= even
    assert abs(even - distance) <= max(timedelta(seconds=1), distance / 3)


def test_no_promise_goes_past_the_approved_end() -> None:
    end = NOW + timedelta(hours=2, minutes=30)
    found = still.wanted({"still_times": 3, "still_minutes": 60}, NOW, NOW + HOUR, end, {})
    assert found is not None and found.promises == (NOW + 2 * HOUR,)
    assert still.wanted({"still_times": 3}, NOW, NOW + HOUR, NOW + HOUR, {}) is None


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"still_times": 7}, "still_times"),
        ({"still_times": -1}, "still_times"),
        ({"still_times": "tre"}, "still_times"),
        ({"still_times": 2, "still_minutes": 9999}, "still_minutes"),
        ({"still_times": 2, "still_minutes": "en timme"}, "still_minutes"),
    ],
)
def test_what_cannot_be_kept_is_named(fields: dict[str, object], named: str) -> None:
    faults: dict[str, str] = {}
    assert still.wanted(fields, NOW, NOW + HOUR, None, faults) is None
    assert list(faults) == [named]


def test_the_text_says_what_applies_first_then_that_nothing_is_new() -> None:
    found = wanted(still_times=1, still_line="Tankarna står kvar")
    assert found is not None
    text = rendering.render(still.source(source(), found, found.line), NO_LIMIT)
    filled = fill(text.parts, "Kl 11.00, uppdatering 5.", "Nytt besked kl 12.00.",
                  since=wording.since_line(NOW, NOW + HOUR, "sv"))  # fmt: skip
    assert filled.startswith(
        "Koka allt vatten du dricker. Gäller Torsby tätort. Kl 11.00, uppdatering 5. "
        "Inget nytt sedan kl 10.02. Det här gäller fortfarande. Tankarna står kvar. "
        "Nytt besked kl 12.00."
    )


def test_where_nothing_stands_it_speaks_of_what_was_written() -> None:
    found = wanted(still_times=1)
    assert found is not None
    bare = still.source(source(standing=()), found, "")
    assert "Det vi skrev då gäller fortfarande." in bare.body


def test_ones_own_line_is_left_out_where_it_does_not_fit() -> None:
    found = wanted(still_times=1, still_line="En lång rad. " * 20)
    assert found is not None
    made = render(still.source(source(), found, found.line), Limit(280))
    assert made.fits and made.how == "short"


@given(
    st.integers(1, 9999),
    st.timedeltas(timedelta(), timedelta(days=12)),
    st.timedeltas(timedelta(), timedelta(days=12)),
    st.integers(1, 6),
)
def test_no_round_of_it_is_longer_than_what_was_counted(
    number: int, began: timedelta, ahead: timedelta, times: int
) -> None:
    promise = NOW + timedelta(days=6)
    found = still.wanted({"still_times": times, "still_minutes": 1440}, NOW, promise, None, {})
    assert found is not None
    made = render(still.source(source(earliest=NOW), found, ""), NO_LIMIT)
    anchor = NOW + min(began, promise - NOW)
    due = min(anchor + ahead, found.promises[-1])
    for said in found.promises:
        if said >= due:
            filled = fill(
                made.parts,
                wording.round_line(due, number, "sv"),
                wording.next_word(said, due, "sv"),
                since=wording.since_line(anchor, due, "sv"),
            )
            assert len(filled) <= made.length


def test_it_is_frozen_with_its_message_and_covered_by_the_hash(database: Settings) -> None:
    stage = Stage(database)
    with_it = stage.submit(stage.write("update", still_times=2, rounds=50))
    frozen = envelope.read(with_it.canonical, with_it.content_hash)
    assert frozen.still_valid is not None and frozen.still_valid.times == 2
    assert len(frozen.still_valid.renditions) == len(frozen.renditions)
    assert frozen.promise_at is not None
    assert frozen.still_valid.latest == frozen.promise_at + 2 * timedelta(
        seconds=frozen.still_valid.seconds
    )
    without = stage.submit(stage.write("update", rounds=50))
    assert "still_valid" not in without.canonical


def test_a_text_that_leaves_it_no_room_is_refused_before_it_is_sent(database: Settings) -> None:
    long = "Koka allt vatten du dricker eller lagar mat med i minst en minut och låt det svalna. "
    stage = Stage(database)
    message = stage.write("update", text="Ny tank.", instruction=long * 2, still_times=2, rounds=50)
    with pytest.raises(Faults) as refused:
        stage.submit(message)
    assert "still_times" in refused.value.faults


def word(name: int, kind: str, told: int, promise: int | None, active: bool = False) -> Word:
    at = None if promise is None else NOW + promise * HOUR
    return Word(name, kind, NOW + told * HOUR, at, active)


@pytest.mark.parametrize(
    ("words", "owed"),
    [
        ([word(1, "first", 0, 2, True)], [1]),
        ([word(1, "first", 0, 2), word(2, "update", 1, 4, True)], [2]),
        ([word(1, "first", 0, 2, True), word(2, "rumour", 1, 4)], [1, 2]),
        ([word(1, "first", 0, 4, True), word(2, "rumour", 1, 2)], [2, 1]),
        ([word(1, "first", 3, 4, True), word(2, "rumour", 1, 2)], [1]),
        ([word(1, "first", 0, 2), word(2, "rumour", 1, 4)], [1, 2]),
        ([word(1, "first", 0, 2, True), word(2, "correction", 1, 4)], [1, 2]),
        ([word(1, "first", 0, 2), word(2, "correction", 1, 4)], [2]),
        ([word(1, "first", 0, 2, True), word(2, "all_clear", 1, None)], []),
        ([word(1, "first", 0, 2), word(2, "all_clear", 1, None), word(3, "rumour", 2, 4)], []),
        ([word(1, "first", 0, 9), word(2, "all_clear", 1, None), word(3, "update", 2, 4)], [3]),
        ([word(1, "first", 0, 9), word(2, "all_clear", 1, None), word(3, "correction", 2, 4)], [3]),
        ([word(1, "rumour", 0, 2)], [1]),
        ([], []),
    ],
)
def test_a_promise_is_owed_until_a_newer_word_about_the_event(
    words: list[Word], owed: list[int]
) -> None:
    assert [one.broadcast_id for one in rules.owing(words)] == owed


def test_standing_lines_count_as_what_applies() -> None:
    found = wanted(still_times=1)
    assert found is not None
    stands = source(standing=(Standing(1, "Koka.", "Torsby"),))
    assert "Det här gäller fortfarande." in still.source(stands, found, "").body
