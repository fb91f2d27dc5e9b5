"""The yearly check of a profile (4.1-a … 4.1-h, 4.2-a, 4.2-b)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from console import clock, db
from console.accounts.models import Account
from console.accounts.plan_models import PlanVersion
from console.errors import BadInput, Faults, NotAllowed, WrongState
from console.policy.rules import TORSBY_2011, Profile
from console.upkeep import operations, profile_text, queries, rules
from console.upkeep.rules import Item
from tests.accounts.timeline import entries
from tests.cast import Cast
from tests.upkeep import acts

Register = dict[str, int]


def missing() -> dict[int, list[str]]:
    with db.unit_of_work() as session:
        found = queries.missing(session, queries.with_missing(session))
        return {key: [one.item for one in rows] for key, rows in found.items()}


def due(account_id: int) -> queries.Due:
    with db.unit_of_work() as session:
        account = session.get_one(Account, account_id)
        return queries.checks(session, [account], clock.now())[0]


def test_each_of_the_guidelines_items_is_asked_for_once() -> None:
    """4.1-a, 4.1-b, 4.1-c, 4.1-d, 4.1-e, 4.1-f, 4.1-g, 4.1-h, 4.2-a, 4.2-b."""
    said = {item: str(rules.ITEM_LABELS[item]) for item in Item}
    assert len(set(said.values())) == 14
    eight = list(Item)[:8]
    assert [one.value for one in eight] == [
        *("identity", "purpose", "visibility", "public_records"),
        *("hours", "house_rules", "breach", "elsewhere"),
    ]


@pytest.mark.parametrize("item", list(Item))
def test_an_item_without_an_answer_is_refused_by_name_and_nothing_is_kept(
    cast: Cast, register: Register, item: Item
) -> None:
    """4.1-a, 4.1-b, 4.1-c, 4.1-d, 4.1-e, 4.1-f, 4.1-g, 4.1-h, 4.2-a, 4.2-b."""
    acts.approve_logo(cast.stina)
    with pytest.raises(Faults) as refused:
        acts.check(cast.olle, register["@skola"], **{item.value: ""})
    assert set(refused.value.faults) == {item.value}
    assert due(register["@skola"]).last is None


def test_what_does_not_apply_says_why_and_a_check_says_what_was_looked_at(
    cast: Cast, register: Register
) -> None:
    acts.approve_logo(cast.stina)
    given = {**acts.THERE, "address": ("not_applicable", " ")}
    with db.unit_of_work() as session, pytest.raises(Faults) as refused:
        operations.check_profile(session, cast.olle, register["@skola"], given, " ", clock.now())
    assert list(refused.value.faults) == ["address", "evidence"]


def test_a_missing_item_stands_until_a_later_check_has_it(cast: Cast, register: Register) -> None:
    """4.1-d."""
    acts.approve_logo(cast.stina)
    school = register["@skola"]
    acts.check(cast.olle, school, public_records="missing", hours="missing")
    assert missing() == {school: ["public_records", "hours"]}
    acts.check(cast.maja, school, hours="missing")
    assert missing() == {school: ["hours"]}
    acts.mend(cast.olle, school, "hours", "Står överst nu.")
    assert missing() == {}
    with pytest.raises(WrongState):
        acts.mend(cast.olle, school, "hours")
    tags = [entry["tag"] for entry in entries("profile:")]
    assert tags == ["profile:checked", "profile:checked", "profile:item:mended"]


@pytest.mark.parametrize("signed", ["before", "afterwards"])
def test_the_first_check_counts_from_when_the_account_came_into_use_and_not_from_its_plan(
    cast: Cast, register: Register, move_clock: Callable[[timedelta], None], signed: str
) -> None:
    """The login may be kept long after the plan was signed; and a plan signed at last puts nothing
    off for an account that was in use already."""
    school, now = register["@skola"], clock.now()
    with db.unit_of_work() as session:
        account = session.get_one(Account, school)
        if signed == "before":
            account.created_at, account.state_since = now - timedelta(days=60), now
        at = now - timedelta(days=45) if signed == "before" else now + timedelta(days=29)
        session.add(
            PlanVersion(
                account_id=school, number=1, canonical="{}", content_hash="0" * 64, content={},
                form="", policy="torsby-2011", hands=[], submitted_at=at, signed_at=at,
                submitted_by_id=cast.olle.id,
            )
        )  # fmt: skip
    assert due(school).at - clock.now() > timedelta(days=29) and not due(school).late
    with db.unit_of_work() as session:
        assert queries.late_checks(session, clock.now()) == []
    move_clock(timedelta(days=31))
    assert due(school).late
    with db.unit_of_work() as session:
        assert school in queries.late_checks(session, clock.now())


def test_a_check_is_asked_for_within_a_month_and_again_a_year_after_the_last(
    cast: Cast, register: Register, move_clock: Callable[[timedelta], None]
) -> None:
    acts.approve_logo(cast.stina)
    school = register["@skola"]
    first = due(school)
    assert first.asked and not first.late and first.at - clock.now() <= timedelta(days=30)
    acts.check(cast.olle, school)
    done = due(school)
    assert not done.asked and timedelta(days=364) < done.at - clock.now() <= timedelta(days=365)
    move_clock(timedelta(days=340))
    assert due(school).asked and not due(school).late
    move_clock(timedelta(days=366))
    assert due(school).late
    with db.unit_of_work() as session:
        late = queries.late_checks(session, clock.now())
    assert school in late and len(late) == 2


def test_a_mended_item_does_not_put_the_whole_check_off(
    cast: Cast, register: Register, move_clock: Callable[[timedelta], None]
) -> None:
    acts.approve_logo(cast.stina)
    acts.check(cast.olle, register["@skola"], phone="missing")
    at = due(register["@skola"]).at
    move_clock(timedelta(days=90))
    acts.mend(cast.olle, register["@skola"], "phone")
    assert due(register["@skola"]).at == at


def test_the_logo_is_compared_with_the_approved_one_of_the_rules(
    cast: Cast, register: Register
) -> None:
    """4.2-a: without an approved logo nobody can say that it is the right one."""
    school = register["@skola"]
    with pytest.raises(Faults) as refused:
        acts.check(cast.olle, school)
    assert list(refused.value.faults) == ["logo"]
    acts.check(cast.olle, school, logo="not_applicable")
    acts.approve_logo(cast.stina)
    acts.check(cast.olle, school)
    with db.unit_of_work() as session:
        last = queries.last_check(session, school)
        assert last is not None and last.logo == acts.LOGO
    assert entries("profile:")[-1]["facts"]["logo"] == acts.LOGO


def test_only_its_administrators_and_the_strategy_department_check_an_account(
    cast: Cast, register: Register
) -> None:
    acts.approve_logo(cast.stina)
    for person in (cast.lisa, cast.siv, cast.eva, cast.greta):
        with pytest.raises(NotAllowed):
            acts.check(person, register["@skola"])
    acts.check(cast.stina, register["@skola"])


def test_a_website_has_no_profile_and_an_account_that_is_not_in_use_is_asked_nothing(
    cast: Cast, register: Register
) -> None:
    acts.approve_logo(cast.stina)
    with pytest.raises(WrongState):
        acts.check(cast.olle, register["torsby.se"])
    acts.check(cast.olle, register["@skola"], phone="missing")
    acts.set_state(register["@skola"], "ended")
    assert missing() == {}
    with pytest.raises(WrongState):
        acts.check(cast.olle, register["@skola"])
    with db.unit_of_work() as session:
        assert [one.handle for one in queries.mine(session, cast.olle.id)] == ["skola"]


def test_a_note_too_long_is_refused_where_it_stands(cast: Cast, register: Register) -> None:
    acts.approve_logo(cast.stina)
    acts.check(cast.olle, register["@skola"], phone="missing")
    with pytest.raises(BadInput) as refused:
        acts.mend(cast.olle, register["@skola"], "phone", "x" * 501)
    assert refused.value.field == "note"


def texts(policy: Profile, account_id: int, **said: str) -> dict[str, str]:
    with db.unit_of_work() as session:
        account = session.get_one(Account, account_id)
        account.languages = ["sv", "en"]
        words = {"purpose": "", "watch": ""} | said
        return dict(profile_text.texts(policy, account, "https://torsby.example", **words))


def test_a_ready_text_gives_all_that_a_profile_needs_in_the_rules_own_values(
    cast: Cast, register: Register
) -> None:
    """4.1-a, 4.1-b, 4.1-c, 4.1-d, 4.1-e, 4.1-f, 4.1-g, 4.1-h, 4.2-b; 1.1-a: what goes against
    the values of the house stands among what is taken away."""
    found = texts(TORSBY_2011, register["@skola"], purpose="Visa vardagen", watch="Vardagar 8–16")
    for words in (
        *("officiellt konto för Skolan", "en del av Torsby kommun", "Visa vardagen."),
        *("Alla kan läsa", "allmän handling", "Vardagar 8–16.", "så snart vi kan"),
        *("tar vi bort inlägget", "Ring, mejla eller skicka brev", TORSBY_2011.phone),
        *(TORSBY_2011.feedback_email, "https://torsby.example", "Strider mot värdegrunden"),
        f"/konton/{register['@skola']}.html",
    ):
        assert words in found["sv"]
    assert all(ground.sv in found["sv"] for ground in TORSBY_2011.grounds)
    assert all(ground.en in found["en"] for ground in TORSBY_2011.grounds)


def test_the_ready_text_follows_the_rules_answering_time(cast: Cast, register: Register) -> None:
    """4.1-e."""
    policy = Profile(answer_hours=24, answer_on_workdays=True)
    found = texts(policy, register["@skola"])
    assert "Vi svarar inom 24 timmar på vardagar." in found["sv"]
    assert "We answer within 24 hours on working days." in found["en"]
    assert "Minst 2 gånger i veckan." in found["sv"]
