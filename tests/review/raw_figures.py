"""What the page of figures must say, counted from the raw rows by this file's own SQL and put in
words by its own Swedish: nothing of the product's counting or wording is asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text

from console import db

OUT = "d.state IN ('sent', 'confirmed')"
TYPES = {
    "first": "Första", "rumour": "Rykte", "update": "Uppdatering", "correction": "Rättelse",
    "all_clear": "Läget över",
}  # fmt: skip
STATES = {
    "sent": "Skickade", "confirmed": "Klara för hand", "unknown": "Obekräftade",
    "refused": "Nekade", "by_hand": "Väntar för hand", "stopped": "Stoppade",
    "retry": "Försöker igen", "expired": "För sent", "queued": "I kö",
}  # fmt: skip
NOTICES = {
    "approve": "Text att godkänna", "locked": "Kontot är låst", "promise": "Lovat besked",
    "staff": "Plats i staben", "by_hand": "Publicera för hand",
}  # fmt: skip
RESOLVED = {"sent": "Gick ut till slut", "refused": "Gick aldrig ut"}
MONTHS = ("jan", "feb", "mars", "apr", "maj", "juni", "juli", "aug", "sep", "okt", "nov", "dec")
PLATFORMS = {"website": "Webbplats", "facebook": "Facebook", "x": "X", "bluesky": "Bluesky"}
MOMENTS = """
    SELECT m.id, m.type, m.record_year || ':' || m.record_number AS record,
           m.created_at AS begun, min(v.submitted_at) AS asked, max(a.given_at) AS given,
           min(d.settled_at) FILTER (WHERE {out}) AS first,
           max(d.settled_at) FILTER (WHERE {out} AND r.n = 1) AS last
    FROM messages m JOIN versions v ON v.message_id = m.id
    JOIN approvals a ON a.subject_id = v.id AND a.subject = 'message_version'
    JOIN deliveries d ON d.message_id = m.id JOIN rounds r ON r.id = d.round_id
    GROUP BY m.id ORDER BY m.id
"""


@dataclass
class Bars:
    """A chart: its names, and each row's values (in minutes, or a number of) with its last word."""

    rows: list[tuple[str, list[float], str]]


@dataclass
class Expected:
    """All figures of the page, by the key that stands in it."""

    lead: str
    tiles: dict[str, tuple[str, str]]
    """Value and words; those are figures too, where they name moments."""
    tables: dict[str, list[list[str]]]
    bars: dict[str, Bars]
    findings: list[list[str]]


def rows(query: str) -> list[Any]:
    with db.unit_of_work() as session:
        return list(session.execute(text(query)))


