"""An installation that lacks nothing of live use."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from console import clock, db, sealing
from console.config import Settings
from console.people.models import Person, SecondFactor
from console.policy import operations
from console.policy.models import LiveUse
from console.policy.queries import RESTORED

ADDRESS = "https://kris.torsby.se"


def make_ready(settings: Settings) -> Settings:
    """Give it a key, a restored backup's evidence and everybody an app; returns settings with an
    open address, whose page has just been seen."""
    sealing.use(settings.keys)
    sealing.seal({})
    with db.unit_of_work() as session:
        now = clock.now()
        session.add(LiveUse(condition=RESTORED, evidence={}, at=now))
        operations.page_seen(session, ADDRESS, "0" * 16, now)
        for person_id in session.scalars(select(Person.id)):
            sealed = sealing.seal({"key": ""})
            session.add(
                SecondFactor(person_id=person_id, sealed=sealed, made_at=now, confirmed_at=now)
            )
    return replace(settings, public_url=ADDRESS)
