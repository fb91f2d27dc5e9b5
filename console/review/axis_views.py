"""The axis of time of an event, and what stands behind each entry on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import Blueprint, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from console import clock
from console.db import unit_of_work
from console.incidents import log_sieve
from console.incidents.forms import LogForm
from console.incidents.models import Incident
from console.incidents.queries import choices_of
from console.listing import fold
from console.messages import labels
from console.messages.rules import MessageType
from console.people.rules import Permission, may
from console.phrases import STOCKHOLM
from console.review import (
    axis_queries,
    axis_rules,
    axis_shown,
    evaluation_queries,
    figures_queries,
    point,
)
from console.review.axis_rules import Cell, Window
from console.review.charts_shown import LANGUAGES
from console.review.views import enter
from console.timeline.queries import LoggedEntry, Sieve, people_of, tags_count
from console.web import log_names, log_words
from console.web.fields import MomentField
from console.web.guard import current_person, needs

bp = Blueprint("axis", __name__, url_prefix="/timeline")

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
FORMATS = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"]
AROUND = timedelta(minutes=15)
"""On each side of a moment."""
WAYS = 60
"""Messages that the table names."""
FROM_ROWS = {"messages": ("", "messages"), "rounds": ("", "rounds")}
"""What is drawn from rows and not from entries → the kinds chosen with which it stands."""


class AxisForm(LogForm):
    """Narrows the axis; sent by GET."""

    start = MomentField(_l("Från"), format=FORMATS, render_kw={"step": 1})
    end = MomentField(_l("Till"), format=FORMATS, render_kw={"step": 1})


@dataclass(frozen=True)
class Row:
    """An entry in the table."""

    n: int
    at: datetime
    lane: str
    kind: str
    text: str
    who: str


@dataclass(frozen=True)
class Count:
    """A lane in figures, for whoever doesn't see the drawing."""

    name: str
    count: int


@bp.get("/<slug>/axis")
@needs(Permission.VIEW_TIMELINE)
def show(slug: str) -> tuple[str, int]:
    """The axis, from `start` to `end` (aware, or as it is written in Sweden) or `around` a moment,
    narrowed as the log is: `words`, `about`, `account`, `person`."""
    with unit_of_work() as session:
        incident = enter(session, slug)
        now = clock.now()
        all_of_it = axis_rules.whole(incident.opened_at, incident.closed_at, now)
        known = log_names.names(session)
        form = _form(session, incident, known)
        window = _window(form, all_of_it)
        faulty = window is None
        window = window or all_of_it
        form.start.data = window.start.astimezone(STOCKHOLM).replace(tzinfo=None)
        form.end.data = window.end.astimezone(STOCKHOLM).replace(tzinfo=None)
        page = _page(session, incident, form, window, all_of_it, known)
        return page, 422 if faulty else 200


def _form(session: Session, incident: Incident, known: log_names.Names) -> AxisForm:
    asked = [(k, v) for k, v in request.args.items(multi=True) if k not in ("start", "end")]
    form = AxisForm(MultiDict(asked))
    form.offer(
        {
            one.account_id: known.accounts[one.account_id]
            for one in choices_of(session, incident.id)
        },
        dict(
            sorted(
                ((i, known.people[i]) for i in people_of(session, incident.id)),
                key=lambda one: (fold(one[1]), one[0]),
            )
        ),
    )
    return form


def _window(form: AxisForm, all_of_it: Window) -> Window | None:
    """None: what was asked for is none, and the form says why."""
    said: dict[str, datetime | None] = {}
    around = request.args.get("around", "")
    if around:
        try:
            at = _moment(around)
        except (ValueError, OverflowError):
            at = None
        return all_of_it if at is None else Window(at - AROUND, at + AROUND)
    for name in ("start", "end"):
        try:
            said[name] = _moment(request.args.get(name, "").strip())
        except (ValueError, OverflowError):
            form[name].errors = [_("Skriv dag och klockslag, som 2026-06-11 08.00.")]
    if form.errors:
        return None
    window = axis_rules.chosen(said["start"], said["end"], all_of_it)
    if window is None:
        form.end.errors = [_("Slutet måste komma efter början.")]
    return window


