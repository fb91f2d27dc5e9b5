"""Handing over to archive and registry: what is sent, how it is fetched, the receipt that returns.

Each verb writes its rows and its entry of the timeline. A snapshot is sent as it is; an event's and
an account's package is made by a worker first (`workers.archiving`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select, true, update
from sqlalchemy.orm import Session

from console import live
from console.accounts.operations import held as held_account
from console.archive import rules
from console.archive.models import ArchiveDelivery, ArchiveLink, Snapshot
from console.archive.rules import DeliveryState, Kind
from console.errors import BadInput, NotAllowed, NotFound, WrongState
from console.incidents.models import Incident
from console.incidents.rules import State
from console.people.models import Person
from console.people.rules import Permission, Role, may
from console.phrases import STOCKHOLM
from console.review import operations as exports
from console.timeline.operations import record

RECEIVERS = frozenset({Role.ARCHIVIST.value, Role.REGISTRAR.value})


def of_snapshot(
    session: Session,
    actor: Person,
    snapshot: Snapshot,
    to: Person | None,
    now: datetime,
    *,
    mail: bool,
) -> ArchiveDelivery:
    """Send a snapshot to the archivist; without one it waits in the archive."""
    day = snapshot.taken_at.astimezone(STOCKHOLM).date().isoformat()
    delivery = ArchiveDelivery(
        kind=Kind.SNAPSHOT,
        snapshot_id=snapshot.id,
        account_id=snapshot.account_id,
        made_at=now,
        made_by_id=actor.id,
        to_id=None if to is None else to.id,
        state=DeliveryState.READY,
        ready_at=now,
        name=f"ogonblicksbild-{snapshot.account_id}-{day}.pdf",
        size=snapshot.size,
        sha256=snapshot.pdf_digest,
    )
    session.add(delivery)
    session.flush()
    _say(session, actor, delivery, "made", now, _what(delivery))
    if mail:
        _send_link(session, delivery, to, now)
    return delivery


def hand_over_event(
    session: Session, actor: Person, incident: Incident, to: Person | None, now: datetime,
    *, masked: bool,
) -> ArchiveDelivery:  # fmt: skip
    """*Överlämna händelsen*: its export as a package for registry and archive. One that is being
    made already is the answer to a second press.

    Raises:
        NotAllowed; WrongState: the event goes on; BadInput: `to` can't receive it.
    """
    _need(actor, Permission.HAND_OVER_RECORDS)
    if incident.state == State.OPEN:
        raise WrongState(_("Avsluta händelsen först. Då är tidslinjen hel."))
    to = _receiver(to)
    # Two presses at the same moment meet in here.
    export = exports.ask(session, actor, incident, now, masked=masked, whole=True)
    there = _under_way(session, to, incident_id=incident.id, masked=masked)
    if there is not None:
        return there
    delivery = ArchiveDelivery(
        kind=Kind.EVENT,
        incident_id=incident.id,
        export_id=export.id,
        masked=masked,
        made_at=now,
        made_by_id=actor.id,
        to_id=to.id,
        state=DeliveryState.WAITING,
    )
    session.add(delivery)
    session.flush()
    _say(session, actor, delivery, "made", now, _what(delivery))
    return delivery


def hand_over_account(
    session: Session, actor: Person, account_id: int, to: Person | None, now: datetime
) -> ArchiveDelivery:
    """An account's snapshots and plans as a package. One that is being made already is the answer
    to a second press.

    Raises:
        NotFound, NotAllowed; BadInput: `to` can't receive it.
    """
    _need(actor, Permission.HAND_OVER_RECORDS)
    to = _receiver(to)
    account = held_account(session, account_id)
    there = _under_way(session, to, kind=Kind.ACCOUNT, account_id=account.id)
    if there is not None:
        return there
    delivery = ArchiveDelivery(
        kind=Kind.ACCOUNT,
        account_id=account.id,
        made_at=now,
        made_by_id=actor.id,
        to_id=to.id,
        state=DeliveryState.WAITING,
    )
    session.add(delivery)
    session.flush()
    _say(session, actor, delivery, "made", now, _what(delivery))
    return delivery


def send_again(
    session: Session, actor: Person, delivery_id: int, to: Person | None, now: datetime,
    *, mail: bool,
) -> ArchiveDelivery:  # fmt: skip
    """Send a delivery once more, to the same person or another: a new link, and a new package where
    the old one is gone.

    Raises:
        NotFound, NotAllowed; WrongState: it is received, or being packed.
        BadInput: `to` can't receive it.
    """
    _need(actor, Permission.HAND_OVER_RECORDS)
    delivery = held(session, delivery_id)
    if delivery.state not in rules.AGAIN:
        raise WrongState(_("Leveransen är mottagen, eller packas just nu."))
    to = _receiver(to)
    delivery.to_id = to.id
    _end_links(session, delivery, now)
    if delivery.state == DeliveryState.READY:
        if delivery.file:
            delivery.expires_at = now + rules.LINK_LIVES  # as long as the new link says
        if mail:
            _send_link(session, delivery, to, now)
    else:
        if delivery.incident is not None:
            export = exports.ask(
                session, actor, delivery.incident, now, masked=delivery.masked, whole=True
            )
            delivery.export_id = export.id
        delivery.state, delivery.begun_at, delivery.attempts = DeliveryState.WAITING, None, 0
        delivery.ready_at = delivery.expires_at = None
    session.flush()
    _say(session, actor, delivery, "repeated", now, {"to": to.id})
    return delivery


def packed(
    session: Session,
    delivery_id: int,
    begun_at: datetime,
    now: datetime,
    *,
    file: str,
    name: str,
    size: int,
    sha256: str,
    mail: bool,
) -> bool:
    """The package is whole. False: somebody else packs it now, and this one's file is nobody's.

    Args:
        begun_at: as claimed.
        file: its name in the archive's folder; name: what it is saved as; size: bytes.
        mail: mail can be sent.
    """
    delivery = held(session, delivery_id)
    if delivery.state != DeliveryState.WAITING or delivery.begun_at != begun_at:
        return False
    delivery.state, delivery.ready_at = DeliveryState.READY, now
    delivery.expires_at = now + rules.LINK_LIVES
    delivery.file, delivery.name, delivery.size, delivery.sha256 = file, name, size, sha256
    session.flush()
    _say(session, None, delivery, "packed", now, {"size": size, "sha256": sha256})
    if mail:
        _send_link(session, delivery, delivery.to, now)
    return True


def fail(session: Session, delivery_id: int, begun_at: datetime, now: datetime) -> None:
    """It can't be packed; whoever handed over is asked to do it again."""
    delivery = held(session, delivery_id)
    if delivery.state == DeliveryState.WAITING and delivery.begun_at == begun_at:
        delivery.state = DeliveryState.FAILED
        _say(session, None, delivery, "failed", now)


