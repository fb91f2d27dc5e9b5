"""What roles are called here: the municipality's own name for one, else the console's."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from console.people.rules import ROLE_LABELS, Role
from console.policy import queries as policy


def label_of(role: Role | str, own: Mapping[str, str]) -> str:
    """
    Args:
        own: role → the municipality's name for it (the profile's `role_labels`).
    """
    return own.get(role) or str(ROLE_LABELS[Role(role)])


def role_label(session: Session, role: Role | str) -> str:
    """As the profile in force has it."""
    return label_of(role, policy.current(session).role_labels)


def role_labels(session: Session) -> dict[Role, str]:
    """Every role's."""
    own = policy.current(session).role_labels
    return {role: label_of(role, own) for role in Role}
