"""How soon the console's lists answer when there is much in them."""

from __future__ import annotations

import http.client
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from sqlalchemy import func, insert, select

from bench.house import House
from console import clock, db
from console.accounts.models import Account, AccountAdministrator, AccountDeviation
from console.people import login
from console.people.models import Person, PersonRole
from console.web.logins import COOKIE

TRIVIAL = "/me"
"""A page that no list stands on: what the machine takes for any, at the time."""
PAGES = (
    TRIVIAL,
    "/",
    "/accounts",
    "/accounts?order=name&page=7",
    "/accounts?words=konto+1&order=committee",
    "/accounts?words=person+17",
    "/accounts?deviating=y&order=newest",
    "/people",
    "/people?order=email&page=7",
    "/people?words=person+1&role=account_administrator",
    "/notices",
    "/coverage",
    "/coverage?show=all&page=7",
    "/coverage?show=all&words=konto+1&order=name",
    "/absences",
    "/municipality",
    "/municipality?deviation=any&order=name&page=7",
    "/guideline/people",
)


def fill(number: int) -> None:
    """Register accounts and people until there are so many of each."""
    now = clock.now()
    with db.unit_of_work() as session:
        there = session.scalars(select(func.count()).select_from(Account)).one()
        numbers = range(there, number)
        people = session.scalars(
            insert(Person).returning(Person.id, sort_by_parameter_order=True),
            [
                {
                    "name": f"Person {n}",
                    "email": f"person{n}@bench.example",
                    "created_at": now,
                    "password_hash": "nobody logs in here by password",
                }
                for n in numbers
            ],
        ).all()
        roles = [{"person_id": one, "role": "account_administrator"} for one in people]
        session.execute(insert(PersonRole), roles)
        accounts = session.scalars(
            insert(Account).returning(Account.id, sort_by_parameter_order=True),
            [
                {
                    "name": f"Konto {n}",
                    "short_name": f"Konto {n}",
                    "platform": ("facebook", "x", "instagram")[n % 3],
                    "handle": f"konto{n}",
                    "kind": "by_hand",
                    "committee": f"Nämnd {n % 9}",
                    "repeat_rule": "key_moments",
                    "state": "active",
                    "position": n,
                    "created_at": now,
                }
                for n in numbers
            ],
        ).all()
        pairs = list(zip(accounts, people, strict=True))
        # Two administrators each, and something to mend with every fifth.
        session.execute(
            insert(AccountAdministrator),
            [
                {"account_id": account, "person_id": person, "position": place}
                for place, shift in ((1, 0), (2, 1))
                for account, person in zip(
                    accounts, [*people[shift:], *people[:shift]], strict=True
                )
            ],
        )
        session.execute(
            insert(AccountDeviation),
            [
                {"account_id": account, "content": "Uppgift saknas", "noted_at": now}
                for account, _person in pairs[::5]
            ],
        )


def settle(house: House, number: int) -> None:
    """Wait until the public site has written its pages of them: that is done once, not measured."""
    listed = house.settings.site_folder / "current" / "konton" / "konton.csv"
    until = time.monotonic() + 120
    while not listed.exists() or listed.read_bytes().count(b"\n") <= number:
        if time.monotonic() > until:
            raise TimeoutError("the register was never published")
        time.sleep(0.2)


def answers(house: House, times: int) -> dict[str, list[float]]:
    """Address → seconds of each answer, asked one after another by one who may see them all."""
    with db.unit_of_work() as session:
        keeper = session.scalars(select(Person).where(Person.name == "Lisa Berg")).one()
        for role in {"system_administrator", "strategy"} - keeper.roles:
            keeper.role_rows.append(PersonRole(role=role))
        secret = login.start_session(session, keeper, clock.now())
    return ask(house, {page: (page, secret) for page in PAGES}, times)


def ask(house: House, pages: Mapping[str, tuple[str, str]], times: int) -> dict[str, list[float]]:
    """Seconds of each answer, page by page, one after another.

    Args:
        pages: name → (address, secret of whose session).
    """
    at = urlsplit(house.console)
    connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=30)
    found: dict[str, list[float]] = {name: [] for name in pages}
    for turn in range(times + 1):
        for name, (page, secret) in pages.items():
            begun = time.perf_counter()
            connection.request("GET", page, headers={"Cookie": f"{COOKIE}={secret}"})
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{page} answered {answer.status}")
            if turn:  # the first only wakes what is asleep
                found[name].append(time.perf_counter() - begun)
    connection.close()
    return found
