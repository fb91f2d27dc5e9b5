"""The board's rows about rumours and approved answers, and the start page's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from flask import url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from console import phrases
from console.answers import queries as answers
from console.answers.models import AnswerVersion
from console.board.queries_rumours import Talk
from console.incidents.models import Incident
from console.parts import Todo, Verb
from console.people.models import Person
from console.people.rules import Permission


def todo(
    incident: Incident, talk: Talk, allowed: frozenset[Permission], now: datetime
) -> Iterator[Todo]:
    """What is said and nobody has answered; what was approved and no longer holds."""
    if incident.state != "open":
        return
    if talk.to_review:
        yield Todo(
            "answers-review",
            "unknown",
            ngettext(
                "%(num)s svar att granska på nytt", "%(num)s svar att granska på nytt",
                talk.to_review,
            ),
            _("Det som gäller har ändrats. Svaren ges inte förrän de är godkända igen."),
            Verb(_("Granska svaren"), url_for("answers.listing", slug=incident.slug))
            if Permission.WRITE_MESSAGE in allowed
            else None,
        )  # fmt: skip
    if talk.open_rumours and talk.oldest is not None:
        lang = str(get_locale())
        # A clock time stays true for as long as the part lies in memory.
        why = _("Det äldsta sågs %(when)s.", when=phrases.when(talk.oldest, now, lang))
        if talk.without_owner:
            why += " " + ngettext(
                "%(num)s har ingen som sköter det.", "%(num)s har ingen som sköter dem.",
                talk.without_owner,
            )  # fmt: skip
        yield Todo(
            "rumours",
            "unknown",
            ngettext("%(num)s rykte att hantera", "%(num)s rykten att hantera", talk.open_rumours),
            why,
            Verb(_("Visa rykten"), url_for("monitoring.listing", slug=incident.slug)),
        )


def waiting(
    incident: Incident, talk: Talk, allowed: frozenset[Permission], now: datetime
) -> Iterator[Todo]:
    """Answers before an approver."""
    lang = str(get_locale())
    for row in talk.waiting if incident.state == "open" else ():
        approves = Permission.APPROVE_MESSAGE in allowed
        url = url_for("answers.approve_page", slug=incident.slug, version_id=row.id)
        verb = Verb(_("Läs och godkänn svaret") if approves else _("Visa svaret"), url)
        yield Todo(
            f"answer-{row.id}",
            "waiting",
            _("Svar: %(question)s", question=row.question),
            _(
                "%(who)s lämnade in %(at)s.",
                who=row.author,
                at=phrases.when(row.submitted_at, now, lang),
            ),
            verb if approves or Permission.WRITE_MESSAGE in allowed else None,
        )


def to_approve(session: Session, person: Person) -> Iterator[tuple[AnswerVersion, str]]:
    """Answers of open events that wait for somebody like `person`, each with its page's address."""
    for version in answers.waiting(session):
        if person.id in answers.had_a_hand(version):
            continue
        slug = version.answer.incident.slug
        yield version, url_for("answers.approve_page", slug=slug, version_id=version.id)
