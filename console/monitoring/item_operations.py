"""What people do with an item of the inbox: see to it, send it on, answer it, make it a rumour."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from console.accounts import queries as accounts
from console.errors import BadInput, Faults, NotAllowed, Stale, WrongState
from console.incidents import exercise_queries
from console.incidents.models import Incident
from console.messages.checks import without_numbers
from console.messages.operations.settling import checked_link
from console.monitoring import item_common, item_queries, item_rules, operations, rules
from console.monitoring import question_operations as questions
from console.monitoring.feed_models import FeedItem
from console.monitoring.item_rules import ItemState
from console.monitoring.models import Rumour
from console.monitoring.question_rules import SentAs
from console.people.models import Person
from console.people.rules import Permission, may
from console.pictures import operations as pictures
from console.pictures.reencoding import Reencoded


def add(
    session: Session,
    actor: Person,
    now: datetime,
    *,
    account_id: int | None,
    title: str,
    content: str,
    link: str = "",
    at: datetime | None = None,
    picture: Reencoded | None = None,
) -> FeedItem:
    """Write down what a person has seen where no feed reaches: a comment, a post in a group.

    Args:
        at: when it was written there (aware); None: about now.
        picture: how it looks there.

    Raises:
        NotAllowed: not an account of one's own; NotFound: no such account; Faults: title, content,
        link, at.
    """
    _need(actor)
    if account_id is not None:
        accounts.account(session, account_id)
    if not item_queries.may_see_account(session, actor, account_id, now):
        raise NotAllowed(_("Välj ett konto som du sköter."))
    title, content = " ".join(title.split()), content.strip()
    faults: dict[str, str] = {}
    if not title:
        faults["title"] = _("Skriv var du såg det.")
    elif len(title) > item_rules.TITLE:
        faults["title"] = _("Skriv högst %(n)s tecken.", n=item_rules.TITLE)
    if not content:
        faults["content"] = _("Skriv vad som står där.")
    elif len(content) > item_rules.TEXT:
        faults["content"] = _("Skriv högst %(n)s tecken.", n=item_rules.TEXT)
    try:
        link = checked_link(link) or ""
    except BadInput as error:
        faults["link"] = error.message
    if at is not None and at > now:
        faults["at"] = _("Ange en tid som har varit.")
    if faults:
        raise Faults(faults)
    item = FeedItem(
        account_id=account_id, guid="", link=link, title=title, content=content,
        content_hash="", at=at, came_at=now, sort_at=at or now, state=ItemState.NEW, state_at=now,
        by_id=actor.id, seen_at=now, watched=item_queries.watched(session, f"{title} {content}"),
    )  # fmt: skip
    if picture is not None:
        item.image_id = pictures.keep(session, picture, now).id
    session.add(item)
    session.flush()
    item_common.say(session, "item:added", item, actor, now)
    return item


def move(
    session: Session,
    actor: Person,
    item_id: int,
    state: str,
    now: datetime,
    *,
    note: str = "",
    to: int | None = None,
    sent_as: str = SentAs.QUESTION,
    mail: bool = False,
    seen: str = "",
) -> FeedItem:
    """Take an item on along the table; an answer and a moderation have verbs of their own.

    Args:
        note: what is asked of the colleague, or said at the move.
        to: the colleague, with `forwarded`.
        sent_as: with `forwarded`, what the colleague is sent it as.
        mail: the colleague can be told by mail.
        seen: `item_rules.standing` as it was on the page that was pressed; "": not known.

    Raises:
        NotFound: nothing that one may see; NotAllowed: whom it was sent to takes it no further;
        Stale: something has happened to it since it was `seen`, and the press isn't about that;
        WrongState: the table hasn't the move; Faults: note, to, sent_as.
    """
    item = item_common.held(session, actor, item_id, now)
    if item.state == state and state != ItemState.FORWARDED:
        return item
    if seen and seen != item_rules.standing(item.state_at):
        label = str(item_rules.LABELS[item.state]).lower()
        raise Stale(_("Det har ändrats sedan du läste det. Läget är: %(state)s.", state=label))
    item_common.need_move(item, state)
    if state in item_rules.BY_OTHER_VERBS:
        raise WrongState(_("Det görs på inläggets egen sida."))
    own = item_queries.may_see_account(session, actor, item.account_id, now)
    if not own and state not in item_rules.AS_COLLEAGUE[item.sent_as]:
        raise NotAllowed(_("Lämna tillbaka det, så tar den som sköter kontot det vidare."))
    colleague, note = None, note.strip()
    faults: dict[str, str] = {}
    if said := item_common.text_fault(note, item_rules.NOTE):
        faults["note"] = said
    if state == ItemState.FORWARDED:
        colleague = None if to is None else session.get(Person, to)
        if colleague is None or not colleague.active:
            faults["to"] = _("Välj en kollega som kan logga in.")
        if sent_as not in set(SentAs):
            faults["sent_as"] = _("Välj vad kollegan ska göra.")
    if faults:
        raise Faults(faults)
    again = item.state == ItemState.ANSWERED
    kind = sent_as if state == ItemState.FORWARDED else ""
    item_common.shift(session, actor, item, state, now, note=note, to=colleague, sent_as=kind)
    asked = None
    if state == ItemState.QUESTION or kind == SentAs.QUESTION:
        asked = questions.opened(session, actor, item, now, again=again)
    else:
        questions.dropped(session, actor, item, now)
    if colleague is not None:
        if asked is not None:
            asked.handed_at, asked.handed_by_id, asked.handed_to_id = now, actor.id, colleague.id
        due = None if asked is None else asked.due_at
        questions.tell_colleague(session, actor, item, colleague, due, now, mail=mail)
    return item


def become_rumour(
    session: Session, actor: Person, item_id: int, incident: Incident, now: datetime
) -> Rumour:
    """What it says is looked into as a rumour of an open event. Pressed twice it is the same one.

    Raises:
        NotFound, NotAllowed; WrongState: it is a test, which starts nothing but what an exercise's
        plan put it in for, or the event is closed.
    """
    item = item_common.held(session, actor, item_id, now)
    if item.rumour_id is not None:
        return session.get_one(Rumour, item.rumour_id)
    exercise = exercise_queries.exercise_of(session, item.id) if item.test else None
    if item.test and (exercise is None or exercise.id != incident.id):
        raise WrongState(_("Det är ett prov. Ett prov startar ingenting."))
    said = without_numbers(f"{item.title}\n{item.content}".strip())[: rules.TEXT_LENGTH]
    where = item.source.name if item.source is not None else without_numbers(item.title)
    rumour = operations.log_rumour(
        session,
        actor,
        incident,
        now,
        content=said,
        seen_where=where[: rules.LINE_LENGTH],
        link=_followed(item.link),
        seen_at=item.sort_at,
    )
    item.rumour_id = rumour.id
    if item.state == ItemState.NEW:
        item.state, item.state_at, item.by_id = ItemState.SEEN, now, actor.id
        item.seen_at = item.seen_at or now
    item_common.say(session, "item:rumour:made", item, actor, now, rumour=rumour.id)
    return rumour


def _followed(link: str) -> str:
    """A feed's link, or "" for one that nobody could follow: the rumour is looked into without."""
    try:
        return checked_link(link) or ""
    except BadInput:
        return ""


def _need(actor: Person) -> None:
    if not may(actor.roles, Permission.VIEW_INBOX):
        raise NotAllowed(_("Inkorgen är för dem som sköter konton."))
