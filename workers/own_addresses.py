"""The job that sends to people's own addresses: tests, and notices. No person acts in it."""

from __future__ import annotations

from channels import own_address
from channels.own_address import Message
from console import clock, sealing
from console.config import Settings
from console.db import unit_of_work
from console.errors import ConsoleError
from console.incidents import outbox_addresses, queries
from console.incidents.operations import links
from console.logs import get_logger
from console.people import address_kinds, own_addresses
from console.people.models import OwnAddress
from workers.notices import words

log = get_logger("own_addresses")

Job = tuple[str, int]
"""("test", address) or ("notice", send): what an outcome is written on."""


def send_own() -> int:
    """Send what is queued, a few at a time; returns how many were tried.

    1. Give up on starts that nobody answers for.
    2. Claim a few: *started* is committed before anybody is called.
    3. Send them side by side, with no transaction open, and write each outcome.
    """
    settings = Settings.from_env()
    with unit_of_work() as session:
        now = clock.now()
        own_addresses.give_up_on_lost(session, now)
        outbox_addresses.give_up_on_lost(session, now)
    tried = 0
    while claimed := _claim(settings):
        messages = [m for _job, m in claimed if isinstance(m, Message)]
        for job, message in claimed:
            if isinstance(message, str):
                _settle(job, "failed", message)
        jobs = [job for job, m in claimed if isinstance(m, Message)]
        for outcome in own_address.send(messages, settings.allow_hosts) if messages else ():
            _settle(jobs[outcome.key], outcome.state, outcome.detail)
        tried += len(claimed)
    return tried


def _claim(settings: Settings) -> list[tuple[Job, Message | str]]:
    """Each message now started; a str says why one can't be sent."""
    claimed: list[tuple[Job, Message | str]] = []
    sendable = 0
    with unit_of_work() as session:
        now = clock.now()
        for address in own_addresses.claim(session, now, own_address.AT_ONCE):
            title, text = "Budkavle: prova adressen", _test_text(address)
            message = _message(settings, address, sendable, title, text)
            claimed.append((("test", address.id), message))
            sendable += isinstance(message, Message)
        room = own_address.AT_ONCE - len(claimed)
        for send, notice, address in outbox_addresses.claim(session, now, room):
            incident = queries.by_id(session, notice.incident_id)
            link = settings.console_url + links.make(session, notice, now)
            title, text = words(session, notice, incident, link, short=True)
            if incident.exercise:
                title = f"ÖVNING {title}"
            message = _message(settings, address, sendable, title, text)
            claimed.append((("notice", send.id), message))
            sendable += isinstance(message, Message)
    return claimed


def _test_text(address: OwnAddress) -> str:
    try:
        code = own_addresses.secret_of(address)["code"]
    except (sealing.KeyTrouble, KeyError):
        return ""
    return f"Koden är {code}. Skriv in den under Mina uppgifter i Budkavle."


def _message(
    settings: Settings, address: OwnAddress, key: int, title: str, text: str
) -> Message | str:
    try:
        target = own_addresses.secret_of(address)["target"]
        wire = address_kinds.wire(address.kind, target, settings.sms_url)
    except (ConsoleError, KeyError):
        return "address"
    return Message(key=key, address=wire, title=title, text=text)


def _settle(job: Job, state: str, detail: str) -> None:
    what, row_id = job
    with unit_of_work() as session:
        settle = own_addresses.settle if what == "test" else outbox_addresses.settle
        settle(session, row_id, state, detail, clock.now())
    log.info("own_address_tried", about=what, row=row_id, outcome=state, detail=detail)
