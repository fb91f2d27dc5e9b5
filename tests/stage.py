"""A stage to play on: people, accounts and an open event, through the real operations."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from console import clock, db, sealing
from console.accounts import absences, coverage
from console.accounts.absences import Wanted
from console.accounts.models import Account
from console.config import Settings
from console.incidents import operations as incidents
from console.incidents.models import Incident
from console.messages import rules
from console.messages.models import Broadcast, Message, Version
from console.messages.operations import approve, drafts, rounds, submit
from console.people.models import Person, PersonRole
from console.policy.models import LiveUse

FIELDS: dict[str, dict[str, Any]] = {
    "first": {
        "instruction": "Koka ditt kranvatten om du bor i Torsby tätort.",
        "text": "Vi har hittat tecken på bakterier. Vi tar nya prover nu.",
        "began": "I natt",
        "cause": "Vet inte",
        "unknown": "Varför",
        "doing": "Vi tar nya prover",
    },
    "instruction": {
        "instruction": "Koka allt vatten du dricker eller lagar mat med.",
        "text": "Du kan duscha och tvätta som vanligt.",
        "decided_by": "Miljöchefen",
    },
    "update": {"text": "Nu finns vattentankar vid Nya torget. Oleby berörs inte."},
    "no_news": {"text": "Inget nytt sedan kl 10.30.", "since": "10.30"},
    "rumour": {
        "text": "Vattnet är inte förgiftat. Proven visar bakterier.",
        "source": "Miljökontoret",
        "seen_where": "Facebook",
    },
    "correction": {"wrong": "Oleby berörs inte.", "right": "Även Oleby ska koka vattnet."},
    "all_clear": {"text": "Nu kan du dricka kranvattnet igen."},
}


@dataclass
class Stage:
    """Lisa writes, Karin approves, Olle runs the accounts.

    Args:
        settings: of the test's installation, already connected.
        accounts: how many accounts beside the website; the first is Facebook, the second X.
        exercise: False needs evidence of live use, which is written.
        kind, account_settings, secret: of the accounts, for live events.
    """

    settings: Settings
    accounts: int = 2
    exercise: bool = True
    kind: str = ""
    account_settings: dict[str, Any] = field(default_factory=dict)
    secret: dict[str, Any] | None = None
    platforms: tuple[str, ...] = ("facebook", "x", "bluesky", "mastodon")
    """Of the accounts beside the website, in turn."""
    cards: bool = False
    """They send text cards along."""

    def __post_init__(self) -> None:
        sealing.use(self.settings.keys)
        self.settings.keys.mkdir(parents=True, exist_ok=True)
        with db.unit_of_work() as session:
            now = clock.now()
            if not self.exercise:
                session.add(LiveUse(condition="live_use", evidence={}, at=now))
            self.lisa = self._person(session, "Lisa Berg", "information_unit")
            self.karin = self._person(session, "Karin Holm", "approver")
            self.olle = self._person(session, "Olle Ek", "account_administrator")
            self._account(session, 0, "website", "website", official=True)
            for place in range(1, self.accounts + 1):
                platform = self.platforms[(place - 1) % len(self.platforms)]
                self._account(session, place, platform, self.kind or platform)
        with db.unit_of_work() as session:
            offered = session.query(Account).order_by(Account.position).all()
            self.account_ids = [one.id for one in offered]
            self.incident: Incident = incidents.open_incident(
                session,
                self.lisa,
                name="Koka vattnet",
                area="Torsby tätort",
                stage="staff",
                reason="Bakterier i vattnet",
                exercise=self.exercise,
                choices={one.id: ("publish", "") for one in offered},
                narrowing_reason="",
                now=clock.now(),
                mail=False,
            )

    def write(self, kind: str, *, interval: int | None = 1800, **fields: Any) -> Message:
        """A draft with all that its type asks for; `fields` add to or replace it."""
        corrects, prepared = fields.pop("corrects", None), fields.pop("prepared_with", None)
        with db.unit_of_work() as session:
            now = clock.now()
            plan: dict[str, Any] = {"area": "Torsby tätort", "fact_owner": "Anders Nyman"}
            if kind != "all_clear":
                plan["promise_at"] = (now + timedelta(hours=4)).isoformat()
            if kind in rules.REPEATING:
                plan |= {"interval_seconds": interval, "rounds": 8}
            return drafts.create(
                session,
                self.lisa,
                self.incident.id,
                rules.MessageType(kind),
                now,
                fields=plan | FIELDS[kind] | fields,
                corrects_id=corrects,
                prepared_with_id=prepared,
            )

    def submit(self, message: Message) -> Version:
        with db.unit_of_work() as session:
            return submit.submit(
                session,
                self.lisa,
                message.id,
                message.revision,
                clock.now(),
                self.settings.site_url(self.exercise),
                mail=False,
            )

    def approve(self, version: Version) -> Broadcast:
        with db.unit_of_work() as session:
            broadcast = approve.approve(
                session, self.karin, version.id, version.content_hash, clock.now()
            )
        assert broadcast is not None
        return broadcast

    def release(self, kind: str, **fields: Any) -> Broadcast:
        """Write, submit and approve."""
        return self.approve(self.submit(self.write(kind, **fields)))

    def tick(self) -> int:
        """Write what is due now; returns how many rounds were written."""
        with db.unit_of_work() as session:
            due = rounds.due_broadcasts(session, clock.now())
        written = 0
        for broadcast_id in due:
            with db.unit_of_work() as session:
                if rounds.write_due(session, broadcast_id, clock.now()) is not None:
                    written += 1
        with db.unit_of_work() as session:
            rounds.stale(session, clock.now())
            rounds.release_followers(session, clock.now())
        return written

    def stand_in(self) -> Person:
        """Maja Strand, who stands in for Olle today, and administers nothing."""
        today = coverage.today(clock.now())
        with db.unit_of_work() as session:
            maja = self._person(session, "Maja Strand", "account_administrator")
            maja.phone = "070-1"
            away = Wanted(today, today, maja.id)
            absences.add(session, self.olle, self.olle.id, [away], clock.now())
            return maja

    def _person(self, session: Any, name: str, role: str) -> Person:
        person = Person(
            name=name,
            email=f"{name.split()[0].lower()}@torsby.example",
            created_at=clock.now(),
            active=True,
            # Somebody has a password: the console is set up, and its pages answer.
            password_hash="no digest",
            role_rows=[PersonRole(role=role)],
        )
        session.add(person)
        session.flush()
        return person

    def _account(
        self, session: Any, place: int, platform: str, kind: str, *, official: bool = False
    ) -> Account:
        from console.accounts.models import AccountAdministrator

        account = Account(
            name=f"Konto {place}",
            short_name=f"Konto {place}",
            platform=platform,
            handle=f"konto{place}",
            kind=kind,
            settings={} if official else self._settings_of(place),
            secret=sealing.seal(self.secret) if self.secret and not official else None,
            official=official,
            repeat_rule="every",
            card=self.cards and not official,
            state="active",
            position=place,
            created_at=clock.now(),
            administrators=[AccountAdministrator(person_id=self.olle.id, position=1)],
        )
        session.add(account)
        return account

    def _settings_of(self, place: int) -> dict[str, Any]:
        return {
            name: value.format(place=place) if isinstance(value, str) else value
            for name, value in self.account_settings.items()
        }
