"""What the board says of the municipality's own start page: an alarm, or when it was seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from console import phrases
from console.accounts.models import Account
from console.accounts.rules import State
from console.incidents.models import Incident
from console.parts import Todo, Verb
from console.site.start_page_models import StartPageEvent
from console.site.start_page_words import says


def read(session: Session, incident: Incident) -> Sequence[Row[Any]]:
    """Per start page: account_id, shows, shown_number, number, seen_at, behind_since, alarmed_at.
    Nobody looks for an exercise."""
    if incident.exercise or incident.state != "open":
        return ()
    r = StartPageEvent
    return session.execute(
        select(
            r.account_id, r.shows, r.shown_number, r.number, r.seen_at, r.behind_since,
            r.alarmed_at,
        )
        .join(Account, Account.id == r.account_id)
        .where(
            r.incident_id == incident.id,
            Account.state == State.ACTIVE,
            Account.settings["start_page"].astext != "",
        )
        .order_by(Account.position, Account.id)
    ).all()  # fmt: skip


def rows(found: Sequence[Row[Any]], now: datetime) -> Iterator[Todo]:
    """Each page that hasn't shown what applies for too long."""
    for one in found:
        if one.alarmed_at is None or one.behind_since is None:
            continue
        at = phrases.when(one.behind_since, now, str(get_locale()))
        yield Todo(
            f"start_page-{one.account_id}",
            "refused",
            says(one),
            _("Så har det varit sedan %(at)s. Ring webbredaktören.", at=at),
            Verb(_("Visa"), url_for("start_pages.show", account_id=one.account_id)),
        )


def line(found: Sequence[Row[Any]], now: datetime) -> str:
    """For below what was said last: where it can be read by now; "": nobody looks."""
    lang = str(get_locale())
    if not found:
        return ""
    behind = next((one for one in found if one.behind_since is not None), None)
    if behind is not None:
        return f"{says(behind)}."
    seen = max((one.seen_at for one in found if one.seen_at is not None), default=None)
    return _("Syntes på startsidan %(at)s.", at=phrases.when(seen, now, lang)) if seen else ""
