"""An event's charts in words: from draft to accounts, rounds, how posts ended, languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from console import phrases
from console.review.charts import Row, Series, bars
from console.review.figures_rules import Chain, Figures
from console.review.figures_shown import Chart, Table, span, title

MINUTE = timedelta(minutes=1)
STATES: dict[str, LazyString] = {
    "sent": _l("Skickade"),
    "confirmed": _l("Klara för hand"),
    "unknown": _l("Obekräftade"),
    "refused": _l("Nekade"),
    "retry": _l("Försöker igen"),
    "by_hand": _l("Väntar för hand"),
    "expired": _l("För sent"),
    "stopped": _l("Stoppade"),
    "queued": _l("I kö"),
    "claimed": _l("Sänds"),
    "started": _l("Sänds"),
    "not_repeated": _l("Upprepas inte"),
}
LANGUAGES: dict[str, LazyString] = {"sv": _l("Svenska"), "en": _l("Engelska")}


def charts(figures: Figures) -> list[Chart]:
    """Those that have something to show."""
    drawn = (_ways(figures), _rounds(figures), _outcomes(figures), _languages(figures))
    return [one for one in drawn if one.table.rows]


def _ways(figures: Figures) -> Chart:
    heading = _("Tid från utkast till sista kontot")
    series = [
        Series(_("Skrivs"), "open"),
        Series(_("Väntar på godkännande"), "dots"),
        Series(_("Till första kontot"), "lines"),
        Series(_("Till sista kontot"), "solid"),
    ]
    lengths = [(one, _lengths(one)) for one in figures.chains if one.submitted_at is not None]
    table = Table(
        "chart_ways",
        heading,
        (_("Meddelande"), *(one.name for one in series), _("Sammanlagt")),
        [
            (title(one), *(span(length) for length in took), span(_sum(took)))
            for one, took in lengths
        ],
        _("Inget meddelande är skrivet."),
    )
    rows = [
        Row(title(one), [_minutes(length) for length in took], span(_sum(took)))
        for one, took in lengths
    ]
    return Chart(bars("ways", heading, series, rows, _scale), table)


def _lengths(chain: Chain) -> list[timedelta | None]:
    moments = (chain.created_at, chain.submitted_at, chain.approved_at, chain.first_at,
               chain.last_at)  # fmt: skip
    return [_between(a, b) for a, b in pairwise(moments)]


def _between(a: datetime | None, b: datetime | None) -> timedelta | None:
    return None if a is None or b is None else max(timedelta(), b - a)


def _sum(lengths: Sequence[timedelta | None]) -> timedelta:
    return sum((one for one in lengths if one is not None), timedelta())


def _minutes(length: timedelta | None) -> float:
    return 0.0 if length is None else length / MINUTE


def _scale(minutes: float) -> str:
    return span(minutes * MINUTE)


def _count(number: float) -> str:
    return phrases.thousands(int(number))


def _rounds(figures: Figures) -> Chart:
    heading = _("Omgångar i tid, sena och missade")
    series = [
        Series(_("I tid"), "solid"),
        Series(_("Sena"), "lines"),
        Series(_("Missade"), "open"),
        Series(_("Inget kom ut"), "dots"),
    ]
    titles = _titles(figures)
    found = [
        (titles[one.message_id], (one.in_time, one.late, one.missed, one.nothing))
        for one in figures.rounds_of
    ]
    late: dict[int, timedelta] = {}
    for one, by in figures.rounds.late:
        late[one.message_id] = max(by, late.get(one.message_id, by))
    table = Table(
        "chart_rounds",
        heading,
        (_("Meddelande"), *(one.name for one in series), _("Sen som mest")),
        [
            (name, *map(str, values), span(late.get(of.message_id)))
            for (name, values), of in zip(found, figures.rounds_of, strict=True)
        ],
        _("Ingen omgång har varit."),
    )
    rows = [
        Row(name, values, _("%(n)s av %(all)s i tid", n=values[0], all=sum(values)))
        for name, values in found
    ]
    return Chart(bars("rounds", heading, series, rows, _count), table)


def _outcomes(figures: Figures) -> Chart:
    heading = _("Hur inläggen slutade")
    found = [(str(STATES.get(state, state)), n) for state, n in figures.outcomes.items()]
    total = sum(n for _name, n in found)
    table = Table(
        "chart_outcomes",
        heading,
        (_("Utfall"), _("Inlägg"), _("Andel")),
        [(name, _count(n), _share(n, total)) for name, n in found],
        _("Inget inlägg är gjort."),
    )
    rows = [Row(name, [n], f"{_count(n)} ({_share(n, total)})") for name, n in found]
    return Chart(
        bars("outcomes", heading, [Series(_("Inlägg"), "solid")], rows, _count), table
    )  # fmt: skip


def _languages(figures: Figures) -> Chart:
    heading = _("Inlägg per språk")
    series = [Series(_("Ute"), "solid"), Series(_("Inte ute"), "open")]
    found = [(str(LANGUAGES.get(key, key)), one) for key, one in figures.languages.items()]
    table = Table(
        "chart_languages",
        heading,
        (_("Språk"), _("Inlägg"), _("Ute"), _("Från godkänt till ute, som längst")),
        [(name, _count(one.posts), _count(one.out), span(one.slowest)) for name, one in found],
        _("Inget inlägg är gjort."),
    )
    rows = [
        Row(name, [one.out, one.posts - one.out],
            _("%(n)s av %(all)s", n=one.out, all=one.posts))
        for name, one in found
    ]  # fmt: skip
    return Chart(bars("languages", heading, series, rows, _count), table)


def _titles(figures: Figures) -> Mapping[int, str]:
    return {one.message_id: title(one) for one in figures.chains}


def _share(part: int, total: int) -> str:
    return f"{round(100 * part / total)}\N{NO-BREAK SPACE}%"
