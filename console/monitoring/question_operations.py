"""A question's verbs: opened, handed over, replied to, answered where it stands, followed up."""

from __future__ import annotations

from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from console import phrases
from console.accounts import telling
from console.accounts.coverage import today
from console.accounts.models import Account
from console.errors import BadInput, Faults, NotAllowed, NotFound, WrongState
from console.messages.operations.settling import checked_link
from console.monitoring import item_common, item_queries, item_rules, question_rules
from console.monitoring.feed_models import FeedItem
from console.monitoring.item_rules import ItemState
from console.monitoring.question_models import Question
from console.monitoring.question_rules import SentAs
from console.people.models import Person
from console.policy.queries import current


def open_question(session: Session, item_id: int) -> Question | None:
    """The item's question that waits for its answer, if there is one."""
    return session.scalar(
        select(Question).where(Question.item_id == item_id, Question.settled_at.is_(None))
    )


def opened(
    session: Session, actor: Person, item: FeedItem, now: datetime, *, again: bool = False
) -> Question:
    """The item is a question from now on; one that is open already stays (4-c).

    Args:
        again: somebody asks anew where it was answered: it is received now.
    """
    there = open_question(session, item.id)
    if there is not None:
        return there
    profile = current(session)
    received = now if again else item.sort_at
    due = question_rules.due(received, profile.answer_hours, on_workdays=profile.answer_on_workdays)
    made = Question(
        item_id=item.id, received_at=received, opened_at=now, opened_by_id=actor.id, due_at=due
    )
    session.add(made)
    session.flush()
    item_common.say(session, "question:opened", item, actor, now, question=made.id,
                    received=received, due=due)  # fmt: skip
    return made


def dropped(session: Session, actor: Person, item: FeedItem, now: datetime) -> None:
    """It needs no answer after all."""
    there = open_question(session, item.id)
    if there is not None:
        there.settled_at = now
        item_common.say(session, "question:dropped", item, actor, now, question=there.id)


def tell_colleague(
    session: Session,
    actor: Person,
    item: FeedItem,
    to: Person,
    due: datetime | None,
    now: datetime,
    *,
    mail: bool,
) -> None:
    """A notice to whom an item is sent on; what it says stands in the console only."""
    ask = {
        SentAs.QUESTION: ("Säg vad svaret är", "skickar en fråga till dig"),
        SentAs.RESPONSE: ("Ta del av ris eller ros", "skickar en synpunkt till dig"),
        SentAs.ELSEWHERE: ("Ta över ett ärende", "skickar något som inte hör till kontot"),
    }[SentAs(item.sent_as)]
    until = "" if due is None else f" Svaret ska ges senast {phrases.dated(due)}."
    text = f"{actor.name} {ask[1]}.{until}"
    _tell(session, actor, item, to, now, mail=mail, subject=ask[0], text=text)


def reply(
    session: Session, actor: Person, item_id: int, text: str, now: datetime, *, mail: bool
) -> Question:
    """The colleague says what the answer is; it goes back to be given where it was asked (4-d).

    Raises:
        NotFound; WrongState: no question waits for this person's reply; BadInput: `text`.
    """
    item = item_common.held(session, actor, item_id, now)
    asked = open_question(session, item.id)
    mine = item.forwarded_to_id == actor.id and item.sent_as == SentAs.QUESTION
    if item.state != ItemState.FORWARDED or not mine or asked is None:
        raise WrongState(_("Frågan väntar inte på dig längre."))
    text = text.strip()
    if not text:
        raise BadInput(_("Skriv vad svaret är."), "text")
    if said := item_common.text_fault(text, question_rules.TEXT):
        raise BadInput(said, "text")
    asked.reply, asked.reply_at, asked.reply_by_id = text, now, actor.id
    item_common.shift(session, actor, item, ItemState.QUESTION, now)
    item_common.say(session, "question:replied", item, actor, now, {"reply": text},
                    question=asked.id)  # fmt: skip
    back = None if asked.handed_by_id is None else session.get_one(Person, asked.handed_by_id)
    if back is not None and back.active and back.id != actor.id:
        _tell(session, actor, item, back, now, mail=mail, subject="Svaret finns, ge det nu",
              text=f"{actor.name} har skrivit vad svaret är. Svara där frågan ställdes, och"
              " anteckna det sedan här.")  # fmt: skip
    return asked


