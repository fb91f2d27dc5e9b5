"""The figures in words: the same on the page, in the spreadsheet and in the report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from console import phrases
from console.incidents.rules import NoticeKind
from console.messages import labels
from console.messages.rules import MessageType
from console.review.figures_rules import Chain, Failure, Figures, Notices

NOTHING = "–"
KINDS: dict[NoticeKind, LazyString] = {
    NoticeKind.LOCKED: _l("Kontot är låst"),
    NoticeKind.RELEASED: _l("Kontot är upplåst"),
    NoticeKind.CLOSED: _l("Händelsen är avslutad"),
    NoticeKind.BROKEN_OFF: _l("Övningen är avbruten"),
    NoticeKind.APPROVE: _l("Text att godkänna"),
    NoticeKind.PROMISE: _l("Lovat besked"),
    NoticeKind.BY_HAND: _l("Publicera för hand"),
    NoticeKind.STAFF: _l("Plats i staben"),
}
OUTCOMES: dict[str, LazyString] = {
    "kept": _l("Kom i tid"),
    "moved": _l("Flyttat med Gäller fortfarande"),
    "missed": _l("Kom inte i tid"),
    "open": _l("Inte ännu"),
}
RESOLUTIONS: dict[str, LazyString] = {
    "sent": _l("Gick ut till slut"),
    "confirmed": _l("Publicerat för hand"),
    "by_hand": _l("Väntar på att göras för hand"),
    "unknown": _l("Ingen vet om det syns"),
    "refused": _l("Gick aldrig ut"),
    "expired": _l("Blev för gammalt"),
    "stopped": _l("Stoppat"),
}


@dataclass(frozen=True)
class Tile:
    """One of the figures at the top."""

    key: str
    value: str
    text: str
    fault: bool = False


@dataclass(frozen=True)
class Table:
    """The rows behind a figure."""

    key: str
    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    nothing: str
    """What to say when there are no rows."""


@dataclass(frozen=True)
class Chart:
    """Drawn figures; the same drawing on the page and in the report."""

    svg: str
    table: Table
    """What it is drawn from."""


@dataclass(frozen=True)
class Finding:
    """Something to look at."""

    mark: str
    title: str
    text: str
    message_id: int | None = None


@dataclass(frozen=True)
class Shown:
    tiles: Sequence[Tile]
    tables: Sequence[Table]
    findings: Sequence[Finding] = field(default=())


def shown(figures: Figures, accounts: Mapping[int, str]) -> Shown:
    """
    Args:
        accounts: names by id.
    """
    titles = {one.message_id: title(one) for one in figures.chains}
    return Shown(
        tiles=_tiles(figures),
        tables=[
            _messages(figures.chains),
            _promises(figures, titles),
            _rounds(figures, titles),
            _corrections(figures, titles),
            _failures(figures.failures, accounts),
            _notices(figures.notices),
            _rumours(figures),
        ],
        findings=list(_findings(figures, titles, accounts)),
    )


def _tiles(figures: Figures) -> list[Tile]:
    promised = [one for one in figures.promises if one.outcome in ("kept", "missed")]
    kept = sum(one.outcome == "kept" for one in promised)
    due, missed = figures.rounds.due, len(figures.rounds.missed)
    fixed = [one.first_at - one.pressed_at for one in figures.corrections if one.first_at]
    locks = figures.notices.get(NoticeKind.LOCKED)
    silence = figures.silence
    return [
        Tile("to_first", span(figures.to_first), _("från öppnad till första besked")),
        Tile(
            "promises",
            _("%(n)s av %(all)s", n=kept, all=len(promised)),
            _("utlovade besked kom i tid"),
            kept < len(promised),
        ),
        Tile(
            "silence",
            span(None if silence is None else silence.length),
            _("längsta tystnad")
            if silence is None
            else _("längsta tystnad, %(a)s till %(b)s", a=moment(silence.start),
                   b=moment(silence.end)),
            silence is not None
            and any(silence.start < one.due_at <= silence.end for one in figures.rounds.missed),
        ),
        Tile("rounds", _("%(n)s av %(all)s", n=figures.rounds.out, all=due),
             _("omgångar gick ut"), missed > 0),
        Tile(
            "corrections",
            span(max(fixed, default=None)),
            _("från fel sett till rättat, som längst"),
            len(fixed) < len(figures.corrections),
        ),
        Tile("locks", span(None if locks is None else locks.half),
             _("tills hälften kvitterat låset")),
    ]  # fmt: skip


def _messages(chains: Sequence[Chain]) -> Table:
    return Table(
        "messages",
        _("Från utkast till konton"),
        (
            _("Meddelande"), _("Påbörjat"), _("Till godkännande"), _("Godkänt"),
            _("Första kontot"), _("Sista kontot"), _("Från påbörjat till första kontot"),
        ),
        [
            (
                title(one), moment(one.created_at), moment(one.submitted_at),
                moment(one.approved_at), moment(one.first_at), moment(one.last_at),
                span(None if one.first_at is None else one.first_at - one.created_at),
            )
            for one in chains
        ],
        _("Inget meddelande är skrivet."),
    )  # fmt: skip


def _promises(figures: Figures, titles: Mapping[int, str]) -> Table:
    return Table(
        "promises",
        _("Utlovade besked"),
        (_("Utlovat"), _("I meddelandet"), _("Utfall"), _("Syntes")),
        [
            (
                moment(one.promise_at), titles[one.message_id], str(OUTCOMES[one.outcome]),
                moment(one.seen_at),
            )
            for one in figures.promises
        ],
        _("Inget besked är utlovat."),
    )  # fmt: skip


def _rounds(figures: Figures, titles: Mapping[int, str]) -> Table:
    missed = [(one, _("Missad")) for one in figures.rounds.missed]
    late = [(one, _("%(t)s sen", t=span(by))) for one, by in figures.rounds.late]
    return Table(
        "rounds",
        _("Omgångar som missades eller var sena"),
        (_("Omgång"), _("Skulle gått ut"), _("Meddelande"), _("Utfall")),
        [
            (str(one.number), moment(one.due_at), titles[one.message_id], said)
            for one, said in sorted([*missed, *late], key=lambda pair: pair[0].number)
        ],
        _("Alla omgångar gick ut i tid."),
    )


def _corrections(figures: Figures, titles: Mapping[int, str]) -> Table:
    return Table(
        "corrections",
        _("Rättelser"),
        (
            _("Fel i"), _("Fel ute"), _("Fel sett"), _("Första rättat"), _("Sista rättat"),
            _("Från sett till rättat"),
        ),
        [
            (
                titles[one.message_id], moment(one.out_at), moment(one.pressed_at),
                moment(one.first_at), moment(one.last_at),
                span(None if one.first_at is None else one.first_at - one.pressed_at),
            )
            for one in figures.corrections
        ],
        _("Inget har rättats."),
    )  # fmt: skip


def _failures(failures: Sequence[Failure], accounts: Mapping[int, str]) -> Table:
    return Table(
        "failures",
        _("Konton som svek"),
        (_("Konto"), _("När"), _("Vad hände"), _("Hur löstes det"), _("Efter")),
        [
            (
                accounts.get(one.account_id, NOTHING), moment(one.at), _failed(one),
                str(RESOLUTIONS.get(one.resolution, _("Inte löst än"))),
                span(None if one.settled_at is None else max(one.settled_at - one.at, _ZERO)),
            )
            for one in failures
        ],
        _("Inget konto svek."),
    )  # fmt: skip


_ZERO = timedelta()


def _notices(notices: Mapping[str, Notices]) -> Table:
    return Table(
        "notices",
        _("Kvittenser"),
        (
            _("Meddelande till"),
            _("Antal"),
            _("Kvitterade"),
            _("Hälften hade kvitterat efter"),
        ),
        [
            (str(KINDS[NoticeKind(kind)]), str(one.sent), str(one.read), span(one.half))
            for kind, one in notices.items()
        ],
        _("Ingen har fått något meddelande."),
    )


def _rumours(figures: Figures) -> Table:
    return Table(
        "rumours",
        _("Rykten"),
        (_("Rykte"), _("Loggat"), _("Besvarat efter")),
        [(str(one.id), moment(one.logged_at), span(took)) for one, took in figures.rumours],
        _("Inget rykte är loggat."),
    )


def _findings(
    figures: Figures, titles: Mapping[int, str], accounts: Mapping[int, str]
) -> Iterable[Finding]:
    for promise in figures.promises:
        if promise.outcome == "missed":
            yield Finding(
                "missed",
                _("%(at)s: utlovat besked kom inte", at=moment(promise.promise_at)),
                _("Utlovat i %(what)s.", what=titles[promise.message_id])
                + (
                    " " + _("Syntes %(at)s.", at=moment(promise.seen_at)) if promise.seen_at else ""
                ),
                promise.message_id,
            )
    for row in figures.rounds.missed:
        yield Finding(
            "missed",
            _("%(at)s: omgång %(n)s missades", at=moment(row.due_at), n=row.number),
            titles[row.message_id],
            row.message_id,
        )
    for one in figures.corrections:
        end = one.first_at or figures.until
        out = None if one.out_at is None else max(end - one.out_at, _ZERO)
        yield Finding(
            "refused",
            _("%(at)s: fel ute i %(long)s", at=moment(one.out_at), long=span(out)),
            _("Sett %(a)s, rättat %(b)s.", a=moment(one.pressed_at), b=moment(one.first_at)),
            one.message_id,
        )
    for failure in figures.failures:
        name = accounts.get(failure.account_id, NOTHING)
        yield Finding(
            failure.kind,
            f"{moment(failure.at)}: {name}. {_failed(failure)}",
            f"{RESOLUTIONS.get(failure.resolution, _('Inte löst än'))}.",
        )
    locks = figures.notices.get(NoticeKind.LOCKED)
    if locks is not None and locks.read < locks.sent:
        left = locks.sent - locks.read
        yield Finding(
            "by_hand", _("%(n)s av %(all)s har inte kvitterat låset", n=left, all=locks.sent), ""
        )


def _failed(failure: Failure) -> str:
    return _("Nekat") if failure.kind == "refused" else _("Obekräftat")


def title(chain: Chain) -> str:
    name = str(labels.TYPES[MessageType(chain.type)])
    return f"{name} {chain.record}".strip()


def _in_language(say: Callable[..., str], *what: object) -> str:
    locale = get_locale()
    return say(*what, lang=locale.language if locale else "sv")


def span(length: timedelta | None) -> str:
    """8 min; a dash where there is none."""
    return NOTHING if length is None else _in_language(phrases.span, length)


def moment(at: datetime | None) -> str:
    """11 jun 08.00: what is reviewed is read long afterwards."""
    return NOTHING if at is None else _in_language(phrases.dated_short, at)
