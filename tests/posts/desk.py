"""A librarian's desk: her accounts, an information unit, and what becomes of her posts."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from console import clock, db, sealing
from console.accounts.models import Account, AccountAdministrator
from console.config import Settings
from console.incidents import operations as incidents
from console.incidents import queries as incident_queries
from console.incidents.models import Incident
from console.messages.models import Delivery, Message, Round
from console.messages.operations import delivery, outcomes
from console.messages.operations.delivery import Claimed
from console.messages.operations.outcomes import Outcome
from console.people.models import Person, PersonRole
from console.policy.models import LiveUse
from console.posts import queries
from console.posts.operations import holding, releasing, sending, writing

TEXT = "Sagostund i biblioteket på lördag kl 11. Alla barn är välkomna."
PAGE = "https://torsby.example/bibliotek/sagostund"
SECRET = {"secret": "a secret of sixteen characters"}


@dataclass
class Desk:
    """Stina runs two accounts at the webhook, and one that is done by hand.

    Args:
        live: the installation is in live use.
        url: where the webhook posts go, with {place}.
    """

    settings: Settings
    live: bool = True
    url: str = "http://127.0.0.1:9/{place}"
    honours: bool = False

    def __post_init__(self) -> None:
        sealing.use(self.settings.keys)
        self.settings.keys.mkdir(parents=True, exist_ok=True)
        with db.unit_of_work() as session:
            if self.live:
                session.add(LiveUse(condition="live_use", evidence={}, at=clock.now()))
            self.stina = self._person(session, "Stina Norén", "account_administrator")
            self.kerstin = self._person(session, "Kerstin Hage", "account_administrator")
            self.lisa = self._person(session, "Lisa Berg", "information_unit")
            self._account(session, 0, "website", "website", [], official=True)
            self.library = self._account(session, 1, "facebook", "webhook", [self.stina]).id
            self.blog = self._account(session, 2, "x", "webhook", [self.stina]).id
            self.by_hand = self._account(session, 3, "instagram", "by_hand", [self.stina]).id
            self.other = self._account(session, 4, "facebook", "webhook", [self.kerstin]).id

    def _person(self, session: Any, name: str, role: str) -> Person:
        person = Person(
            name=name,
            email=f"{name.split()[0].lower()}@torsby.example",
            created_at=clock.now(),
            active=True,
            password_hash="no digest",
            role_rows=[PersonRole(role=role)],
        )
        session.add(person)
        session.flush()
        return person

    def _account(
        self, session: Any, place: int, platform: str, kind: str, people: list[Person], **more: Any
    ) -> Account:
        hook = kind == "webhook"
        account = Account(
            name=f"Konto {place}",
            short_name=f"Konto {place}",
            platform=platform,
            handle=f"konto{place}",
            address="https://torsby.example" if place == 0 else "",
            kind=kind,
            settings={"url": self.url.format(place=place), "honours_key": self.honours}
            if hook
            else {},
            secret=sealing.seal(SECRET) if hook else None,
            repeat_rule="key_moments",
            state="active",
            position=place,
            created_at=clock.now(),
            administrators=[
                AccountAdministrator(person_id=one.id, position=i) for i, one in enumerate(people)
            ],
            **more,
        )
        session.add(account)
        session.flush()
        return account

    def draft(self, *accounts: int, text: str = TEXT, page: str = PAGE, **fields: Any) -> int:
        """A draft of Stina's; returns its number."""
        with db.unit_of_work() as session:
            values = {"text": text, "page": page, **fields}
            chosen = accounts or (self.library,)
            return writing.begin(session, self.stina, values, chosen, clock.now()).id

    def press(self, message_id: int, actor: Person | None = None, **said: Any) -> Message:
        """Look at a draft, and release what was seen."""
        actor = actor or self.stina
        with db.unit_of_work() as session:
            message = queries.post(session, actor, message_id)
            seen = releasing.prepare(session, actor, message, clock.now()).content_hash
        answers = {"confirmed": True, "warned": False, "seen_hash": seen} | said
        with db.unit_of_work() as session:
            return releasing.release(session, actor, message_id, now=clock.now(), **answers)

    def release(self, *accounts: int, **fields: Any) -> int:
        message_id = self.draft(*accounts, **fields)
        self.press(message_id)
        return message_id

    def tick(self, now: datetime | None = None) -> int:
        """Write what is due, and hold what is locked; returns how many rounds were written."""
        now = now or clock.now()
        with db.unit_of_work() as session:
            due = sending.due(session, now)
        written = 0
        for broadcast_id in due:
            with db.unit_of_work() as session:
                written += sending.write_due(session, broadcast_id, now) is not None
        self.chores()
        return written

    def chores(self) -> None:
        for chore in (
            holding.hold_locked,
            holding.hold_failed,
            lambda s, n: holding.tell(s, n, mail=False),
            lambda s, n: holding.tell_by_hand(s, n, mail=False),
        ):
            with db.unit_of_work() as session:
                chore(session, clock.now())

    def claim(self, message_id: int) -> tuple[uuid.UUID, list[Claimed]]:
        """Claim whatever of a post can be sent, as a worker does."""
        token = uuid.uuid4()
        found = []
        with db.unit_of_work() as session:
            query = select(Round.id).join(Delivery, Delivery.round_id == Round.id)
            rounds = set(session.scalars(query.where(Delivery.message_id == message_id)))
            for number in rounds:
                for key in delivery.keys_to_send(session, number, 0, 1):
                    found += delivery.claim(session, number, 0, 1, {key: 64}, token)
        return token, found

    def start(self, token: uuid.UUID, rows: list[Claimed]) -> set[int]:
        with db.unit_of_work() as session:
            return delivery.start(session, [one.id for one in rows], token, 20, "test")

    def settle(self, token: uuid.UUID, ids: set[int], state: str = "sent") -> None:
        with db.unit_of_work() as session:
            said = [Outcome(one, token, state, link="https://x.example/1") for one in ids]
            outcomes.settle(session, said, "test", set())

    def send(self, message_id: int, state: str = "sent") -> set[int]:
        """Claim, start and settle; returns the ids of what went."""
        token, rows = self.claim(message_id)
        started = self.start(token, rows)
        self.settle(token, started, state)
        return started

    def open(self, *locked: int, exercise: bool = False, name: str = "Koka vattnet") -> Incident:
        """Open an event that locks these accounts (none named: all)."""
        with db.unit_of_work() as session:
            offered = incident_queries.accounts_offered(session)
            return incidents.open_incident(
                session,
                self.lisa,
                name=name,
                area="",
                stage="staff",
                reason="Bakterier i vattnet",
                exercise=exercise,
                choices={
                    one.id: ("publish", "")
                    if not locked or one.id in locked
                    else ("leave", "Behövs inte")
                    for one in offered
                },
                narrowing_reason="Berörs inte",
                now=clock.now(),
                mail=False,
            )

    def unlock(self, incident: Incident, account_id: int) -> None:
        with db.unit_of_work() as session:
            event = session.get_one(Incident, incident.id)
            incidents.release_lock(
                session, self.lisa, event, account_id, "Behövs inte", clock.now(), mail=False
            )

    def state(self, message_id: int) -> str:
        with db.unit_of_work() as session:
            return session.get_one(Message, message_id).state

    def rows(self, message_id: int) -> dict[int, tuple[str, str]]:
        """Account → state and reason."""
        with db.unit_of_work() as session:
            return {
                one.account_id: (one.state, one.reason)
                for one in queries.deliveries_of(session, message_id)
            }


def abandon() -> None:
    """Whatever a worker holds, it has died over."""
    with db.unit_of_work() as session:
        session.execute(
            update(Delivery)
            .where(Delivery.lease_until.is_not(None))
            .values(lease_until=clock.now() - timedelta(seconds=1))
        )
    with db.unit_of_work() as session:
        outcomes.recover(session, clock.now())
