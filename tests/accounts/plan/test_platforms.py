"""The catalogue of platforms, and whose posts we answer for on each (2-a, 4.6-b, 4.6-c)."""

from __future__ import annotations

import pytest

from channels import platforms
from channels.platforms import PLATFORMS
from channels.registry import BY_HAND
from console import clock, db
from console.accounts import (
    operations,
    plan_queries,
    platform_operations,
    platform_queries,
    platform_rules,
    queries,
    signing_operations,
)
from console.accounts.entries import parse
from console.accounts.platform_rules import Scope
from console.accounts.queries import Sieve
from console.accounts.rules import Need, State, missing
from console.errors import BadInput, Faults, NotAllowed, NotFound, WrongState
from console.people.models import Person
from tests.accounts import keeping
from tests.accounts.plan import library
from tests.accounts.timeline import entries
from tests.cast import Cast
from tests.upkeep.acts import assess, yesterday


def add(actor: Person, name: str) -> str:
    with db.unit_of_work() as session:
        return platform_operations.add(session, actor, name, clock.now()).key


def scope(platform: str) -> Scope | None:
    with db.unit_of_work() as session:
        return platform_queries.scope(session, platform)


def test_the_catalogue_has_what_the_guideline_names_comments_on_the_website_too() -> None:
    """2-a."""
    for name in (
        *("Facebook", "LinkedIn", "Twitter", "YouTube", "Flickr", "blogg", "wiki"),
        *("kommentarfält", "chatt"),
    ):
        assert platforms.find(name) is not None, name


def test_the_strategy_department_adds_a_platform_that_is_published_by_hand(cast: Cast) -> None:
    """2-a: by hand only, never a channel."""
    key = add(cast.stina, "  TikTok ")
    with db.unit_of_work() as session:
        assert key in platform_queries.keys(session)
        known = platform_queries.added(session)
    assert PLATFORMS[key].name == "TikTok" and PLATFORMS[key].kind == BY_HAND
    assert not PLATFORMS[key].sends
    raw = {"name": "Skolan", "platform": "tiktok", "handle": "@skola", "state": "aktiv"}
    entry = parse(raw, known)
    assert (entry.platform, entry.kind) == (key, BY_HAND)
    with db.unit_of_work() as session:
        operations.import_accounts(session, cast.stina, [raw], clock.now())
    with db.unit_of_work() as session:
        found = queries.all_accounts(session, Sieve(words="tikt"))
        assert [one.handle for one in found] == ["@skola"]
    assert entries("platform:added")[0]["facts"] == {"platform": key}


@pytest.mark.parametrize("name", ["", " ", "TikTok", "tiktok", "Twitter", "a/b", "50 %", "x" * 41])
def test_a_platform_that_is_there_or_cannot_be_named_so_is_refused(cast: Cast, name: str) -> None:
    add(cast.stina, "TikTok")
    with pytest.raises(BadInput) as refused:
        add(cast.stina, name)
    assert refused.value.field == "name"


def test_only_the_strategy_department_adds_and_assesses(cast: Cast) -> None:
    for person in (cast.lisa, cast.olle, cast.eva, cast.greta):
        with pytest.raises(NotAllowed):
            add(person, "TikTok")
        with pytest.raises(NotAllowed):
            assess(person, "bluesky")


def test_a_platform_that_nobody_has_added_is_no_platform(cast: Cast) -> None:
    with pytest.raises(Faults):
        parse({"name": "A", "platform": "own:TikTok", "handle": "a", "state": "aktiv"}, {})
    with pytest.raises(NotFound):
        assess(cast.stina, "own:TikTok")


def test_the_rules_say_whose_posts_we_answer_for_where_they_name_the_platform(cast: Cast) -> None:
    """4.6-b: pages and blogs with their visitors' posts, X only our own."""
    for platform in ("facebook", "blog", "comments"):
        assert scope(platform) == Scope.BOTH
    assert scope("x") == Scope.OWN
    assert scope("bluesky") is None


def test_an_assessment_goes_before_the_rules_and_the_newest_counts(cast: Cast) -> None:
    """4.6-b, 4.6-c."""
    assess(cast.stina, "bluesky", affects=False)
    assert scope("bluesky") == Scope.OWN
    assess(cast.stina, "bluesky", affects=True)
    assert scope("bluesky") == Scope.BOTH
    assess(cast.stina, "facebook", affects=False)
    assert scope("facebook") == Scope.OWN


def test_an_assessment_says_who_decided_when_and_why(cast: Cast) -> None:
    """4.6-c."""
    with db.unit_of_work() as session, pytest.raises(Faults) as refused:
        platform_operations.assess(
            session, cast.stina, "bluesky", clock.now(),
            affects=None, reason=" ", decided_by="", decided_on=yesterday().replace(year=2999),
        )  # fmt: skip
    assert set(refused.value.faults) == {"affects", "reason", "decided_by", "decided_on"}
    assess(cast.stina, "bluesky")
    facts = entries("platform:assessed")[0]["facts"]
    assert facts["decided_by"] == "Kommunstyrelsen" and facts["reason"] and facts["decided_on"]


def test_no_account_is_taken_into_use_before_its_platform_is_assessed(cast: Cast) -> None:
    """4.6-c: a must, which no press goes round; the assessment is then what takes it into use."""
    with db.unit_of_work() as session:
        account = library.signed(session, cast, platform="mastodon", assessed=False).id
    keeping.seal(cast.olle, account)
    with db.unit_of_work() as session:
        assert plan_queries.plan(session, account).account.state == State.CUSTODY
        with pytest.raises(WrongState) as refused:
            signing_operations.activate(session, cast.stina, account, clock.now())
    assert "Mastodon" in refused.value.message
    with db.unit_of_work() as session:
        assert platform_queries.unassessed(session) == [account]
        assert platform_queries.to_assess(session) == ["mastodon"]
    assess(cast.stina, "mastodon")
    with db.unit_of_work() as session:
        assert queries.account(session, account).state == State.ACTIVE
        assert platform_queries.unassessed(session) == []


def test_a_resting_account_is_not_woken_on_an_unassessed_platform(cast: Cast) -> None:
    """4.6-c."""
    with db.unit_of_work() as session:
        raw = {"name": "A", "platform": "Bluesky", "handle": "a", "state": "vilande"}
        operations.import_accounts(session, None, [raw], clock.now())
        (account,) = queries.all_accounts(session)
        move = (State.PAUSED, State.ACTIVE)
        with pytest.raises(WrongState):
            operations.change_state(
                session, cast.stina, account.id, *move, clock.now(), reason="Sommaren är slut."
            )
    assess(cast.stina, "bluesky")
    with db.unit_of_work() as session:
        operations.change_state(
            session, cast.stina, account.id, *move, clock.now(), reason="Sommaren är slut."
        )


def test_both_ways_into_use_ask_for_the_assessment() -> None:
    rest = set(Need) - {Need.ASSESSMENT}
    for old in (State.CUSTODY, State.PAUSED):
        assert missing(old, State.ACTIVE, rest) == {Need.ASSESSMENT}


def test_where_nobody_else_can_publish_there_is_nothing_to_assess() -> None:
    for platform in ("website", "website_feed", "email", "sms", "webhook"):
        assert platform_rules.scope(platform, None) == Scope.OWN
