"""One attempt at a post's mails: staff and partners together, each citizen a mail of their own.

Each citizen's carries a link of its own to leave by, so nobody can share an envelope. What an
attempt comes to, when it is over:

- *sent*: everybody has it, or has an address that the server won't have (the note says how many);
- *not sent*, as the first refusal says, if nobody has it;
- *retry*, with the reason PARTLY, if some have it and the others' mails never left: the next
  attempt sends to the rest, since the ledger knows them;
- *unknown* if an answer was lost, or if some have it and the others can't. Those who wait behind a
  lost answer are sent to first: one lost answer must not silence the rest.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

import aiosmtplib

from channels import email_smtp as smtp
from channels.contract import Post, Receipt
from channels.email_settings import RECIPIENTS, EmailSettings
from channels.failures import ChannelError, Reason, Refused, Retry, Unknown
from channels.listed import Forgetful, Got, Held, Listed

if TYPE_CHECKING:
    from channels.http import Client

AGAIN_SECONDS = 1.0
"""Before the next attempt at those who were left when the time was out."""
IN_ROW = 3
"""So many mails refused or lost one after the other: it isn't the recipients."""


class Sending:
    """`await run()` gives the receipt, or raises what the attempt came to."""

    def __init__(self, client: Client, settings: EmailSettings, post: Post, subject: str) -> None:
        self.client, self.settings, self.post, self.subject = client, settings, post, subject
        self.ledger = settings.ledger or Forgetful()
        self.everybody = settings.everybody
        together = [one for one in self.everybody if one.leave is None]
        self.batches = deque(
            [together[at : at + RECIPIENTS] for at in range(0, len(together), RECIPIENTS)]
            + [[one] for one in self.everybody if one.leave is not None]
        )
        self.got: dict[str, Got] = {}
        self.gone: set[str] = set()
        """Had left the list as their turn came."""
        self.smtp: aiosmtplib.SMTP | None = None
        self.under_way: list[str] = []
        self.handed_over = False
        self.in_row = 0
        self.put_off: list[str] = []
        """Citizens refused for now, one after the other."""
        self.lost: Unknown | None = None
        self.stopped: ChannelError | None = None
        """Why nobody more is sent to."""
        self.refusal: aiosmtplib.SMTPRecipientRefused | None = None
        """The mildest answer about a recipient."""

    async def run(self) -> Receipt:
        """Send until nobody waits, something stops it or three quarters of the time is gone.

        Raises:
            Refused, Retry, Unknown: see above.
        """
        if not self.everybody:
            raise Refused(Reason.SETTINGS, "no recipients")
        now = asyncio.get_running_loop().time
        began = now()
        total = self.client.total
        try:
            async with asyncio.timeout_at(began + total):
                self.got = dict(await self.ledger.standing())
                while self.batches and self.stopped is None and now() < began + total * 0.75:
                    batch = self.batches.popleft()
                    await self._send([one for one in batch if one.key not in self.got])
        except TimeoutError:
            await self._out_of_time()
        finally:
            smtp.hang_up(self.client, self.smtp)
        return self._outcome()

    async def _send(self, batch: list[Listed]) -> None:
        """One mail to those of a batch who may have it now."""
        if not batch:
            return
        try:
            if self.smtp is None:
                self.smtp = await smtp.connection(self.client, self.settings)
                await self.smtp.connect()
        except Exception as error:  # Nobody has been begun.
            self._drop()
            self.stopped = smtp.outcome(error, handed_over=False)
            return
        try:
            keys = await self.ledger.begin([one.key for one in batch])
        except Held:
            self.stopped = Retry(Reason.BUSY, "stopped meanwhile")
            return
        to = [one for one in batch if one.key in keys]
        if others := {one.key for one in batch} - keys:
            await self._not_begun(others)
        if not to:
            return
        self.under_way, self.handed_over = [one.key for one in to], False
        try:
            refused = await self._hand_over(self.smtp, to)
        except Exception as error:  # Whatever went wrong, DATA decides what is known.
            await self._failed(to, smtp.outcome(error, self.handed_over))
            return
        await self._answered(to, refused)
        self.under_way = []

    async def _not_begun(self, keys: set[str]) -> None:
        """They have left the list, or were begun before: by an attempt that is over, or by this
        one, when the ledger stored it and was asked again because its answer was lost."""
        standing = await self.ledger.standing()
        self.got |= {key: got for key, got in standing.items() if key in keys}
        self.gone |= keys - standing.keys()

    async def _answered(
        self, to: list[Listed], refused: dict[str, aiosmtplib.SMTPRecipientRefused]
    ) -> None:
        """Write what became of a mail. Those who are put off while others are taken have a mail of
        their own next: many servers take only so many at a time (RFC 5321, 4.5.3.1.10). Who is put
        off there too isn't troubled again by this attempt; is it several in a row, it isn't they,
        and they wait for the next."""
        if refused:
            mildest = [*refused.values(), *([self.refusal] if self.refusal else [])]
            self.refusal = min(mildest, key=lambda error: error.code)
        soft = [one.key for one in to if one.address in refused and refused[one.address].code < 500]
        hard = [one.key for one in to if one.address in refused and one.key not in soft]
        taken = [one.key for one in to if one.address not in refused]
        if hard:
            await self._settle(hard, Got.REFUSED)
        if soft:
            await self._settle(soft, None)
            if taken:
                self.batches.appendleft([one for one in to if one.key in soft])
            else:
                self.got |= dict.fromkeys(soft, Got.REFUSED)
        if taken:
            await self._settle(taken, Got.SENT)
        if taken or hard:
            self.in_row, self.put_off = 0, []
        elif to[0].leave is not None:
            self.put_off += soft
            if len(self.put_off) >= IN_ROW:
                for key in self.put_off:
                    del self.got[key]
                self.stopped = Retry(Reason.BUSY, "several put off")

    async def _hand_over(
        self, connected: aiosmtplib.SMTP, to: list[Listed]
    ) -> dict[str, aiosmtplib.SMTPRecipientRefused]:
        """Whom the server would not have; if that is everybody, nothing is handed over."""
        leave, key = to[0].leave, ""
        if leave is not None:
            key = f"{self.post.key}/{to[0].key}"
        mail = smtp.message(
            self.settings, self.post, self.subject, self.client.now(), key=key, leave=leave
        )
        await connected.mail(self.settings.sender)
        refused = await smtp.refused_by(connected, tuple(one.address for one in to))
        if len(refused) < len(to):
            self.handed_over = True
            await connected.data(mail)
        else:
            with suppress(aiosmtplib.SMTPException, OSError):
                await connected.rset()
        return refused

    async def _failed(self, to: list[Listed], error: ChannelError) -> None:
        self._drop()
        self.under_way = []
        self.in_row += 1
        keys = [one.key for one in to]
        if isinstance(error, Unknown):
            self.lost = self.lost or error
            self.got |= dict.fromkeys(keys, Got.STARTED)
        elif self.handed_over and to[0].leave is not None:
            # The answer is about one citizen's mail; the next may be taken.
            await self._settle(keys, None if isinstance(error, Retry) else Got.REFUSED)
        else:
            await self._settle(keys, None)
            self.stopped = error
        if self.in_row >= IN_ROW:
            self.stopped = self.stopped or Retry(error.reason, error.detail)

    async def _out_of_time(self) -> None:
        """Nothing that had left is taken for unsent."""
        if self.under_way and self.handed_over:
            self.lost = self.lost or Unknown(Reason.NO_ANSWER, "TimeoutError")
            self.got |= dict.fromkeys(self.under_way, Got.STARTED)
            return
        if self.under_way:
            await self._settle(self.under_way, None)
        self.stopped = self.stopped or Retry(Reason.NO_CONNECTION, "TimeoutError")

    async def _settle(self, keys: list[str], got: Got | None) -> None:
        await self.ledger.settle(keys, got)
        if got is not None:
            self.got |= dict.fromkeys(keys, got)

    def _drop(self) -> None:
        smtp.hang_up(self.client, self.smtp)
        self.smtp = None

    def _outcome(self) -> Receipt:
        keys = [one.key for one in self.everybody]
        has = sum(self.got.get(key) == Got.SENT for key in keys)
        lost = sum(self.got.get(key) == Got.STARTED for key in keys)
        refused = sum(self.got.get(key) == Got.REFUSED for key in keys)
        waiting = len(set(keys) - set(self.got) - self.gone)
        if self.settings.ledger is None and has:
            # Nothing is kept of who has it: another attempt would send to them again.
            refused, waiting = refused + waiting, 0
        detail = f"{has} of {len(keys)} have it"
        if waiting:
            stopped = self.stopped or Retry(Reason.BUSY, "no time left", after=AGAIN_SECONDS)
            if not has and not lost:
                raise stopped
            if isinstance(stopped, Retry):
                raise Retry(Reason.PARTLY, f"{detail}: {stopped}", after=stopped.after)
            raise Unknown(Reason.PARTLY, f"{detail}: {stopped}")
        if lost:
            why = self.lost or Unknown(Reason.NO_ANSWER, "an earlier attempt")
            if len(keys) == lost:
                raise why
            raise Unknown(Reason.PARTLY if has else why.reason, f"{detail}, {lost} without: {why}")
        if not has and self.refusal is not None:
            raise smtp.answered(self.refusal, handed_over=False)
        if not has:
            raise Refused(Reason.TURNED_DOWN, detail)
        note = f"{refused}/{len(keys)} refused" if refused else None
        if self.settings.ledger is not None:
            note = detail if note is None else f"{detail}, {note}"
        return Receipt(
            remote_id=smtp.message_id(self.post.key, self.settings.sender),
            link=None,
            text=self.post.text,
            note=note,
        )
