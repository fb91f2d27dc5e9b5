"""Moderation, verb by verb: the evidence kept, the ground, the registry, gone, its author told.

The post's own words are moved to the evidence the moment it is captured: the item, and what the
timeline has said about it, holds them no longer (4-i).
"""

from __future__ import annotations

import hashlib
import os
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from console import live
from console.accounts import telling
from console.accounts.models import Account
from console.errors import BadInput, Faults, NotAllowed, NotFound, WrongState
from console.messages.operations.drafts import need
from console.monitoring import (
    item_common,
    item_queries,
    item_rules,
    moderation_queries,
    moderation_rules,
)
from console.monitoring import question_operations as questions
from console.monitoring.feed_models import FeedItem
from console.monitoring.item_rules import ItemState
from console.monitoring.models import Rumour
from console.monitoring.moderation_models import Moderation, ModerationEvidence
from console.monitoring.moderation_rules import Measure, ModerationState, Told
from console.people.models import Person
from console.people.queries import with_role
from console.people.rules import Permission, Role
from console.pictures import operations as pictures
from console.pictures.models import Image
from console.pictures.reencoding import Reencoded
from console.policy.queries import current
from console.policy.values import SECRECY
from console.timeline.masking_operations import mask_about
from console.timeline.operations import record
from console.timeline.rules import canonical

MASKED = "moderated"
"""What stands in the timeline where a text about a moderated item was."""


def capture(
    session: Session,
    actor: Person,
    item_id: int,
    now: datetime,
    picture: Reencoded | None = None,
) -> Moderation:
    """Keep an item as evidence: its words, author, link, picture and time, under one digest.

    1. Move the words to the evidence, and blank the item.
    2. Mask what the timeline, and a rumour made of it, has said of it.

    Raises:
        NotFound; NotAllowed: not an account of one's own; WrongState: the table hasn't the move, or
        it stands on no account of ours.
    """
    need(actor, Permission.MODERATE)
    item = item_common.held(session, actor, item_id, now)
    if not item_queries.may_see_account(session, actor, item.account_id, now):
        raise NotAllowed(_("Lämna tillbaka det, så tar den som sköter kontot det vidare."))
    item_common.need_move(item, ItemState.MODERATING)
    if not moderation_rules.can_be_moderated(
        on_account=item.account_id is not None, by_source=item.source_id is not None
    ):
        raise WrongState(_("Det står inte på något av våra konton."))
    image_id = item.image_id if picture is None else pictures.keep(session, picture, now).id
    evidence = ModerationEvidence(
        title=item.title, content=item.content, author=item.author, link=item.link,
        published_at=item.at, captured_at=now, salt=os.urandom(16).hex(), image_id=image_id,
    )  # fmt: skip
    case = Moderation(
        item_id=item.id, account_id=item.account_id, state=ModerationState.CAPTURED, state_at=now,
        seen_at=item.seen_at or now, captured_at=now, captured_by_id=actor.id,
        digest=digest_of(session, evidence),
    )  # fmt: skip
    session.add(case)
    session.flush()
    evidence.moderation_id = case.id
    session.add(evidence)
    questions.dropped(session, actor, item, now)
    mask_about(session, ("item", "question"), "item", item.id, MASKED, now)
    if item.rumour_id is not None:
        _mask_rumour(session, item, item.rumour_id, now)
    item.title = item.content = item.author = ""
    item.image_id = None
    item_common.shift(session, actor, item, ItemState.MODERATING, now)
    _say(session, "captured", case, actor, now, item=item.id, digest=case.digest,
         seen=case.seen_at)  # fmt: skip
    return case


