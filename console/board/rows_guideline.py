"""What the start page says of the guideline: what waits for a reader, and for a pledge."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from console import phrases
from console.accounts.rules import platform_name
from console.board.start_model import Deviating, Deviation, Waiting, numbered
from console.db import once
from console.guideline import queries
from console.guideline.queries import Book
from console.guideline.rules import Lack, day_of
from console.parts import Verb
from console.people.models import Person
from console.people.rules import Permission, may


def waiting(session: Session, person: Person, now: datetime) -> list[Waiting]:
    """For an administrator: a pledge to give, a version to read (3.2-d, 3.3-a). For the strategy
    department: the review, directives, a version without its decision, who lacks what (8)."""
    book = _book(session, now)
    found = _own(session, person, book)
    if may(person.roles, Permission.KEEP_GUIDELINE):
        found += _to_keep(session, book, now)
    return found


def deviations(session: Session, now: datetime) -> list[Deviating]:
    """Accounts in use that wait for an administrator's pledge (3.2-d)."""
    book = _book(session, now)

    def say(one: Any, names: list[str]) -> Deviation:
        return Deviation(
            key=f"account-{one.id}",
            state="by_hand",
            what=_("Väntar på förbindelse"),
            account=one.name,
            platform=platform_name(one.platform),
            since=", ".join(names),
            verb=Verb(_("Visa"), url_for("accounts.show", account_id=one.id)),
        )

    def names(accounts: Sequence[Any]) -> dict[int, list[str]]:
        return queries.unpledged_accounts(session, book, [one.id for one in accounts])

    found = numbered(queries.without_pledge(session, book))
    return [Deviating(found, say, read=names)]


def _book(session: Session, now: datetime) -> Book:
    return once(session, "guideline", lambda: queries.book(session, now))


def _own(session: Session, person: Person, book: Book) -> list[Waiting]:
    if book.current is None:
        return []
    lacks = queries.lacks(session, person.id, book)
    n, url = book.current.number, url_for("guideline.show")
    if Lack.PLEDGE in lacks:
        return [Waiting(_("Lämna din förbindelse"), _("att följa riktlinjerna"), url)]
    if Lack.READING in lacks:
        return [Waiting(_("Läs riktlinjerna"), _("version %(n)s, ändrad lite", n=n), url)]
    return []


def _to_keep(session: Session, book: Book, now: datetime) -> list[Waiting]:
    today, found = day_of(now), []
    review = queries.review(session, book, today)
    if review is not None and review.open:
        locale = get_locale()
        day = phrases.day(review.due, locale.language if locale else "sv")
        late = _("försenad, skulle vara klar %(day)s", day=day)
        rest = late if review.late else _("senast %(day)s", day=day)
        found.append(Waiting(_("Se över riktlinjerna"), rest, url_for("guideline_keeping.review")))
    new = book.upcoming
    if new is not None and new.settled_at is None:
        url = url_for("guideline.version", number=new.number)
        rest = _("om riktlinjernas version %(n)s", n=new.number)
        found.append(Waiting(_("Skriv in beslutet"), rest, url))
    elif new is None and queries.promised(session, book) is not None:
        url = url_for("guideline_keeping.new_version")
        found.append(Waiting(_("Skriv in den nya versionen"), _("som översynen ledde till"), url))
    for one in queries.open_directives(session):
        url = url_for("guideline_keeping.directive", directive_id=one.id)
        rest = _("från %(who)s: %(what)s", who=one.sender, what=one.subject)
        found.append(Waiting(_("Svara på direktivet"), rest, url))
    if book.current is None:
        return found
    said = {
        Lack.PLEDGE: _("som saknar förbindelse"),
        Lack.TRAINING: _("som saknar utbildning"),
    }
    for lack, n in queries.counts(session, book).items():
        if n and lack in said:
            verb = ngettext("Se %(num)d administratör", "Se %(num)d administratörer", n)
            url = url_for("guideline.listing_of_people", lacks=lack.value)
            found.append(Waiting(verb, said[lack], url))
    return found