def _moment(text: str) -> datetime | None:
    """
    Raises:
        ValueError, OverflowError: it isn't one, or one of another century.
    """
    if not text:
        return None
    at = datetime.fromisoformat(text)
    at = (at if at.tzinfo else at.replace(tzinfo=STOCKHOLM)).astimezone(UTC)
    if not EARLIEST <= at <= LATEST:
        raise ValueError(text)
    return at


def _page(
    session: Session, incident: Incident, form: AxisForm, window: Window, all_of_it: Window,
    known: log_names.Names,
) -> str:  # fmt: skip
    slug, lang = incident.slug, str(get_locale())
    chosen, words = form.sieve, form.words.data or ""
    sieve = Sieve(chosen.nouns, chosen.person_id, chosen.account_id, window.start, window.end)
    about = (form.about.data or "") if chosen.nouns else ""
    drawn = not words and chosen.person_id is None
    facts = figures_queries.facts(session, incident)
    ways = axis_rules.lines(facts, chosen.account_id)
    ways = [one for one in ways if any(map(window.holds, one.moments()))]
    platforms = axis_queries.platforms(session)

    def tell(entries: Sequence[LoggedEntry]) -> Sequence[log_words.Line]:
        return log_words.told(entries, known)

    used = {platforms[one.account_id] for one in choices_of(session, incident.id)}
    observed = evaluation_queries.observed(session, incident.id)
    lanes = {axis_rules.lane_of(tag) for tag in tags_count(session, incident.id)} - {"accounts"}
    bins = axis_rules.bins_for(len(lanes) + len(used) + (len(axis_rules.STAGES) if ways else 0))
    only = axis_queries.saying(session, incident.id, sieve, words, tell) if words else None
    with_ways = drawn and about in FROM_ROWS["messages"]
    with_rounds = drawn and about in FROM_ROWS["rounds"] and chosen.account_id is None
    cells = axis_rules.cells(
        axis_queries.counted(session, incident.id, window, bins, sieve, only),
        window,
        bins,
        platforms=platforms,
        ways=ways if with_ways else (),
        rounds=facts if with_rounds else None,
        observations=observed if drawn and about in ("", "review") else (),
    )
    spans = axis_queries.spans(session, incident, window) if drawn else []

    def link(cell: Cell, part: Window) -> str:
        if cell.count == 1 and cell.entry is not None:
            return url_for("axis.point_page", slug=slug, n=cell.entry)
        if cell.count == 1 and cell.observation is not None:
            return url_for("evaluation.show", slug=slug, _anchor=f"iakttagelse-{cell.observation}")
        if cell.count == 1 and cell.message_id is not None:
            return url_for("messages.write", slug=slug, message_id=cell.message_id)
        if part.length < axis_rules.SHORTEST:
            part = axis_rules.chosen(part.start, part.end, all_of_it) or part
            return _url(slug, part, anchor="poster")
        return _url(slug, part)

    before = request.args.get("before", type=int)
    found = log_sieve.find(session, incident.id, before, sieve, words, tell)
    moves = _moves(slug, window, all_of_it)
    shown_spans = [one for one in spans if not about or one.lane == about]
    return render_template(
        "review/axis.html",
        incident=incident,
        slug=slug,
        form=form,
        window=window,
        step=(lambda at: axis_shown.moment(at, window, lang)),
        moves=moves,
        lanes=[
            Count(axis_shown.name_of(key), sum(one.count for one in cells[key].values()))
            for key in axis_shown.order(list(cells))
        ],
        drawing=axis_shown.draw(
            cells,
            window,
            bins,
            link,
            ways if with_ways and len(ways) <= axis_rules.MOST_LINES else (),
            shown_spans,
            lang,
        ),
        ways=[
            (
                url_for("messages.write", slug=slug, message_id=one.message_id),
                f"{labels.TYPES[MessageType(one.type)]} {one.record}".strip(),
                one,
            )
            for one in ways[:WAYS]
        ]
        if with_ways
        else [],
        ways_left=max(0, len(ways) - WAYS),
        rows=_rows(found.entries, tell(found.entries)),
        older_url=_url(slug, window, before=found.older, anchor="poster") if found.older else "",
        newest_url=_url(slug, window, anchor="poster") if before is not None else "",
        searched=axis_queries.SEARCHED if words else 0,
    )


