"""A picture that a platform won't or can't have: the words are the alert, and go without it."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module

import pytest

from channels.contract import Picture
from channels.failures import Reauthorise, Retry
from simulators.base import Effect
from tests.channels.rig import POST

UPLOADS = {
    "bluesky": "uploadBlob",
    "facebook": "/photos$",
    "linkedin": "/rest/images$",
    "mastodon": "/api/v2/media$",
    "matrix": "/upload$",
    "wordpress": "/media$",
    "x": "/2/media/upload$",
}
"""Kind → the request that takes a picture up before the post."""
PICTURE = Picture(data=b"\x89PNG", media_type="image/png", alt="Karta", width=2, height=1)


@pytest.mark.parametrize("kind", UPLOADS)
def test_the_words_go_out_without_a_picture_that_is_refused_and_the_receipt_says_so(
    kind: str,
) -> None:
    with import_module(f"tests.channels.test_{kind}").rig() as rig:
        rig.simulator.fault(Effect.TURNED_DOWN, "POST", UPLOADS[kind])
        receipt = rig.publish(post=replace(POST, pictures=(PICTURE,)))
        assert rig.arrived() == 1
        assert receipt.note == "1 of 1 pictures left out"
        assert POST.marker in rig.simulator.shown[0].text


@pytest.mark.parametrize("effect", [Effect.ERROR_BEFORE, Effect.DRIP, Effect.LIMIT])
@pytest.mark.parametrize("kind", UPLOADS)
def test_a_picture_that_cannot_be_taken_up_keeps_the_words_waiting_for_a_minute_at_most(
    kind: str, effect: Effect
) -> None:
    post = replace(POST, pictures=(PICTURE,))
    with import_module(f"tests.channels.test_{kind}").rig() as rig:
        rig.simulator.fault(effect, "POST", UPLOADS[kind], times=2)
        with pytest.raises(Retry):
            rig.publish(post=post, total=1.0)
        assert rig.arrived() == 0
        rig.now = POST.made_at + 61
        receipt = rig.publish(post=post, total=4.0)
        assert rig.arrived() == 1
        assert receipt.note == "1 of 1 pictures left out"


@pytest.mark.parametrize("kind", UPLOADS)
def test_a_picture_goes_along_however_late_it_is_where_it_is_taken(kind: str) -> None:
    with import_module(f"tests.channels.test_{kind}").rig() as rig:
        rig.now = POST.made_at + 61
        assert rig.publish(post=replace(POST, pictures=(PICTURE,))).note is None


@pytest.mark.parametrize("kind", UPLOADS)
def test_a_key_that_dies_at_a_picture_is_renewed_and_the_picture_goes_along(kind: str) -> None:
    with import_module(f"tests.channels.test_{kind}").rig() as rig:
        rig.simulator.fault(Effect.DEAD_KEY, "POST", UPLOADS[kind])
        with pytest.raises(Reauthorise):
            rig.publish(post=replace(POST, pictures=(PICTURE,)))
        assert rig.arrived() == 0