def answer(
    session: Session,
    actor: Person,
    item_id: int,
    now: datetime,
    *,
    text: str,
    link: str = "",
    at: datetime | None = None,
    follow_up_on: date | None = None,
) -> Question:
    """Write down the answer that has been given where the question stands (4-d).

    Args:
        link: to the answer, if it has one.
        at: when it was given (aware); None: now.
        follow_up_on: the day to look whether somebody has asked more (4.1-j); None: no such day.

    Raises:
        NotFound; NotAllowed: an account that isn't the actor's to answer on; WrongState;
        Faults: keys as the arguments.
    """
    item = item_common.held(session, actor, item_id, now)
    if not item_queries.may_see_account(session, actor, item.account_id, now):
        raise NotAllowed(_("Svaret ges av den som sköter kontot. Skriv vad du vet i stället."))
    item_common.need_move(item, ItemState.ANSWERED)
    text, at, faults = text.strip(), at or now, {}
    if not text:
        faults["text"] = _("Skriv vad ni svarade.")
    elif said := item_common.text_fault(text, question_rules.TEXT):
        faults["text"] = said
    try:
        link = checked_link(link) or ""
    except BadInput as error:
        faults["link"] = error.message
    asked = open_question(session, item.id)
    received = item.sort_at if asked is None else asked.received_at
    if at == received.replace(second=0, microsecond=0):
        at = received  # a time is written without its seconds
    if at > now:
        faults["at"] = _("Ange en tid som har varit.")
    elif at < received:
        faults["at"] = _("Svaret kan inte ha getts före frågan.")
    if follow_up_on is not None and follow_up_on < today(now):
        faults["follow_up_on"] = _("Välj i dag eller en dag som kommer.")
    if faults:
        raise Faults(faults)
    asked = asked or opened(session, actor, item, now)
    item_common.shift(session, actor, item, ItemState.ANSWERED, now)
    asked.answer, asked.answer_link, asked.answered_at = text, link, at
    asked.answered_by_id, asked.settled_at, asked.follow_up_on = actor.id, now, follow_up_on
    item_common.say(session, "question:answered", item, actor, now, {"answer": text},
                    question=asked.id, answered=at, follow_up=follow_up_on is not None)  # fmt: skip
    return asked


def follow_up(session: Session, actor: Person, question_id: int, now: datetime) -> Question:
    """Somebody has looked, and nothing more is asked. Pressed twice it is the same.

    Raises:
        NotFound, NotAllowed; WrongState: nothing was to be followed up.
    """
    asked = session.get(Question, question_id)
    if asked is None:
        raise NotFound(_("Frågan finns inte."))
    item = item_common.held(session, actor, asked.item_id, now)
    session.refresh(asked, with_for_update={"of": Question})
    if not item_queries.may_see_account(session, actor, item.account_id, now):
        raise NotAllowed(_("Bara den som sköter kontot följer upp."))
    if asked.follow_up_on is None:
        raise WrongState(_("Svaret skulle inte följas upp."))
    if asked.followed_up_at is None:
        asked.followed_up_at = now
        item_common.say(session, "question:followed", item, actor, now, question=asked.id)
    return asked


def _tell(
    session: Session,
    actor: Person,
    item: FeedItem,
    to: Person,
    now: datetime,
    *,
    mail: bool,
    subject: str,
    text: str,
) -> None:
    account = None if item.account_id is None else session.get_one(Account, item.account_id)
    telling.tell(
        session,
        account,
        f"{item_rules.ABOUT}{item.id} {now:%Y-%m-%dT%H:%M:%S.%f}",
        [to],
        now,
        subject=f"{subject}: {item_common.place(account)}",
        text=text,
        path=f"/inbox/{item.id}",
        mail=mail,
        actor_id=actor.id,
    )
