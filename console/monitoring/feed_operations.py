"""Following sources, and keeping what they bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ARRAY, Text, any_, case, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from channels.feeds import sources
from channels.feeds.items import NOTICES, Item, Trouble
from console import listing, live
from console.accounts import queries as accounts
from console.errors import BadInput, NotAllowed, NotFound, WrongState
from console.incidents.models import Incident
from console.messages.operations.settling import checked_link
from console.monitoring import disposed, item_queries, lock_presence
from console.monitoring import feed_rules as rules
from console.monitoring.feed_models import FeedItem, FeedSource
from console.monitoring.feed_rules import Known
from console.monitoring.item_rules import BY_MODERATION, HAD, ItemState
from console.people.models import Person
from console.people.rules import Permission, may
from console.policy.queries import current
from console.timeline.operations import record


@dataclass(frozen=True, slots=True)
class Claimed:
    """A source to read now."""

    id: int
    form: str
    address: str
    etag: str
    last_modified: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What reading a source came to."""

    source_id: int
    unchanged: bool = False
    items: Sequence[Item] = ()
    trouble: str = ""
    """A `Trouble` that kept it from being read whole, or a notice; "": all is well."""
    detail: str = ""
    retry_after: float | None = None
    etag: str = ""
    last_modified: str = ""
    moved_to: str = ""
    failed: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "failed", bool(self.trouble) and self.trouble not in NOTICES)


def follow(
    session: Session,
    actor: Person,
    now: datetime,
    *,
    authority: str = "",
    account_id: int | None = None,
    address: str = "",
    name: str = "",
    only: str = "",
) -> FeedSource:
    """Read a source from now on: an authority's, an account's own feed, or any address.

    Followed already, it is the same one.

    Raises:
        NotAllowed; NotFound: no such authority or account; WrongState: the account has no feed
        that can be known; BadInput: address, name.
    """
    _need(actor)
    form, test = "feed", False
    if authority:
        known = sources.BY_KEY.get(authority)
        if known is None:
            raise NotFound(_("Källan finns inte."))
        address, name, form, test = known.address, known.name, known.form, known.test
    elif account_id is not None:
        account = accounts.account(session, account_id)
        name = account.name
        address = sources.of_account(account.platform, account.address, account.handle)
        if not address:
            raise WrongState(_("Kontot har inget flöde som konsolen känner till."))
    else:
        address = _checked(address)
        name = " ".join(name.split())
        if not name or len(name) > rules.NAME:
            raise BadInput(_("Skriv vad källan heter, högst %(n)s tecken.", n=rules.NAME), "name")
    # Two who choose it at the same moment meet here.
    made = session.scalar(
        upsert(FeedSource)
        .values(
            account_id=account_id, name=name, form=form, asked_address=address, address=address,
            only=rules.words_in(only), test=test, added_at=now, added_by_id=actor.id,
            calm_at=now, busy_at=now,
        )
        .on_conflict_do_nothing(
            index_elements=["asked_address"], index_where=FeedSource.stopped_at.is_(None)
        )
        .returning(FeedSource.id)
    )  # fmt: skip
    source = session.scalars(
        select(FeedSource).where(
            FeedSource.asked_address == address, FeedSource.stopped_at.is_(None)
        )
    ).one()
    if made is None:
        return source
    _record(session, "feed:followed", source, actor, now, address=address)
    return source


def stop(session: Session, actor: Person, source_id: int, now: datetime) -> None:
    """Read it no more; what it has brought stays.

    Raises: NotAllowed, NotFound.
    """
    _need(actor)
    source = session.get(FeedSource, source_id, with_for_update=True, populate_existing=True)
    if source is None:
        raise NotFound(_("Källan finns inte."))
    if source.stopped_at is None:
        source.stopped_at = now
        _record(session, "feed:stopped", source, actor, now)


def is_busy(session: Session) -> bool:
    """Is an event open in earnest? Then sources are read more often."""
    query = select(Incident.id).where(Incident.state == "open", ~Incident.exercise).limit(1)
    return session.scalar(query) is not None