def decide(
    session: Session,
    actor: Person,
    case_id: int,
    now: datetime,
    *,
    ground: str,
    measure: str,
    reason: str = "",
    committee: str = "",
    mail: bool = False,
) -> Moderation:
    """Hide or remove it, on a ground of the profile's. Criticism is none of them (4-g, 4.1-i).

    Args:
        ground: a key of the profile's grounds.
        measure: moderation_rules.Measure.
        reason: in general words.
        committee: one of the profile's, to register it first (4.5-e); "": it isn't registered.
            What is under secrecy always is (4.5-d).
        mail: the registrars can be told by mail.

    Raises:
        NotFound, NotAllowed; WrongState: it is decided already; Faults: keys as the arguments.
    """
    need(actor, Permission.MODERATE)
    case = _held(session, actor, case_id, now)
    _need_state(case, ModerationState.CAPTURED)
    profile = current(session)
    chosen = next((one for one in profile.grounds if one.key == ground), None)
    reason = " ".join(reason.split())
    faults: dict[str, str] = {}
    if chosen is None:
        faults["ground"] = _("Välj ett skäl ur reglerna. Kritik är inget skäl.")
    if measure not in set(Measure):
        faults["measure"] = _("Välj om det ska döljas eller tas bort.")
    if said := _fault(session, case, reason, moderation_rules.REASON):
        faults["reason"] = said
    if committee and committee not in {one.committee for one in profile.registry}:
        faults["committee"] = _("Välj en nämnd ur reglerna.")
    elif ground == SECRECY and not committee:
        faults["committee"] = _("Sekretess diarieförs alltid först. Välj nämnd.")
    if faults or chosen is None:
        raise Faults(faults)
    state = ModerationState.REGISTRY if committee else ModerationState.READY
    _move(case, state, now)
    case.ground, case.ground_text, case.ground_en = ground, chosen.sv, chosen.en
    case.measure, case.reason, case.committee = measure, reason, committee
    case.decided_at, case.decided_by_id = now, actor.id
    _say(session, "decided", case, actor, now, {"reason": reason} if reason else None,
         ground=ground, ground_text=chosen.sv, measure=measure, committee=committee)  # fmt: skip
    if committee:
        _ask_registry(session, actor, case, now, mail=mail)
    return case


def hide_meanwhile(session: Session, actor: Person, case_id: int, now: datetime) -> Moderation:
    """It is hidden on its platform while the registry has it: that takes nothing away, and nobody
    sees it. Pressed twice it is the same.

    Raises:
        NotFound, NotAllowed; WrongState: the registry doesn't have it.
    """
    need(actor, Permission.MODERATE)
    case = _held(session, actor, case_id, now)
    _need_state(case, ModerationState.REGISTRY)
    if case.hidden_at is None:
        case.hidden_at = now
        _say(session, "hidden", case, actor, now, took=_took(case))
    return case


def give_number(
    session: Session,
    actor: Person,
    case_id: int,
    number: str,
    now: datetime,
    *,
    mail: bool = False,
) -> Moderation:
    """The registry has it, under this number: now it may go (4.5-d, 4.5-e). Who decided is told.

    Raises:
        NotFound, NotAllowed; WrongState: it doesn't wait for one; BadInput: `number`.
    """
    need(actor, Permission.GIVE_REGISTRY_NUMBER)
    case = _held(session, actor, case_id, now)
    _need_state(case, ModerationState.REGISTRY)
    number = " ".join(number.split())
    if len(number) > moderation_rules.NUMBER or not any(c.isdigit() for c in number):
        raise BadInput(_("Skriv diarienumret, till exempel KS 2026/123."), "number")
    if said := _fault(session, case, number, moderation_rules.NUMBER):
        raise BadInput(said, "number")
    _move(case, ModerationState.READY, now)
    case.registry_number, case.numbered_at, case.numbered_by_id = number, now, actor.id
    _say(session, "registered", case, actor, now, number=number, committee=case.committee)
    if case.measure == Measure.HIDE and case.hidden_at is not None:
        _move(case, ModerationState.GONE, now)
    _tell_number(session, actor, case, now, mail=mail)
    return case


def confirm_gone(session: Session, actor: Person, case_id: int, now: datetime) -> Moderation:
    """It is hidden or removed on its platform, as was decided. The time is measured (4-g).

    Raises:
        NotFound, NotAllowed; WrongState: it isn't to go yet, or the registry has no number for it.
    """
    need(actor, Permission.MODERATE)
    case = _held(session, actor, case_id, now)
    _move(case, ModerationState.GONE, now)
    if case.measure == Measure.HIDE:
        case.hidden_at = case.hidden_at or now
    else:
        case.removed_at = now
    _say(session, "gone", case, actor, now, measure=case.measure, took=_took(case))
    return case


