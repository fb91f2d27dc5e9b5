"""What a mail holds, and what each thing a mail server may do means."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from channels.contract import Receipt
from channels.email import Email, send_notice
from channels.email_settings import EmailSettings
from channels.failures import BadSettings, ChannelError, Reason, Reauthorise, Refused, Retry
from channels.http import Client
from tests.channels.rig import POST, Rig
from tests.channels.servers import MailServer
from tests.faults_proxy import FaultProxy


def rig_at(mail: MailServer) -> Rig:
    def at(port: int) -> tuple[dict[str, Any], dict[str, Any]]:
        settings = {
            "host": "127.0.0.1",
            "port": port,
            "tls": "none",
            "user": mail.USER,
            "from": "kris@torsby.example",
            "recipients": ["anna@torsby.example", "bo@torsby.example"],
        }
        return settings, {"password": mail.PASSWORD}

    return Rig(
        Email(), at, mail.port, lambda: len(mail.mails),
        after=b"\r\n.\r\n", optional=("port", "tls", "user", "recipients"),
    )  # fmt: skip


@contextmanager
def rig() -> Iterator[Rig]:
    with MailServer() as mail:
        yield rig_at(mail)


@pytest.fixture(name="email")
def email_rig(mail: MailServer) -> Rig:
    return rig_at(mail)


def received(mail: MailServer) -> email.message.EmailMessage:
    content = mail.mails[-1].original_content
    assert content is not None
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, email.message.EmailMessage)
    return message


def body(message: email.message.EmailMessage) -> str:
    """The text as a reader gets it, whatever ends its lines on the way."""
    content: str = message.get_content()
    return content.replace("\r\n", "\n").removesuffix("\n")


def notice(settings: EmailSettings, exercise: bool) -> Receipt:
    async def once() -> Receipt:
        async with Client(("127.0.0.1",)) as client:
            return await send_notice(client, settings, replace(POST, exercise=exercise))

    return asyncio.run(once())


def test_a_mail_says_language_sender_and_that_no_person_wrote_it(
    email: Rig, mail: MailServer
) -> None:
    receipt = email.publish()
    message = received(mail)
    assert message["Subject"] == "Koka vattnet"
    assert message["From"] == "kris@torsby.example"
    assert message["Content-Language"] == "sv"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"] == receipt.remote_id
    assert message["Date"]
    assert body(message) == POST.text


def test_recipients_stand_in_the_envelope_and_never_in_the_mail(
    email: Rig, mail: MailServer
) -> None:
    email.publish()
    assert mail.mails[0].rcpt_tos == ["anna@torsby.example", "bo@torsby.example"]
    assert b"anna@" not in (mail.mails[0].original_content or b"")
    assert "Bcc" not in received(mail)


def test_a_text_with_dots_long_lines_and_every_letter_arrives_unchanged(
    email: Rig, mail: MailServer
) -> None:
    text = ".\n..hemlig\nFrån å till ö – ”citat” 🚰\n" + "x" * 3000
    email.publish(post=replace(POST, text=text))
    assert body(received(mail)) == text


def test_without_a_title_the_first_line_is_the_subject(email: Rig, mail: MailServer) -> None:
    email.publish(post=replace(POST, title=None))
    assert received(mail)["Subject"] == "Koka vattnet i Torsby och Oleby."


def test_a_title_cannot_add_a_header(email: Rig, mail: MailServer) -> None:
    email.publish(post=replace(POST, title="Koka\r\nBcc: eva@evil.example"))
    assert received(mail)["Subject"] == "Koka Bcc: eva@evil.example"
    assert "Bcc" not in received(mail)


@pytest.mark.parametrize(
    ("command", "reply", "outcome"),
    [
        ("AUTH", "454 4.7.0 passing", Retry),
        ("AUTH", "421 4.3.2 closing", Retry),
        ("AUTH", "535 5.7.8 wrong", Reauthorise),
        ("AUTH", "534 5.7.9 too weak", Reauthorise),
        ("MAIL", "451 4.3.0 later", Retry),
        ("MAIL", "550 5.7.1 not you", Refused),
        ("MAIL", "535 5.7.8 expired", Reauthorise),
        ("DATA", "452 4.3.1 full", Retry),
        ("DATA", "421 4.3.2 closing", Retry),
        ("DATA", "554 5.6.0 spam", Refused),
    ],
)
def test_each_reply_has_one_outcome(
    email: Rig, mail: MailServer, command: str, reply: str, outcome: type[ChannelError]
) -> None:
    mail.replies[command] = reply
    with pytest.raises(ChannelError) as error:
        email.publish()
    assert type(error.value) is outcome
    assert not mail.mails


def test_a_wrong_password_asks_for_a_new_one(email: Rig, mail: MailServer) -> None:
    settings = replace(email.settings(), password="gammalt")
    with pytest.raises(Reauthorise):
        notice(settings, exercise=False)
    assert not mail.mails


def test_one_bad_address_does_not_silence_the_others(email: Rig, mail: MailServer) -> None:
    mail.replies["anna@torsby.example"] = "550 5.1.1 unknown"
    receipt = email.publish()
    assert mail.mails[0].rcpt_tos == ["bo@torsby.example"]
    assert receipt.note == "1/2 refused"


def test_a_server_that_greylists_is_tried_again_and_then_takes_the_mail(
    email: Rig, mail: MailServer
) -> None:
    for address in ("anna@torsby.example", "bo@torsby.example"):
        mail.replies[address] = "450 4.2.0 greylisted, try again later"
    with pytest.raises(Retry) as error:
        email.publish()
    assert error.value.reason is Reason.BUSY
    assert not mail.mails
    mail.replies.clear()
    email.publish()
    assert len(mail.mails) == 1


@pytest.mark.parametrize(("second", "outcome"), [("450 4.2.1 busy", Retry), ("550 no", Refused)])
def test_when_nobody_is_taken_the_mildest_reply_decides(
    email: Rig, mail: MailServer, second: str, outcome: type[ChannelError]
) -> None:
    mail.replies |= {"anna@torsby.example": "550 no", "bo@torsby.example": second}
    with pytest.raises(ChannelError) as error:
        email.publish()
    assert type(error.value) is outcome


@pytest.mark.parametrize("trigger", [b"", b"EHLO", b"MAIL"])
@pytest.mark.parametrize("mode", ["lose_answer", "reset", "hang"])
def test_a_server_lost_before_data_may_be_tried_again(
    email: Rig, mail: MailServer, mode: str, trigger: bytes
) -> None:
    with FaultProxy(mail.port, mode, trigger) as proxy, pytest.raises(Retry):
        email.publish(proxy.port, total=0.5)
    assert not mail.mails


def test_a_server_that_never_says_goodbye_takes_nothing_from_the_receipt(
    email: Rig, mail: MailServer
) -> None:
    with FaultProxy(mail.port, "hang", b"QUIT") as proxy:
        assert email.publish(proxy.port, total=30).text == POST.text
    assert len(mail.mails) == 1


def test_plain_text_is_spoken_to_opened_hosts_only(email: Rig, mail: MailServer) -> None:
    async def once(settings: EmailSettings) -> None:
        async with Client() as client:
            await Email().publish(client, settings, POST)

    for tls in ("none", "starttls", "tls"):
        with FaultProxy(mail.port) as proxy:
            settings = replace(email.settings(proxy.port), tls=tls)
            with pytest.raises(Refused) as error:
                asyncio.run(once(settings))
            assert error.value.reason is Reason.ADDRESS
            assert proxy.connections == 0


def test_nothing_is_sent_where_starttls_is_asked_for_and_not_offered(
    email: Rig, mail: MailServer
) -> None:
    with pytest.raises(Refused):
        notice(replace(email.settings(), tls="starttls"), exercise=False)
    assert not mail.mails


def test_a_mail_goes_encrypted_to_a_server_whose_certificate_holds(
    email: Rig, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with MailServer(certificate) as server:
        notice(replace(email.settings(server.port), tls="starttls"), exercise=False)
        assert server.mails[0].rcpt_tos == ["anna@torsby.example", "bo@torsby.example"]


def test_a_password_is_refused_over_tls_as_a_password(
    email: Rig, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with MailServer(certificate) as server:
        settings = replace(email.settings(server.port), tls="starttls", password="gammalt")
        with pytest.raises(Reauthorise):
            notice(settings, exercise=False)
        assert not server.mails


def test_no_password_is_said_in_the_clear_where_the_server_wants_tls_first(
    email: Rig, certificate: Path
) -> None:
    with MailServer(certificate) as server:
        with pytest.raises(Refused):
            notice(email.settings(server.port), exercise=False)
        assert not server.mails


def test_a_server_whose_certificate_nobody_vouches_for_gets_nothing(
    email: Rig, certificate: Path
) -> None:
    with MailServer(certificate) as server:
        with pytest.raises(Retry):
            notice(replace(email.settings(server.port), tls="starttls"), exercise=False)
        assert not server.mails


@pytest.mark.parametrize(
    ("exercise", "subject"), [(True, "ÖVNING Koka vattnet"), (False, "Koka vattnet")]
)
def test_a_notice_to_staff_says_when_it_is_an_exercise(
    email: Rig, mail: MailServer, exercise: bool, subject: str
) -> None:
    notice(email.settings(), exercise)
    assert received(mail)["Subject"] == subject


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"host": "mail server"}, "host"),
        ({"port": 0}, "port"),
        ({"port": "25"}, "port"),
        ({"port": True}, "port"),
        ({"tls": "kanske"}, "tls"),
        ({"from": "Torsby <kris@torsby.example>"}, "from"),
        ({"recipients": [""]}, "recipients"),
        ({"recipients": "anna@torsby.example"}, "recipients"),
        ({"recipients": ["anna@torsby.example", "bo"]}, "recipients"),
        ({"recipients": ["a@b.example\r\nRCPT TO:<c@d.example>"]}, "recipients"),
        ({"recipients": [f"a{n}@torsby.example" for n in range(101)]}, "recipients"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    email: Rig, change: dict[str, object], field: str
) -> None:
    stored, secret = email.at(25)
    with pytest.raises(BadSettings) as error:
        Email().parse(stored | change, secret)
    assert error.value.field == field


def test_an_international_domain_is_written_as_mail_servers_write_it(email: Rig) -> None:
    stored, secret = email.at(25)
    settings = Email().parse(stored | {"recipients": ["kris@åre.se"]}, secret)
    assert settings.recipients == ("kris@xn--re-xia.se",)


@pytest.mark.parametrize(
    ("url", "host", "port", "tls", "user", "password"),
    [
        ("smtps://kommun:p%40ss@mail.example", "mail.example", 465, "tls", "kommun", "p@ss"),
        ("smtp://mail.example", "mail.example", 587, "starttls", None, ""),
        ("smtp://127.0.0.1:9325?tls=none", "127.0.0.1", 9325, "none", None, ""),
    ],
)
def test_the_installations_own_server_is_read_from_its_address(
    url: str, host: str, port: int, tls: str, user: str | None, password: str
) -> None:
    settings = EmailSettings.from_url(url, "budkavle@localhost", ("anna@torsby.example",))
    assert settings == EmailSettings(
        host=host,
        port=port,
        tls=tls,
        sender="budkavle@localhost",
        recipients=("anna@torsby.example",),
        user=user,
        password=password,
    )


@pytest.mark.parametrize("url", ["http://mail.example", "smtp://", "smtp://a.example?tls=x", "x"])
def test_a_server_address_that_cannot_be_used_is_refused(url: str) -> None:
    with pytest.raises(BadSettings) as error:
        EmailSettings.from_url(url, "budkavle@localhost", ())
    assert error.value.field == "url"
