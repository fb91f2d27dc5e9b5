"""The transition tables, tested by what they forbid."""

import pytest

from console.messages import rules


@pytest.mark.parametrize("old", sorted(rules.DELIVERY_MOVES))
@pytest.mark.parametrize("new", sorted(rules.DELIVERY_MOVES))
def test_a_post_that_may_be_out_is_never_queued_by_itself(old, new):
    if old in ("sent", "confirmed", "started") and new in ("queued", "claimed", "expired"):
        assert not rules.may_move(rules.DELIVERY_MOVES, old, new)
    if old in ("sent", "confirmed"):
        assert not rules.may_move(rules.DELIVERY_MOVES, old, new)


@pytest.mark.parametrize("old", ["expired", "stopped", "not_repeated"])
def test_what_did_not_go_out_is_never_started_or_sent_from_there(old):
    for new in ("claimed", "started", "sent", "retry", "unknown", "refused"):
        assert not rules.may_move(rules.DELIVERY_MOVES, old, new)
