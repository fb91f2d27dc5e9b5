"""Playing a scenario: the unit writes, an approver approves, administrators do theirs by hand.

All of it through the operations that the console's own pages call, against a stack that runs in
processes of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console import clock, db
from console.accounts.models import Account, AccountAdministrator
from console.accounts.operations import import_accounts
from console.cli.rehearsal.scenario import Line, Scenario
from console.config import Settings
from console.errors import WrongState
from console.incidents import operations as incidents
from console.incidents.models import Incident
from console.incidents.queries import accounts_offered
from console.messages import rules
from console.messages.models import Broadcast, Delivery, Instruction, Message, Round
from console.messages.operations import approve, closing, drafts, settling, submit
from console.people.models import Person, PersonRole
from console.people.rules import Role

POLL = 0.05
REASON = "Övning: bara så många konton som övningen gäller."


@dataclass(frozen=True)
class Cast:
    unit: Person
    approver: Person


class Play:
    """One rehearsal.

    Args:
        settings: of the running installation; this process is connected to its database.
        interval: seconds between rounds.
        rounds: how often each repeating message goes out before the next one.
        accounts: how many publish; None: every active public one of the register.
        progress: called with a line of text at each step.
    """

    def __init__(
        self,
        settings: Settings,
        scenario: Scenario,
        *,
        interval: int,
        rounds: int,
        accounts: int | None,
        progress: Callable[[str], None],
    ) -> None:
        self.settings, self.scenario = settings, scenario
        self.interval, self.rounds, self.accounts = interval, rounds, accounts
        self.progress = progress
        self.sent: dict[int, int] = {}
        """Position in the scenario → message id."""

    def run(self) -> int:
        """Play all of it; returns the event's id.

        Raises:
            WrongState: something stood still for longer than it may.
        """
        with db.unit_of_work() as session:
            self.cast = _cast(session)
            self.incident = self._open(session)
        for position, line in enumerate(self.scenario.lines):
            self.progress(f"{line.label} {line.type}")
            if line.type is rules.MessageType.CORRECTION:
                self._correct(position, line)
            else:
                self._send(position, line)
        with db.unit_of_work() as session:
            incident = session.get_one(Incident, self.incident.id)
            closing.end_event(
                session, self.cast.unit, incident, clock.now(), "Övningen är slut.", mail=False
            )
        return self.incident.id

    def _open(self, session: Session) -> Incident:
        offered = list(
            session.scalars(
                select(Account)
                .where(Account.state == "active", Account.public)
                .order_by(Account.position)
            )
        )
        wanted = len(offered) if self.accounts is None else self.accounts
        if wanted > len(offered):
            offered += _more(session, offered, wanted - len(offered))
        chosen = {account.id for account in offered[:wanted]}
        return incidents.open_incident(
            session,
            self.cast.unit,
            name=self.scenario.name,
            area=self.scenario.area,
            stage="board",
            reason="Övning efter scenario.",
            exercise=True,
            choices={
                one.id: ("publish", "") if one.id in chosen else ("leave", REASON)
                for one in accounts_offered(session)
            },
            narrowing_reason=REASON,
            now=clock.now(),
            mail=False,
        )

    def _send(self, position: int, line: Line) -> None:
        """Write, submit, approve; wait until its rounds are out, and for one more of what runs."""
        before = self._running_rounds()
        with db.unit_of_work() as session:
            message = self._draft(session, line.type, line.fields, line)
        self.sent[position] = message.id
        broadcast = self._approve(message)
        repeats = line.type in rules.REPEATING
        self._wait_for(broadcast.id, self.rounds if repeats else 1)
        if not repeats and before is not None:
            self._wait_for(before[0], before[1] + 1)

    def _correct(self, position: int, line: Line) -> None:
        assert line.corrects is not None and line.replacement is not None
        with db.unit_of_work() as session:
            message = self._draft(
                session, line.type, line.fields, line, corrects_id=self.sent[line.corrects]
            )
        self.sent[position] = message.id
        with db.unit_of_work() as session:
            update = self._draft(
                session, rules.MessageType.UPDATE, line.replacement, None,
                prepared_with_id=message.id,
                rounds=1 + self._rumours_after(position),
            )  # fmt: skip
        first, second = self._submit(message), self._submit(update)
        with db.unit_of_work() as session:
            broadcast = approve.approve_both(
                session, self.cast.approver, first[0], first[1], second[0], second[1], clock.now()
            )
        assert broadcast is not None
        self._wait_for(broadcast.id, 1)
        with db.unit_of_work() as session:
            replacing = session.scalars(
                select(Broadcast.id).where(Broadcast.message_id == update.id)
            ).one()
        self._wait_for(replacing, 1)

    def _draft(
        self,
        session: Session,
        kind: rules.MessageType,
        given: dict[str, Any],
        line: Line | None,
        *,
        corrects_id: int | None = None,
        prepared_with_id: int | None = None,
        rounds: int | None = None,
    ) -> Message:
        now = clock.now()
        fields = dict(given)
        if kind in rules.REPEATING:
            position = len(self.sent)
            wanted = self.rounds + self._rumours_after(position) if rounds is None else rounds
            fields |= {"interval_seconds": self.interval, "rounds": wanted}
        if kind is not rules.MessageType.ALL_CLEAR:
            ahead = timedelta(seconds=self.interval * (self.rounds + 20), minutes=15)
            fields["promise_at"] = (now + ahead).isoformat()
        if line is not None:
            ended = {self.sent[one] for one in line.ends if one in self.sent}
            standing = set(
                session.scalars(
                    select(Instruction.message_id).where(
                        Instruction.incident_id == self.incident.id,
                        Instruction.ended_at.is_(None),
                    )
                )
            )
            everything = kind is rules.MessageType.ALL_CLEAR
            fields["ends"] = sorted(standing if everything else standing & ended)
        return drafts.create(
            session,
            self.cast.unit,
            self.incident.id,
            kind,
            now,
            fields=fields,
            corrects_id=corrects_id,
            prepared_with_id=prepared_with_id,
        )

    def _rumours_after(self, position: int) -> int:
        """How many rumours follow directly: the running broadcast does one more for each."""
        count = 0
        for line in self.scenario.lines[position + 1 :]:
            if line.type is not rules.MessageType.RUMOUR:
                break
            count += 1
        return count

    def _submit(self, message: Message) -> tuple[int, str]:
        with db.unit_of_work() as session:
            version = submit.submit(
                session,
                self.cast.unit,
                message.id,
                message.revision,
                clock.now(),
                self.settings.site_url(exercise=True),
                mail=False,
            )
        return version.id, version.content_hash

    def _approve(self, message: Message) -> Broadcast:
        version_id, seen = self._submit(message)
        with db.unit_of_work() as session:
            broadcast = approve.approve(session, self.cast.approver, version_id, seen, clock.now())
        assert broadcast is not None
        return broadcast

    def _running_rounds(self) -> tuple[int, int] | None:
        """The running broadcast and how many rounds of it are out."""
        with db.unit_of_work() as session:
            row = session.execute(
                select(Broadcast.id, func.count(Round.id))
                .join(Round, Round.broadcast_id == Broadcast.id)
                .where(
                    Broadcast.incident_id == self.incident.id,
                    Broadcast.repeating,
                    Broadcast.state == "running",
                )
                .group_by(Broadcast.id)
            ).one_or_none()
            return None if row is None else (row[0], row[1])

    def _wait_for(self, broadcast_id: int, rounds: int) -> None:
        """Wait until so many rounds stand and every post of them has ended one way or other."""
        patience = clock.elapsed() + 60 + 3 * self.interval * rounds
        while True:
            with db.unit_of_work() as session:
                self._by_hand(session)
                # Read first: what comes with the state is then seen by the counts below.
                state = session.get_one(Broadcast, broadcast_id).state
                stand = session.scalars(
                    select(func.count())
                    .select_from(Round)
                    .where(Round.broadcast_id == broadcast_id)
                ).one()
                open_posts = session.scalars(
                    select(func.count())
                    .select_from(Delivery)
                    .where(
                        Delivery.broadcast_id == broadcast_id,
                        Delivery.state.in_((*rules.UNSTARTED, "started", "by_hand")),
                    )
                ).one()
            ended = state not in rules.ACTIVE
            if (stand >= rounds or ended) and open_posts == 0:
                return
            if clock.elapsed() > patience:
                raise WrongState(
                    f"Broadcast {broadcast_id} stands still: {stand} of {rounds} rounds, "
                    f"{open_posts} posts open."
                )
            time.sleep(POLL)

    def _by_hand(self, session: Session) -> None:
        """Each by-hand task is confirmed by a named administrator of its account."""
        tasks = session.execute(
            select(Delivery.id, func.min(AccountAdministrator.person_id))
            .join(AccountAdministrator, AccountAdministrator.account_id == Delivery.account_id)
            .where(Delivery.incident_id == self.incident.id, Delivery.state == "by_hand")
            .group_by(Delivery.id)
        ).all()
        for delivery_id, person_id in tasks:
            actor = session.get_one(Person, person_id)
            link = f"https://kanal.example/inlagg/{delivery_id}"
            settling.confirm_by_hand(session, actor, delivery_id, link, clock.now())


def _cast(session: Session) -> Cast:
    def somebody(role: Role) -> Person:
        return session.scalars(
            select(Person)
            .join(PersonRole)
            .where(PersonRole.role == role, Person.active)
            .order_by(Person.id)
        ).first() or _nobody(role)

    return Cast(somebody(Role.INFORMATION_UNIT), somebody(Role.APPROVER))


def _nobody(role: Role) -> Person:
    raise WrongState(f"The example has nobody with the role {role}.")


def _more(session: Session, like: list[Account], number: int) -> list[Account]:
    """Add accounts like those in the register, websites excepted."""
    patterns = [account for account in like if account.kind != "website"]
    entries = []
    for n in range(number):
        pattern = patterns[n % len(patterns)]
        entries.append(
            {
                "name": f"{pattern.name}, övning {n + 1}",
                "short_name": f"Övning {n + 1}",
                "platform": pattern.platform,
                "handle": f"ovning-{n + 1}-{pattern.handle}",
                "kind": pattern.kind,
                "committee": pattern.committee,
                "operation": pattern.operation,
                "administrators": [row.person.email for row in pattern.administrators],
                "state": "active",
            }
        )
    import_accounts(session, None, entries, clock.now())
    handles = [entry["handle"] for entry in entries]
    return list(
        session.scalars(
            select(Account).where(Account.handle.in_(handles)).order_by(Account.position)
        )
    )
