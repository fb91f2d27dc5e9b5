"""A municipality with a list for mail and one for SMS, real servers behind both."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import pytest
from sqlalchemy import select

from console import clock, db, sealing
from console.accounts.models import Account, AccountAdministrator
from console.config import Settings
from console.people.models import Person
from console.recipients import operations, sending, signup
from console.recipients.models import Recipient
from simulators.sms import Sms
from tests.cast import Cast
from tests.channels.servers import MailServer
from workers.letters import send_letters

CONSOLE = "https://kris.torsby.example"


@dataclass
class Lists:
    """Olle administers both accounts; Stina is the strategy department, Lisa the unit."""

    settings: Settings
    mail: MailServer
    sms: Sms
    cast: Cast
    email_id: int
    sms_id: int

    def add(self, *lines: str, kind: str = "partner", actor: Person | None = None) -> int:
        rows = [(n, line.split(";")) for n, line in enumerate(lines, 1)]
        with db.unit_of_work() as session:
            return operations.add(
                session,
                actor or self.cast.stina,
                self.email_id,
                kind,
                rows,
                "De för beskeden vidare.",
                clock.now(),
            )

    def open(self, *account_ids: int) -> None:
        for account_id in account_ids or (self.email_id, self.sms_id):
            with db.unit_of_work() as session:
                operations.open_to_citizens(session, self.cast.olle, account_id, True, clock.now())

    def sign_up(
        self, typed: str, account_id: int = 0, network: str = "10.0.0.1", language: str = "sv"
    ) -> str:
        with db.unit_of_work() as session:
            return signup.sign_up(
                session, account_id or self.email_id, typed, language, network, clock.now()
            )

    def ask(self) -> int:
        """Send what is queued."""
        return send_letters(self.settings)

    def newest(self) -> email.message.EmailMessage:
        content = self.mail.mails[-1].original_content
        assert content is not None
        message = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(message, email.message.EmailMessage)
        return message

    def link(self) -> str:
        """The secret of the link in the newest question by mail."""
        found = re.search(r"/utskick/ja/(\S+)", self.newest().get_content())
        assert found is not None
        return found[1]

    def confirmed(self, typed: str, network: str = "10.0.0.1") -> None:
        """Sign up by mail, and say yes."""
        self.sign_up(typed, network=network)
        self.ask()
        with db.unit_of_work() as session:
            signup.confirm_link(session, self.link(), clock.now())

    def leave_secret(self, typed: str) -> str:
        with db.unit_of_work() as session:
            for row in session.scalars(select(Recipient)):
                secret = sealing.unseal(row.sealed)
                if secret["address"] == typed:
                    return str(secret["leave"])
        raise AssertionError(f"{typed} stands on no list")

    def reached(self, account_id: int = 0, made_at: datetime | None = None) -> list[str]:
        """Addresses that a post made now goes to."""
        with db.unit_of_work() as session:
            moment = (made_at or clock.now()).timestamp()
            found = sending.everybody(
                session, account_id or self.email_id, [], "r1", moment, CONSOLE
            )
        return [one.address for one in found.listed] if found else []

    def rows(self) -> list[tuple[str, str]]:
        """(kind, state) of everybody, whichever list."""
        with db.unit_of_work() as session:
            query = select(Recipient.kind, Recipient.state).order_by(Recipient.id)
            return [(kind, state) for kind, state in session.execute(query)]


@pytest.fixture
def lists(database: Settings, cast: Cast) -> Iterator[Lists]:
    sealing.use(database.keys)
    settings = replace(database, console_url=CONSOLE, allow_hosts=("127.0.0.1",))
    with MailServer() as mail, Sms() as sms:
        sms.now = clock.now()
        with db.unit_of_work() as session:
            by_mail = _account(session, cast, 1, "email")
            by_mail.settings = {
                "host": "127.0.0.1",
                "port": mail.port,
                "tls": "none",
                "user": mail.USER,
                "from": "kris@torsby.example",
            }
            by_mail.secret = sealing.seal({"password": mail.PASSWORD})
            by_sms = _account(session, cast, 2, "sms")
            by_sms.settings = {"api": sms.url, "user": "u1", "from": "Torsby"}
            by_sms.secret = sealing.seal({"password": "hemlig-1"})
            session.flush()
            ids = by_mail.id, by_sms.id
        yield Lists(settings, mail, sms, cast, *ids)


def _account(session: object, cast: Cast, place: int, kind: str) -> Account:
    account = Account(
        name=f"Krisinformation {kind}",
        short_name=kind,
        platform=kind,
        handle=kind,
        kind=kind,
        settings={},
        repeat_rule="every",
        state="active",
        position=place,
        created_at=clock.now(),
        administrators=[AccountAdministrator(person_id=cast.olle.id, position=1)],
    )
    session.add(account)  # type: ignore[attr-defined]
    return account
