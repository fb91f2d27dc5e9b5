"""How soon the inbox answers when there is much in it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import func, insert, select, text

from bench import lists
from bench.house import House
from console import clock, db
from console.accounts.models import Account, AccountAdministrator
from console.monitoring import inbox_queries
from console.monitoring.feed_models import FeedItem, FeedSource
from console.people import login
from console.people.models import Person

ACCOUNTS, OWN, SOURCES, TEXTS = 1000, 20, 50, 20_000
_SUBJECTS = """
Vattnet Skolan Vägen Bussen Biblioteket Badhuset Förskolan Gatan Bron Torget Lampan Pumpen Parken
Hemtjänsten Snöröjningen Sophämtningen Elen Fibern Äldreboendet Sporthallen Lekplatsen Kommunen
"""
_VERBS = "fungerar saknas öppnar stänger luktar läcker ligger kommer stannar dröjer ökar minskar"
ENDS = (
    "igen idag", "sedan i morse", "utan förklaring", "som vanligt hos oss", "vid kyrkan i Torsby",
    "hela veckan än", "trots alla samtal", "enligt grannen", "efter regnet", "före helgen",
)  # fmt: skip
SUBJECTS, VERBS = _SUBJECTS.split(), _VERBS.split()
RARE = ("böckerna", "kräftorna", "trumman", "ledamöterna")
"""Each stands in one text of a thousand."""
STATES = ("new", "question", "answered", "no_action", "seen")
WEIGHTS = (2, 1, 7, 30, 60)
COLUMNS = (
    "source_id", "account_id", "guid", "link", "title", "content", "author", "content_hash", "at",
    "came_at", "sort_at", "alert", "watched", "state", "state_at",
)  # fmt: skip


def people(one: House) -> tuple[str, str]:
    """Register accounts and sources. Returns the sessions' secrets of one who sees all that is in
    the inbox, and of one who looks after 20 of the accounts."""
    lists.fill(ACCOUNTS)
    with db.unit_of_work() as session:
        unit = session.get_one(Person, one.unit.id)
        own = session.scalars(select(Person).where(Person.name == "Person 1")).one()
        theirs = select(AccountAdministrator.account_id).where(
            AccountAdministrator.person_id == own.id
        )
        more = session.scalars(
            select(Account.id)
            .where(Account.id.not_in(theirs))
            .order_by(Account.id.desc())
            .limit(OWN)
        ).all()
        session.execute(
            insert(AccountAdministrator),
            [{"account_id": number, "person_id": own.id, "position": 3} for number in more],
        )
        now = clock.now()
        session.add_all(
            FeedSource(
                name=f"Källa {n}", form="feed", asked_address=f"https://k{n}.example/",
                address=f"https://k{n}.example/", added_at=now, added_by_id=unit.id,
                calm_at=now + timedelta(days=9), busy_at=now + timedelta(days=9),
            )
            for n in range(SOURCES)
        )  # fmt: skip
        return login.start_session(session, unit, now), login.start_session(session, own, now)


def fill(number: int) -> None:
    """Items until there are so many: four of five on accounts, the rest of sources."""
    with db.unit_of_work() as session:
        there = session.scalars(select(func.count()).select_from(FeedItem)).one()
        accounts = session.scalars(select(Account.id).order_by(Account.id)).all()
        sources = session.scalars(select(FeedSource.id).order_by(FeedSource.id)).all()
        # Built anew from all rows they take a fraction of the time.
        indexes = session.execute(
            text("""
                SELECT indexname AS name, indexdef AS made FROM pg_indexes
                WHERE tablename = 'feed_items' AND indexname NOT LIKE 'pk%' ORDER BY indexname
            """)
        ).all()
        for index in indexes:
            session.execute(text(f"DROP INDEX {index.name}"))
        connection: Any = session.connection().connection.driver_connection
        with connection.cursor() as cursor:
            names = ", ".join(COLUMNS)
            with cursor.copy(f"COPY feed_items ({names}) FROM STDIN") as copy:
                for row in _rows(range(there, number), list(accounts), list(sources)):
                    copy.write(row)
        for index in indexes:
            session.execute(text(index.made.replace(":", r"\:")))
    with db.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as alone:
        alone.execute(text("VACUUM ANALYZE feed_items"))


def _rows(numbers: range, accounts: list[int], sources: list[int]) -> Iterator[str]:
    """Lines as COPY reads them: no text of ours has a sign that means something to it."""
    chance = random.Random(17)
    texts = [_text(chance) for _ in range(TEXTS)]
    newest = clock.now() - timedelta(minutes=1)
    states = chance.choices(STATES, WEIGHTS, k=len(numbers))
    for n, state in zip(numbers, states, strict=True):
        at = str(newest - timedelta(seconds=int(chance.random() * 3 * 365 * 86400)))
        public = n % 5 == 0
        whose: tuple[object, object] = ("\\N", accounts[int(chance.random() * len(accounts))])
        if public:
            whose = (sources[int(chance.random() * len(sources))], "\\N")
        alert, watched = public and n % 100 == 0, '["vatten"]' if n % 40 == 1 else "[]"
        title, content = texts[int(chance.random() * TEXTS)]
        yield (
            f"{whose[0]}\t{whose[1]}\tbench {n}\t\t{title}\t{content}\tInvånare {n % 5000}\t\t{at}"
            f"\t{at}\t{at}\t{alert}\t{watched}\t{state}\t{at}\n"
        )


def _text(chance: random.Random) -> tuple[str, str]:
    """(title, content) of 30 words or so: few stand in very many, and many in few."""
    shares = [1 / (n + 1) for n in range(len(SUBJECTS))]
    sentences = []
    for _ in range(3):
        (subject,) = chance.choices(SUBJECTS, shares)
        end, name = chance.choice(ENDS), chance.randrange(4000)
        sentences.append(f"{subject} {chance.choice(VERBS)} {end}, säger ort{name}.")
    if chance.random() < len(RARE) / 1000:
        sentences.append(f"Och {chance.choice(RARE)}?")
    return sentences[0], " ".join(sentences[1:])


def pages(secrets: tuple[str, str]) -> dict[str, tuple[str, str]]:
    """What is asked: its name → (address, by whose session)."""
    with db.unit_of_work() as session:
        own = session.scalars(select(Person).where(Person.name == "Person 1")).one()
        account = session.scalars(
            select(func.min(AccountAdministrator.account_id)).where(
                AccountAdministrator.person_id == own.id
            )
        ).one()
        source = session.scalars(select(func.min(FeedSource.id))).one()
        middle = session.execute(
            select(FeedItem.sort_at, FeedItem.id)
            .order_by(FeedItem.sort_at.desc(), FeedItem.id.desc())
            .offset(session.scalars(select(func.count()).select_from(FeedItem)).one() * 4 // 5)
            .limit(1)
        ).one()
    deep = inbox_queries.name_of((middle.sort_at, middle.id))
    asked: dict[str, dict[str, object]] = {
        "open": {},
        "all": {"show": "all"},
        "deep": {"show": "all", "after": deep},
        "back": {"show": "all", "before": deep},
        "watched": {"show": "watched"},
        "alerts": {"show": "alerts"},
        "account": {"show": "all", "account": account},
        "account, open": {"account": account},
        "source": {"show": "all", "source": source},
        "in very many": {"show": "all", "words": "vatten"},
        "in very many, deep": {"show": "all", "words": "vatten", "after": deep},
        "in many": {"show": "all", "words": "pump"},
        "in few": {"show": "all", "words": "bok"},
        "in none": {"show": "all", "words": "bäver"},
        "two words": {"show": "all", "words": "skola ort17"},
        "phrase": {"show": "all", "words": '"enligt grannen"'},
        "open, in very many": {"words": "vatten"},
        "account, in very many": {"show": "all", "account": account, "words": "vatten"},
        "watched, in few": {"show": "watched", "words": "bok"},
    }
    trivial = {lists.TRIVIAL: (lists.TRIVIAL, secrets[0])}
    return trivial | {
        f"{name} ({who})": (f"/inbox?{urlencode(query)}", secret)
        for who, secret in zip(("all", "own"), secrets, strict=True)
        for name, query in asked.items()
    }
