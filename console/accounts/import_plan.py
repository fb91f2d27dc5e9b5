"""What a file would do to the register, row by row; nothing is changed here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels import platforms
from console import sealing
from console.accounts import entries, platform_queries, rules, sheets, table
from console.accounts.administrators import Administrators, plan_names_them
from console.accounts.entries import Entry
from console.accounts.models import Account
from console.errors import Faults

DESCRIBED = ("name", "short_name", "address", "operation", "committee")
SET = ("kind", "public", "official", "languages", "repeat_rule", "administrators")
_KEPT_WHEN_EMPTY = ("short_name", "kind", "public", "official", "languages", "repeat_rule")
"""An account must have these: an empty cell leaves them as they are."""


class Verdict(StrEnum):
    REFUSE = "refuse"
    CREATE = "create"
    CHANGE = "change"
    SAME = "same"


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """What one row of the file would do."""

    number: int
    """As the spreadsheet numbers it."""
    verdict: Verdict
    name: str
    platform: str
    """As the file writes it."""
    handle: str
    account_id: int | None = None
    raw: dict[str, Any] = field(default_factory=dict)
    entry: Entry | None = field(default=None, repr=False)
    changes: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Field → as it is, as it would be."""
    deviations: tuple[str, ...] = ()
    """Remarks that the register hasn't noted yet."""
    faults: dict[str, str] = field(default_factory=dict)
    """Field → why it is refused."""


@dataclass(frozen=True, slots=True)
class Plan:
    rows: tuple[Row, ...]

    def with_verdict(self, verdict: Verdict) -> list[Row]:
        return [row for row in self.rows if row.verdict == verdict]

    @property
    def digest(self) -> str:
        """Of all that it would do, whatever language it is shown in."""
        facts = [
            [row.number, row.verdict, row.account_id, row.raw, row.changes, row.deviations]
            for row in self.rows
        ]
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def plan(session: Session, content: bytes, now: datetime) -> Plan:
    """
    Args:
        content: the file, as `sheets.read` takes it.

    Raises:
        BadInput: the file as a whole can't be read; the field is "file".
    """
    read = sheets.read(content)
    return _Planner(session, table.fields_of(read), now).plan(read)


class _Planner:
    def __init__(self, session: Session, fields: tuple[str, ...], now: datetime) -> None:
        self.fields = fields
        self.people = Administrators(session, None, now)
        self.added = platform_queries.added(session)
        accounts = session.scalars(select(Account))
        self.known = {(a.platform, rules.handle_key(a.handle)): a for a in accounts}
        self.seen: dict[tuple[str, str], int] = {}

    def plan(self, read: sheets.Table) -> Plan:
        return Plan(tuple(self.row(number, cells) for number, cells in read.rows))

    def row(self, number: int, texts: tuple[str, ...]) -> Row:
        cells = dict(zip(self.fields, texts, strict=True))
        named: dict[str, Any] = {
            "number": number,
            "name": cells["name"],
            "platform": cells["platform"],
            "handle": cells["handle"],
        }
        account: Account | None = None
        try:
            raw = table.raw(cells)
            platform = platforms.find(cells["platform"], self.added)
            key = (platform.key if platform else "", rules.handle_key(cells["handle"]))
            if key in self.seen and platform:
                raise Faults({"handle": _("Samma konto som rad %(n)d.", n=self.seen[key])})
            self.seen[key] = number
            account = self.known.get(key)
            if account is None:
                entry = entries.parse(raw, self.added)
                self._check_people(entry)
                return Row(verdict=Verdict.CREATE, raw=raw, entry=entry, **named)
            return self._known(account, raw, cells, named)
        except Faults as error:
            faults = dict(error.faults)
        except sealing.KeyTrouble as error:
            faults = {"kind": error.message}  # one account's lost key stops no other row
        number_of = account.id if account else None
        return Row(verdict=Verdict.REFUSE, account_id=number_of, faults=faults, **named)

    def _known(
        self,
        account: Account,
        raw: dict[str, Any],
        cells: Mapping[str, str],
        named: dict[str, Any],
    ) -> Row:
        emails = [one.person.email for one in account.administrators]
        kept = {
            "short_name": account.short_name,
            "address": account.address,
            "operation": account.operation,
            "committee": account.committee,
            "administrators": emails,
            "state": account.state,
            "kind": account.kind,
            "public": account.public,
            "official": account.official,
            "languages": account.languages,
            "repeat_rule": account.repeat_rule,
        }
        emptied = {name for name in cells if name not in (*_KEPT_WHEN_EMPTY, "state")}
        whole = {name: value for name, value in kept.items() if name not in emptied} | raw
        if whole.get("kind") == account.kind:
            whole["settings"], whole["secret"] = account.settings, sealing.unseal(account.secret)
        entry = entries.parse(whole, self.added)
        if entry.state != account.state:
            state = str(rules.STATE_LABELS[rules.State(account.state)]).lower()
            raise Faults(
                {"state": _("Kontot är %(state)s. Ändra det på kontots sida.", state=state)}
            )
        changes = _changes(account, entry, emails)
        if "administrators" in changes and account.state in rules.BEFORE_USE:
            raise Faults({"administrators": plan_names_them()})
        if changes.keys() & set(SET):
            self._check_people(entry)
        noted = {one.content.casefold() for one in account.deviations}
        new = tuple(d for d in entry.deviations if d.casefold() not in noted)
        verdict = Verdict.CHANGE if changes or new else Verdict.SAME
        return Row(
            verdict=verdict,
            account_id=account.id,
            entry=entry,
            changes=changes,
            deviations=new,
            **named,
        )

    def _check_people(self, entry: Entry) -> None:
        if fault := self.people.fault_in(entry.administrators):
            raise Faults({"administrators": fault})


def _changes(account: Account, entry: Entry, emails: list[str]) -> dict[str, tuple[str, str]]:
    pairs: dict[str, tuple[Any, Any]] = {
        name: (getattr(account, name), getattr(entry, name))
        for name in (*DESCRIBED, "kind", "public", "official", "repeat_rule")
    }
    pairs["languages"] = (list(account.languages), list(entry.languages))
    pairs["administrators"] = (
        [email.casefold() for email in emails],
        [person.email.casefold() for person in entry.administrators],
    )
    return {name: (_said(a), _said(b)) for name, (a, b) in pairs.items() if a != b}


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "ja" if value else "nej"
    return ", ".join(value) if isinstance(value, list) else str(value)
