"""What all readers of a board see alike, whatever their roles: made once for everybody who reads it
in one language. With a thousand accounts it is most of the work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from flask import url_for
from sqlalchemy import Row

from console.accounts.rules import platform_name
from console.board.queries import Facts
from console.board.view_model import Account, LogRow, Matrix
from console.incidents.models import Incident
from console.parts import State
from console.web import log_names, log_words


@dataclass(frozen=True)
class Alike:
    matrix: Matrix
    log: tuple[LogRow, ...]


def alike(incident: Incident, facts: Facts) -> Alike:
    """In the language that is set."""
    # Once a platform, not once an account: a translation costs more than the rest of its row.
    names = {name: platform_name(name) for name in {row.platform for row in facts.accounts}}
    accounts = tuple(_account(incident, row, facts, names) for row in facts.accounts)
    return Alike(Matrix(accounts), tuple(_log(facts, names)))


def _account(incident: Incident, row: Row[Any], facts: Facts, names: Mapping[str, str]) -> Account:
    state = _state(row, facts)
    url = ""
    if state in ("refused", "unknown", "by_hand"):
        url = url_for("messages.task", slug=incident.slug, delivery_id=row.delivery_id)
    platform = names[row.platform]
    return Account(
        key=f"account-{row.id}",
        name=row.short_name,
        platform=platform,
        state=state,
        at=row.settled_at if state in ("sent", "confirmed") else None,
        url=url,
        group=platform,
    )


def _state(row: Row[Any], facts: Facts) -> State:
    if row.use == "lock_only":
        return "lock_only"
    if row.use != "publish":
        return "left_alone"
    if row.state is not None:
        return cast("State", row.state)
    return "waiting" if facts.newest is None else "left_alone"


def _log(facts: Facts, names: Mapping[str, str]) -> Iterator[LogRow]:
    accounts = {row.id: f"{row.short_name} {names[row.platform]}" for row in facts.accounts}
    for line in log_words.told(facts.entries, log_names.Names(accounts, facts.people)):
        yield LogRow(line.key, line.at, line.text, line.kind, line.who, line.happened_at)
