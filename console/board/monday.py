"""Monday's mail: to each person what waits for them, once a week, and nothing to the others.

One transaction puts down that a person's week has been looked at and what their mail says, so that
whoever is killed in between has done neither.

`write` makes links and words: it runs where an application is at hand (see `console.addresses`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask import url_for
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from console import live
from console.board import monday_rules, worklist
from console.board.monday_models import MondayMail
from console.board.start_model import WorkGroup
from console.mails import MailState, Outbox
from console.people.models import Person
from console.people.rules import Role
from console.policy.rules import LANGUAGES
from console.timeline.operations import record

NAMED = 20
"""Rows of a group that a mail names; the page has them all."""


def due(session: Session, now: datetime, limit: int) -> Sequence[int]:
    """Ids of people whose week nobody has looked at; [] where it isn't the time."""
    week = monday_rules.week_at(now)
    if week is None:
        return []
    done = exists().where(MondayMail.person_id == Person.id, MondayMail.week == week)
    query = select(Person.id).where(Person.active, ~done).order_by(Person.id).limit(limit)
    return session.scalars(query).all()


def write(session: Session, person_id: int, now: datetime, console_url: str) -> bool:
    """Look at a person's week, and queue their mail if anything waits for them.

    Args:
        console_url: what links begin with.

    Returns whether a mail is queued; never a second time in one week.
    """
    week = monday_rules.week_at(now)
    if week is None:
        return False
    person = session.get_one(Person, person_id)
    language = person.language if person.language in LANGUAGES else "sv"
    mark = insert(MondayMail).values(
        person_id=person.id,
        week=week,
        language=language,
        made_at=now,
        mail_state=MailState.NONE.value,
    )
    # Whoever looks at the same time waits here until we are done, and then has nothing to do.
    made = session.scalar(mark.on_conflict_do_nothing().returning(MondayMail.id))
    if made is None:
        return False
    with force_locale(language):
        said = _words(session, person, now, console_url)
    if said is None:
        return False
    mail = session.get_one(MondayMail, made)
    mail.subject, mail.content = said
    mail.mail_state, mail.mail_at = MailState.QUEUED.value, now
    session.flush()
    record(session, "monday:written", body={"mail": mail.id, "person": person.id, "week": week},
           now=now)  # fmt: skip
    live.announce(session, live.WORK)
    return True


def _settled(session: Session, mail: MondayMail, now: datetime) -> None:
    body = {"mail": mail.id, "detail": mail.mail_detail}
    record(session, f"monday:{mail.mail_state}", body=body, now=now)


MAILS = Outbox(MondayMail, MondayMail.person, lambda mail: f"monday-{mail.id}", _settled)


def _words(
    session: Session, person: Person, now: datetime, console_url: str
) -> tuple[str, str] | None:
    """(subject, text) in the language that is forced; None: nothing waits."""
    waiting = worklist.waiting(session, person, now)
    lacks = worklist.deviations(session, now) if Role.STRATEGY in person.roles else {}
    if not waiting and not lacks:
        return None
    parts = [_group(group, console_url) for group in worklist.grouped(waiting, now)]
    if lacks:
        parts.append(_lacks(session, lacks, console_url))
    parts.append(_("Allt som väntar på dig: %(url)s", url=console_url + url_for("start.today")))
    subject = ngettext("%(num)d sak väntar på dig", "%(num)d saker väntar på dig", len(waiting))
    if not waiting:
        subject = worklist.needing(len(worklist.accounts_in(lacks)))
    return subject, "\n\n".join(parts) + "\n"


def _group(group: WorkGroup, console_url: str) -> str:
    lines = [f"{group.title} ({group.total})"]
    for row in (*group.rows, *group.more)[:NAMED]:
        when = f" ({row.when})" if row.when else ""
        lines.append(f"- {row.verb} {row.rest}".rstrip() + f"{when}\n  {console_url}{row.url}")
    return _with_rest(lines, group.total)


def _lacks(session: Session, found: worklist.Found, console_url: str) -> str:
    lines = [worklist.needing(len(worklist.accounts_in(found)))]
    kinds = [kind for several in found.values() for kind in several]
    rows = worklist.first_rows(session, kinds, NAMED)
    for row in [row for shown in rows for row in shown][:NAMED]:
        since = f" ({row.since})" if row.since else ""
        url = row.verb.url if row.verb else url_for("municipality.show")
        lines.append(f"- {row.what}: {row.account}, {row.platform}{since}\n  {console_url}{url}")
    return _with_rest(lines, sum(len(kind.found) for kind in kinds))


def _with_rest(lines: list[str], total: int) -> str:
    if total > NAMED:
        lines.append(_("… och %(n)s till.", n=total - NAMED))
    return "\n".join(lines)
