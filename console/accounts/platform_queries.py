"""The catalogue of platforms, and whose posts we answer for on them. Few queries, however many
accounts there are."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from channels.platforms import PLATFORMS
from console.accounts import platform_rules as rules
from console.accounts import queries
from console.accounts.models import Account
from console.accounts.platform_models import AddedPlatform, PlatformAssessment
from console.accounts.rules import State
from console.errors import NotFound

TO_ASSESS = (State.CUSTODY, State.ACTIVE, State.PAUSED)
"""An account in these states is in use, or waits for little else."""


def added(session: Session) -> dict[str, str]:
    """Folded name or key → key, of the platforms that the municipality has added."""
    keys = session.scalars(select(AddedPlatform.key)).all()
    return {word: key for key in keys for word in (key.casefold(), PLATFORMS[key].name.casefold())}


def keys(session: Session) -> list[str]:
    """Every platform that an account can be on, in the catalogue's order; added ones before
    *Annan*."""
    own = session.scalars(select(AddedPlatform.key).order_by(func.lower(AddedPlatform.key))).all()
    known = [key for key in PLATFORMS if key != "other"]
    return [*known, *own, "other"]


def check_known(session: Session, key: str) -> None:
    """
    Raises:
        NotFound: the catalogue has no such platform.
    """
    if key not in keys(session):
        raise NotFound(_("Plattformen finns inte."))


def newest(session: Session) -> dict[str, PlatformAssessment]:
    """Platform → the assessment that counts."""
    last = select(func.max(PlatformAssessment.id)).group_by(PlatformAssessment.platform)
    found = session.scalars(select(PlatformAssessment).where(PlatformAssessment.id.in_(last)))
    return {one.platform: one for one in found}


def assessments(session: Session, platform: str) -> Sequence[PlatformAssessment]:
    """All of one platform's, newest first."""
    query = select(PlatformAssessment).where(PlatformAssessment.platform == platform)
    return session.scalars(query.order_by(PlatformAssessment.id.desc())).all()


def scope(session: Session, platform: str) -> rules.Scope | None:
    """Whose posts we answer for there; None: nobody has assessed it, and the rules don't say."""
    last = assessments(session, platform)[:1]
    return rules.scope(platform, last[0].affects if last else None)


def unassessed(session: Session) -> list[int]:
    """The accounts on platforms that must be assessed first, in board order (4.6-c)."""
    return queries.ids_where(session, *_unassessed())


def to_assess(session: Session) -> list[str]:
    """The platforms of `unassessed`, in alphabetical order."""
    query = select(Account.platform).distinct().where(*_unassessed())
    return sorted(session.scalars(query))


def _unassessed() -> tuple[ColumnElement[bool], ...]:
    return (
        Account.state.in_(TO_ASSESS),
        Account.platform.not_in(sorted(rules.NAMED)),
        Account.platform.not_in(select(PlatformAssessment.platform)),
    )


def counted(session: Session) -> dict[str, int]:
    """Platform → accounts on it that haven't ended."""
    query = select(Account.platform, func.count()).where(Account.state != State.ENDED)
    return dict(session.execute(query.group_by(Account.platform)).all())