def claim(session: Session, now: datetime, most: int) -> list[Claimed]:
    """Take sources that are due, the longest due first; whoever takes them has `rules.LEASE`.

    Any number of readers may claim: none gets what another one has.
    """
    due = FeedSource.busy_at if is_busy(session) else FeedSource.calm_at
    found = session.scalars(
        select(FeedSource)
        .where(item_queries.is_read(), due <= now)
        .order_by(due, FeedSource.id)
        .limit(most)
        .with_for_update(of=FeedSource, skip_locked=True)
    ).all()
    for one in found:
        one.calm_at = one.busy_at = now + rules.LEASE
    return [Claimed(one.id, one.form, one.address, one.etag, one.last_modified) for one in found]


def save(session: Session, outcomes: Sequence[Outcome], now: datetime) -> int:
    """Write down what reading some sources came to. Returns how many items were news.

    What was taken in is committed together with the marks by which the source is asked next time:
    cut off before that, the same answer is read again, and its items are known again.
    """
    by_id = {one.source_id: one for one in outcomes}
    found = session.scalars(
        select(FeedSource)
        .where(listing.among(FeedSource.id, by_id))
        .order_by(FeedSource.id)
        .with_for_update(of=FeedSource)
    ).all()
    known = _known(session, outcomes)
    words = current(session).watch_words
    rows: list[dict[str, Any]] = []
    for source in found:
        outcome = by_id[source.id]
        first = source.read_at is None
        items = [item for item in outcome.items if _wanted(source, item)]
        ahead = False
        for item, verdict, before in rules.judge(known.get(source.id, []), items):
            at, wrong = _time(item, now)
            ahead = ahead or wrong
            if verdict == "new":
                rows.append(_row(source, item, at, words, first, now))
            elif before is not None:
                _renew(session, source, before, item, words, now)
        _standing(session, source, outcome, ahead, now)
    if is_busy(session):
        whole = {one.source_id: one.items for one in outcomes if not one.failed and one.items}
        lock_presence.mark(session, whole, now)
    news = 0
    if new := disposed.without(session, rows):
        written = session.execute(
            upsert(FeedItem)
            .on_conflict_do_nothing(index_elements=["source_id", "guid"])
            .returning(FeedItem.id),
            new,
        )
        news = len(written.all())
        live.announce(session, live.CALM)
    return news


def _known(session: Session, outcomes: Sequence[Outcome]) -> dict[int, list[Known]]:
    """Source → those of its items that this answer may speak of."""
    with_items = [one for one in outcomes if one.items]
    if not with_items:
        return {}
    items = [item for one in with_items for item in one.items]
    guids, links = {i.guid for i in items}, {i.link for i in items if i.link}
    hashes = {item.content_hash for item in items}
    query = select(
        FeedItem.id,
        FeedItem.source_id,
        FeedItem.guid,
        FeedItem.link,
        FeedItem.content_hash,
        FeedItem.at,
        FeedItem.alert,
        FeedItem.test,
    ).where(
        listing.among(FeedItem.source_id, {one.source_id for one in with_items}),
        or_(
            FeedItem.guid == _any_of(guids),
            FeedItem.link == _any_of(links),
            FeedItem.content_hash == _any_of(hashes),
        ),
    )
    found: dict[int, list[Known]] = {}
    for row in session.execute(query.order_by(FeedItem.id)):
        found.setdefault(row.source_id, []).append(
            Known(row.id, row.guid, row.link, row.content_hash, row.at, row.alert, row.test)
        )
    return found


def _any_of(words: set[str]) -> Any:
    """One value for the database however many there are: a statement has room for 65,535."""
    return any_(literal(sorted(words), ARRAY(Text)))


def _wanted(source: FeedSource, item: Item) -> bool:
    return not source.only or bool(rules.mentions(f"{item.title} {item.text}", source.only))


def _time(item: Item, now: datetime) -> tuple[datetime | None, bool]:
    """When an item was published, and whether its clock goes ahead of ours."""
    at = datetime.fromisoformat(item.at) if item.at else None
    if at is not None and at > now + rules.AHEAD:
        return None, True
    return at, False


