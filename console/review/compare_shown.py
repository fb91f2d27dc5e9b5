"""A comparison in words: two events' figures, and an exercise beside its plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from console.incidents.exercise_models import ExerciseRun
from console.incidents.exercise_rules import KIND_LABELS, InjectKind
from console.review.compare_rules import Measured, Value, reaction
from console.review.figures_rules import Figures
from console.review.figures_shown import NOTHING, Table, moment, span

LABELS: dict[str, LazyString] = {
    "to_first": _l("Från öppnad till första besked"),
    "messages": _l("Meddelanden som gick ut"),
    "approval": _l("Längsta väntan på godkännande"),
    "reach": _l("Längst från första till sista kontot"),
    "promises": _l("Utlovade besked som kom i tid, i procent"),
    "promises_missed": _l("Utlovade besked som inte kom i tid"),
    "silence": _l("Längsta tystnad"),
    "rounds_missed": _l("Missade omgångar"),
    "rounds_late": _l("Sena omgångar"),
    "corrections": _l("Rättelser"),
    "correcting": _l("Längst från fel sett till rättat"),
    "failures": _l("Inlägg som nekades eller var obekräftade"),
    "unresolved": _l("Av dem olösta"),
    "locks": _l("Tills hälften kvitterat låset"),
    "rumours": _l("Rykten"),
    "rumours_open": _l("Rykten utan svar"),
    "rumours_took": _l("Längst från rykte till svar"),
}
VERDICTS: dict[str, LazyString | str] = {
    "better": _l("Bättre"),
    "worse": _l("Sämre"),
    "same": _l("Lika"),
    "": NOTHING,
}
MARKS = {"better": "sent", "worse": "refused", "same": "left_alone", "": "not_repeated"}


@dataclass(frozen=True)
class Row:
    key: str
    label: str
    left: str
    right: str
    difference: str
    verdict: str
    """compare_rules.Measured.verdict"""
    word: str
    mark: str


def rows(measured: Sequence[Measured]) -> list[Row]:
    return [
        Row(
            key=one.key,
            label=str(LABELS[one.key]),
            left=_said(one.left),
            right=_said(one.right),
            difference=_signed(one.difference),
            verdict=one.verdict,
            word=str(VERDICTS[one.verdict]),
            mark=MARKS[one.verdict],
        )
        for one in measured
    ]


def _said(value: Value) -> str:
    return NOTHING if value is None else span(value) if isinstance(value, timedelta) else str(value)


def _signed(value: Value) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, timedelta):
        sign = "+" if value > timedelta() else "−" if value < timedelta() else ""
        return f"{sign}{span(abs(value))}" if sign else span(value)
    return f"{value:+d}".replace("-", "−") if value else "0"


def plan_table(run: ExerciseRun, figures: Figures, *, whole: bool) -> Table:
    """An exercise's plan beside what happened.

    Args:
        whole: what hasn't happened too; else players would read what is to come.
    """
    found = []
    for one in run.injects:
        if one.happened_at is None and not whole:
            continue
        followed = reaction(one.happened_at, figures)
        about = one.account.short_name if one.account else one.person.name if one.person else ""
        kind = str(KIND_LABELS[InjectKind(one.kind)])
        came = moment(one.happened_at)
        found.append(
            (
                _("%(n)s min", n=one.minute),
                f"{kind}: {about}" if about else kind,
                ". ".join(filter(None, (one.place, one.content))),
                moment(one.due_at),
                _("%(at)s, för sent", at=came) if one.late else came,
                moment(None if followed is None else followed.at),
                span(None if followed is None else followed.took),
            )
        )
    return Table(
        "plan",
        _("Plan och utfall: %(name)s", name=run.name),
        (
            _("Efter start"), _("Inspel"), _("Text"), _("Planerat"), _("Hände"),
            _("Nästa nya meddelande"), _("Reaktionstid"),
        ),
        found,
        _("Inget inspel har hänt än."),
    )  # fmt: skip
