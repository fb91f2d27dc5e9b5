"""Mails to a list: staff and partners together, each citizen alone, nobody twice."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from channels.contract import Receipt
from channels.email import Email
from channels.email_settings import EmailSettings
from channels.failures import ChannelError, Reason, Refused, Retry, Unknown
from channels.http import Client
from channels.listed import Forgetful, Got, Held, Listed
from tests.channels.rig import POST
from tests.channels.servers import MailServer
from tests.channels.test_email import rig_at
from tests.faults_proxy import FaultProxy

ANNA, BO = Listed("k1", "anna@torsby.example"), Listed("k2", "bo@torsby.example")
EVA = Listed("k3", "eva@mail.example", "https://kris.torsby.example/a/hemlig-3")
IDA = Listed("k4", "ida@mail.example", "https://kris.torsby.example/a/hemlig-4")
EVERYBODY = (ANNA, BO, EVA, IDA)


class Book(Forgetful):
    """A ledger that outlives an attempt. `before` is asked at each begin."""

    def __init__(self) -> None:
        super().__init__()
        self.left: set[str] = set()
        self.before: Callable[[Sequence[str]], None] = lambda keys: None

    async def begin(self, keys: Sequence[str]) -> frozenset[str]:
        self.before(keys)
        return await super().begin([key for key in keys if key not in self.left])


class List:
    """Sends one post to the same people, attempt after attempt."""

    def __init__(self, mail: MailServer) -> None:
        self.mail, self.book = mail, Book()
        self.settings: EmailSettings = replace(
            rig_at(mail).settings(), listed=EVERYBODY, ledger=self.book
        )

    def send(self, port: int | None = None, total: float = 5.0) -> Receipt:
        settings = replace(self.settings, port=port or self.settings.port)

        async def once() -> Receipt:
            async with Client(("127.0.0.1",), total=total) as client:
                return await Email().publish(client, settings, POST)

        return asyncio.run(once())

    def failed(self, port: int | None = None, total: float = 5.0) -> ChannelError:
        with pytest.raises(ChannelError) as error:
            self.send(port, total)
        return error.value

    @property
    def addresses(self) -> list[str]:
        """Once for each mail."""
        return [address for one in self.mail.mails for address in one.rcpt_tos]

    @property
    def envelopes(self) -> list[list[str]]:
        return [one.rcpt_tos for one in self.mail.mails]

    def to(self, address: str) -> email.message.EmailMessage:
        [content] = [m.original_content for m in self.mail.mails if address in m.rcpt_tos]
        parsed = email.message_from_bytes(content or b"", policy=email.policy.default)
        assert isinstance(parsed, email.message.EmailMessage)
        return parsed


@pytest.fixture(name="people")
def people_(mail: MailServer) -> List:
    return List(mail)


def test_the_named_share_a_mail_and_each_citizen_has_their_own(people: List) -> None:
    assert people.send().note == "4 of 4 have it"
    assert people.envelopes == [
        [ANNA.address, BO.address],
        [EVA.address],
        [IDA.address],
    ]
    assert set(people.book.got.values()) == {Got.SENT}


def test_a_citizens_mail_says_where_to_leave_in_text_and_headers(people: List) -> None:
    """RFC 2369 and RFC 8058; the link is theirs alone, and the others have none."""
    people.send()
    mail, other = people.to(EVA.address), people.to(IDA.address)
    assert mail["List-Unsubscribe"] == f"<{EVA.leave}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text = mail.get_content().replace("\r\n", "\n")
    assert text.startswith(POST.text) and f"Avsluta här:\n{EVA.leave}" in text
    assert other["List-Unsubscribe"] == f"<{IDA.leave}>"
    assert mail["Message-ID"] != other["Message-ID"]
    named = people.to(ANNA.address)
    assert named["List-Unsubscribe"] is None and "Avsluta" not in named.get_content()


def test_a_way_to_leave_that_is_longer_than_a_line_is_still_one_that_mail_programs_follow(
    people: List,
) -> None:
    leave = f"https://krisinformation.{'langt-namn-' * 5}kommun.example/a/hemlig-ida"
    people.settings = replace(people.settings, listed=(replace(IDA, leave=leave),))
    people.send()
    [content] = [mail.original_content for mail in people.mail.mails]
    assert f"List-Unsubscribe: <{leave}>\r\n".encode() in (content or b"")


def test_sending_again_reaches_nobody_twice(people: List) -> None:
    people.send()
    assert people.send().note == "4 of 4 have it"
    assert len(people.envelopes) == 3


def test_after_a_part_only_those_who_lack_it_are_sent_to(people: List) -> None:
    def fails(keys: Sequence[str]) -> None:
        if keys == ["k3"]:
            people.mail.replies["MAIL"] = "451 4.3.0 later"

    people.book.before = fails
    error = people.failed()
    assert isinstance(error, Retry) and error.reason is Reason.PARTLY
    assert error.detail.startswith("2 of 4 have it")
    people.mail.replies.clear()
    people.book.before = lambda keys: None
    assert people.send().note == "4 of 4 have it"
    assert sorted(people.addresses) == sorted(one.address for one in EVERYBODY)


def test_who_left_as_their_turn_came_gets_nothing(people: List) -> None:
    people.book.before = lambda keys: people.book.left.add("k4")
    assert people.send().note == "3 of 4 have it"
    assert [IDA.address] not in people.envelopes


def test_whoever_is_begun_by_an_answer_that_the_ledger_lost_is_not_taken_for_gone(
    people: List,
) -> None:
    """The database was away for a moment, and was asked again: begun, and nothing was sent."""

    def stored(keys: Sequence[str]) -> None:
        if keys[0] == "k1":
            people.book.got |= dict.fromkeys(keys, Got.STARTED)

    people.book.before = stored
    error = people.failed()
    assert isinstance(error, Unknown) and error.reason is Reason.PARTLY
    assert error.detail.startswith("2 of 4 have it, 2 without")
    assert people.envelopes == [[EVA.address], [IDA.address]]


def test_a_stop_ends_it_between_two_mails(people: List) -> None:
    def stopped(keys: Sequence[str]) -> None:
        if keys == ["k4"]:
            raise Held

    people.book.before = stopped
    error = people.failed()
    assert isinstance(error, Retry) and error.reason is Reason.PARTLY
    assert len(people.envelopes) == 2


def test_an_answer_lost_for_one_keeps_it_from_nobody_else_and_is_never_repeated(
    people: List,
) -> None:
    with FaultProxy(people.mail.port, "lose_answer", b"\r\n.\r\n") as proxy:
        error = people.failed(proxy.port, total=3.0)
    assert isinstance(error, (Unknown, Retry))
    lost = {key for key, got in people.book.got.items() if got is Got.STARTED}
    assert {"k1", "k2"} <= lost
    people.failed()
    addresses = people.addresses
    assert len(addresses) == len(set(addresses)) == 4


def test_one_who_is_refused_is_counted_and_the_rest_have_it(people: List) -> None:
    people.mail.replies |= {EVA.address: "550 5.1.1 <eva@mail.example> unknown"}
    assert people.send().note == "3 of 4 have it, 1/4 refused"
    assert people.book.got["k3"] is Got.REFUSED


def test_one_who_is_put_off_is_counted_and_several_in_a_row_wait_for_the_next_attempt(
    people: List,
) -> None:
    people.mail.replies[EVA.address] = "452 4.2.2 <eva@mail.example> full"
    assert people.send().note == "3 of 4 have it, 1/4 refused"
    more = [Listed(f"c{n}", f"c{n}@mail.example", f"https://x.example/{n}") for n in range(5)]
    people.settings = replace(people.settings, listed=(*EVERYBODY, *more))
    people.mail.replies |= {one.address: "451 4.7.1 slow down" for one in more[1:]}
    error = people.failed()
    assert isinstance(error, Retry) and error.reason is Reason.PARTLY
    assert error.detail.startswith("4 of 9 have it")
    people.mail.replies.clear()
    assert people.send().note == "9 of 9 have it"
    assert len(people.addresses) == len(set(people.addresses)) == 9


@pytest.mark.parametrize("kept", [True, False])
def test_a_server_that_takes_so_many_in_one_mail_keeps_it_from_nobody(
    people: List, kept: bool
) -> None:
    many = tuple(Listed(f"m{n}", f"a{n}@torsby.example") for n in range(50))
    addresses = tuple(one.address for one in many)
    people.mail.most = 20
    people.settings = (
        replace(people.settings, listed=(*many, IDA))
        if kept
        else replace(people.settings, recipients=addresses, ledger=None)
    )
    note = people.send().note
    assert note == ("51 of 51 have it" if kept else None)
    assert [len(one) for one in people.envelopes] == [20, 20, 10, 1][: 4 if kept else 3]
    assert len(people.addresses) == len(set(people.addresses))


def test_who_is_put_off_twice_is_counted_and_nobody_has_it_again(people: List) -> None:
    people.mail.replies[BO.address] = "452 4.2.2 full"
    assert people.send().note == "3 of 4 have it, 1/4 refused"
    people.settings = replace(
        people.settings, recipients=(ANNA.address, BO.address), ledger=None, listed=()
    )
    assert people.send().note == "1/2 refused"


def test_a_server_that_closes_after_a_part_is_never_sent_all_of_it_again(people: List) -> None:
    """An account without a list keeps nothing: whoever has it would have it twice."""
    people.mail.most = 1
    people.settings = replace(
        people.settings, recipients=(ANNA.address, BO.address), ledger=None, listed=()
    )
    taken = people.mail.handle_DATA

    async def then_full(*given: Any) -> str:
        people.mail.replies["MAIL"] = "452 4.3.1 full"
        return await taken(*given)

    people.mail.handle_DATA = then_full  # type: ignore[method-assign]
    assert people.send().note == "1/2 refused"
    assert people.addresses == [ANNA.address]


def test_when_all_are_put_off_all_are_tried_again(people: List) -> None:
    people.mail.replies |= {one.address: "450 4.2.1 busy" for one in EVERYBODY}
    assert isinstance(people.failed(), Retry)
    people.mail.replies.clear()
    assert people.send().note == "4 of 4 have it"


def test_a_refusal_says_nobodys_address(people: List) -> None:
    people.mail.replies |= {one.address: f"550 5.1.1 <{one.address}> unknown" for one in EVERYBODY}
    error = people.failed()
    assert isinstance(error, Refused) and "@" not in str(error)


def test_a_password_that_is_wrong_stops_all_and_nobody_is_taken_for_tried(people: List) -> None:
    people.settings = replace(people.settings, password="gammalt")
    assert people.failed().reason is Reason.CREDENTIALS
    assert people.book.got == {}


def test_a_list_with_nobody_on_it_says_so(people: List) -> None:
    people.settings = replace(people.settings, listed=())
    assert people.failed().reason is Reason.SETTINGS


def test_more_than_a_hundred_named_take_several_mails(people: List) -> None:
    many = tuple(Listed(f"m{n}", f"a{n}@torsby.example") for n in range(150))
    people.settings = replace(people.settings, listed=many)
    assert people.send().note == "150 of 150 have it"
    assert [len(one) for one in people.envelopes] == [100, 50]