def _row(
    source: FeedSource,
    item: Item,
    at: datetime | None,
    words: Sequence[str],
    first: bool,
    now: datetime,
) -> dict[str, Any]:
    old = first and at is not None and at < now - rules.FRESH
    return {
        "source_id": source.id,
        "account_id": source.account_id,
        "guid": item.guid,
        "link": item.link,
        "title": item.title,
        "content": item.text,
        "author": item.author,
        "content_hash": item.content_hash,
        "at": at,
        "came_at": now,
        "sort_at": min(at or now, now),
        "alert": item.alert,
        "test": item.test or source.test,
        "watched": rules.mentions(f"{item.title} {item.text}", words),
        "state": ItemState.SEEN if old else ItemState.NEW,
        "state_at": now,
    }


def _renew(
    session: Session,
    source: FeedSource,
    before: Known,
    item: Item,
    words: Sequence[str],
    now: datetime,
) -> None:
    """The same item under another id, with other words, or called something else. A warning that
    has changed stands first, and is new unless somebody has it; what is evidence in a moderation
    stays as captured."""
    row = update(FeedItem).where(FeedItem.id == before.id)
    values: dict[str, Any] = {}
    if before.guid != item.guid:
        values |= {"guid": item.guid, "link": item.link}
    test = item.test or source.test
    changed = before.content_hash != item.content_hash
    if changed or (before.alert, before.test) != (item.alert, test):
        row = row.where(FeedItem.state.not_in(BY_MODERATION))
        values |= {"alert": item.alert, "test": test}
        if item.alert and (changed or not before.alert or (before.test and not test)):
            had = FeedItem.state.in_(HAD)
            values |= {
                "state": case((had, FeedItem.state), else_=ItemState.NEW.value),
                "state_at": case((had, FeedItem.state_at), else_=now),
                "sort_at": now,
            }
    if changed:
        values |= {
            "link": item.link,
            "title": item.title,
            "content": item.text,
            "content_hash": item.content_hash,
            "watched": rules.mentions(f"{item.title} {item.text}", words),
            "changed_at": now,
        }
    if values:
        session.execute(row.values(values))


def _standing(
    session: Session, source: FeedSource, outcome: Outcome, ahead: bool, now: datetime
) -> None:
    source.tried_at = now
    trouble = outcome.trouble or (Trouble.FUTURE if ahead else "")
    if not outcome.failed:
        source.read_at, source.failures = now, 0
        source.etag, source.last_modified = outcome.etag, outcome.last_modified
        if outcome.unchanged:
            trouble = source.trouble if source.trouble in NOTICES else ""
    else:
        source.failures += 1
    # Where nothing could be read it hasn't moved: a page to log in on may say so for an hour.
    if outcome.moved_to and not outcome.failed:
        _record(session, "feed:moved", source, None, now, address=outcome.moved_to)
        source.address = outcome.moved_to
    if trouble != source.trouble:
        source.trouble_since = now if trouble else None
        if outcome.failed:
            _record(session, "feed:broke", source, None, now, trouble=trouble)
        elif source.trouble and source.trouble not in NOTICES:
            _record(session, "feed:mended", source, None, now)
    source.trouble, source.detail = trouble, outcome.detail[:200]
    source.calm_at, source.busy_at = rules.next_times(
        now, source.form, source.failures, outcome.retry_after
    )


def _checked(address: str) -> str:
    try:
        found = checked_link(address)
    except BadInput as error:
        raise BadInput(error.message, "address") from None
    if not found or len(found) > rules.ADDRESS:
        raise BadInput(_("Klistra in flödets adress. Den börjar med https."), "address")
    return found


def _need(actor: Person) -> None:
    if not may(actor.roles, Permission.KEEP_FEEDS):
        raise NotAllowed(_("Bara informationsenheten och strategi väljer källor."))


def _record(
    session: Session,
    tag: str,
    source: FeedSource,
    actor: Person | None,
    now: datetime,
    **facts: object,
) -> None:
    body: Mapping[str, object] = {"source": source.id, "name": source.name} | facts
    record(session, tag, body=body, now=now, person_id=None if actor is None else actor.id)
    live.announce(session, live.CALM)