def tell_author(
    session: Session, actor: Person, case_id: int, how: str, text: str, now: datetime
) -> Moderation:
    """The author has been told why, with the rule: it is done (4-h).

    Args:
        how: moderation_rules.Told.
        text: what was said, without name or number; not needed where the author can't be reached.

    Raises:
        NotFound, NotAllowed; WrongState: it isn't gone, or is done; Faults: how, text.
    """
    need(actor, Permission.MODERATE)
    case = _held(session, actor, case_id, now)
    text, faults = text.strip(), {}
    if how not in set(Told):
        faults["how"] = _("Välj hur.")
    if how == Told.UNREACHABLE:
        text = ""
    elif not text:
        faults["text"] = _("Skriv vad ni sade.")
    elif said := _fault(session, case, text, moderation_rules.NOTICE):
        faults["text"] = said
    elif case.ground_text.casefold() not in text.casefold() and (
        case.ground_en.casefold() not in text.casefold()
    ):
        faults["text"] = _("Säg vilket skälet är: %(ground)s.", ground=case.ground_text)
    if faults:
        raise Faults(faults)
    _move(case, ModerationState.DONE, now)
    case.told_how, case.told_text, case.told_at, case.told_by_id = how, text, now, actor.id
    item_common.shift(session, actor, _item(session, case), ItemState.MODERATED, now)
    _say(session, "told", case, actor, now, how=how)
    return case


def keep(session: Session, actor: Person, case_id: int, reason: str, now: datetime) -> Moderation:
    """There is no ground, or no longer: it stands, and is an item of the inbox as before.

    Raises:
        NotFound, NotAllowed; WrongState: it is gone already; BadInput: `reason`.
    """
    need(actor, Permission.MODERATE)
    case = _held(session, actor, case_id, now)
    reason = " ".join(reason.split())
    if not reason:
        raise BadInput(_("Skriv varför det får stå kvar."), "reason")
    if said := _fault(session, case, reason, moderation_rules.REASON):
        raise BadInput(said, "reason")
    _move(case, ModerationState.KEPT, now)
    case.reason = reason
    evidence, item = session.get_one(ModerationEvidence, case.id), _item(session, case)
    item.title, item.content, item.author = evidence.title, evidence.content, evidence.author
    item.image_id = evidence.image_id
    item_common.shift(session, actor, item, ItemState.SEEN, now)
    _say(session, "kept", case, actor, now, {"reason": reason})
    return case


def look(session: Session, actor: Person, case_id: int, now: datetime) -> ModerationEvidence:
    """Read the evidence; every look stands in the timeline.

    Raises:
        NotFound; NotAllowed: without READ_EVIDENCE, once it is decided.
    """
    case = _held(session, actor, case_id, now)
    if not moderation_queries.may_read(session, actor, case, now):
        raise NotAllowed(_("Beviset får bara beslutsfattare och registratorn läsa."))
    _say(session, "evidence:seen", case, actor, now)
    return session.get_one(ModerationEvidence, case.id)


def digest_of(session: Session, evidence: ModerationEvidence) -> str:
    """SHA-256 in hex of all that was captured, in its one spelling (timeline.rules.canonical)."""
    image = None if evidence.image_id is None else session.get_one(Image, evidence.image_id).digest
    spelled = canonical(
        {
            "title": evidence.title,
            "content": evidence.content,
            "author": evidence.author,
            "link": evidence.link,
            "published_at": evidence.published_at,
            "captured_at": evidence.captured_at,
            "image": image,
            "salt": evidence.salt,
        }
    )
    return hashlib.sha256(spelled.encode()).hexdigest()


def _fault(session: Session, case: Moderation, text: str, most: int) -> str:
    """What is wrong with what is written about a case; it never says whom it is about (4-i)."""
    if said := item_common.text_fault(text, most):
        return said
    kept = session.get_one(ModerationEvidence, case.id)
    if moderation_rules.names_somebody(text, kept.author, f"{kept.title}\n{kept.content}"):
        return str(_("Nämn ingen som skrev det, eller som det handlar om. Namnen står i beviset."))
    return ""