def expire(session: Session, now: datetime, *, lost: bool = False) -> list[str]:
    """Let go of packages whose time is up; returns the files to delete before that is committed:
    once no row names them nobody finds them again.

    Args:
        lost: of all packages: a backup that is restored brings the rows, and no files.
    """
    rows = session.scalars(
        select(ArchiveDelivery)
        .where(ArchiveDelivery.file != "", true() if lost else ArchiveDelivery.expires_at < now)
        .order_by(ArchiveDelivery.id)
        .with_for_update(of=ArchiveDelivery, skip_locked=True)
    ).all()
    files = []
    for row in rows:
        files.append(row.file)
        row.file = ""
        if row.state == DeliveryState.READY:
            row.state = DeliveryState.EXPIRED
            _say(session, None, row, "expired", now)
    return files


def fetch(
    session: Session, person: Person, delivery: ArchiveDelivery, now: datetime, *, by_link: bool
) -> None:
    """Somebody fetches the file: every time stands in the timeline.

    Args:
        by_link: with the mailed link, without logging in.

    Raises:
        NotAllowed; WrongState: there is no file.
    """
    need_receiver(person, delivery)
    if delivery.kind != Kind.SNAPSHOT and not delivery.file:
        raise WrongState(_("Filen finns inte kvar. Be avsändaren skicka den igen."))
    _say(session, person, delivery, "fetched", now, {"by_link": by_link})


