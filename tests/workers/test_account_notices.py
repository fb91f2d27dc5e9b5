"""Mail about an account, outside any event: each once, whatever the server does."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from console import clock, db
from console.accounts import telling
from console.accounts.custody_models import AccountNotice
from console.mails import LOST_AFTER
from tests.accounts import keeping
from tests.accounts.conftest import Cast, cast  # noqa: F401 - a fixture
from tests.channels.servers import MailServer
from tests.workers.test_notices import mail, messages  # noqa: F401 - a fixture
from workers import jobs
from workers.account_notices import send_notices


@pytest.fixture
def opened(cast: Cast) -> None:  # noqa: F811
    """An envelope of paper that Maria opened and Per witnessed."""
    keeping.receive(cast.maria, cast.webhook)
    keeping.witness(cast.per, keeping.ask(cast.maria, cast.webhook), mail=True)


def states() -> list[str]:
    with db.unit_of_work() as session:
        query = select(AccountNotice.mail_state).order_by(AccountNotice.id)
        return list(session.scalars(query))


def test_those_concerned_get_one_mail_that_says_who_why_and_what_to_do(
    opened: None,
    mail: MailServer,  # noqa: F811
) -> None:
    """3-d: the account's administrators and the strategy department."""
    with db.unit_of_work() as session:
        assert telling.MAILS.has_work(session, clock.now())
    jobs.send_notices()
    assert send_notices() == 0
    assert states() == ["sent", "sent"]
    letters = messages(mail)
    assert set(letters) == {"olle@torsby.example", "maria@torsby.example"}
    letter = letters["olle@torsby.example"]
    assert letter["Subject"] == "Kuvertet är öppnat: Larm"
    text = letter.get_content()
    for part in ("maria har fått nödåtkomst till Larm. per bevittnade det.", "Olle är sjuk."):
        assert part in text
    assert "https://kris.torsby.example/accounts/2/custody" in text


def test_a_refused_address_fails_alone(
    opened: None,
    mail: MailServer,  # noqa: F811
) -> None:
    mail.replies["olle@torsby.example"] = "550 5.1.1 No such user"
    send_notices()
    assert sorted(states()) == ["failed", "sent"]


def test_a_mail_that_nobody_answers_for_is_unknown_and_never_sent_again(
    opened: None,
    mail: MailServer,  # noqa: F811
) -> None:
    with db.unit_of_work() as session:
        telling.MAILS.claim(session, clock.now() - 2 * LOST_AFTER, 10)
    assert send_notices() == 0
    assert states() == ["unknown", "unknown"]
    assert not mail.mails
