"""What people do for the archive."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import BytesIO

from PIL import Image as Drawing
from sqlalchemy import select, update

from console import clock, db
from console.accounts import describing
from console.accounts.models import Account
from console.archive import deliveries, disposal, snapshots
from console.archive.models import ArchiveDelivery, ArchiveLink, Snapshot, SnapshotTask
from console.archive.snapshot_pdf import Taken
from console.incidents.models import Incident
from console.monitoring.feed_models import FeedItem
from console.people.models import Person
from tests.moderation import acts as moderation


def picture(width: int = 400, height: int = 1200) -> bytes:
    """A screenshot's file."""
    file = BytesIO()
    Drawing.new("RGB", (width, height), "teal").save(file, "PNG")
    return file.getvalue()


def jpeg() -> Taken:
    """Fit to be kept, without the process that makes pictures anew."""
    file = BytesIO()
    Drawing.new("RGB", (400, 600), "teal").save(file, "JPEG")
    return Taken(file.getvalue(), "image/jpeg")


def ask() -> int:
    """What the ticker does now and then."""
    with db.unit_of_work() as session:
        return snapshots.ask(session, clock.now())


def open_tasks() -> list[tuple[int, str]]:
    """(account, reason) of what is asked for."""
    with db.unit_of_work() as session:
        query = select(SnapshotTask).where(SnapshotTask.snapshot_id.is_(None))
        return [(one.account_id, one.reason) for one in session.scalars(query.order_by("id"))]


def take(
    actor: Person, account_id: int, taken_at: datetime | None = None, *, mail: bool = True
) -> ArchiveDelivery:
    with db.unit_of_work() as session:
        person = session.get_one(Person, actor.id)
        return snapshots.take(session, person, account_id, jpeg(), taken_at, clock.now(), mail=mail)


def snapshot(snapshot_id: int | None) -> tuple[Snapshot, bytes]:
    with db.unit_of_work() as session:
        found = session.get_one(Snapshot, snapshot_id)
        return found, found.pdf


def describe(actor: Person, account_id: int, **changes: str) -> None:
    with db.unit_of_work() as session:
        account = session.get_one(Account, account_id)
        names = ("name", "short_name", "address", "operation", "committee")
        old = {name: getattr(account, name) for name in names}
        new = describing.Description(**{**old, **changes})
        describing.describe(session, actor, account_id, new, clock.now())


def hand_over(actor: Person, incident: Incident, to: Person | None, *, masked: bool = False) -> int:
    """Returns the delivery's number."""
    with db.unit_of_work() as session:
        return deliveries.hand_over_event(
            session,
            session.get_one(Person, actor.id),
            session.get_one(Incident, incident.id),
            None if to is None else session.get_one(Person, to.id),
            clock.now(),
            masked=masked,
        ).id


def receive(person: Person, delivery_id: int, number: str = "") -> ArchiveDelivery:
    with db.unit_of_work() as session:
        reader = session.get_one(Person, person.id)
        return deliveries.receive(session, reader, delivery_id, number, clock.now(), by_link=False)


def delivery(delivery_id: int) -> ArchiveDelivery:
    with db.unit_of_work() as session:
        return session.get_one(ArchiveDelivery, delivery_id)


def mails() -> list[tuple[int, str]]:
    """(person, state) of each mail, in order."""
    with db.unit_of_work() as session:
        query = select(ArchiveLink).order_by(ArchiveLink.id)
        return [(one.person_id, one.mail_state) for one in session.scalars(query)]


def make_rule(actor: Person, matter: str = "items", months: int = 6, **more: object) -> int:
    """Returns its number."""
    values = {"decision": "Kommunfullmäktige § 41", "decided_on": clock.now().date()} | more
    with db.unit_of_work() as session:
        return disposal.make_rule(
            session,
            session.get_one(Person, actor.id),
            clock.now(),
            matter=matter,
            months=months,
            **values,  # type: ignore[arg-type]
        ).id


def item(actor: Person, account_id: int, state: str, *, months: int = 7, **more: object) -> int:
    """Something in the inbox that came into its state so many months ago. Returns its number."""
    number = moderation.write_down(actor, account_id)
    with db.unit_of_work() as session:
        then = clock.now() - timedelta(days=31 * months)
        values = {"state": state, "state_at": then, **more}
        session.execute(update(FeedItem).where(FeedItem.id == number).values(**values))
    return number


def candidates(rule_id: int) -> disposal.Candidates:
    with db.unit_of_work() as session:
        return disposal.candidates(session, disposal.rule_of(session, rule_id), clock.now())


def dispose(actor: Person, rule_id: int, mark: str) -> int:
    with db.unit_of_work() as session:
        person = session.get_one(Person, actor.id)
        return disposal.dispose(session, person, rule_id, mark, clock.now())
