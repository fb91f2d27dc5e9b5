"""The log's sentences about questions, and about moderation: never what a post says, or whose."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _

from console import phrases
from console.monitoring.moderation_rules import DONE_LABELS, MEASURE_LABELS, TOLD_LABELS
from console.web.language import shown
from console.web.log_names import Names, Say


def _with_text(template: Callable[[str], str], field: str) -> Say:
    return lambda facts, names: template(phrases.sentence(facts.get(field) or "")).rstrip()


def _decided(facts: Mapping[str, Any], names: Names) -> str:
    said = _(
        "Beslutade: %(measure)s. Skäl: %(ground)s.",
        measure=str(MEASURE_LABELS[facts["measure"]]).lower(),
        ground=str(facts["ground_text"]).lower(),
    )
    if facts["committee"]:
        said += " " + _("Lämnat för diarieföring till %(who)s.", who=facts["committee"])
    return f"{said} {phrases.sentence(facts.get('reason') or '')}".rstrip()


def _gone(facts: Mapping[str, Any], names: Names) -> str:
    label = DONE_LABELS[facts.get("measure", "hide")]
    took = phrases.span(timedelta(seconds=facts["took"]), shown())
    return _("%(done)s. Det syntes i %(took)s efter att vi såg det.", done=label, took=took)


SENTENCES: dict[str, Say] = {
    "question:opened": lambda f, n: _("Inkorgen: en fråga att svara på."),
    "question:dropped": lambda f, n: _("Inkorgen: frågan behöver inget svar."),
    "question:replied": _with_text(
        lambda text: _("Inkorgen: skrev vad svaret är. %(text)s", text=text), "reply"
    ),
    "question:answered": _with_text(
        lambda text: _("Inkorgen: frågan är besvarad. %(text)s", text=text), "answer"
    ),
    "question:followed": lambda f, n: _("Inkorgen: svaret är uppföljt."),
    "moderation:captured": lambda f, n: _("Sparade beviset."),
    "moderation:decided": _decided,
    "moderation:hidden": _gone,
    "moderation:gone": _gone,
    "moderation:registered": lambda f, n: _(
        "Diarieförde det: %(number)s, %(who)s.", number=f["number"], who=f["committee"]
    ),
    "moderation:told": lambda f, n: _(
        "Gav besked om skälet: %(how)s.", how=str(TOLD_LABELS[f["how"]]).lower()
    ),
    "moderation:kept": _with_text(
        lambda text: _("Lät det stå kvar. %(text)s", text=text), "reason"
    ),
    "moderation:evidence:seen": lambda f, n: _("Läste beviset."),
}
