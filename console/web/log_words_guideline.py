"""Sentences of the log about the guideline: versions, reviews, directives, pledges, training."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _

from console import phrases
from console.guideline.rules import OUTCOME_LABELS, SIZE_LABELS, Outcome, Size
from console.web.log_names import Say
from console.web.log_words_duty import People


def _day(text: str) -> str:
    locale = get_locale()
    return phrases.day(date.fromisoformat(text), locale.language if locale else "sv")


def _decided(facts: Mapping[str, Any], names: People) -> str:
    return _(
        "Riktlinjernas version %(n)s är beslutad: %(by)s, %(day)s, %(paragraph)s.",
        n=facts["version"],
        by=facts["by"],
        day=_day(facts["on"]),
        paragraph=facts["paragraph"],
    )


def _settled(facts: Mapping[str, Any], names: People) -> str:
    if facts["version"] is None:
        why = phrases.sentence(facts["reason"])
        return _("Direktivet ledde inte till någon ändring.") + " " + why
    return _("Direktivet ledde till riktlinjernas version %(n)s.", n=facts["version"])


def _trained(facts: Mapping[str, Any], names: People) -> dict[str, str]:
    return {
        "who": names.people.get(facts["person"], _("någon")),
        # What is masked is missing: the sentence does without.
        "what": facts.get("content", "") or _("en utbildning"),
        "day": _day(facts["held_on"]),
    }


SENTENCES: dict[str, Say] = {
    "guideline:version:recorded": lambda f, n: _(
        "Skrev in riktlinjernas version %(n)s. %(size)s.",
        n=f["version"],
        size=SIZE_LABELS[Size(f["size"])],
    ),
    "guideline:version:decided": _decided,
    "guideline:version:withdrawn": lambda f, n: (
        _("Drog tillbaka riktlinjernas version %(n)s.", n=f["version"])
        + " "
        + phrases.sentence(f["reason"])
    ),
    "guideline:review:closed": lambda f, n: _(
        "Såg över riktlinjerna: %(outcome)s. %(note)s",
        outcome=str(OUTCOME_LABELS[Outcome(f["outcome"])]).lower(),
        note=phrases.sentence(f["note"]),
    ),
    "guideline:directive:recorded": lambda f, n: _(
        "Skrev in ett direktiv från %(who)s: %(what)s",
        who=f["sender"],
        what=phrases.sentence(f["subject"]),
    ),
    "guideline:directive:settled": _settled,
    "guideline:read": lambda f, n: _("Har läst riktlinjernas version %(n)s.", n=f["version"]),
    "guideline:pledged": lambda f, n: _(
        "Förband sig att följa riktlinjernas version %(n)s.", n=f["version"]
    ),
    "guideline:training:recorded": lambda f, n: _(
        "Skrev in utbildning: %(who)s, %(what)s, %(day)s.", **_trained(f, n)
    ),
    "guideline:training:removed": lambda f, n: _(
        "Tog bort utbildning: %(who)s, %(what)s, %(day)s.", **_trained(f, n)
    ),
}
