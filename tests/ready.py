"""An installation that lacks nothing of live use."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from console import clock, db, sealing
from console.config import Settings
from console.people.models import Person, SecondFactor
from console.policy import operations
from console.policy.models import LiveUse, ProfileVersion
from console.policy.queries import RESTORED
from console.policy.rules import TORSBY_2011, to_content

ADDRESS = "https://kris.torsby.se"
OWN = {
    "unit_phone": "0560-160 12",
    "feedback_email": "kommun@torsby.se",
    "registry": [{"committee": "Kommunstyrelsen", "email": "kommun@torsby.se"}],
}
"""What a municipality fills in of its rules before live use."""


def make_ready(settings: Settings) -> Settings:
    """Give it a key, rules of its own, a restored backup's evidence and everybody an app; returns
    settings with an open address, whose page has just been seen."""
    sealing.use(settings.keys)
    sealing.seal({})
    with db.unit_of_work() as session:
        now = clock.now()
        rules = to_content(TORSBY_2011) | OWN
        session.add(ProfileVersion(key="torsby-2011", content=rules, at=now))
        session.add(LiveUse(condition=RESTORED, evidence={}, at=now))
        operations.page_seen(session, ADDRESS, "0" * 16, now)
        for person_id in session.scalars(select(Person.id)):
            sealed = sealing.seal({"key": ""})
            session.add(
                SecondFactor(person_id=person_id, sealed=sealed, made_at=now, confirmed_at=now)
            )
    return replace(settings, public_url=ADDRESS)
