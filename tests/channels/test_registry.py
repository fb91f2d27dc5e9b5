"""The wall between an exercise and the world."""

from __future__ import annotations

import inspect

import pytest

from channels import registry
from channels.platforms import PLATFORMS
from channels.pretend import Pretend

KINDS = sorted({*registry.REGISTRY, *(each.kind for each in PLATFORMS.values()), "nonsense", ""})


@pytest.mark.parametrize("kind", KINDS)
def test_an_exercise_never_reaches_a_real_adapter(kind: str) -> None:
    """Lesson 20: an exercise cannot leak."""
    assert registry.effective_kind(kind, True) in ("website", "by_hand", "pretend")
    try:
        channel = registry.for_delivery(kind, True)
    except registry.NotPublished:
        assert kind in ("website", "by_hand")
    else:
        assert type(channel) is Pretend


@pytest.mark.parametrize("kind", KINDS)
def test_an_exercise_reaches_no_real_adapter_even_if_the_table_points_elsewhere(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(registry.REGISTRY, "pretend", "channels.webhook.Webhook")
    monkeypatch.setattr(registry, "load", registry.load.__wrapped__)
    if kind not in registry.NOT_PUBLISHED:
        assert type(registry.for_delivery(kind, True)) is Pretend


def test_the_way_to_an_adapter_takes_nothing_but_kind_and_exercise() -> None:
    parameters = inspect.signature(registry.for_delivery).parameters
    assert list(parameters) == ["kind", "exercise"]
    assert all(each.default is inspect.Parameter.empty for each in parameters.values())


@pytest.mark.parametrize("kind", KINDS)
def test_a_live_post_never_goes_to_the_exercise_wall(kind: str) -> None:
    assert registry.effective_kind(kind, False) != "pretend"


@pytest.mark.parametrize("kind", ["youtube", "nonsense", "", "pretend", "by_hand"])
def test_a_live_account_without_an_adapter_is_done_by_hand(kind: str) -> None:
    assert registry.effective_kind(kind, False) == "by_hand"
    with pytest.raises(registry.NotPublished):
        registry.for_delivery(kind, False)


@pytest.mark.parametrize("kind", sorted(registry.REGISTRY))
def test_every_registered_kind_loads_as_itself(kind: str) -> None:
    assert registry.load(kind).kind == kind


@pytest.mark.parametrize("kind", ["email", "webhook"])
def test_a_live_delivery_gets_the_adapter_of_its_kind(kind: str) -> None:
    assert registry.for_delivery(kind, False).kind == kind
