"""Packs what is handed over to archive and registry, and mails the links.

A package is renamed into place when it is whole, and the row names it only then; a row whose packer
gives up is begun anew, three times.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from flask import Flask
from sqlalchemy.orm import Session

from channels.contract import Post
from console import clock, phrases
from console.accounts.models import Account
from console.archive import contents, deliveries, links, package, packing, wording
from console.archive.models import ArchiveDelivery, ArchiveLink
from console.config import Settings
from console.db import unit_of_work
from console.errors import WrongState
from console.logs import get_logger
from console.policy.queries import current
from console.review.models import TimelineExport
from console.review.rules import ExportState
from workers.mailing import Mail, send_queued

log = get_logger("archiving")
PART = ".part"


def make_packages(settings: Settings, app: Flask) -> int:
    """Take away what is too old, and pack what waits; returns how many packages were made.

    Args:
        app: knows the languages (`console.create_addresses`).
    """
    with unit_of_work() as session:
        for name in deliveries.expire(session, clock.now()):
            (settings.packages / name).unlink(missing_ok=True)
    made = 0
    while (claimed := _claim()) is not None:
        made += _pack(settings, app, *claimed)
    return made


def _claim() -> tuple[int, datetime] | None:
    with unit_of_work() as session:
        delivery = packing.claim(session, clock.now())
        if delivery is None or delivery.begun_at is None:
            return None
        return delivery.id, delivery.begun_at


def _pack(settings: Settings, app: Flask, delivery_id: int, begun_at: datetime) -> bool:
    settings.packages.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in settings.packages.glob(f"{delivery_id}-*"):  # by a packer that was killed
        left.unlink(missing_ok=True)
    file = settings.packages / f"{delivery_id}-{begun_at:%Y%m%d%H%M%S%f}.zip"
    part = file.with_name(f"{file.name}{PART}")
    try:
        with app.test_request_context(base_url=settings.console_url):
            name = _write(settings, part, delivery_id)
        size, sha256 = package.measured(part)
        part.replace(file)
    except Exception as error:
        log.error("package_not_made", delivery=delivery_id, exc_info=True)
        part.unlink(missing_ok=True)
        if isinstance(error, WrongState):  # its export has failed, which no second try mends
            with unit_of_work() as session:
                deliveries.fail(session, delivery_id, begun_at, clock.now())
        return False
    with unit_of_work() as session:
        mine = deliveries.packed(
            session, delivery_id, begun_at, clock.now(),
            file=file.name, name=f"{name}.zip", size=size, sha256=sha256,
            mail=bool(settings.smtp_url),
        )  # fmt: skip
    if not mine:
        file.unlink(missing_ok=True)
    return mine


def _write(settings: Settings, part: Path, delivery_id: int) -> str:
    """
    Raises:
        WrongState: the event's export has failed.
        OSError: the disk is full, or the export's file isn't here.
    """
    with unit_of_work() as session:
        delivery, now = session.get_one(ArchiveDelivery, delivery_id), clock.now()
        if delivery.incident is None:
            return _write_account(session, part, delivery, now)
        export = session.get_one(TimelineExport, delivery.export_id)
        if export.state != ExportState.DONE:
            raise WrongState(f"export {export.id} is {export.state}")
        about = contents.about_event(session, delivery, delivery.incident, now)
        source = settings.exports / export.file
    # It may be large: no transaction is open meanwhile.
    with package.writing(part, about) as writer:
        package.add_export(writer, source)
    return about.name


def _write_account(session: Session, part: Path, delivery: ArchiveDelivery, now: datetime) -> str:
    account = session.get_one(Account, delivery.account_id)
    about = contents.about_account(session, delivery, account, now)
    with package.writing(part, about) as writer:
        contents.add_account(session, account, writer)
    return about.name


def send_mails() -> int:
    """Send every queued mail; returns how many were tried."""
    settings = Settings.from_env()

    def post_of(session: Session, link: ArchiveLink, key: str, now: datetime) -> Mail:
        delivery = link.delivery
        about = delivery.incident or delivery.account
        exercise = delivery.incident is not None and delivery.incident.exercise
        subject, text = wording.mail(
            delivery.kind,
            what="" if about is None else about.name,
            exercise=exercise,
            until=phrases.date_year(link.expires_at),
            link=f"{settings.console_url}/archive/link/{links.renew(link)}",
            sha256=delivery.sha256,
            phone=current(session).phone,
        )
        post = Post(key=key, text=text, title=subject, language="sv", exercise=exercise)
        return link.id, link.person.email, post

    return send_queued(links.MAILS, post_of)
