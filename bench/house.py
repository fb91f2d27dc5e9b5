"""An installation to measure: the real stack in a throwaway home, with accounts on a sink."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from console import clock, db, live
from console.accounts import secrets
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
from console.people.models import Person, PersonRole
from console.policy.models import LiveUse

SECRET = {"secret": "a secret of the benchmark's own"}


@dataclass
class House:
    settings: Settings
    sink: str
    """Address of the sink, which answers in 50 ms."""

    def __post_init__(self) -> None:
        with db.unit_of_work() as session:
            # The evidence that live use asks for, in a home that is thrown away.
            session.add(LiveUse(condition="live_use", evidence={}, at=clock.now()))
            self.unit = self._person(session, "Lisa Berg", "information_unit")
            self.approver = self._person(session, "Karin Holm", "approver")
            session.add(self._account(0, "website", {}, official=True))

    def add_accounts(self, number: int) -> None:
        """Register `number` webhook accounts on the sink."""
        with db.unit_of_work() as session:
            session.add_all(
                self._account(n, "webhook", {"url": f"{self.sink}/{n}", "honours_key": True})
                for n in range(1, number + 1)
            )

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
            )
            return version.id, version.content_hash

    def approve(self, version_id: int, seen: str) -> Broadcast:
        with db.unit_of_work() as session:
            broadcast = approve.approve(session, self.approver, version_id, seen, clock.now())
        assert broadcast is not None
        return broadcast

    def _person(self, session: Any, name: str, role: str) -> Person:
        person = Person(
            name=name,
            email=f"{role}@bench.example",
            active=True,
            created_at=clock.now(),
            role_rows=[PersonRole(role=role)],
        )
        session.add(person)
        session.flush()
        return person

    def _account(
        self, n: int, kind: str, settings: dict[str, Any], *, official: bool = False
    ) -> Account:
        return Account(
            name=f"Konto {n}",
            short_name=f"Konto {n}",
            platform=kind,
            handle=f"konto{n}",
            kind=kind,
            settings=settings,
            secret=None if official else secrets.seal(SECRET),
            official=official,
            repeat_rule="every",
            state="active",
            position=n,
            created_at=clock.now(),
        )


@contextmanager
def house() -> Iterator[House]:
    """Start services, ticker, workers, site and sink; end them all afterwards."""
    with tempfile.TemporaryDirectory(prefix="budkavle-bench-") as folder, _sink() as sink:
        settings = replace(
            Settings.from_env({"BUDKAVLE_HOME": folder}),
            home=Path(folder),
            allow_hosts=(sink.removeprefix("http://"),),
        )
        with running(settings) as installation:
            settings = installation.settings
            db.connect(settings.database_url or "")
            live.connect(settings.redis_url or "")
            secrets.use(settings.keys)
            installation.supervisor.start(
                [children.site(), children.ticker(), *children.workers(settings)]
            )
            awake.wait(settings.workers, installation.tend)
            try:
                yield House(settings, sink)
            finally:
                live.disconnect()
                db.disconnect()


@contextmanager
def _sink() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "bench.sink", str(port)])
    try:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)