def receive(
    session: Session, person: Person, delivery_id: int, number: str, now: datetime, *, by_link: bool
) -> ArchiveDelivery:
    """*Mottaget*: the receipt goes back, with the number it got.

    Args:
        number: the registry's of an event, which it must have; else the archive's, or "".
        by_link: as `fetch`.

    Raises:
        NotFound, NotAllowed; WrongState: it is received, or isn't there to receive.
        BadInput: `number`.
    """
    delivery = held(session, delivery_id)
    need_receiver(person, delivery)
    if delivery.state == DeliveryState.RECEIVED:
        raise WrongState(_("Kvittot är redan lämnat."))
    if delivery.state != DeliveryState.READY:
        raise WrongState(_("Leveransen finns inte att ta emot. Be avsändaren skicka den igen."))
    number = " ".join(number.split())
    if said := rules.number_fault(number, required=delivery.kind == Kind.EVENT):
        raise BadInput(said, field="number")
    delivery.state, delivery.received_at = DeliveryState.RECEIVED, now
    delivery.received_by_id, delivery.number = person.id, number
    session.flush()
    facts = {"number": number, "sha256": delivery.sha256, "by_link": by_link}
    _say(session, person, delivery, "received", now, facts)
    return delivery


def held(session: Session, delivery_id: int) -> ArchiveDelivery:
    """
    Raises:
        NotFound.
    """
    delivery = session.get(
        ArchiveDelivery,
        delivery_id,
        with_for_update={"of": ArchiveDelivery},
        populate_existing=True,
    )
    if delivery is None:
        raise NotFound(_("Leveransen finns inte."))
    return delivery


def need_receiver(person: Person, delivery: ArchiveDelivery) -> None:
    """
    Raises:
        NotAllowed: neither archivist nor registrar.
    """
    if not person.active or not may(person.roles, Permission.RECEIVE_RECORDS):
        raise NotAllowed(_("Bara arkivarien och registratorn tar emot leveranser."))


def _need(actor: Person, permission: Permission) -> None:
    if not actor.active or not may(actor.roles, permission):
        raise NotAllowed(_("Din roll får inte överlämna handlingar."))


def _receiver(person: Person | None) -> Person:
    if person is None or not person.active or not RECEIVERS & set(person.roles):
        raise BadInput(_("Välj en arkivarie eller registrator."), field="to")
    return person


def _under_way(session: Session, to: Person, **what: object) -> ArchiveDelivery | None:
    """The same, to the same person, whose package is being made."""
    query = select(ArchiveDelivery).filter_by(to_id=to.id, state=DeliveryState.WAITING, **what)
    return session.scalars(query.limit(1)).one_or_none()


def _end_links(session: Session, delivery: ArchiveDelivery, now: datetime) -> None:
    """Earlier links open nothing more; what wasn't mailed yet isn't."""
    mine = update(ArchiveLink).where(
        ArchiveLink.delivery_id == delivery.id, ArchiveLink.ended_at.is_(None)
    )
    queued = mine.where(ArchiveLink.mail_state == "queued")
    session.execute(queued.values(mail_state="failed", mail_detail="replaced", ended_at=now))
    session.execute(mine.values(ended_at=now))


def _send_link(
    session: Session, delivery: ArchiveDelivery, to: Person | None, now: datetime
) -> None:
    if to is None:
        return
    link = ArchiveLink(
        delivery_id=delivery.id,
        person_id=to.id,
        made_at=now,
        expires_at=now + rules.LINK_LIVES,
        mail_state="queued",
        mail_at=now,
    )
    session.add(link)
    session.flush()
    live.announce(session, live.WORK)


def _what(delivery: ArchiveDelivery) -> dict[str, Any]:
    return {
        "to": delivery.to_id,
        "snapshot": delivery.snapshot_id,
        "export": delivery.export_id,
        "masked": delivery.masked,
    }


def _say(
    session: Session,
    actor: Person | None,
    delivery: ArchiveDelivery,
    verb: str,
    now: datetime,
    facts: Mapping[str, Any] | None = None,
) -> None:
    body: dict[str, Any] = {"delivery": delivery.id, "kind": delivery.kind, **(facts or {})}
    if delivery.account_id is not None:
        body["account"] = delivery.account_id
    record(
        session,
        f"archive:delivery:{verb}",
        body=body,
        now=now,
        incident_id=delivery.incident_id,
        person_id=None if actor is None else actor.id,
    )
    live.announce(session, live.CALM, live.WORK)
