"""The example municipality: people, accounts and scenarios to try the program with.

Example people are marked as such, and can't exist where live use is on.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from console import sealing
from console.accounts.operations import import_accounts
from console.config import Settings
from console.example import facts, guideline, upkeep
from console.people import operations as people
from console.people import queries

FOLDER = Path(__file__).parent
PEOPLE = FOLDER / "people.json"
ACCOUNTS = FOLDER / "accounts.json"
SCENARIOS = FOLDER / "scenarios.json"
PROFILES = FOLDER / "policy_profiles.json"
LOGINS_FILE = "example-logins.txt"


@dataclass(frozen=True, slots=True)
class ReadyProfile:
    """The rules of one Swedish municipality, to start one's own from."""

    key: str
    title: str
    values: dict[str, Any]
    """Fields of `console.policy.rules.Profile`; the rest is as torsby-2011."""


@dataclass(frozen=True, slots=True)
class Login:
    """How one example person logs in."""

    name: str
    title: str
    email: str
    password: str = field(repr=False)
    roles: tuple[str, ...]


def load(session: Session, now: datetime, settings: Settings) -> list[Login]:
    """Fill an empty installation with the example, once.

    Returns the logins, which are known only now (see `write_logins`); [] if anybody is there
    already, and then nothing is changed.

    Raises:
        WrongState: live use is on.
    """
    sealing.use(settings.keys)
    if queries.everyone(session):
        return []
    before = now - facts.BEFORE
    logins = [_add(session, person, before) for person in _read(PEOPLE)]
    accounts = _read(ACCOUNTS)
    import_accounts(session, None, [facts.readable(one) for one in accounts], before)
    facts.lay(session, accounts, now)
    guideline.load(session, {one.email: one for one in queries.everyone(session)}, now)
    upkeep.load(session, now)
    return logins


def write_logins(settings: Settings, logins: list[Login]) -> Path:
    """Write the logins where only the installation's own user can read them (mode 0600).

    Call it before the unit of work commits: passwords are stored nowhere else. Returns the path.
    """
    path = settings.home / LOGINS_FILE
    settings.home.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(table(logins))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return path


def profiles() -> list[ReadyProfile]:
    """The ready profiles, in the order of the file."""
    return [ReadyProfile(**one) for one in _read(PROFILES)]


def table(logins: list[Login]) -> str:
    """The logins as lines of text: e-mail, password, who it is and what they are."""
    lines = [
        f"{one.email:<32} {one.password:<21} {one.name}, {one.title} ({', '.join(one.roles)})"
        for one in logins
    ]
    return "\n".join(lines) + "\n"


def _add(session: Session, person: dict[str, Any], now: datetime) -> Login:
    password = _password()
    added = people.add_person(session, None, now, **person, password=password, example=True)
    return Login(added.name, added.title, added.email, password, tuple(sorted(added.roles)))


def _password() -> str:
    """64 random bits, and one of each class of character that a profile may ask for (5-e)."""
    return f"{secrets.token_hex(8)}-Kv1"


def _read(path: Path) -> list[dict[str, Any]]:
    read: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    return read
