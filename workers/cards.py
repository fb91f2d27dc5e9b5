"""The job that draws the text cards that posts wait for. Each in a process of its own, with a time
limit; what can't be drawn is gone without."""

from __future__ import annotations

from console import clock
from console.db import unit_of_work
from console.logs import get_logger
from console.messages.operations import cards
from console.pictures import drawing, operations, rules

log = get_logger("cards")


def draw_cards() -> int:
    """Draw everything that is to be drawn now; returns how many were. No transaction is open
    meanwhile, and whoever is killed here is followed by another."""
    made = 0
    while True:
        with unit_of_work() as session:
            picture = operations.claim(session, clock.now())
            if picture is None:
                return made
            picture_id, content = picture.id, picture.content
        try:
            data = drawing.draw(rules.card_of(content))
        except drawing.CannotDraw as error:
            log.error("card_not_drawn", picture=picture_id, error=str(error))
            with unit_of_work() as session:
                cards.failed(session, picture_id, clock.now())
            continue
        with unit_of_work() as session:
            made += cards.drawn(session, picture_id, data, clock.now())
