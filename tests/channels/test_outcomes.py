"""Every channel against everything a platform may do to one post: the same cases for all.

What comes out is written to docs/channels.md, with WRITE_DOCS=1 in the environment.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from channels.failures import Absent, ChannelError, Reauthorise, Refused, Retry, Unknown
from channels.registry import NOT_PUBLISHED, REGISTRY, load
from simulators.base import Effect, Simulator
from tests.channels.rig import Rig
from tests.channels.servers import free_port

RULE: dict[Effect, type[ChannelError] | None] = {
    Effect.LIMIT: Retry,
    Effect.LIMIT_BARE: Retry,
    Effect.DEAD_KEY: Reauthorise,
    Effect.TURNED_DOWN: Refused,
    Effect.ERROR_BEFORE: Unknown,
    Effect.ERROR_AFTER: Unknown,
    Effect.LOSE_ANSWER: Unknown,
    Effect.TRUNCATED: Unknown,
    Effect.EMPTY: Unknown,
    Effect.WRONG_TYPE: Unknown,
    Effect.ENDLESS: Unknown,
    Effect.DRIP: Unknown,
}
"""What an effect on the publishing request comes to; None: sent."""
NOT_TAKEN = {
    Effect.LIMIT, Effect.LIMIT_BARE, Effect.DEAD_KEY, Effect.TURNED_DOWN, Effect.ERROR_BEFORE,
}  # fmt: skip
BEFORE = (Effect.LOSE_ANSWER, Effect.ERROR_AFTER, Effect.TRUNCATED, Effect.DRIP)
"""On a request that comes before the one that publishes."""
DOCS = Path(__file__).parents[2] / "docs" / "channels.md"
KINDS = sorted(set(REGISTRY) - NOT_PUBLISHED - {"pretend", "email", "webhook"})
"""Those with a simulated platform; the others have servers and tables of their own."""

rigs = pytest.mark.parametrize("rig", KINDS, indirect=True)


def simulator(rig: Rig) -> Simulator:
    assert rig.simulator is not None
    return rig.simulator


def expected(rig: Rig, effect: Effect) -> type[ChannelError] | None:
    return rig.outcomes.get(effect, RULE[effect])


@rigs
@pytest.mark.parametrize("effect", Effect)
def test_what_a_spoilt_answer_comes_to(rig: Rig, effect: Effect) -> None:
    simulator(rig).fault(effect, *rig.publishing)
    wanted = expected(rig, effect)
    if wanted is None:
        rig.publish(total=1.5)
    else:
        with pytest.raises(ChannelError) as error:
            rig.publish(total=1.5)
        assert type(error.value) is wanted
        if isinstance(error.value, Retry):
            asked = simulator(rig).LIMIT_SECONDS if effect is Effect.LIMIT else None
            assert error.value.after == asked
    assert rig.arrived() == (0 if effect in NOT_TAKEN else 1)


@rigs
@pytest.mark.parametrize("effect", Effect)
def test_after_a_lost_answer_there_is_one_post_or_a_person_is_asked(
    rig: Rig, effect: Effect
) -> None:
    """By key where the platform keeps it, else by looking: never a second post."""
    if expected(rig, effect) is not Unknown:
        pytest.skip("the answer says enough")
    simulator(rig).fault(effect, *rig.publishing)
    with pytest.raises(Unknown):
        rig.publish(total=1.5)
    settings = rig.settings()
    if rig.channel.honours_key(settings):
        rig.publish()
        assert rig.arrived() == 1
    elif rig.channel.can_read_back(settings):
        try:
            found = rig.read_back()
        except Absent:
            found = None  # the platform says it itself
        assert (found is not None) == (effect not in NOT_TAKEN)
        assert found is None or found.remote_id == simulator(rig).shown[0].remote_id


@rigs
@pytest.mark.parametrize("effect", BEFORE)
def test_what_fails_before_the_publishing_request_is_safe_to_try_again(
    rig: Rig, effect: Effect
) -> None:
    if rig.before is None:
        pytest.skip("there is one request only")
    simulator(rig).fault(effect, *rig.before)
    with pytest.raises(Retry):
        rig.publish(total=1.5)
    assert rig.arrived() == 0
    rig.publish()
    assert rig.arrived() == 1


@rigs
def test_a_dead_key_is_seen_by_the_probe(rig: Rig) -> None:
    for method in ("GET", "POST"):
        simulator(rig).fault(Effect.DEAD_KEY, method, times=10)
    assert rig.probe().reason is not None
    assert rig.arrived() == 0


@rigs
def test_an_edit_gives_the_post_its_new_text_and_again_changes_nothing(rig: Rig) -> None:
    if not rig.channel.can_edit(rig.settings()):
        pytest.skip("posts stand as they were sent")
    receipt = rig.publish()
    text = "Rättelse kl 14.50. Det gäller bara Oleby.\n\nKl 14.30, uppdatering 3"
    for _again in range(2):
        edited = rig.edit(receipt.remote_id, text)
        assert edited.remote_id == receipt.remote_id
        assert edited.text == text
    (shown,) = simulator(rig).shown
    assert "Det gäller bara Oleby." in shown.text
    assert "Koka vattnet" not in shown.text


@rigs
def test_an_edit_of_a_post_that_is_gone_is_refused(rig: Rig) -> None:
    settings = rig.settings()
    if not (rig.channel.can_edit(settings) and rig.channel.can_delete(settings)):
        pytest.skip("nothing to edit, or nothing goes")
    receipt = rig.publish()
    rig.delete(receipt.remote_id)
    with pytest.raises(Refused):
        rig.edit(receipt.remote_id, "Rättelse")
    assert rig.arrived() == 0


@rigs
def test_a_post_is_deleted_and_one_that_is_gone_is_no_error(rig: Rig) -> None:
    if not rig.channel.can_delete(rig.settings()):
        pytest.skip("nothing can be taken back")
    receipt = rig.publish()
    rig.delete(receipt.remote_id)
    assert rig.arrived() == 0
    rig.delete(receipt.remote_id)


PINNING = sorted(kind for kind in KINDS if load(kind).can_pin(None))

pinners = pytest.mark.parametrize("rig", PINNING, indirect=True)


@pinners
def test_a_post_is_pinned_and_lifted_and_again_changes_nothing(rig: Rig) -> None:
    own, post = rig.publish(), rig.publish(post=rig.later)
    rig.pin(own.remote_id)
    rig.kept.clear()
    for _again in range(2):
        rig.pin(post.remote_id)
        assert post.remote_id in rig.pinned()
    for _again in range(2):
        rig.pin(post.remote_id, lift=True)
        assert rig.pinned() == [own.remote_id], "what stood first before stands there again"
    assert rig.arrived() == 2


@pinners
@pytest.mark.parametrize("effect", Effect)
def test_a_spoilt_answer_to_a_pin_or_a_lift_is_made_up_for_by_asking_again(
    rig: Rig, effect: Effect
) -> None:
    own, post = rig.publish(), rig.publish(post=rig.later)
    rig.pin(own.remote_id)
    rig.kept.clear()
    total = 2.0 if effect is Effect.DRIP else 5.0  # seconds; a dripping answer takes all of them
    for lift in (False, True):
        simulator(rig).fault(effect, *rig.pinning)
        with pytest.raises(ChannelError) as error:
            rig.pin(post.remote_id, lift=lift, total=total)
        assert type(error.value) is expected(rig, effect)
        rig.pin(post.remote_id, lift=lift)
        assert (post.remote_id in rig.pinned()) is not lift
    assert rig.pinned() == [own.remote_id]
    assert rig.arrived() == 2


@pinners
def test_a_post_that_is_gone_is_not_pinned_and_its_lift_is_no_error(rig: Rig) -> None:
    receipt = rig.publish()
    rig.pin(receipt.remote_id)
    rig.delete(receipt.remote_id)
    rig.pin(receipt.remote_id, lift=True)
    with pytest.raises(Refused):
        rig.pin(receipt.remote_id)


@pinners
def test_a_closed_port_keeps_a_pin_for_later(rig: Rig) -> None:
    with pytest.raises(Retry):
        rig.pin(rig.publish().remote_id, free_port())


def test_the_table_is_what_the_tests_say() -> None:
    """Written anew with WRITE_DOCS=1."""
    text = "".join(_table())
    if "WRITE_DOCS" in os.environ:
        DOCS.write_text(text)
    assert DOCS.read_text() == text, "Write docs/channels.md anew with WRITE_DOCS=1."


def _table() -> Iterator[str]:
    names = {None: "sent", Retry: "retry", Reauthorise: "reauthorise", Refused: "refused",
             Unknown: "unknown"}  # fmt: skip
    yield "# Channels and what each answer comes to\n\n"
    yield "Written by `tests/channels/test_outcomes.py`; each cell is a test.\n\n"
    yield "Of the request that publishes, against the platform's simulator. "
    yield "*unknown* is resolved as the last columns say.\n\n"
    yield "| Channel | " + " | ".join(effect.replace("_", " ") for effect in Effect)
    yield " | Unknown is resolved by | Edits | Deletes | Pins |\n"
    yield "|---" * (len(Effect) + 5) + "|\n"
    for kind in KINDS:
        with import_module(f"tests.channels.test_{kind}").rig() as rig:
            settings = rig.settings()
            if rig.channel.honours_key(settings):
                by = "the key"
            elif rig.channel.can_read_back(settings):
                proves = rig.channel.absence_proves(settings)
                by = "reading back" if proves else "reading back, then a person"
            else:
                by = "a person"
            cells = [names[expected(rig, effect)] for effect in Effect]
            able = [
                "yes" if can else "no"
                for can in (
                    rig.channel.can_edit(settings),
                    rig.channel.can_delete(settings),
                    rig.channel.can_pin(settings),
                )
            ]
        yield f"| {kind} | " + " | ".join([*cells, by, *able]) + " |\n"
