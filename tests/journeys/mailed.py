"""An installation that sends mail, and the links that came in it."""

from __future__ import annotations

import email
import email.policy
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from tests.channels.servers import MailServer
from tests.cli.program import environment, up
from tests.journeys.conftest import Installation, logins_of

SECONDS = 40.0


@contextmanager
def installed(folder: Path, mail: MailServer) -> Iterator[Installation]:
    """`budkavle up --example` that knows the mail server, and may reach others on this machine."""
    address = f"smtp://{mail.USER}:{quote(mail.PASSWORD)}@127.0.0.1:{mail.port}?tls=none"
    env = environment(folder / "home", BUDKAVLE_SMTP_URL=address, BUDKAVLE_ALLOW_HOSTS="127.0.0.1")
    with up(env, folder / "log", "--example") as running:
        yield Installation(running, logins_of(running))


def until(found: Callable[[], str | None], what: str) -> str:
    """What `found` finds, waited for."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        one = found()
        if one is not None:
            return one
        time.sleep(0.1)
    raise AssertionError(f"{what} didn't come in {SECONDS} s")


def mailed_link(mail: MailServer, address: str, below: str) -> str | None:
    """The path of the link in the newest mail to `address`, if it begins with `below`."""
    for envelope in reversed(mail.mails):
        if envelope.rcpt_tos == [address]:
            assert envelope.original_content is not None
            letter = email.message_from_bytes(
                envelope.original_content, policy=email.policy.default
            )
            found = re.search(re.escape(below) + r"[\w/-]+", letter.get_content())  # type: ignore[attr-defined]
            return found and found[0]
    return None