def _rows(entries: Sequence[LoggedEntry], lines: Sequence[log_words.Line]) -> list[Row]:
    return [
        Row(
            entry.n,
            entry.at,
            str(axis_rules.LANES[axis_rules.lane_of(entry.tag)][0]),
            line.kind,
            line.text,
            line.who,
        )
        for entry, line in zip(entries, lines, strict=True)
    ]


def _moves(slug: str, window: Window, all_of_it: Window) -> list[tuple[str, str]]:
    """(words, address) of each step that can be taken from here."""
    steps = [(_("Tidigare"), window.moved(-0.5))]
    if window.length > axis_rules.SHORTEST:
        steps.append((_("Zooma in"), window.zoomed(0.5)))
    if window.length < all_of_it.length * 4:
        steps.append((_("Zooma ut"), window.zoomed(2)))
    steps.append((_("Senare"), window.moved(0.5)))
    found = [
        (words, _url(slug, to)) for words, to in steps if to.start >= EARLIEST and to.end <= LATEST
    ]
    if window != all_of_it:
        found.append((_("Hela händelsen"), _url(slug, None)))
    return found


def _url(slug: str, window: Window | None, *, anchor: str = "", before: int | None = None) -> str:
    """This page with what narrows it, of another time."""
    kept = {
        name: text
        for name, text in request.args.items()
        if name in ("words", "about", "account", "person") and text
    }
    if window is not None:
        kept |= {"start": _spelt(window.start), "end": _spelt(window.end)}
    if before is not None:
        kept["before"] = str(before)
    return url_for("axis.show", slug=slug, _anchor=anchor or None, **kept)


def _spelt(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


@bp.get("/<slug>/entries/<int:n>")
@needs(Permission.VIEW_TIMELINE)
def point_page(slug: str, n: int) -> str:
    """One entry: the exact text per account and language, its approval, its receipt, and the
    difference to the one before."""
    with unit_of_work() as session:
        incident = enter(session, slug)
        found = point.of_entry(session, incident, n)
        known = log_names.names(session)
        (line,) = log_words.told([found.entry], known)
        before, after = axis_queries.neighbours(session, incident.id, n)
        roles = current_person().roles
        message = found.message
        reads = (
            message is not None
            and (message.record_number is not None
                 or may(roles, Permission.WRITE_MESSAGE)
                 or may(roles, Permission.APPROVE_MESSAGE))
        )  # fmt: skip
        return render_template(
            "review/point.html",
            incident=incident,
            slug=slug,
            point=found,
            line=line,
            kind=labels.TYPES[MessageType(message.type)] if message is not None else "",
            link=log_sieve.link(slug, found.entry.facts),
            languages=LANGUAGES,
            reads=reads and not found.removed,
            changes=point.changes(session, found) if reads and not found.removed else [],
            before_url=url_for("axis.point_page", slug=slug, n=before) if before else "",
            after_url=url_for("axis.point_page", slug=slug, n=after) if after else "",
            axis_url=url_for("axis.show", slug=slug, around=_spelt(found.entry.at)),
            may_evaluate=may(roles, Permission.EVALUATE),
        )
