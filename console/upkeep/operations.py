"""Checking a profile, confirming that one logs out, and saying who is an account's sender.

Each verb writes its rows and says so in the timeline. Notes may name people, so they can be masked
by themselves there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import update
from sqlalchemy.orm import Session

from console import live
from console.accounts import custody
from console.accounts.models import Account
from console.accounts.operations import held
from console.accounts.rules import STATE_LABELS, State
from console.errors import BadInput, Faults, NotAllowed, WrongState
from console.people.models import Person
from console.policy.queries import current
from console.timeline.operations import record
from console.upkeep import queries, rules
from console.upkeep.models import AccountHabits, LogoutConfirmation, ProfileCheck, ProfileItem
from console.upkeep.rules import Found, Item, Sender

Answers = Mapping[str, tuple[str, str]]
"""item → (rules.Found, note)"""


def check_profile(
    session: Session,
    actor: Person,
    account_id: int,
    answers: Answers,
    evidence: str,
    now: datetime,
) -> ProfileCheck:
    """Say, item by item, what an account's profile tells its readers (4.1-a … 4.1-h, 4.2). What is
    missing stands open until a later check or a mend has it.

    Raises:
        NotFound, NotAllowed; WrongState: the account isn't in use, or has no profile.
        Faults: an item without an answer, or "evidence".
    """
    account = _kept(session, actor, account_id)
    logo = current(session).logo
    if faults := rules.check_faults(answers, evidence, has_logo=bool(logo)):
        raise Faults(faults)
    check = ProfileCheck(
        account_id=account.id, at=now, by_id=actor.id, evidence=evidence.strip(), logo=logo
    )
    session.add(check)
    session.flush()
    _replace(session, account, list(Item))
    for item in Item:
        found, note = answers[item]
        session.add(_item(check, item, found, note, actor, now))
    session.flush()
    facts = {
        "check": check.id,
        "logo": logo,
        "items": {item.value: answers[item][0] for item in Item},
    }
    notes = {f"note_{item.value}": answers[item][1].strip() for item in Item}
    personal = {"evidence": check.evidence, **{key: text for key, text in notes.items() if text}}
    say(session, actor, account, "profile:checked", facts, now, personal)
    return check


def mend_item(
    session: Session, actor: Person, account_id: int, item: str, note: str, now: datetime
) -> ProfileItem:
    """Say that what was missing is there now. When the whole is due again doesn't change.

    Raises:
        NotFound, NotAllowed.
        WrongState: it isn't missing, or the account isn't in use.
        BadInput: `note`.
    """
    account = _kept(session, actor, account_id)
    old = queries.items(session, [account.id]).get(account.id, {}).get(item)
    if old is None or old.found != Found.MISSING:
        raise WrongState(_("Uppgiften saknas inte längre."))
    has_logo = bool(current(session).logo)
    if said := rules.item_fault(Item(item), Found.THERE, note, has_logo=has_logo):
        raise BadInput(said, "note")
    _replace(session, account, [Item(item)])
    check = session.get_one(ProfileCheck, old.check_id)
    mended = _item(check, Item(item), Found.THERE, note, actor, now)
    session.add(mended)
    session.flush()
    facts = {"check": check.id, "item": item}
    personal = {"note": mended.note} if mended.note else None
    say(session, actor, account, "profile:item:mended", facts, now, personal)
    return mended


def confirm_year(
    session: Session,
    actor: Person,
    logouts: Collection[int],
    profiles: Collection[int],
    evidence: str,
    now: datetime,
) -> int:
    """Confirm several accounts in one press, each recorded for itself: that one logs out and
    shares no login (5-c), and that a profile that had everything has it still.

    Returns how many confirmations were recorded.

    Raises:
        NotFound, NotAllowed: not an account of one's own.
        WrongState: a profile that wasn't whole, or whose logo the rules have changed.
        BadInput: nothing is chosen; no evidence for the profiles.
    """
    if not logouts and not profiles:
        raise BadInput(_("Kryssa för minst ett konto."), "chosen")
    if profiles and not evidence.strip():
        raise BadInput(_("Skriv vad du tittade på, eller klistra in en länk till bild."),
                       "evidence")  # fmt: skip
    for account_id in sorted(set(logouts)):
        account = _kept(session, actor, account_id)
        if not custody.administers(session, actor, account.id):
            raise NotAllowed(_("Du kan bara bekräfta för konton som du sköter."))
        session.add(LogoutConfirmation(account_id=account.id, person_id=actor.id, at=now))
        say(session, actor, account, "logout:confirmed", {}, now)
    for account_id in sorted(set(profiles)):
        check_profile(session, actor, account_id, unchanged(session, account_id), evidence, now)
    return len(set(logouts)) + len(set(profiles))


def unchanged(session: Session, account_id: int) -> dict[str, tuple[str, str]]:
    """The answers of the last check, if nothing was missing in it.

    Raises:
        WrongState: something was, nobody has checked, or the rules have another logo now.
    """
    found = queries.items(session, [account_id])
    checks = queries.last_checks(session, [account_id])
    if account_id not in queries.whole(checks, found, current(session).logo):
        raise WrongState(_("Gå igenom profilen på kontots egen sida först."))
    said = found[account_id]
    return {item.value: (said[item].found, said[item].note) for item in Item}


def save_habits(
    session: Session,
    actor: Person,
    account_id: int,
    now: datetime,
    *,
    comments_open: bool | None,
    answers_given: bool | None,
    sender: str,
) -> AccountHabits:
    """Say whether people can talk with the account and get answers, and who its sender is.

    Raises:
        NotFound, NotAllowed; WrongState: the account has ended.
        Faults: an unanswered question; a private account as sender, which is refused (4-b).
    """
    account = held(session, account_id)
    need_keeper(session, actor, account)
    if account.state == State.ENDED:
        raise WrongState(_not_in_use(account))
    faults = {}
    if comments_open is None:
        faults["comments_open"] = _("Svara ja eller nej.")
    if answers_given is None:
        faults["answers_given"] = _("Svara ja eller nej.")
    if sender not in frozenset(Sender):
        faults["sender"] = _("Välj vad som står bakom kontot.")
    elif sender == Sender.PRIVATE:
        faults["sender"] = _(
            "Ett privat konto får inte vara avsändare. Gör en sida eller ett eget konto för "
            "verksamheten."
        )
    if faults or comments_open is None or answers_given is None:
        raise Faults(faults)
    row = session.get(AccountHabits, account.id)
    if row is None:
        row = AccountHabits(account_id=account.id)
        session.add(row)
    row.comments_open, row.answers_given, row.sender = comments_open, answers_given, sender
    row.at, row.by_id = now, actor.id
    session.flush()
    facts = {"comments_open": comments_open, "answers_given": answers_given, "sender": sender}
    say(session, actor, account, "account:dialogue:described", facts, now)
    return row


def need_keeper(session: Session, actor: Person, account: Account) -> None:
    """
    Raises:
        NotAllowed: neither the account's administrator nor the strategy department.
    """
    if not rules.may_keep(actor.roles, custody.administers(session, actor, account.id)):
        raise NotAllowed(_("Bara kontots administratörer och strategiavdelningen gör det här."))


def need_in_use(account: Account) -> None:
    """
    Raises:
        WrongState: it isn't, or no longer.
    """
    if account.state not in rules.IN_USE:
        raise WrongState(_not_in_use(account))


def say(
    session: Session,
    actor: Person,
    account: Account,
    tag: str,
    facts: Mapping[str, Any],
    now: datetime,
    personal: Mapping[str, str] | None = None,
) -> None:
    """Say on the timeline what happened to the account's upkeep."""
    body = {"account": account.id, **facts}
    record(session, tag, body=body, now=now, person_id=actor.id, personal=personal)
    live.announce(session, live.CALM)


def _kept(session: Session, actor: Person, account_id: int) -> Account:
    """The account, held, if its profile is this person's to write about."""
    account = held(session, account_id)
    need_keeper(session, actor, account)
    need_in_use(account)
    if not rules.has_profile(account.platform):
        raise WrongState(_("Plattformen har ingen profil att kontrollera."))
    return account


def _not_in_use(account: Account) -> str:
    state = str(STATE_LABELS[State(account.state)]).lower()
    return str(
        _("%(name)s är inte i bruk: det är %(state)s.", name=account.short_name, state=state)
    )


def _replace(session: Session, account: Account, items: Collection[Item]) -> None:
    session.execute(
        update(ProfileItem)
        .where(
            ProfileItem.account_id == account.id,
            ProfileItem.item.in_([item.value for item in items]),
            ~ProfileItem.replaced,
        )
        .values(replaced=True)
    )


def _item(
    check: ProfileCheck, item: Item, found: str, note: str, actor: Person, now: datetime
) -> ProfileItem:
    return ProfileItem(
        account_id=check.account_id,
        check_id=check.id,
        item=item.value,
        found=found,
        note=note.strip(),
        at=now,
        by_id=actor.id,
        replaced=False,
    )
