"""Looking at the municipality's own start page: when, and what is made of what was seen.

A worker fetches the page between `claim` and `keep`; no transaction is open meanwhile. What applies
is read after the page was fetched, so *seen* is never said of words that have been replaced.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from channels import registry
from console import live, phrases
from console.accounts.models import Account
from console.accounts.rules import State
from console.accounts.start_page_models import StartPage
from console.incidents.models import Incident
from console.incidents.operations.telling import tell
from console.incidents.rules import NoticeKind
from console.logs import get_logger
from console.people import queries as people
from console.people.models import Person
from console.people.rules import Role
from console.site import fragment, pages, queries
from console.site import start_page_rules as rules
from console.site.start_page_models import StartPageEvent
from console.site.start_page_rules import Page, Shows, Wanted
from console.site.view_model import EventPage
from console.timeline.operations import record
from console.timeline.rules import clean_text

log = get_logger("start_pages")
PAST = timedelta(days=30)
"""So long a start page is looked through for an event that is over, by its headlines."""
PAST_MOST = 10


@dataclass(frozen=True)
class Asked:
    """One page to fetch."""

    account_id: int
    address: str
    etag: str
    modified: str
    """With these "not changed" would mean that nothing is new; empty: ask for the whole page."""


@dataclass(frozen=True)
class Seen:
    """What the fetching gave: a page, "not changed", or a fault."""

    page: Page | None = None
    fault: str = ""
    """As `StartPage.fault`."""
    detail: str = ""
    by_script: bool = False
    etag: str = ""
    modified: str = ""
    wait: float = 0.0
    """Seconds that the server asks us to stay away."""


@dataclass(frozen=True)
class _Event:
    incident: Incident
    wanted: Wanted
    said: str


def due(session: Session, now: datetime) -> bool:
    """Is any start page to be looked at now?"""
    return bool(session.scalar(text(f"SELECT EXISTS ({_DUE})"), _at(now)))


def claim(session: Session, most: int, now: datetime) -> list[Asked]:
    """Up to `most` pages to look at now. Each is put off at once: whoever is killed while looking
    only makes it later."""
    rows = session.execute(text(f"{_DUE} LIMIT :most"), {**_at(now), "most": most}).all()
    if not rows:
        return []
    judged = _fingerprint(*_told(session, now))
    later = now + rules.pause(now, event_open=_live_open(session), behind_since=None)
    asked = []
    for row in rows:
        page = session.get(StartPage, row.id, with_for_update=True)
        if page is None or page.address != row.address:
            put = insert(StartPage).values(
                account_id=row.id, address=row.address, asked_at=now, next_at=later
            )
            session.execute(
                put.on_conflict_do_update(
                    index_elements=["account_id"], set_=_anew(row.address, now, later)
                )
            )
            session.execute(delete(StartPageEvent).where(StartPageEvent.account_id == row.id))
            asked.append(Asked(row.id, row.address, "", ""))
            continue
        page.asked_at, page.next_at = now, later
        same = page.judged == judged
        asked.append(
            Asked(row.id, row.address, page.etag if same else "", page.modified if same else "")
        )
    return asked


def look_now(session: Session, now: datetime, account_id: int | None = None) -> None:
    """Look as soon as a worker has time: the site says something new, or somebody asks."""
    query = update(StartPage).where(StartPage.next_at > now).values(next_at=now)
    if account_id is not None:
        query = query.where(StartPage.account_id == account_id)
    session.execute(query)


def keep(session: Session, asked: Asked, seen: Seen, now: datetime, *, mail: bool) -> None:
    """Write down what was seen, and say so where it matters.

    1. For each live event that the website tells of: does the page show what applies? *Seen* is
       written once for the same words, and an alarm once for as long as the page is behind.
    2. Does it still tell of an event that is over?

    Args:
        mail: mail can be sent.
    """
    row = session.get(StartPage, asked.account_id, with_for_update=True, populate_existing=True)
    if row is None or row.address != asked.address:
        return  # another page is named by now
    told, over = _told(session, now)
    judged = _fingerprint(told, over)
    unchanged = seen.page is None and not seen.fault
    if unchanged and row.judged != judged:
        # What applies was changed while we asked: the answer was to another question.
        row.judged, row.etag, row.modified, row.next_at = "", "", "", now
        return
    _keep_page(row, seen, judged, now)
    behind = [
        since
        for one in told
        if (since := _keep_event(session, row, one, seen, now, mail=mail)) is not None
    ]
    if seen.page is not None:
        _keep_left(session, row, seen.page, over, now)
    elif unchanged:
        _tell_left(session, row, now)
    pause = rules.pause(now, event_open=_live_open(session), behind_since=min(behind, default=None))
    wait = timedelta(seconds=seen.wait)
    if behind:
        wait = min(wait, rules.PATIENCE)  # or the alarm would wait as long as the server asks for
    row.next_at = now + max(pause, wait)
    live.announce(session, live.CALM)


def _keep_page(row: StartPage, seen: Seen, judged: str, now: datetime) -> None:
    if seen.fault:
        row.fault_since = row.fault_since or now
        row.fault, row.detail = seen.fault, clean_text(seen.detail)
        # What stands there may change meanwhile: the next look asks for the whole page.
        row.etag, row.modified, row.judged = "", "", ""
        return
    row.fault, row.detail, row.fault_since = "", "", None
    row.answered_at = now
    if seen.page is not None:
        row.included, row.by_script = seen.page.included, seen.by_script
        row.etag, row.modified, row.judged = seen.etag, seen.modified, judged


def _keep_event(
    session: Session, page: StartPage, event: _Event, seen: Seen, now: datetime, *, mail: bool
) -> datetime | None:
    """Returns: from when on the page is behind; None: it shows what applies."""
    key = (page.account_id, event.incident.id)
    row = session.get(StartPageEvent, key, with_for_update=True)
    wanted = event.wanted
    if row is None:
        row = StartPageEvent(
            account_id=key[0], incident_id=key[1], said=event.said, number=wanted.number,
            since_number=wanted.number, since=now, shows=Shows.NOTHING, checked_at=now,
        )  # fmt: skip
        session.add(row)
    elif row.said != event.said:
        row.said, row.since_number, row.since, row.seen_at = event.said, wanted.number, now, None
    row.number, row.checked_at = wanted.number, now
    if seen.page is not None:
        found = rules.judge(seen.page, replace(wanted, since=row.since_number))
        row.shows, row.shown_number = found.shows, found.number
    elif seen.fault:
        row.shows, row.shown_number = Shows.UNREACHABLE, None
    if row.shows == Shows.CURRENT:
        _now_seen(session, row, now)
        return None
    row.behind_since = row.behind_since or now
    if row.alarmed_at is None and now - row.behind_since >= rules.PATIENCE:
        _alarm(session, row, event.incident, now, mail)
    return row.behind_since


def _now_seen(session: Session, row: StartPageEvent, now: datetime) -> None:
    mended = row.alarmed_at is not None
    row.behind_since = row.alarmed_at = None
    if row.seen_at is not None and not mended:
        return
    row.seen_at = row.seen_at or now
    record(
        session,
        "start_page:seen",
        body={
            "account": row.account_id,
            "number": row.number,
            "said": row.said,
            "since": row.since,
            "seen": now,
        },
        now=now,
        incident_id=row.incident_id,
    )


def _alarm(
    session: Session, row: StartPageEvent, incident: Incident, now: datetime, mail: bool
) -> None:
    row.alarmed_at = now
    record(
        session,
        "start_page:behind",
        body={
            "account": row.account_id,
            "shows": row.shows,
            "shown": row.shown_number,
            "number": row.number,
            "since": row.behind_since,
        },
        now=now,
        incident_id=row.incident_id,
    )
    assert row.behind_since is not None
    tell(
        session, incident, NoticeKind.STAFF,
        f"start page {row.account_id} {row.behind_since.isoformat()}",
        _who(session, row.account_id), now,
        subject="Startsidan visar inte det som gäller",
        text=f"{incident.name}. {said(row)} Så har det varit sedan kl"
        f" {phrases.clock(row.behind_since)}.\nBe webbredaktören se efter.",
        path=f"/accounts/{row.account_id}/start-page", mail=mail,
    )  # fmt: skip


def said(row: StartPageEvent) -> str:
    """In Swedish, for mails: what the page shows instead."""
    old, new = row.shown_number, row.number
    return {
        Shows.OLDER: f"Startsidan visar fortfarande uppdatering {old}. Nu gäller {new}."
        if old
        else f"Startsidan nämner händelsen men inte uppdatering {new}.",
        Shows.NOTHING: "Startsidan säger inget om händelsen.",
        Shows.UNREACHABLE: "Startsidan går inte att nå.",
        Shows.CURRENT: "",
    }[Shows(row.shows)]


def _who(session: Session, account_id: int) -> list[Person]:
    """The unit, and who runs the website."""
    on_duty = people.on_duty(session, Role.INFORMATION_UNIT)
    unit = [on_duty] if on_duty else list(people.with_role(session, Role.INFORMATION_UNIT))
    account = session.get_one(Account, account_id)
    return [*unit, *(row.person for row in account.administrators)]


# After the event


def _keep_left(
    session: Session, row: StartPage, page: Page, over: dict[str, tuple[str, ...]], now: datetime
) -> None:
    live = select(Incident.slug, Incident.name, Incident.state).where(Incident.exercise.is_(False))
    marked = {mark.event for mark in page.marks if mark.state != "calm"}
    known = session.execute(
        live.where((Incident.state == "open") | Incident.slug.in_(marked | over.keys()))
    ).all()
    open_events = {one.slug for one in known if one.state == "open"}
    # Of marks that aren't ours nothing is said: a page may include a neighbour's piece too.
    names = {one.slug: one.name for one in known if one.state != "open"}
    slug = rules.left_over(page, open_events, names.keys(), over)
    if not slug:
        row.left_over, row.left_since, row.left_told_at = "", None, None
        return
    name = clean_text(names[slug])
    if row.left_over != name:
        row.left_over, row.left_since, row.left_told_at = name, now, None
    _tell_left(session, row, now)


def _tell_left(session: Session, row: StartPage, now: datetime) -> None:
    if row.left_since is None or row.left_told_at is not None:
        return
    if now - row.left_since >= rules.LEFT_PATIENCE:
        row.left_told_at = now
        record(
            session,
            "start_page:left",
            body={"account": row.account_id, "event": row.left_over, "since": row.left_since},
            now=now,
        )


# What applies


def _told(session: Session, now: datetime) -> tuple[list[_Event], dict[str, tuple[str, ...]]]:
    """Open live events that the website tells of, and headlines of those lately over."""
    incidents = session.scalars(
        select(Incident)
        .where(
            Incident.exercise.is_(False),
            (Incident.state == "open") | (Incident.closed_at >= now - PAST),
        )
        .order_by(Incident.id.desc())
    ).all()
    told = [found for one in incidents if one.state == "open"
            if (found := _readable(session, one, now)) is not None]  # fmt: skip
    past = [one for one in incidents if one.state != "open"][:PAST_MOST]
    over = {one.slug: _titles(one.name, pages.titled(one.name, one.area)) for one in past}
    return told, over


def _readable(session: Session, incident: Incident, now: datetime) -> _Event | None:
    """As `_event`. What can't be drawn, no page can be held against: the site shows it as it was,
    and its board says so. It costs the other events nothing."""
    try:
        with session.begin_nested():
            return _event(session, incident, now)
    except Exception:
        log.error("event_not_drawn", slug=incident.slug, exc_info=True)
        return None


def _event(session: Session, incident: Incident, now: datetime) -> _Event | None:
    drawn: list[EventPage] = []
    for lang in queries.LANGUAGES:
        page = queries.event_page(session, incident, lang, now)
        if page is None:
            return None
        drawn.append(page)
    headlines = [part.headline.text for page in drawn for part in page.plate]
    titles = [title for page in drawn for title in _titles(incident.name, page.title.text)]
    wanted = Wanted(
        event=incident.slug,
        said=frozenset(fragment.said(page) for page in drawn),
        number=drawn[0].number,
        since=drawn[0].number,
        headlines=tuple(dict.fromkeys([*headlines, *titles])),
    )
    return _Event(incident, wanted, fragment.said(drawn[0]))


def _titles(name: str, title: str) -> tuple[str, ...]:
    """One word alone, such as "Storm", names no event among a page's other words."""
    return tuple(one for one in dict.fromkeys((title, name)) if " " in one.strip())


