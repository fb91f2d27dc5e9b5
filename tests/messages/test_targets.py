"""What an account becomes in an event: never less than a person's hand."""

from __future__ import annotations

import pytest

from channels import registry
from console import clock, sealing
from console.accounts.models import Account
from console.config import Settings
from console.messages.targets import aim


def account(kind: str, **settings: object) -> Account:
    return Account(
        id=7, name="Kommunen", short_name="Kommunen", platform="x", handle="kommunen", kind=kind,
        settings=settings, secret=None, created_at=clock.now(),
    )  # fmt: skip


@pytest.mark.parametrize("kind", sorted(set(registry.REGISTRY) - {"website", "pretend"}))
def test_an_account_that_nobody_has_connected_is_done_by_hand(
    database: Settings, kind: str
) -> None:
    """A platform's channel that comes later turns no account's post into a refusal."""
    assert aim(account(kind), "vattnet", exercise=False).kind == "by_hand"


def instagram(database: Settings) -> Account:
    sealing.use(database.keys)
    database.keys.mkdir(parents=True, exist_ok=True)
    row = account("instagram", user_id="17841400000000000")
    row.platform, row.secret = "instagram", sealing.seal({"token": "abc"})
    return row


def test_a_platform_that_takes_no_post_without_a_picture_gets_a_card(database: Settings) -> None:
    connected = instagram(database)
    live, exercise = aim(connected, "vattnet", False), aim(connected, "vattnet", True)
    assert (live.kind, live.card) == ("instagram", "portrait")
    assert (exercise.kind, exercise.card) == ("pretend", "portrait")


def test_a_post_that_may_carry_no_picture_is_done_by_hand_there(database: Settings) -> None:
    """An ordinary post, and a text that was approved before there were cards."""
    where = aim(instagram(database), "vattnet", exercise=False, pictured=False)
    assert (where.kind, where.card) == ("by_hand", "")


def test_who_posts_by_hand_where_a_picture_is_needed_is_given_the_card(database: Settings) -> None:
    nobody = account("by_hand")
    nobody.platform = "instagram"
    where = aim(nobody, "vattnet", exercise=False)
    assert (where.kind, where.card) == ("by_hand", "portrait")


def test_elsewhere_a_card_is_the_accounts_own_choice(database: Settings) -> None:
    without, chosen = account("x"), account("x")
    chosen.card = True
    assert aim(without, "vattnet", exercise=True).card == ""
    assert aim(chosen, "vattnet", exercise=True).card == "landscape"
    chosen.platform = "sms"
    assert aim(chosen, "vattnet", exercise=True).card == "", "no picture goes by SMS"


def test_an_account_that_is_connected_is_sent_to(database: Settings) -> None:
    email = account("email", host="smtp.torsby.example", **{
        "from": "kris@torsby.example", "recipients": ["radio@torsby.example"],
    })  # fmt: skip
    assert aim(email, "vattnet", exercise=False).kind == "email"
    assert aim(email, "vattnet", exercise=True).kind == "pretend"
