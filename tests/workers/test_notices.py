"""Notices by mail: each once, whatever the server does."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from sqlalchemy import select

from console import clock
from console.config import Settings
from console.db import unit_of_work
from console.incidents import operations, outbox, queries, rules
from console.incidents.models import Incident, Notice
from console.incidents.operations import links
from console.mails import LOST_AFTER, MailState
from console.people.models import Person
from console.timeline.queries import entries_of
from tests.channels.servers import MailServer, free_port
from tests.incidents.cast import at, cast, event
from workers.notices import send_notices, words


@pytest.fixture
def mail(database: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    """The municipality's mail server, and an installation that knows it."""
    with MailServer() as server:
        password = quote(server.PASSWORD)
        url = f"smtp://{server.USER}:{password}@127.0.0.1:{server.port}?tls=none"
        monkeypatch.setenv("BUDKAVLE_SMTP_URL", url)
        monkeypatch.setenv("BUDKAVLE_ALLOW_HOSTS", "127.0.0.1")
        monkeypatch.setenv("BUDKAVLE_MAIL_FROM", "kris@torsby.example")
        monkeypatch.setenv("BUDKAVLE_CONSOLE_URL", "https://kris.torsby.example")
        yield server


def opened(**changes: object) -> int:
    with unit_of_work() as session:
        return event(session, cast(session).unit, **changes).id


def states() -> list[str]:
    with unit_of_work() as session:
        return list(session.scalars(select(Notice.mail_state).order_by(Notice.id)))


def messages(server: MailServer) -> dict[str, email.message.EmailMessage]:
    """Recipient → the mail."""
    found = {}
    for envelope in server.mails:
        assert envelope.original_content is not None
        parsed = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
        assert isinstance(parsed, email.message.EmailMessage)
        found[envelope.rcpt_tos[0]] = parsed
    return found


def test_each_administrator_gets_one_mail_that_says_why_how_long_and_what_is_allowed(
    mail: MailServer,
) -> None:
    opened()
    assert send_notices() == 2
    assert send_notices() == 0
    assert states() == ["sent", "sent"]
    assert len(mail.mails) == 2
    letter = messages(mail)["karin@torsby.example"]
    text = letter.get_content()
    assert letter["Subject"] == "Ditt konto är låst: Koka vattnet"
    for part in (
        "Torsbybadet på Facebook, Stjerneskolan på Facebook",
        "Det kan finnas bakterier i vattnet.",
        "Tills vi skriver Läget över",
        "Dölj olagliga kommentarer",
        "Svara med godkända svar",
        "appen kan vi inte stänga",
        "Your account is locked",
    ):
        assert part in text, part
    [link] = set(re.findall(r"https://kris\.torsby\.example/read/(\S+)", text))
    with unit_of_work() as session:
        notice, _incident = links.notice_of(session, link)
        assert notice.person.name == "Karin Holm"


def test_an_exercise_says_so_in_subject_and_text(mail: MailServer) -> None:
    opened(exercise=True)
    send_notices()
    letters = messages(mail)
    assert len(letters) == 2
    for letter in letters.values():
        assert letter["Subject"].startswith("ÖVNING")
        assert letter.get_content().startswith("ÖVNING. Det här är en övning.")


def test_a_refused_address_fails_alone(mail: MailServer) -> None:
    mail.replies["karin@torsby.example"] = "550 5.1.1 No such user"
    opened()
    send_notices()
    assert states() == ["failed", "sent"]
    with unit_of_work() as session:
        detail = session.scalars(select(Notice.mail_detail).order_by(Notice.id)).first()
    assert "550" in (detail or "")