def _fingerprint(told: Sequence[_Event], over: dict[str, tuple[str, ...]]) -> str:
    whole = [sorted((one.wanted.event, *sorted(one.wanted.said)) for one in told), sorted(over)]
    return hashlib.sha256(json.dumps(whole).encode()).hexdigest()[:16]


def _live_open(session: Session) -> bool:
    query = select(Incident.id).where(Incident.state == "open", Incident.exercise.is_(False))
    return session.scalar(query.limit(1)) is not None


def _anew(address: str, now: datetime, later: datetime) -> dict[str, object]:
    """Everything that was known of another address is forgotten."""
    empty = dict.fromkeys(("fault", "detail", "etag", "modified", "judged", "left_over"), "")
    nothing = dict.fromkeys(("answered_at", "fault_since", "left_since", "left_told_at"))
    return {
        "address": address, "asked_at": now, "next_at": later, "included": False,
        "by_script": False, **empty, **nothing,
    }  # fmt: skip


_DUE = """
    SELECT a.id, a.settings->>'start_page' AS address
    FROM accounts a LEFT JOIN start_pages s ON s.account_id = a.id
    WHERE a.kind = :kind AND a.state = :state AND a.settings->>'start_page' <> ''
      AND (s.next_at IS NULL OR s.next_at <= :now OR s.address <> a.settings->>'start_page')
    ORDER BY s.next_at NULLS FIRST, a.id
"""


def _at(now: datetime) -> dict[str, object]:
    return {"kind": registry.WEBSITE, "state": State.ACTIVE, "now": now}
