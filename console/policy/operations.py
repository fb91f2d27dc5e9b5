"""Change the profile; go live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy import text
from sqlalchemy.orm import Session

from console import live
from console.errors import WrongState
from console.policy import queries
from console.policy.models import LiveUse, ProfileVersion
from console.policy.rules import Profile, from_content, to_content
from console.timeline import operations as timeline


class Actor(Protocol):
    """Who does it: a person, of whom policy (which lies below people) knows only the number."""

    @property
    def id(self) -> int: ...


@dataclass(frozen=True)
class Condition:
    """Something that must hold before live use."""

    name: str
    counts: str
    """SQL that counts what stands in the way; 0 lets through. A query rather than a call, because
    conditions look at nouns that lie above policy."""
    missing: LazyString
    """What to do about it, as a whole sentence."""


CONDITIONS: tuple[Condition, ...] = (
    Condition(
        "no_example_people",
        "SELECT count(*) FROM people WHERE example",
        _l("Exempelpersoner finns kvar: börja i en ny, tom installation."),
    ),
    Condition(
        "an_administrator_who_can_log_in",
        "SELECT 1 - least(1, count(*)) FROM people p JOIN person_roles r ON r.person_id = p.id "
        "WHERE r.role = 'system_administrator' AND p.active AND p.password_hash IS NOT NULL",
        _l("Ingen systemadministratör kan logga in: bjud in en."),
    ),
)


def set_profile(
    session: Session, actor: Actor | None, now: datetime, content: Mapping[str, Any]
) -> Profile:
    """Put a profile in force from now on.

    Args:
        actor: None when the program sets it (a rehearsal, the command line).
        content: as `rules.from_content` reads it.

    Raises:
        Faults: the content can't be used.
    """
    before, profile = queries.current(session), from_content(content)
    by_id = None if actor is None else actor.id
    session.add(ProfileVersion(key=profile.key, content=to_content(profile), at=now, by_id=by_id))
    session.info["policy"] = profile
    old, new = to_content(before), to_content(profile)
    timeline.record(
        session,
        "policy:changed",
        body={"key": profile.key, "changed": {k: new[k] for k in new if new[k] != old[k]}},
        now=now,
        person_id=by_id,
    )
    return profile


def missing_for_live_use(session: Session) -> list[Condition]:
    """The conditions that don't hold now."""
    return [c for c in CONDITIONS if session.scalar(text(c.counts)) != 0]


def go_live(session: Session, actor: Actor, now: datetime) -> None:
    """Take the installation into live use, and keep what was seen for each condition.

    Raises:
        WrongState: it is live already, or the sentence names what is missing.
    """
    if queries.live_use_is_on(session, hold=True):
        raise WrongState(str(_l("Skarp drift är redan på.")))
    missing = missing_for_live_use(session)
    if missing:
        sentences = " ".join(str(c.missing) for c in missing)
        raise WrongState(str(_l("Skarp drift kan inte börja.")) + " " + sentences)
    names = [c.name for c in CONDITIONS]
    for condition in CONDITIONS:
        session.add(
            LiveUse(
                condition=condition.name,
                evidence={"query": condition.counts, "in_the_way": 0},
                at=now,
                by_id=actor.id,
            )
        )
    session.add(
        LiveUse(condition=queries.LIVE_USE, evidence={"held": names}, at=now, by_id=actor.id)
    )
    timeline.record(
        session, "policy:live_use:started", body={"held": names}, now=now, person_id=actor.id
    )
    live.announce(session, live.CALM)