def test_who_is_shut_out_while_their_mail_is_queued_is_not_sent_it(mail: MailServer) -> None:
    incident_id = opened()
    with unit_of_work() as session:
        karin, _ali = session.scalars(select(Notice).order_by(Notice.id)).all()
        karin.person.active = False
    assert send_notices() == 1
    assert messages(mail).keys() == {"ali@torsby.example"}
    assert states() == ["failed", "sent"]
    with unit_of_work() as session:
        tags = [(e.tag, e.facts.get("detail")) for e in entries_of(session, incident_id)]
        assert ("notice:mail:failed", "shut_out") in tags
        names = [n.person.name for n in queries.unread_notices(session, incident_id, at(5))]
        assert names == ["Ali Hassan"], "nobody rings Karin"


def test_no_mail_server_is_a_failure_and_not_an_unknown(
    mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUDKAVLE_SMTP_URL", f"smtp://127.0.0.1:{free_port()}?tls=none")
    opened()
    send_notices()
    assert states() == ["failed", "failed"]


def test_a_reminder_is_a_mail_of_its_own(mail: MailServer) -> None:
    incident_id = opened()
    send_notices()
    with unit_of_work() as session:
        unit = session.scalars(select(Person).where(Person.name == "Ingrid Berg")).one()
        incident = queries.by_id(session, incident_id)
        operations.remind(session, unit, incident, at(20))
    send_notices()
    contents = [envelope.original_content or b"" for envelope in mail.mails]
    ids = {re.search(rb"Message-ID: (.*)", content)[1] for content in contents}  # type: ignore[index]
    assert len(ids) == 4


def started(ago: int) -> int:
    """A mail that was started `ago` seconds ago by somebody who is gone. Returns its number."""
    opened()
    with unit_of_work() as session:
        first = session.scalars(select(Notice).order_by(Notice.id)).first()
        assert first is not None
        first.mail_state, first.mail_at = "started", clock.now() - ago * (at(1) - at(0)) / 60
        return first.id


@pytest.mark.parametrize(("ago", "state"), [(70, "unknown"), (30, "started")])
def test_a_start_without_an_answer_becomes_unknown_and_is_not_sent_again(
    mail: MailServer, ago: int, state: str
) -> None:
    """Lesson 22: staff are mailed once."""
    started(ago)
    send_notices()
    send_notices()
    assert states() == [state, "sent"]
    assert list(messages(mail)) == ["ali@torsby.example"]


def test_a_late_answer_settles_an_unknown_and_nothing_else(mail: MailServer) -> None:
    notice_id = started(70)
    send_notices()
    with unit_of_work() as session:
        outbox.MAILS.settle(session, notice_id, MailState.SENT, "", clock.now())
        outbox.MAILS.settle(session, notice_id, MailState.FAILED, "550", clock.now())
    assert states() == ["sent", "sent"]


def test_the_ticker_is_told_when_there_is_something_to_send(mail: MailServer) -> None:
    notice_id = started(30)
    with unit_of_work() as session:
        assert outbox.MAILS.has_work(session, clock.now())
    send_notices()
    with unit_of_work() as session:
        assert not outbox.MAILS.has_work(session, clock.now())
        assert outbox.MAILS.has_work(session, clock.now() + 2 * LOST_AFTER)
        assert session.get_one(Notice, notice_id).mail_state == "started"


def test_two_senders_do_not_take_the_same_mail(mail: MailServer) -> None:
    opened()
    with unit_of_work() as one, unit_of_work() as other:
        first = outbox.MAILS.claim(one, clock.now(), 1)
        second = outbox.MAILS.claim(other, clock.now(), 5)
        assert {n.id for n, _key in first} & {n.id for n, _key in second} == set()
        assert len(first) + len(second) == 2


def test_the_mail_of_a_closed_event_says_that_it_is_over(mail: MailServer) -> None:
    incident_id = opened(mail=False)
    with unit_of_work() as session:
        unit = session.scalars(select(Person).where(Person.name == "Ingrid Berg")).one()
        operations.close(session, unit, session.get_one(Incident, incident_id), at(9), mail=True)
    send_notices()
    letter = messages(mail)["ali@torsby.example"]
    assert letter["Subject"] == "Läget över, ditt konto är upplåst: Koka vattnet"
    assert "Stjerneskolan på Facebook, Turistbyrån på X" in letter.get_content()


def locked_again(incident_id: int, name: str, *, only: str = "") -> None:
    """The event ends, and another locks what it held before any mail has left."""
    with unit_of_work() as session:
        unit = session.scalars(select(Person).where(Person.name == "Ingrid Berg")).one()
        operations.close(session, unit, queries.by_id(session, incident_id), at(30), mail=True)
    with unit_of_work() as session:
        offered = queries.accounts_offered(session)
        choices = rules.default_choices(offered)
        if only:
            leave, lock = ("leave", "Berörs inte."), ("publish", "")
            choices = {a.id: lock if a.name == only else leave for a in offered}
        event(session, unit, name=name, now=at(31), choices=choices)


def test_a_mail_that_an_account_is_free_says_that_it_is_locked_again(mail: MailServer) -> None:
    """7-a: the mail server was away while one event ended and the next took the account."""
    incident_id = opened()
    send_notices()
    mail.mails.clear()
    locked_again(incident_id, "Skogsbrand")
    send_notices()
    said = [
        email.message_from_bytes(one.original_content or b"", policy=email.policy.default)
        for one in mail.mails
        if one.rcpt_tos == ["ali@torsby.example"]
    ]
    found = {str(one["Subject"]): one for one in said}  # several leave side by side
    assert found.keys() == {
        "Ditt konto är låst: Skogsbrand",
        "Ditt konto är fortfarande låst: Skogsbrand",
    }
    freed = found["Ditt konto är fortfarande låst: Skogsbrand"]
    text = freed.get_content()  # type: ignore[attr-defined]
    assert "Du får publicera som vanligt" not in text and "publish as usual" not in text
    assert "Låst: Stjerneskolan på Facebook (Skogsbrand)" in text and "Upplåst" not in text


def test_of_several_accounts_a_mail_says_which_are_free_and_which_are_locked_again(
    mail: MailServer,
) -> None:
    incident_id = opened()
    locked_again(incident_id, "Skogsbrand", only="Stjerneskolan")
    with unit_of_work() as session:
        karins = session.scalars(
            select(Notice)
            .join(Notice.person)
            .where(Notice.kind == "closed", Person.name == "Karin Holm")
        ).one()
        incident = queries.by_id(session, incident_id)
        subject, text = words(session, karins, incident, "LINK")
        title, short = words(session, karins, incident, "LINK", short=True)
    assert subject == title == "Alla dina konton är inte upplåsta: Koka vattnet"
    for said in (text, short):
        assert "Upplåst: Torsbybadet på Facebook." in said
        assert "Låst: Stjerneskolan på Facebook (Skogsbrand)." in said
        assert "Skriv inga egna inlägg där." in said
        assert "som vanligt igen" not in said


@pytest.mark.parametrize("kind", ["locked", "closed"])
def test_an_exercise_never_says_that_an_account_is_free_that_is_locked_for_real(
    mail: MailServer, kind: str
) -> None:
    exercise = opened(exercise=True)
    with unit_of_work() as session:
        unit = session.scalars(select(Person).where(Person.name == "Ingrid Berg")).one()
        event(session, unit, name="Skogsbrand", now=at(1))
        if kind == "closed":
            operations.close(session, unit, queries.by_id(session, exercise), at(30), mail=True)
    with unit_of_work() as session:
        notice = session.scalars(
            select(Notice).where(Notice.kind == kind, Notice.incident_id == exercise).limit(1)
        ).one()
        incident = queries.by_id(session, exercise)
        text = words(session, notice, incident, "LINK")[1]
        short = words(session, notice, incident, "LINK", short=True)[1]
    assert text.startswith("ÖVNING. Det här är en övning.")
    assert "riktiga inlägg är inte låsta" not in text
    assert "Låst på riktigt: " in text and "(Skogsbrand)" in text
    if kind == "closed":
        assert "som vanligt igen" not in text + short and "Skogsbrand" in short
