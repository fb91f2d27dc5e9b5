"""Who has been called to approve a version, who is next, and whether anybody can be."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from console import phrases
from console.messages import queries
from console.messages.models import ApproverCall, Version
from console.messages.rules import CallOutcome
from console.parts import Verb
from console.people import queries as people
from console.people.models import Person
from console.people.rules import Role
from console.policy.queries import current as current_profile


class Called(Protocol):
    """A call, or the columns of one: what its sentences are made of."""

    @property
    def outcome(self) -> str: ...
    @property
    def everybody(self) -> bool: ...
    @property
    def called_at(self) -> datetime: ...
    @property
    def name(self) -> str: ...
    @property
    def phone(self) -> str: ...


C = TypeVar("C", bound=Called)


def of_versions(session: Session, version_ids: Collection[int]) -> dict[int, list[ApproverCall]]:
    """Version id → its calls in the order they were made; versions without calls are left out."""
    query = select(ApproverCall).where(ApproverCall.version_id.in_(version_ids))
    found: dict[int, list[ApproverCall]] = {}
    for call in session.scalars(query.order_by(ApproverCall.id)):
        found.setdefault(call.version_id, []).append(call)
    return found


def of_version(session: Session, version: Version) -> list[ApproverCall]:
    return of_versions(session, [version.id]).get(version.id, [])


def waited_for(calls: Iterable[C]) -> list[C]:
    """The calls whose answer is still waited for."""
    return [call for call in calls if not call.outcome]


def said(calls: Iterable[Called], now: datetime, lang: str, *, mail: bool) -> str:
    """ "Karin Holm svarade inte. Per Lind kallades kl 12.55." for a text that waits.

    Args:
        mail: mail can be sent; without it nobody has been called, unless by the reader.
    """
    sentences = []
    for call in calls:
        if call.outcome == CallOutcome.UNANSWERED:
            sentences.append(_("%(name)s svarade inte.", name=call.name))
        elif not call.outcome:
            at = phrases.when(call.called_at, now, lang)
            if mail:
                sentences.append(_("%(name)s kallades %(at)s.", name=call.name, at=at))
            else:
                sentences.append(
                    _("%(name)s har texten på sin startsida sedan %(at)s. Mejl är inte inställt.",
                      name=call.name, at=at)
                )  # fmt: skip
    return " ".join(sentences)


def ring(calls: Iterable[Called]) -> Verb | None:
    """*Ring Karin 070-…*: the one whose answer is waited for; when all have been silent, the first
    who was called."""
    with_number = [call for call in calls if call.phone]
    chosen = waited_for(with_number)[-1:] or with_number[:1]
    for call in chosen:
        first = call.name.split()[0]
        return Verb(_("Ring %(name)s", name=first), how="call", phone=call.phone)
    return None


def list_is_out(calls: Sequence[Called]) -> bool:
    """Has somebody not answered in time, and nobody on the list is left to wait for?"""
    missed = any(call.outcome == CallOutcome.UNANSWERED for call in calls)
    return missed and all(call.everybody for call in waited_for(calls))


def next_people(
    session: Session, barred: Collection[int], called: Collection[int]
) -> tuple[list[Person], list[Person]]:
    """(on the call list, everybody else with the role) who may approve and haven't been called.

    Args:
        barred: ids of those who had a hand in the text.
        called: ids of those who have been called already.
    """
    aside = {*barred, *called}
    listed = people.call_list(session, Role.APPROVER)
    rest = {person.id for person in listed} | aside
    others = [p for p in people.with_role(session, Role.APPROVER) if p.id not in rest]
    return [person for person in listed if person.id not in aside], others


def answer_by(session: Session, version: Version, actor: Person, now: datetime) -> str:
    """ "Svara före 13.01, annars ringer vi Per Lind." for the one called; empty for others."""
    calls = of_version(session, version)
    mine = [call for call in waited_for(calls) if call.person_id == actor.id]
    if version.state != "waiting" or not mine:
        return ""
    wait = timedelta(minutes=current_profile(session).approver_wait_minutes)
    until = mine[0].called_at + wait
    listed, others = next_people(
        session, queries.had_a_hand(version), {call.person_id for call in calls}
    )
    if until <= now or not (listed or others):
        return ""
    who = listed[0].name if listed else _("alla andra beslutsfattare")
    at = phrases.clock(until)
    return str(_("Svara före %(at)s, annars kallar vi %(who)s.", at=at, who=who))


def called_now(session: Session, version: Version, *, mail: bool) -> str:
    """ "Karin Holm är kallad." for the writer who has just submitted.

    Args:
        mail: mail can be sent; without it the writer is to ring.
    """
    names = [call.person.name for call in waited_for(of_version(session, version))]
    if not names:
        return ""
    if not mail:
        return str(_("Mejl är inte inställt. Ring: %(names)s.", names=", ".join(names)))
    if len(names) == 1:
        return str(_("%(name)s är kallad.", name=names[0]))
    return str(_("Kallade: %(names)s.", names=", ".join(names)))


def missing_approver(session: Session, barred: Collection[int]) -> str:
    """Why nobody is ready to approve, as a sentence; empty: somebody is.

    Args:
        barred: ids of those who write: an approver on duty who is one of them doesn't count.
    """
    first = people.on_duty(session, Role.APPROVER)
    if first is None:
        return str(_("Ingen beslutsfattare på jour."))
    if first.id not in barred or next_people(session, barred, ())[0]:
        return ""
    return str(
        _(
            "%(name)s har jouren men får inte godkänna sin egen text. Ingen annan står på tur.",
            name=first.name,
        )
    )
