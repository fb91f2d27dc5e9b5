"""Which profile is in force, and whether the installation is in live use."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import exists, func, select, text
from sqlalchemy.orm import Session

from console.errors import NotFound
from console.policy.models import LiveUse, ProfileVersion
from console.policy.rules import TORSBY_2011, Profile, from_stored
from console.policy.values import Choice, Step

LIVE_USE = "live_use"
"""The evidence row that stands last: every condition before it held."""
RESTORED = "restored"
"""Evidence that a backup has been restored, in earnest or as a drill."""
PAGE_SEEN = "page_seen"
"""When the public address last gave the page that this installation serves."""
PAGE_SEEN_FOR = "2 minutes"
"""The site process looks every half minute."""
_LIVE_USE_LOCK = 7236412


def current(session: Session) -> Profile:
    """The profile in force, read once per unit of work; torsby-2011 before any was set."""
    cached: Profile | None = session.info.get("policy")
    if cached is None:
        newest = select(ProfileVersion.content).order_by(ProfileVersion.id.desc()).limit(1)
        content = session.scalars(newest).one_or_none()
        cached = TORSBY_2011 if content is None else from_stored(content)
        session.info["policy"] = cached
    return cached


def plan_chain(session: Session) -> tuple[Step, ...]:
    """The marks that an action plan needs now, in the profile's order (3.2-b)."""
    return current(session).chain


def in_force_at(session: Session, at: datetime) -> Profile:
    """The profile by which something was decided then."""
    query = (
        select(ProfileVersion.content)
        .where(ProfileVersion.at <= at)
        .order_by(ProfileVersion.id.desc())
        .limit(1)
    )
    content = session.scalars(query).one_or_none()
    return TORSBY_2011 if content is None else from_stored(content)


def purposes(session: Session, keys: Collection[str], profile: Profile) -> list[Choice]:
    """The purposes with these keys, as `profile` words them and in its order; then those that it
    doesn't know, as they were worded last."""
    found = [one for one in profile.purposes if one.key in keys]
    missing = set(keys) - {one.key for one in found}
    if not missing:
        return found
    query = select(ProfileVersion.content).order_by(ProfileVersion.id.desc())
    for one in (*map(from_stored, session.scalars(query)), TORSBY_2011):
        found += [choice for choice in one.purposes if choice.key in missing]
        missing -= {choice.key for choice in one.purposes}
    return found


@dataclass(frozen=True)
class Version:
    """One profile as it was put in force."""

    id: int
    at: datetime
    by_id: int | None
    """None: the program, or an installation before there were people."""
    reason: str
    profile: Profile
    before: Profile
    """What was in force until then."""


def versions(session: Session) -> list[Version]:
    """Every change, newest first."""
    found, before = [], TORSBY_2011
    for row in session.scalars(select(ProfileVersion).order_by(ProfileVersion.id)):
        profile = from_stored(row.content)
        found.append(Version(row.id, row.at, row.by_id, row.reason, profile, before))
        before = profile
    return found[::-1]


def version(session: Session, version_id: int) -> Version:
    """
    Raises:
        NotFound: there is no such version.
    """
    row = session.get(ProfileVersion, version_id)
    if row is None:
        raise NotFound(_("Den versionen finns inte."))
    earlier = (
        select(ProfileVersion.content)
        .where(ProfileVersion.id < version_id)
        .order_by(ProfileVersion.id.desc())
        .limit(1)
    )
    content = session.scalars(earlier).one_or_none()
    before = TORSBY_2011 if content is None else from_stored(content)
    return Version(row.id, row.at, row.by_id, row.reason, from_stored(row.content), before)


def applied_at(session: Session, at: datetime) -> Version | None:
    """The version in force at a moment; None: none had been set by then (1-a)."""
    query = select(func.max(ProfileVersion.id)).where(ProfileVersion.at <= at)
    found = session.scalar(query)
    return None if found is None else version(session, found)


def newest_id(session: Session) -> int:
    """The number of the version in force; 0 before any was set."""
    return session.scalar(select(func.max(ProfileVersion.id))) or 0


def page_seen(session: Session, address: str) -> str:
    """What a GET at this public address gave, if that was ours and a moment ago; else ""."""
    row = session.scalars(
        select(LiveUse)
        .where(
            LiveUse.condition == PAGE_SEEN,
            LiveUse.evidence["address"].astext == address,
            LiveUse.at > func.budkavle_now() - text(f"interval '{PAGE_SEEN_FOR}'"),
        )
        .order_by(LiveUse.id)
    ).first()
    return "" if row is None else f"{address} gave {row.evidence['mark']}"


def live_use_is_on(session: Session, *, hold: bool = False) -> bool:
    """Has this installation gone live?

    Args:
        hold: keep the answer true until this unit of work ends, for operations that may only
            happen before (or that make it so).
    """
    if hold:
        session.execute(select(func.pg_advisory_xact_lock(_LIVE_USE_LOCK)))
    return bool(session.scalar(select(exists().where(LiveUse.condition == LIVE_USE))))