def long(length: timedelta | None) -> str:
    if length is None:
        return "–"
    seconds = int(length.total_seconds())
    hours, minutes = divmod(seconds // 60, 60)
    assert hours < 24
    said = [f"{hours} tim"] * (hours > 0) + [f"{minutes} min"] * (minutes > 0)
    return " ".join(said) or f"{seconds} s"


def local(at: datetime) -> datetime:
    return at.astimezone(ZoneInfo("Europe/Stockholm"))


def day(at: datetime | None) -> str:
    if at is None:
        return "–"
    return f"{local(at).day} {MONTHS[local(at).month - 1]} {local(at):%H.%M}"


def expected() -> Expected:
    """For the one event that there is."""
    messages = rows(MOMENTS.format(out=OUT))
    titles = {m.id: f"{TYPES[m.type]} {m.record}" for m in messages}
    ((opened, closed),) = rows("SELECT opened_at, closed_at FROM incidents")
    ((entries,),) = rows(
        "SELECT count(*) FROM timeline_entries e JOIN incidents i ON i.id = e.incident_id"
    )
    ((first,),) = rows(f"SELECT min(settled_at) FROM deliveries d WHERE {OUT}")
    promises = _promises()
    kept = sum(how == "Kom i tid" for _at, _m, how, _seen in promises)
    ((gap, since, to),) = _silence()
    ((due,),) = rows("SELECT count(*) FROM rounds")
    ((went,),) = rows(f"SELECT count(DISTINCT d.round_id) FROM deliveries d WHERE {OUT}")
    corrections = _corrections()
    notices = _notices()
    (locks,) = (half for kind, _sent, _read, half in notices if kind == "locked")
    failures = _failures()
    of = f"{kept} av {len(promises)}"
    return Expected(
        lead=f"{local(opened):%H.%M}. Avslutad kl {local(closed):%H.%M}. {entries} poster.",
        tiles={
            "to_first": (long(first - opened), "från öppnad till första besked"),
            "promises": (of, "utlovade besked kom i tid"),
            "silence": (long(gap), f"längsta tystnad, {day(since)} till {day(to)}"),
            "rounds": (f"{went} av {due}", "omgångar gick ut"),
            "corrections": (
                long(max(one.fixed - one.pressed for one in corrections)),
                "från fel sett till rättat, som längst",
            ),
            "locks": (long(locks), "tills hälften kvitterat låset"),
        },
        tables={
            "messages": [
                [titles[m.id], *map(day, (m.begun, m.asked, m.given, m.first, m.last)),
                 long(m.first - m.begun)]
                for m in messages
            ],
            "promises": [
                [day(at), titles[m], how, day(seen)] for at, m, how, seen in promises
            ],
            "rounds": [[str(n), day(at), titles[m], how] for n, at, m, how in _rounds_apart()],
            "corrections": [
                [titles[one.message_id], *map(day, (one.out, one.pressed, one.fixed, one.done)),
                 long(one.fixed - one.pressed)]
                for one in corrections
            ],
            "failures": [
                [f.name, day(f.at), f.what, RESOLVED[f.state],
                 long(None if f.solved is None else f.solved - f.at)]
                for f in failures
            ],
            "notices": [
                [NOTICES[kind], str(sent), str(read), long(half)]
                for kind, sent, read, half in notices
            ],
            "rumours": [
                [str(r.id), day(r.logged_at), long(r.took)]
                for r in rows("SELECT id, logged_at, CASE WHEN state = 'answered' THEN"
                              " state_at - logged_at END AS took FROM rumours ORDER BY id")
            ],
            **_behind_charts(messages, titles),
        },
        bars=_bars(messages, titles),
        findings=[
            *([f"{day(at)}: utlovat besked kom inte", f"Utlovat i {titles[m]}. Syntes {day(seen)}."]
              for at, m, how, seen in promises if how == "Kom inte i tid"),
            *([f"{day(at)}: omgång {n} missades", titles[m]]
              for n, at, m, how in _rounds_apart() if how == "Missad"),
            *([f"{day(one.out)}: fel ute i {long(one.fixed - one.out)}",
               f"Sett {day(one.pressed)}, rättat {day(one.fixed)}."]
              for one in corrections),
            *([f"{day(f.at)}: {f.name}. {f.what}", f"{RESOLVED[f.state]}."] for f in failures),
            *([f"{sent - read} av {sent} har inte kvitterat låset"]
              for kind, sent, read, _half in notices if kind == "locked" and read < sent),
        ],
    )  # fmt: skip


def _promises() -> list[Any]:
    """Missed: said so to everybody, or nothing was said between the promise and its time."""
    return rows("""
        WITH told AS (
            SELECT b.id, b.anchor, b.promise_at, m.id AS message_id, m.type FROM broadcasts b
            JOIN messages m ON m.id = b.message_id WHERE m.record_number NOTNULL)
        SELECT t.promise_at, t.message_id, CASE
            WHEN EXISTS (SELECT 1 FROM promise_asks p WHERE p.broadcast_id = t.id
                         AND p.missed_at NOTNULL) THEN 'Kom inte i tid'
            WHEN EXISTS (SELECT 1 FROM told later WHERE later.type <> 'rumour'
                         AND later.anchor > t.anchor AND later.anchor <= t.promise_at)
                THEN 'Kom i tid'
            WHEN t.promise_at <= (SELECT closed_at FROM incidents) THEN 'Kom inte i tid'
            ELSE 'Inte ännu' END,
            (SELECT min(d.settled_at) FROM deliveries d
             WHERE d.kind = 'website' AND d.state = 'sent' AND d.message_id = (
                SELECT later.message_id FROM told later WHERE later.type <> 'rumour'
                AND later.anchor > t.anchor ORDER BY later.anchor LIMIT 1))
        FROM told t WHERE t.promise_at NOTNULL ORDER BY t.promise_at
    """)


def _silence() -> list[Any]:
    return rows(f"""
        WITH over AS (SELECT min(d.settled_at) AS at FROM deliveries d
                      JOIN messages m ON m.id = d.message_id WHERE m.type = 'all_clear' AND {OUT}),
             out AS (SELECT d.settled_at AS at FROM deliveries d, over
                     WHERE {OUT} AND d.act = 'post' AND d.settled_at <= over.at),
             gaps AS (SELECT at, lag(at) OVER (ORDER BY at) AS before FROM out)
        SELECT at - before, before, at FROM gaps WHERE before NOTNULL ORDER BY 1 DESC LIMIT 1
    """)


def _rounds() -> list[Any]:
    """Each round with how late its first post was."""
    return rows(f"""
        SELECT r.number, r.due_at, b.message_id, r.state = 'missed' AS missed,
               min(d.settled_at) FILTER (WHERE {OUT}) - r.due_at AS late
        FROM rounds r JOIN broadcasts b ON b.id = r.broadcast_id
        LEFT JOIN deliveries d ON d.round_id = r.id GROUP BY r.id, b.message_id ORDER BY r.number
    """)


def _is_late(one: Any) -> bool:
    return not one.missed and one.late is not None and one.late > timedelta(minutes=1)


def _rounds_apart() -> list[tuple[int, datetime, int, str]]:
    """Missed or late."""
    return [
        (one.number, one.due_at, one.message_id, how)
        for one in _rounds()
        if one.missed or _is_late(one)
        for how in ("Missad" if one.missed else f"{long(one.late)} sen",)
    ]


def _corrections() -> list[Any]:
    return rows(f"""
        SELECT f.message_id, f.pressed_at AS pressed,
               min(d.settled_at) FILTER (WHERE d.message_id = f.message_id) AS out,
               min(d.settled_at) FILTER (WHERE d.message_id = f.correction_id) AS fixed,
               max(d.settled_at) FILTER (WHERE d.message_id = f.correction_id) AS done
        FROM fault_marks f JOIN deliveries d ON {OUT} WHERE f.withdrawn_at IS NULL
        GROUP BY f.id ORDER BY f.id
    """)


@dataclass
class Failed:
    name: str
    at: datetime
    what: str
    state: str
    solved: datetime | None


def _failures() -> list[Failed]:
    found = rows(f"""
        SELECT * FROM (
            SELECT DISTINCT ON (d.id) d.id, c.short_name, c.platform, a.at, a.event, d.state,
                   CASE WHEN {OUT} THEN d.settled_at END AS solved
            FROM attempts a JOIN deliveries d ON d.id = a.delivery_id
            JOIN accounts c ON c.id = d.account_id WHERE a.event IN ('refused', 'unknown')
            ORDER BY d.id, a.at, a.id) AS each ORDER BY at, id
    """)
    what = {"refused": "Nekat", "unknown": "Obekräftat"}
    return [
        Failed(f"{f.short_name} {PLATFORMS[f.platform]}", f.at, what[f.event], f.state, f.solved)
        for f in found
    ]


def _notices() -> list[tuple[str, int, int, timedelta | None]]:
    found = rows("""
        SELECT kind, count(*), count(read_at),
               percentile_disc(0.5) WITHIN GROUP (
                   ORDER BY coalesce(read_at - made_at, interval '1000 years'))
        FROM notices GROUP BY kind ORDER BY kind COLLATE "C"
    """)
    return [
        (kind, sent, read, half if 2 * read >= sent else None) for kind, sent, read, half in found
    ]


def _steps(m: Any) -> list[timedelta]:
    return [m.asked - m.begun, m.given - m.asked, m.first - m.given, m.last - m.first]


def _went(message_id: int) -> tuple[list[int], timedelta | None]:
    """A message's rounds: in time, late, missed, nothing out; and the latest's lateness."""
    mine = [one for one in _rounds() if one.message_id == message_id]
    late = [one.late for one in mine if _is_late(one)]
    missed = sum(one.missed for one in mine)
    nothing = sum(not one.missed and one.late is None for one in mine)
    return [len(mine) - len(late) - missed - nothing, len(late), missed, nothing], max(
        late, default=None
    )


def _states() -> list[tuple[str, int]]:
    found = rows("SELECT state, count(*) FROM deliveries GROUP BY 1")
    return [(STATES[state], n) for state, n in found]


def _languages() -> list[Any]:
    return rows(f"""
        SELECT CASE d.language WHEN 'sv' THEN 'Svenska' WHEN 'en' THEN 'Engelska' END AS name,
               count(*) AS n, count(*) FILTER (WHERE {OUT}) AS out,
               max(d.settled_at - a.given_at) FILTER (WHERE {OUT} AND r.n = 1) AS slowest
        FROM deliveries d JOIN rounds r ON r.id = d.round_id
        JOIN broadcasts b ON b.id = d.broadcast_id
        JOIN approvals a ON a.subject_id = b.version_id AND a.subject = 'message_version'
        GROUP BY d.language ORDER BY d.language
    """)


def _behind_charts(messages: list[Any], titles: dict[int, str]) -> dict[str, list[list[str]]]:
    went = {m.id: _went(m.id) for m in messages}
    total = sum(n for _name, n in _states())
    return {
        "chart_ways": [
            [titles[m.id], *map(long, _steps(m)), long(m.last - m.begun)] for m in messages
        ],
        "chart_rounds": [
            [titles[m.id], *map(str, went[m.id][0]), long(went[m.id][1])] for m in messages
        ],
        "chart_outcomes": [[name, str(n), _share(n, total)] for name, n in _states()],
        "chart_languages": [
            [one.name, str(one.n), str(one.out), long(one.slowest)] for one in _languages()
        ],
    }


def _bars(messages: list[Any], titles: dict[int, str]) -> dict[str, Bars]:
    total = sum(n for _name, n in _states())
    went = {m.id: _went(m.id)[0] for m in messages}
    return {
        "chart_ways": Bars([
            (titles[m.id], [one.total_seconds() / 60 for one in _steps(m)], long(m.last - m.begun))
            for m in messages
        ]),
        "chart_rounds": Bars([
            (titles[m.id], list(map(float, went[m.id])),
             f"{went[m.id][0]} av {sum(went[m.id])} i tid")
            for m in messages
        ]),
        "chart_outcomes": Bars([
            (name, [float(n)], f"{n} ({_share(n, total)})") for name, n in _states()
        ]),
        "chart_languages": Bars([
            (one.name, [float(one.out), float(one.n - one.out)], f"{one.out} av {one.n}")
            for one in _languages()
        ]),
    }  # fmt: skip


def _share(part: int, total: int) -> str:
    return f"{(200 * part + total) // (2 * total)} %"
