"""What tests about custody do with an account's login."""

from __future__ import annotations

from datetime import datetime, timedelta

from console import clock, db
from console.accounts import custody, custody_access, custody_operations
from console.accounts.custody_operations import Content, Paper
from console.accounts.models import Account, AccountAdministrator
from console.people.models import Person

LOGIN = Content("larm@torsby.example", "Tyst-vatten-48-sten", "8812-4471 9923-0016")
"""No part of it stands anywhere else."""
NEW = Content("larm@torsby.example", "Ny-morgon-91-fors")


def now() -> datetime:
    return clock.now()


def seal(actor: Person, account_id: int, content: Content = LOGIN, changed: bool = False) -> int:
    with db.unit_of_work() as session:
        return custody_operations.seal_digital(
            session, actor, account_id, content, now(), changed=changed
        ).id


def receive(actor: Person, account_id: int, changed: bool = False, **other: object) -> int:
    values = {
        "number": "K-17",
        "place": "Kassaskåpet i rum 214",
        "handed_in_by": "Olle Ek",
        "sealed_at": now() - timedelta(days=1),
        "codes": True,
    }
    with db.unit_of_work() as session:
        paper = Paper(**values | other)  # type: ignore[arg-type]
        return custody_operations.receive_paper(
            session, actor, account_id, paper, now(), changed=changed
        ).id


def ask(
    actor: Person, account_id: int, kind: str = "opening", reason: str = "Olle är sjuk."
) -> int:
    with db.unit_of_work() as session:
        return custody_access.ask(session, actor, account_id, kind, reason, now()).id


def witness(actor: Person, use_id: int, mail: bool = False, whole: bool = True) -> str:
    with db.unit_of_work() as session:
        return custody_access.witness(session, actor, use_id, now(), mail=mail, whole=whole).step


def show(actor: Person, use_id: int) -> Content:
    with db.unit_of_work() as session:
        return custody_access.show(session, actor, use_id, now())


def lend(actor: Person, account_id: int, borrower: Person, reason: str = "Mässan i Sunne.") -> int:
    with db.unit_of_work() as session:
        return custody_operations.lend(
            session, actor, account_id, borrower.id, reason, now(), mail=False
        ).id


def confirm_changed(actor: Person, use_id: int) -> str:
    with db.unit_of_work() as session:
        return custody_operations.confirm_changed(session, actor, use_id, now()).step


def verify(actor: Person, account_id: int, person: Person, verified: bool = True) -> None:
    with db.unit_of_work() as session:
        custody_operations.verify_page_administrator(
            session, actor, account_id, person.id, now(), verified=verified
        )


def settled(account_id: int) -> bool:
    with db.unit_of_work() as session:
        return custody.settled(session, session.get_one(Account, account_id))


def administer(account_id: int, *people: Person) -> None:
    with db.unit_of_work() as session:
        for position, person in enumerate(people, 1):
            session.add(
                AccountAdministrator(account_id=account_id, person_id=person.id, position=position)
            )


def shut_out(*people: Person) -> None:
    """They have no login any longer."""
    with db.unit_of_work() as session:
        for person in people:
            session.get_one(Person, person.id).active = False


def seal_state(account_id: int) -> str | None:
    with db.unit_of_work() as session:
        envelope = custody.kept(session, account_id)
        return envelope.state if envelope else None
