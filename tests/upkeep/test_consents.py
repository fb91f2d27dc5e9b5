"""Consents for photos (4.6-d)."""

from __future__ import annotations

import pytest

from console import clock, db
from console.accounts import queries as accounts
from console.errors import Faults, NotAllowed, WrongState
from console.people.models import Person
from console.upkeep import consents, queries
from console.upkeep.models import PhotoConsent
from tests.accounts.timeline import entries
from tests.cast import Cast
from tests.upkeep import acts

Register = dict[str, int]


def unconsented() -> dict[int, int]:
    with db.unit_of_work() as session:
        everybody = accounts.ids_where(session)
        return {key: len(rows) for key, rows in queries.unconsented(session, everybody).items()}


def to_take_down() -> dict[int, int]:
    with db.unit_of_work() as session:
        everybody = queries.with_photos_to_take_down(session)
        return {key: len(rows) for key, rows in queries.to_take_down(session, everybody).items()}


def act(verb: str, actor: Person, consent_id: int, **said: object) -> PhotoConsent:
    with db.unit_of_work() as session:
        found: PhotoConsent = getattr(consents, verb)(
            session, actor, consent_id, clock.now(), **said
        )
        return found


def test_a_picture_without_consent_stands_open_until_it_is_given_or_the_picture_is_down(
    cast: Cast, register: Register
) -> None:
    """4.6-d."""
    school = register["@skola"]
    one, other = (acts.photo(cast.olle, school, who="", given=False) for _ in range(2))
    assert unconsented() == {school: 2}
    act("give", cast.olle, one, who="Elsa", scope="Bilden", given_on=acts.yesterday())
    act("take_down", cast.olle, other)
    assert unconsented() == {}
    with pytest.raises(WrongState):
        act("give", cast.olle, one, who="Elsa", scope="Bilden", given_on=acts.yesterday())


def test_a_withdrawal_is_one_press_and_reminds_until_the_picture_is_down(
    cast: Cast, register: Register
) -> None:
    """4.6-d: and the name goes with the picture."""
    school = register["@skola"]
    photo = acts.photo(cast.olle, school)
    act("withdraw", cast.maja, photo)
    assert to_take_down() == {school: 1}
    with pytest.raises(WrongState):
        act("withdraw", cast.olle, photo)
    row = act("take_down", cast.olle, photo)
    assert to_take_down() == {} and row.who == ""
    tags = [entry["tag"] for entry in entries("consent:")]
    assert tags == ["consent:recorded", "consent:withdrawn", "consent:photo:removed"]
    with pytest.raises(WrongState):
        act("take_down", cast.olle, photo)


def test_names_and_pictures_are_never_among_the_facts_of_the_timeline(
    cast: Cast, register: Register
) -> None:
    """They stand beside it, where they can be masked."""
    acts.photo(cast.olle, register["@skola"], who="Elsa Hemlig", what="Elsa vid flaggan")
    said = entries("consent:")[0]
    assert "Elsa" not in str(said)
    assert set(said["personal"]) == {"photo", "who", "scope"}


def test_only_those_who_need_them_read_or_write_consents(cast: Cast, register: Register) -> None:
    photo = acts.photo(cast.olle, register["@skola"])
    for person in (cast.lisa, cast.siv, cast.karin, cast.greta, cast.eva):
        with db.unit_of_work() as session, pytest.raises(NotAllowed):
            consents.need_reader(session, person, register["@skola"])
        with pytest.raises(NotAllowed):
            act("withdraw", person, photo)
    with db.unit_of_work() as session:
        consents.need_reader(session, cast.stina, register["@skola"])


def test_consent_says_who_to_what_and_when(cast: Cast, register: Register) -> None:
    with db.unit_of_work() as session, pytest.raises(Faults) as refused:
        consents.record_photo(
            session, cast.olle, register["@skola"], clock.now(),
            photo=" ", who="", scope="", given_on=acts.yesterday().replace(year=2999),
        )  # fmt: skip
    assert set(refused.value.faults) == {"photo", "who", "scope", "given_on"}


def test_pictures_are_found_by_their_words(cast: Cast, register: Register) -> None:
    school = register["@skola"]
    acts.photo(cast.olle, school, who="Åsa", what="Skolstarten")
    acts.photo(cast.olle, school, who="Elsa", what="Friluftsdagen")
    with db.unit_of_work() as session:
        found = consents.page_of(session, school, "åsa skol", 1)
        assert [one.photo for one in found.rows] == ["Skolstarten"]
        assert consents.page_of(session, school, "", 1).total == 2


def test_an_account_that_ends_takes_its_tasks_along_but_a_withdrawal_is_still_taken(
    cast: Cast, register: Register
) -> None:
    school = register["@skola"]
    photo = acts.photo(cast.olle, school)
    acts.photo(cast.olle, school, given=False)
    acts.set_state(school, "ended")
    assert unconsented() == {}
    with pytest.raises(WrongState):
        acts.photo(cast.olle, school)
    act("withdraw", cast.olle, photo)
