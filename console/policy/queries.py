"""Which profile is in force, and whether the installation is in live use."""

from __future__ import annotations

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from console.policy.models import LiveUse, ProfileVersion
from console.policy.rules import TORSBY_2011, Profile, from_content

LIVE_USE = "live_use"
"""The evidence row that stands last: every condition before it held."""
_LIVE_USE_LOCK = 7236412


def current(session: Session) -> Profile:
    """The profile in force, read once per unit of work; torsby-2011 before any was set."""
    cached: Profile | None = session.info.get("policy")
    if cached is None:
        newest = select(ProfileVersion.content).order_by(ProfileVersion.id.desc()).limit(1)
        content = session.scalars(newest).one_or_none()
        cached = TORSBY_2011 if content is None else from_content(content)
        session.info["policy"] = cached
    return cached


def live_use_is_on(session: Session, *, hold: bool = False) -> bool:
    """Has this installation gone live?

    Args:
        hold: keep the answer true until this unit of work ends, for operations that may only
            happen before (or that make it so).
    """
    if hold:
        session.execute(select(func.pg_advisory_xact_lock(_LIVE_USE_LOCK)))
    return bool(session.scalar(select(exists().where(LiveUse.condition == LIVE_USE))))
