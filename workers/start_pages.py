"""The job that looks at the municipality's own start page, as a visitor's browser would."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from urllib.parse import urljoin

from channels.failures import ChannelError, Reason
from channels.http import Answer, Client
from console import clock
from console.config import Settings
from console.db import unit_of_work
from console.logs import get_logger
from console.site import fragment, start_page_rules
from console.site import start_page_operations as operations
from console.site.start_page_operations import Asked, Seen

log = get_logger("start_pages")
TOTAL_SECONDS = 15.0
MOST_BYTES = 3 * 2**20
MOST_REDIRECTS = 4
MOST_AT_ONCE = 4
REDIRECTS = (301, 302, 303, 307, 308)
_FAULTS = {
    Reason.NO_CONNECTION: "no_connection",
    Reason.NO_ANSWER: "no_answer",
    Reason.ADDRESS: "address",
}


@dataclass(frozen=True)
class _Got:
    answer: Answer | None = None
    fault: str = ""
    detail: str = ""


def look_at_start_pages(settings: Settings) -> int:
    """Look at every start page whose time it is, one after another; returns how many. No
    transaction is open meanwhile."""
    with unit_of_work() as session:
        batch = operations.claim(session, MOST_AT_ONCE, clock.now())
    for one in batch:
        seen = asyncio.run(_look(settings, one))
        with unit_of_work() as session:
            operations.keep(session, one, seen, clock.now(), mail=bool(settings.smtp_url))
    return len(batch)


async def _look(settings: Settings, one: Asked) -> Seen:
    async with Client(settings.allow_hosts, total=TOTAL_SECONDS) as client:
        headers = {"Accept": "text/html", "User-Agent": f"Budkavle (+{settings.public_url}/)"}
        if one.etag:
            headers["If-None-Match"] = one.etag
        if one.modified:
            headers["If-Modified-Since"] = one.modified
        got = await _get(client, one.address, headers)
        answer = got.answer
        if answer is None:
            return Seen(fault=got.fault, detail=got.detail)
        if answer.status == 304 and (one.etag or one.modified):
            return Seen()
        if answer.status != 200:
            busy = answer.status in (429, 503)
            return Seen(
                fault="busy" if busy else "status",
                detail=str(answer.status),
                wait=min(answer.retry_after() or 0.0, 3600.0) if busy else 0.0,
            )
        if answer.body is None:
            return Seen(fault="partial")
        page = await asyncio.to_thread(start_page_rules.read, _text(answer))
        by_script = bool(page.fetches) and not page.marks
        if by_script:
            page = await _with_fetched(client, settings, page)
        return Seen(
            page=page,
            by_script=by_script,
            etag=answer.said("ETag", 500),
            modified=answer.said("Last-Modified", 100),
        )


async def _with_fetched(
    client: Client, settings: Settings, page: start_page_rules.Page
) -> start_page_rules.Page:
    """The page with what its script would put there; only our own fragment is fetched."""
    ours = fragment.addresses(settings.public_url)
    address = next((one for one in page.fetches if one in ours), None)
    if address is None:
        return page
    answer = (await _get(client, address, {"Accept": "text/html"})).answer
    if answer is None or answer.status != 200 or answer.body is None:
        return page
    return replace(page, marks=start_page_rules.read(_text(answer)).marks)


async def _get(client: Client, address: str, headers: dict[str, str]) -> _Got:
    """Follow redirects; each new address is checked as the first was."""
    for _hop in range(MOST_REDIRECTS + 1):
        try:
            answer = await client.request("GET", address, headers=headers, most=MOST_BYTES)
        except ChannelError as error:
            return _Got(fault=_FAULTS.get(error.reason, "no_answer"), detail=error.detail)
        except Exception:
            log.error("look_failed", exc_info=True)
            return _Got(fault="no_answer")
        location = answer.headers.get("Location", "")
        if answer.status not in REDIRECTS or not location:
            return _Got(answer)
        try:
            address = urljoin(address, location)
        except ValueError:  # it is no address
            return _Got(answer)
    return _Got(fault="status", detail="redirects")


def _text(answer: Answer) -> str:
    """The body as text, by the server's word, else as UTF-8, else as old Swedish pages are."""
    body = answer.body or b""
    _kind, _sep, charset = answer.headers.get("Content-Type", "").partition("charset=")
    for name in (charset.split(";")[0].strip(" \"'"), "utf-8"):
        try:
            return body.decode(name)
        except (LookupError, ValueError):
            continue  # no such name, or it isn't so
    return body.decode("cp1252", "replace")
