"""An installation to measure: the real stack in a throwaway home, with accounts on a sink."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from console import clock, db, live, sealing
from console.accounts.models import Account
from console.cli import children
from console.cli.installation import running
from console.cli.rehearsal import awake
from console.config import Settings
from console.incidents import operations as incidents
from console.incidents.models import Incident
from console.messages import rules
from console.messages.models import Broadcast
from console.messages.operations import approve, drafts, submit
from console.people import login
from console.people.models import Person, PersonRole
from console.policy.models import LiveUse

SECRET = {"secret": "a secret of the benchmark's own"}


@dataclass
class House:
    settings: Settings
    sink: str
    """Address of the sink, which answers in 50 ms."""

    @property
    def console(self) -> str:
        return f"http://{self.settings.bind}:{self.settings.port}"

    def __post_init__(self) -> None:
        with db.unit_of_work() as session:
            # The evidence that live use asks for, in a home that is thrown away.
            session.add(LiveUse(condition="live_use", evidence={}, at=clock.now()))
            self.unit = self._person(session, "Lisa Berg", "information_unit")
            self.approver = self._person(session, "Karin Holm", "approver")
            session.add(self._account(0, "website", {}, None))

    def add_accounts(self, number: int) -> None:
        """Register `number` webhook accounts on the sink."""
        with db.unit_of_work() as session:
            session.add_all(
                self._account(
                    n, "webhook", {"url": f"{self.sink}/{n}", "honours_key": True}, SECRET
                )
                for n in range(1, number + 1)
            )

    def add(self, accounts: Sequence[tuple[str, dict[str, Any], dict[str, Any]]]) -> list[int]:
        """Register accounts by kind, settings and secret; their numbers, in order."""
        with db.unit_of_work() as session:
            rows = [
                self._account(n, kind, settings, secret)
                for n, (kind, settings, secret) in enumerate(accounts, 1)
            ]
            session.add_all(rows)
            session.flush()
            return [row.id for row in rows]

    def open(self, name: str, *, exercise: bool) -> Incident:
        with db.unit_of_work() as session:
            accounts = session.query(Account).order_by(Account.position).all()
            return incidents.open_incident(
                session,
                self.unit,
                name=name,
                area="Torsby",
                stage="staff",
                reason="Mätning",
                exercise=exercise,
                choices={account.id: ("publish", "") for account in accounts},
                narrowing_reason="",
                now=clock.now(),
                mail=False,
            )

    def submit(self, incident: Incident, kind: str, **fields: Any) -> tuple[int, str]:
        """Write and submit a message; returns the version's id and hash."""
        now = clock.now()
        text = "Nu finns vattentankar vid Nya torget. Ta med egen dunk."
        filled: dict[str, Any] = dict.fromkeys(rules.required_of(rules.MessageType(kind)), text)
        filled |= {"promise_at": (now + timedelta(hours=2)).isoformat(), **fields}
        with db.unit_of_work() as session:
            message = drafts.create(
                session, self.unit, incident.id, rules.MessageType(kind), now, fields=filled
            )
            version = submit.submit(
                session,
                self.unit,
                message.id,
                message.revision,
                now,
                self.settings.site_url(incident.exercise),
                mail=False,
            )
            return version.id, version.content_hash

    def approve(self, version_id: int, seen: str) -> Broadcast:
        with db.unit_of_work() as session:
            broadcast = approve.approve(session, self.approver, version_id, seen, clock.now())
        assert broadcast is not None
        return broadcast

    def log_in(self, number: int) -> list[str]:
        """Secrets of so many sessions, each somebody's own, of the roles that watch a board."""
        roles = ("information_unit", "approver", "account_administrator", "reviewer")
        with db.unit_of_work() as session:
            return [
                login.start_session(
                    session, self._person(session, f"Person {n}", roles[n % 4], n), clock.now()
                )
                for n in range(number)
            ]

    def _person(self, session: Any, name: str, role: str, n: int = 0) -> Person:
        person = Person(
            name=name,
            email=f"{role}-{name[:1]}{n}@bench.example",
            active=True,
            password_hash="nobody logs in here by password",
            created_at=clock.now(),
            role_rows=[PersonRole(role=role)],
        )
        session.add(person)
        session.flush()
        return person

    def _account(
        self, n: int, kind: str, settings: dict[str, Any], secret: dict[str, Any] | None
    ) -> Account:
        """An account that is sent to; without a secret the official website."""
        return Account(
            name=f"Konto {n}",
            short_name=f"Konto {n}",
            platform=kind,
            handle=f"konto{n}",
            kind=kind,
            settings=settings,
            secret=None if secret is None else sealing.seal(secret),
            official=secret is None,
            repeat_rule="every",
            state="active",
            position=n,
            created_at=clock.now(),
        )


@contextmanager
def house(*, web: bool = False) -> Iterator[House]:
    """Start services, ticker, workers, site and sink, the web console if asked for; end them all
    afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="budkavle-bench-") as folder,
        serving("bench.sink") as at,
    ):
        settings = replace(
            Settings.from_env({"BUDKAVLE_HOME": folder}),
            home=Path(folder),
            allow_hosts=("127.0.0.1",),
            port=free_port(),
        )
        with running(settings) as installation:
            settings = installation.settings
            db.connect(settings.database_url or "")
            live.connect(settings.redis_url or "")
            sealing.use(settings.keys)
            programs = [children.site(), children.ticker(), *children.workers(settings)]
            installation.supervisor.start(programs + ([children.web(settings)] if web else []))
            if web:
                wait_for(settings.port)
            awake.wait(settings.workers, installation.tend)
            try:
                yield House(settings, f"http://{at}")
            finally:
                live.disconnect()
                db.disconnect()


@contextmanager
def serving(module: str) -> Iterator[str]:
    """Run a server of the bench's own beside us; gives its host and port."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", module, str(port)])
    try:
        wait_for(port)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    until = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
