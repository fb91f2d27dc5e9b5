"""Text messages to a list of staff and partners, through 46elks (see `sms_api`).

**One delivery, many recipients.** Each recipient is a request of its own, and each can fail alone.
46elks keeps no keys. So every attempt begins by reading the account's history, and sends only to
those who aren't in it: however often a delivery is attempted, nobody who is known to have the text
gets it again. What an attempt comes to, when it is over:

- *sent*: everybody has it, or has a number that 46elks won't have (the note says how many);
- *not sent*, as the first refusal says, if nobody has it;
- *retry*, with the reason PARTLY, if some have it and the others' requests never left: the next
  attempt sends to the rest;
- *unknown* if an answer was lost, or if some have it and the others can't. Those who were waiting
  behind a lost answer are sent to first: one lost answer must not silence the rest.

**Why the key isn't honoured.** Looking first would nearly do. But nothing says how soon a message
stands in the history, and a request that was given up may still be at work: an attempt that
follows a lost answer by a second could then double it. A lost answer is therefore unknown, read
back later, and a person's to settle; sending again then still reaches only those who lack it. For
the same reason a retry after a partial success waits for `SETTLE_SECONDS`, though those whom 46elks
answered about have an id there already.

**A citizen's text ends with a line to leave by**, where the channel's limit lets it. Their text is
then another than the others', and is looked for as such.

Two lists that share a number under one login send the same text to it once, which is as it should
be: one person, one message.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from channels import sms_api as api
from channels.api_base import api_base, host_of
from channels.contract import (
    Ask,
    AsSent,
    Post,
    Rate,
    Readiness,
    Receipt,
    digest,
    refuse_exercise,
    refuse_too_long,
)
from channels.counting import Limit
from channels.failures import BadSettings, ChannelError, Reason, Refused, Retry, Unknown
from channels.listed import Held, Listed
from channels.platforms import PLATFORMS
from channels.preparing import preparing
from channels.sms_api import SmsSettings
from channels.words import N_

if TYPE_CHECKING:
    from channels.http import Client

PRODUCTION = "https://api.46elks.com"
RECIPIENTS = 200
LANES = 8
"""Requests side by side in one attempt: 200 answers of 0.3 s fit in 8 s."""
SETTLE_SECONDS = 5.0
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,10}")


class Sms(AsSent):
    kind = "sms"
    asks = (
        Ask("user", N_("Användarnamn i API:et")),
        Ask("from", N_("Avsändare"), help=N_("Högst elva bokstäver a till z, eller ett nummer.")),
        Ask(
            "recipients",
            N_("Mottagare"),
            "lines",
            N_("Bara personal och samverkande. Ett nummer per rad, med +46 först."),
        ),
        Ask("password", N_("Lösenord i API:et"), "secret"),
    )
    # Each delivery keeps up to LANES requests under way.
    concurrency = 2
    unlimited = False
    rate: Rate | None = None

    def parse(self, settings: Mapping[str, Any], secret: Mapping[str, Any]) -> SmsSettings:
        """Settings: user, from, recipients (optional: others may stand on the console's own
        list). Secret: password."""
        user, password = settings.get("user"), secret.get("password")
        if not isinstance(user, str) or not user.strip() or ":" in user:
            raise BadSettings("user", N_("Ange användarnamnet i API:et."))
        sender = str(settings.get("from", "")).strip()
        if not _NAME.fullmatch(sender) and not _NUMBER.fullmatch(sender):
            raise BadSettings(
                "from", N_("Avsändaren är högst elva bokstäver a till z, eller ett nummer.")
            )
        if not isinstance(password, str) or not password:
            raise BadSettings("password", N_("Ange lösenordet i API:et."))
        return SmsSettings(
            base=api_base(settings, PRODUCTION),
            user=user.strip(),
            sender=sender,
            recipients=_numbers(settings.get("recipients", [])),
            password=password,
        )

    def fingerprint(self, settings: SmsSettings) -> str:
        return digest(self.kind, settings.base, settings.sender, *sorted(settings.recipients))

    def limit(self, settings: SmsSettings) -> Limit:
        return PLATFORMS["sms"].limit

    def honours_key(self, settings: SmsSettings) -> bool:
        return False  # see above

    def pacing_key(self, settings: SmsSettings) -> str:
        credential = hashlib.sha256(f"{settings.user}:{settings.password}".encode()).hexdigest()
        return f"{self.kind}:{host_of(settings.base)}:{credential[:16]}"

    async def publish(self, client: Client, settings: SmsSettings, post: Post) -> Receipt:
        refuse_exercise(post)
        refuse_too_long(self.limit(settings), post)
        began = asyncio.get_running_loop().time()
        if not settings.everybody:
            raise Refused(Reason.SETTINGS, "no recipients")
        texts = self._texts(settings, post)
        async with preparing(client):
            there = await api.sent(client, settings, post, texts)
        sending = _Sending(client, settings, post, there, texts)
        await sending.run(began)
        return sending.outcome()

    def can_read_back(self, settings: SmsSettings) -> bool:
        return True

    def absence_proves(self, settings: SmsSettings) -> bool:
        return False  # nothing says how soon a message stands in the history

    async def read_back(self, client: Client, settings: SmsSettings, post: Post) -> Receipt | None:
        """Sent only if everybody has it: of some, a person says what is to be done."""
        there = await api.sent(client, settings, post, self._texts(settings, post))
        everybody = 0 < len(there) == len(settings.everybody)
        return _receipt(settings, post, there) if everybody else None

    def _texts(self, settings: SmsSettings, post: Post) -> dict[str, str]:
        """Number → what is sent to it."""
        limit = self.limit(settings)
        return {one.address: _text_for(one, post, limit) for one in settings.everybody}

    async def probe(self, client: Client, settings: SmsSettings) -> Readiness:
        """Name, balance, and what the longest text would cost: `left` is how many such there is
        money for."""
        longest = "a" * (self.limit(settings).most or 1)
        everybody = settings.everybody
        if not everybody:
            return Readiness(reason=Reason.SETTINGS, detail="no recipients")
        try:
            name, balance = await api.account(client, settings)
            cost = await api.price(client, settings, everybody[0].address, longest)
        except Refused as error:
            return Readiness(reason=error.reason, detail=error.detail)
        left = balance // max(1, cost * len(everybody))
        return Readiness(
            account=name,
            reason=Reason.CREDIT if left < 1 else None,
            detail=f"balance {balance / 10_000:.2f}",
            left=max(0, left),
        )


class _Sending:
    """One attempt: who has it, whom 46elks won't have, whose answer was lost, who waits."""

    def __init__(
        self,
        client: Client,
        settings: SmsSettings,
        post: Post,
        there: dict[str, str],
        texts: Mapping[str, str],
    ) -> None:
        self.client, self.settings, self.post, self.texts = client, settings, post, texts
        self.there = dict(there)
        self.waiting = deque(one for one in settings.everybody if one.address not in there)
        self.under_way: set[str] = set()
        """Also those whose answer was lost: nothing took them off."""
        self.bad_numbers = self.left = 0
        self.lost: Unknown | None = None
        self.stopped: ChannelError | None = None
        """Why nobody more is sent to."""

    async def run(self, began: float) -> None:
        """Send side by side, until nobody waits, something stops it or three quarters of the time
        is gone; what is under way when all of it is gone, is lost."""
        total = self.client.total
        try:
            async with asyncio.timeout_at(began + total), asyncio.TaskGroup() as lanes:
                for _lane in range(min(LANES, len(self.waiting))):
                    lanes.create_task(self._lane(began + total * 0.75))
        except TimeoutError:
            self.lost = self.lost or Unknown(Reason.NO_ANSWER, "no time left")

    async def _lane(self, last_start: float) -> None:
        now = asyncio.get_running_loop().time
        while self.waiting and self.stopped is None and now() < last_start:
            one = self.waiting.popleft()
            number = one.address
            try:
                if self.settings.ledger and not await self.settings.ledger.may_go(one.key):
                    self.left += 1
                    continue
            except Held:
                self.stopped = self.stopped or Retry(Reason.BUSY, "stopped meanwhile")
                self.waiting.append(one)
                continue
            self.under_way.add(number)
            try:
                self.there[number] = await api.send(
                    self.client, self.settings, number, self.texts[number]
                )
            except Unknown as error:
                self.lost = error
                continue
            except api.BadNumber:
                self.bad_numbers += 1
            except ChannelError as error:
                self.stopped = self.stopped or error
                self.waiting.append(one)
            self.under_way.discard(number)

    def outcome(self) -> Receipt:
        """The receipt, or raises what the attempt came to."""
        everybody, has = len(self.settings.everybody) - self.left, len(self.there)
        detail = f"{has} of {everybody} have it"
        if self.lost is not None:
            reason = Reason.PARTLY if has else self.lost.reason
            raise Unknown(reason, f"{detail}, {len(self.under_way)} without an answer: {self.lost}")
        if self.waiting:
            stopped = self.stopped or Retry(Reason.BUSY, "no time left")
            if not has:
                raise stopped
            if isinstance(stopped, Retry):
                after = max(stopped.after or 0.0, SETTLE_SECONDS)
                raise Retry(Reason.PARTLY, f"{detail}: {stopped}", after=after)
            raise Unknown(Reason.PARTLY, f"{detail}: {stopped}")
        if not has:
            raise Refused(Reason.TURNED_DOWN, f"{self.bad_numbers} numbers refused")
        note = f"{self.bad_numbers}/{everybody} refused" if self.bad_numbers else None
        if self.settings.ledger is not None:
            note = detail if note is None else f"{detail}, {note}"
        return _receipt(self.settings, self.post, self.there, note)


def _receipt(
    settings: SmsSettings, post: Post, there: Mapping[str, str], note: str | None = None
) -> Receipt:
    """Known by the message to the first recipient that has it."""
    first = next(there[one.address] for one in settings.everybody if one.address in there)
    return Receipt(remote_id=first, link=None, text=post.text, note=note)


def _text_for(one: Listed, post: Post, limit: Limit) -> str:
    if one.leave is None:
        return post.text
    word = "Leave" if post.language == "en" else "Avsluta"
    longer = f"{post.text}\n{word}: {one.leave}"
    return post.text if limit.over(longer) else longer


def _numbers(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > RECIPIENTS:
        raise BadSettings("recipients", N_("Ange högst 200 mottagare här."))
    numbers = [re.sub(r"[\s\-()]", "", str(one)) for one in value]
    if not all(_NUMBER.fullmatch(one) for one in numbers):
        raise BadSettings("recipients", N_("Skriv varje nummer med + och landskod först."))
    return tuple(dict.fromkeys(numbers))