def _ask_registry(
    session: Session, actor: Person, case: Moderation, now: datetime, *, mail: bool
) -> None:
    telling.tell(
        session,
        case.account,
        f"{item_rules.ABOUT}moderation {case.id}",
        with_role(session, Role.REGISTRAR),
        now,
        subject=f"Diarieför ett inlägg: {item_common.place(case.account)}",
        text=f"Det ska diarieföras för {case.committee} innan det tas bort. Beviset läser du i"
        " Budkavle. Skriv sedan in diarienumret där.",
        path=f"/moderations/{case.id}",
        mail=mail,
        actor_id=actor.id,
    )


def _tell_number(
    session: Session, actor: Person, case: Moderation, now: datetime, *, mail: bool
) -> None:
    to = None if case.decided_by_id is None else session.get_one(Person, case.decided_by_id)
    if to is None or not to.active or to.id == actor.id:
        return
    hidden = case.state == ModerationState.GONE
    telling.tell(
        session,
        case.account,
        f"{item_rules.ABOUT}moderation {case.id} number",
        [to],
        now,
        subject=f"Diarienumret har kommit: {item_common.place(case.account)}",
        text="Säg nu varför inlägget är dolt." if hidden else "Ta nu bort inlägget på kontot.",
        path=f"/moderations/{case.id}",
        mail=mail,
        actor_id=actor.id,
    )


def _mask_rumour(session: Session, item: FeedItem, rumour_id: int, now: datetime) -> None:
    """A rumour that was made of it says no more what it said, nor where in somebody's own words."""
    rumour = session.get_one(Rumour, rumour_id)
    rumour.content = _("Texten är bevis i en moderering.")
    rumour.link = rumour.seen_by = ""
    if item.source_id is None:
        account = None if item.account_id is None else session.get_one(Account, item.account_id)
        rumour.seen_where = item_common.place(account)
    mask_about(session, ("rumour",), "rumour", rumour_id, MASKED, now, bodies=True)


def _item(session: Session, case: Moderation) -> FeedItem:
    return session.get_one(FeedItem, case.item_id, with_for_update={"of": FeedItem})


def _held(session: Session, actor: Person, case_id: int, now: datetime) -> Moderation:
    case = session.scalar(
        select(Moderation)
        .where(Moderation.id == case_id)
        .with_for_update(of=Moderation)
        .execution_options(populate_existing=True)
    )
    if case is None or not moderation_queries.may_see(session, actor, case, now):
        raise NotFound(_("Det finns inte, eller är inte ditt att se."))
    return case


def _need_state(case: Moderation, state: ModerationState) -> None:
    """Where the table's move is another verb's too: what waits for the registry's number becomes
    ready by the number, never by a second decision."""
    if case.state != state:
        raise WrongState(_not_now(case))


def _not_now(case: Moderation) -> str:
    label = str(moderation_rules.STATE_LABELS[case.state]).lower()
    return str(_("Det går inte nu. Läget är: %(state)s.", state=label))


def _move(case: Moderation, state: ModerationState, now: datetime) -> None:
    if not moderation_rules.may_move(case.state, state):
        raise WrongState(_not_now(case))
    case.state, case.state_at = state, now


def _took(case: Moderation) -> int | None:
    """Seconds that it could be seen after we saw it."""
    took = moderation_rules.visible_for(case.seen_at, case.hidden_at, case.removed_at)
    return None if took is None else int(took.total_seconds())


def _say(
    session: Session,
    verb: str,
    case: Moderation,
    actor: Person,
    now: datetime,
    personal: dict[str, str] | None = None,
    **facts: object,
) -> None:
    body: dict[str, object] = {"moderation": case.id}
    if case.account_id is not None:
        body["account"] = case.account_id
    tag = f"moderation:{verb}"
    record(session, tag, body=body | facts, now=now, person_id=actor.id, personal=personal)
    live.announce(session, live.CALM)
