"""Bring a register in from a file: shown first, then put in exactly as it was shown."""

from __future__ import annotations

import hashlib
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import update
from sqlalchemy.orm import Session

from console import live
from console.accounts import describing, import_plan, operations
from console.accounts.administrators import Administrators
from console.accounts.entries import Entry
from console.accounts.import_models import RegisterImport
from console.accounts.import_plan import Plan, Row, Verdict
from console.errors import NotFound, Stale, WrongState
from console.people.models import Person
from console.timeline.operations import record

LONGEST_NAME = 120
"""Characters of a file's name that are kept."""


def show(
    session: Session, actor: Person, name: str, content: bytes, now: datetime
) -> RegisterImport:
    """Keep a file until its plan is confirmed. The register isn't touched.

    Raises:
        BadInput: it can't be read; nothing is kept.
    """
    import_plan.plan(session, content, now)
    session.execute(
        update(RegisterImport)
        .where(RegisterImport.by_id == actor.id, RegisterImport.confirmed_at.is_(None))
        .values(content=None)
    )
    shown = RegisterImport(
        name=name.strip()[-LONGEST_NAME:] or "register",
        content=content,
        digest=hashlib.sha256(content).hexdigest(),
        by_id=actor.id,
        at=now,
    )
    session.add(shown)
    session.flush()
    return shown


def get(session: Session, import_id: int) -> RegisterImport:
    """
    Raises:
        NotFound: no such file.
    """
    found = session.get(RegisterImport, import_id)
    if found is None:
        raise NotFound(_("Filen finns inte. Välj den på nytt."))
    return found


def plan_of(session: Session, shown: RegisterImport, now: datetime) -> Plan | None:
    """What the file would do now; None: it is in the register, or gone."""
    return None if shown.content is None else import_plan.plan(session, shown.content, now)


def confirm(
    session: Session,
    actor: Person,
    import_id: int,
    digest: str,
    seen: str,
    now: datetime,
) -> Plan:
    """Put into the register what was shown, row by row; what was refused is left out.

    Args:
        digest: of the file's bytes, as the page showed it.
        seen: `Plan.digest` of the plan that was shown.

    Raises:
        NotFound: no such file.
        WrongState: it is in the register already, or a newer file took its place.
        Stale: it isn't that file, or the register has changed since: look again.
    """
    operations.hold_register(session)
    shown = session.get(RegisterImport, import_id, with_for_update=True, populate_existing=True)
    if shown is None:
        raise NotFound(_("Filen finns inte. Välj den på nytt."))
    if shown.confirmed_at is not None:
        raise WrongState(_("Filen är redan inlagd."))
    if shown.content is None:
        raise WrongState(_("Du har valt en nyare fil sedan dess. Titta på den."))
    plan = import_plan.plan(session, shown.content, now)
    if digest != shown.digest or seen != plan.digest:
        raise Stale(_("Registret har ändrats sedan du tittade. Titta igen."))
    created, changed = plan.with_verdict(Verdict.CREATE), plan.with_verdict(Verdict.CHANGE)
    people = Administrators(session, actor, now)
    for row in (*created, *changed):
        people.ids(_entry(row).administrators)
    if created:
        raw = [row.raw for row in created]
        operations.import_accounts(session, actor, raw, now, found_in_use=True)
    for row in changed:
        _change(session, actor, row, people, now)
    shown.confirmed_at, shown.content = now, None
    facts = {
        "import": shown.id,
        "digest": shown.digest,
        "created": len(created),
        "changed": len(changed),
        "refused": len(plan.with_verdict(Verdict.REFUSE)),
    }
    record(
        session,
        "register:imported",
        body=facts,
        now=now,
        person_id=actor.id,
        personal={"file": shown.name},
    )
    live.announce(session, live.CALM)
    return plan


def _change(
    session: Session, actor: Person, row: Row, people: Administrators, now: datetime
) -> None:
    entry, account_id = _entry(row), row.account_id or 0
    if row.changes.keys() & set(import_plan.DESCRIBED):
        described = describing.Description(
            **{name: getattr(entry, name) for name in import_plan.DESCRIBED}
        )
        describing.describe(session, actor, account_id, described, now)
    if row.changes.keys() & set(import_plan.SET):
        change = operations.Change(
            kind=entry.kind,
            settings=entry.settings,
            secret={} if "kind" in row.changes else None,
            public=entry.public,
            official=entry.official,
            languages=entry.languages,
            repeat_rule=entry.repeat_rule,
            administrators=people.ids(entry.administrators),
        )
        operations.change_settings(session, actor, account_id, change, now)
    for content in row.deviations:
        operations.note_deviation(session, actor, account_id, content, now)


def _entry(row: Row) -> Entry:
    assert row.entry is not None, "only rows that aren't refused are put in"
    return row.entry
