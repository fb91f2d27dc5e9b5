"""Whatever comes in whichever order: only who has said yes and hasn't left is reached."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from console import clock, db, sealing
from console.errors import BadInput, Faults, NotFound
from console.recipients import letters, operations, retention, signup
from console.recipients.models import Recipient, RecipientTry
from tests.recipients.conftest import CONSOLE, Lists

EVA = "eva@mail.example"
ACTS = (
    *("sign_up", "question", "yes", "old_yes", "leave", "old_leave", "taken_off"),
    *("named", "removed", "put_back", "forget", "hour", "day", "month", "year"),
)
SPANS = {
    "hour": timedelta(hours=1),
    "day": timedelta(hours=25),
    "month": timedelta(days=31),
    "year": timedelta(days=366),
}


class Address:
    """One address and what is to hold for it."""

    def __init__(self, lists: Lists, move: Callable[[timedelta], None]) -> None:
        self.lists, self.move, self.moved = lists, move, timedelta()
        self.on = ""
        """The kind it stands as, if it is to be reached."""
        self.yes: list[str] = []
        self.leave: list[str] = []

    def do(self, act: str) -> None:
        with db.unit_of_work() as session:
            row = session.scalars(select(Recipient)).one_or_none()
            secret = sealing.unseal(row.sealed) if row else {}
        if "ask" in secret and secret["ask"] not in self.yes:
            self.yes.append(secret["ask"])
        if "leave" in secret and secret["leave"] not in self.leave:
            self.leave.append(secret["leave"])
        if act in SPANS:
            self.moved += SPANS[act]
            self.move(self.moved)
            return
        try:
            with db.unit_of_work() as session:
                getattr(self, f"_{act}")(session, row)
        except (NotFound, BadInput, Faults):
            pass  # refused: then nothing has changed

    def _sign_up(self, session, row) -> None:  # type: ignore[no-untyped-def]
        signup.sign_up(session, self.lists.email_id, EVA, "sv", "10.0.0.1", clock.now())

    def _question(self, session, row) -> None:  # type: ignore[no-untyped-def]
        for one in letters.claim(session, CONSOLE, clock.now(), 5):
            assert not self.on or one.subject.startswith("Vill du fortfarande")
            letters.settle(session, one.recipient_id, "sent", "", clock.now())

    def _yes(self, session, row) -> None:  # type: ignore[no-untyped-def]
        if self.yes:
            signup.confirm_link(session, self.yes[-1], clock.now())
            self.on = "citizen"

    def _old_yes(self, session, row) -> None:  # type: ignore[no-untyped-def]
        if len(self.yes) > 1:
            signup.confirm_link(session, self.yes[0], clock.now())
            self.on = "citizen"

    def _leave(self, session, row) -> None:  # type: ignore[no-untyped-def]
        if self.leave:
            signup.leave(session, self.leave[-1], clock.now())
            self.on = "" if self.on == "citizen" else self.on

    def _old_leave(self, session, row) -> None:  # type: ignore[no-untyped-def]
        if len(self.leave) > 1:
            signup.leave(session, self.leave[0], clock.now())

    def _taken_off(self, session, row) -> None:  # type: ignore[no-untyped-def]
        cast = self.lists.cast
        operations.remove_citizen(session, cast.olle, self.lists.email_id, EVA, clock.now())
        self.on = ""

    def _named(self, session, row) -> None:  # type: ignore[no-untyped-def]
        operations.add(
            session, self.lists.cast.stina, self.lists.email_id, "staff", [(1, [EVA])],
            "Jour.", clock.now(),
        )  # fmt: skip
        self.on = "staff"

    def _removed(self, session, row) -> None:  # type: ignore[no-untyped-def]
        operations.remove(session, self.lists.cast.stina, row.id if row else 0, clock.now())
        self.on = ""

    def _put_back(self, session, row) -> None:  # type: ignore[no-untyped-def]
        operations.restore(session, self.lists.cast.stina, row.id if row else 0, clock.now())
        self.on = "staff"

    def _forget(self, session, row) -> None:  # type: ignore[no-untyped-def]
        waited = row is not None and row.letter == "renew" and row.letter_state == "sent"
        if waited and row.ask_until <= clock.now():
            self.on = ""
        retention.see_to(session, clock.now())


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=st.lists(st.sampled_from(ACTS), min_size=4, max_size=14))
def test_only_who_has_said_yes_and_has_not_left_is_reached(
    lists: Lists, move_clock: Callable[[timedelta], None], acts: list[str]
) -> None:
    move_clock(timedelta())
    with db.unit_of_work() as session:
        session.execute(delete(Recipient))
        session.execute(delete(RecipientTry))
        kept = operations.of_account(session, lists.email_id)
    if kept is None:
        lists.open(lists.email_id)
    address = Address(lists, move_clock)
    for act in acts:
        address.do(act)
        assert lists.reached() == ([EVA] if address.on else []), (act, acts)
        rows = lists.rows()
        assert len(rows) <= 1
        if rows:
            kind, state = rows[0]
            assert (state == "on") == bool(address.on)
            assert kind == "citizen" or state in ("on", "removed")
