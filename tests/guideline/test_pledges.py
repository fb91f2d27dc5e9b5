"""Pledge, reading and training, per person and version; who is asked for them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from console import clock, db
from console.accounts import telling
from console.accounts.custody_models import AccountNotice
from console.errors import Faults, NotAllowed, NotFound, Stale, WrongState
from console.guideline import pledges, queries, rules
from console.guideline.models import GuidelinePledge, GuidelineVersion
from console.people.models import Person
from console.timeline.models import Entry
from tests.guideline.conftest import Shelf, days, today


def said(tag: str) -> list[int | None]:
    """Who did what the tag says, in order."""
    with db.unit_of_work() as session:
        return list(
            session.scalars(select(Entry.person_id).where(Entry.tag == tag).order_by(Entry.n))
        )


def ask() -> int:
    with db.unit_of_work() as session:
        return pledges.ask(session, clock.now(), mail=False)


def train(actor: Person, person: Person, **other: object) -> int:
    values = {"content": "Kursen om sociala medier", "held_on": today()}
    with db.unit_of_work() as session:
        return pledges.train(
            session,
            actor,
            person.id,
            **values | other,
            now=clock.now(),  # type: ignore[arg-type]
        ).id


def test_an_administrator_pledges_in_her_own_name_to_follow_the_version_that_applies(
    shelf: Shelf,
) -> None:
    """3.2-d: after she has said that she has read it (3.3-a)."""
    olle = shelf.cast.olle
    shelf.add("major")
    assert shelf.lacks(olle) == {"pledge", "reading", "training"}
    with pytest.raises(WrongState):
        shelf.pledge(olle, 1)
    shelf.read(olle, 1)
    shelf.pledge(olle, 1)
    assert shelf.lacks(olle) == {"training"}
    assert said("guideline:pledged") == said("guideline:read") == [olle.id]


def test_a_second_press_is_the_same_pledge(shelf: Shelf) -> None:
    """3.2-d: twice is one."""
    olle = shelf.cast.olle
    shelf.add("major")
    shelf.read(olle, 1)
    for _time in range(2):
        shelf.read(olle, 1)
        shelf.pledge(olle, 1)
    with db.unit_of_work() as session:
        assert session.scalar(select(func.count()).select_from(GuidelinePledge)) == 1
    assert said("guideline:pledged") == [olle.id]
    assert said("guideline:read") == [olle.id]


def test_no_pledge_of_a_version_that_does_not_apply(shelf: Shelf) -> None:
    """3.2-d: neither an old one nor one to come."""
    olle = shelf.cast.olle
    shelf.add("major")
    shelf.read(olle, 1)
    shelf.add("minor")
    shelf.add("major", paragraph="")
    for number in (1, 3):
        with pytest.raises(Stale):
            shelf.pledge(olle, number)
        with pytest.raises(Stale):
            shelf.read(olle, number)
    with pytest.raises(NotFound):
        shelf.pledge(olle, 4)
    assert said("guideline:pledged") == []


def test_who_runs_no_account_gives_no_pledge(shelf: Shelf) -> None:
    """3.2-d"""
    shelf.add("major")
    for person in (shelf.cast.stina, shelf.cast.siv, shelf.cast.anders):
        shelf.read(person, 1)
        with pytest.raises(NotAllowed):
            shelf.pledge(person, 1)


def test_a_minor_version_asks_for_a_new_reading_and_a_major_one_for_a_new_pledge(
    shelf: Shelf,
) -> None:
    """3.2-d, 3.3-a"""
    olle = shelf.cast.olle
    train(olle, olle)
    shelf.add("major")
    shelf.read(olle, 1)
    shelf.pledge(olle, 1)
    assert shelf.lacks(olle) == set()
    shelf.add("minor")
    assert shelf.lacks(olle) == {"reading"}
    shelf.read(olle, 2)
    assert shelf.lacks(olle) == set()
    shelf.add("major")
    assert shelf.lacks(olle) == {"pledge", "reading"}
    shelf.add("minor")
    shelf.read(olle, 4)
    shelf.pledge(olle, 4)
    assert shelf.lacks(olle) == set()


@given(sizes=st.lists(st.sampled_from(("minor", "major")), min_size=1, max_size=8), data=st.data())
def test_a_pledge_stands_until_the_next_major_version_and_no_longer(
    sizes: list[str], data: st.DataObject
) -> None:
    """3.2-d, for any row of versions"""
    now = clock.now()
    versions = [
        GuidelineVersion(number=n, size=size, applies_from=day(-n), settled_at=now)
        for n, size in enumerate(sizes, 1)
    ]
    pledged = data.draw(st.integers(1, len(sizes)))
    current = data.draw(st.integers(pledged, len(sizes)))
    stands = pledged >= rules.pledge_floor(versions, versions[current - 1])
    assert stands == ("major" not in sizes[pledged:current])


def day(n: int) -> date:
    return date(2026, 6, 12) + timedelta(days=n)


def test_training_is_kept_with_who_wrote_it_down_and_missing_is_flagged(shelf: Shelf) -> None:
    """3.3-b"""
    olle, anders = shelf.cast.olle, shelf.cast.anders
    shelf.add("major")
    assert "training" in shelf.lacks(olle)
    made = train(anders, olle)
    (training,) = shelf.standing(olle).trainings
    assert (training.content, training.held_on) == ("Kursen om sociala medier", today())
    assert training.by.name == "Anders Nyman"
    assert "training" not in shelf.lacks(olle)
    with db.unit_of_work() as session:
        pledges.remove_training(session, olle, made, clock.now())
    assert "training" in shelf.lacks(olle)
    with pytest.raises(NotFound), db.unit_of_work() as session:
        pledges.remove_training(session, olle, made, clock.now())


def test_nobody_writes_down_a_colleagues_training(shelf: Shelf) -> None:
    """3.3-b: managers and the strategy department do."""
    made = train(shelf.cast.stina, shelf.cast.olle)
    with pytest.raises(NotAllowed):
        train(shelf.cast.maja, shelf.cast.olle)
    with pytest.raises(NotAllowed), db.unit_of_work() as session:
        pledges.remove_training(session, shelf.cast.maja, made, clock.now())
    for change in ({"content": " "}, {"held_on": None}, {"held_on": today() + days(1)}):
        with pytest.raises(Faults) as refused:
            train(shelf.cast.olle, shelf.cast.olle, **change)
        assert set(refused.value.faults) == set(change)
    assert len(shelf.standing(shelf.cast.olle).trainings) == 1


def test_a_new_administrator_of_an_account_in_use_is_told_and_waits_for_her_pledge(
    shelf: Shelf,
) -> None:
    """3.2-d: a pledge, not new signatures."""
    olle, maja = shelf.cast.olle, shelf.cast.maja
    assert ask() == 0, "there is no version yet"
    shelf.add("major")
    assert (ask(), ask()) == (1, 0)
    shelf.administer(maja)
    assert (ask(), ask()) == (1, 0)
    with db.unit_of_work() as session:
        book = queries.book(session, clock.now())
        assert queries.without_pledge(session, book) == [shelf.account_id]
        assert queries.unpledged_accounts(session, book, [shelf.account_id]) == {
            shelf.account_id: ["Olle Ek", "Maja Strand"]
        }
        (notice,) = telling.unread(session, maja.id)
        assert (notice.subject, notice.path) == ("Vi väntar på din förbindelse", "/guideline")
    for person in (olle, maja):
        shelf.read(person, 1)
        shelf.pledge(person, 1)
    with db.unit_of_work() as session:
        book = queries.book(session, clock.now())
        assert queries.without_pledge(session, book) == []
        assert queries.unpledged_accounts(session, book, [shelf.account_id]) == {}
        assert not telling.unread(session, maja.id), "what asked is done"


def test_each_new_version_asks_anew_for_what_it_needs(shelf: Shelf) -> None:
    """3.2-d, 3.3-a"""
    olle = shelf.cast.olle
    shelf.add("major")
    shelf.read(olle, 1)
    shelf.pledge(olle, 1)
    assert ask() == 0
    shelf.add("minor")
    shelf.add("major", paragraph="")
    assert (ask(), ask()) == (1, 0)
    with db.unit_of_work() as session:
        (notice,) = session.scalars(select(AccountNotice))
        assert notice.subject == "Läs riktlinjernas nya version"


def test_the_list_of_who_lacks_what_is_found_sorted_and_counted(shelf: Shelf) -> None:
    """3.2-d, 3.3-a, 3.3-b"""
    olle, maja = shelf.cast.olle, shelf.cast.maja
    shelf.add("major")
    shelf.administer(maja)
    shelf.read(maja, 1)
    shelf.pledge(maja, 1)
    train(maja, maja)

    def names(**sieve: str) -> list[str]:
        with db.unit_of_work() as session:
            book = queries.book(session, clock.now())
            found = queries.page_of(session, book, queries.Sieve(**sieve), 1)
            return [row.person.name for row in found.rows]

    assert names() == ["Maja Strand", "Olle Ek"]
    assert names(words="MAJA") == ["Maja Strand"]
    for lack in ("any", "pledge", "reading", "training"):
        assert names(lacks=lack) == ["Olle Ek"]
    with db.unit_of_work() as session:
        book = queries.book(session, clock.now())
        assert set(queries.counts(session, book).values()) == {1}
        assert queries.unpledged(session, book, [olle.id, maja.id]) == {olle.id}
        session.get_one(Person, olle.id).active = False
    assert names() == ["Maja Strand"], "nobody waits for who has no login"
