"""Why a post didn't go out, as the board and its page say it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask_babel import Babel

from channels.failures import SENTENCES, Reason, Refused
from console.messages import reasons


@pytest.fixture(autouse=True)
def swedish() -> Iterator[None]:
    app = Flask(__name__)
    Babel(app, default_locale="sv")
    with app.test_request_context():
        yield


@pytest.mark.parametrize("reason", Reason)
def test_every_answer_of_a_channel_is_said_as_a_sentence(reason: Reason) -> None:
    assert reasons.said(str(Refused(reason))) == SENTENCES[reason]


def test_the_servers_own_words_follow_the_sentence() -> None:
    refused = Refused(Reason.TURNED_DOWN, "403 Forbidden")
    assert reasons.said(str(refused)) == "Mottagaren tog inte emot inlägget. (403 Forbidden)"


def test_our_own_words_are_said_as_before() -> None:
    assert reasons.said("stopped") == "Stoppad av en person."
