"""What can be done to the register. Each verb writes the rows and says so in the timeline.

Who may call them is the view's question (Permission.EDIT_ACCOUNTS, IMPORT_ACCOUNTS); `actor` is
None for the program itself and the command line. The timeline never holds a setting's value: it
names the settings that changed, and of secrets only that they did.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from console import live, sealing
from console.accounts import checks, platform_queries, readiness, rules
from console.accounts.administrators import (
    Administrators,
    check_can_administer,
    plan_names_them,
)
from console.accounts.entries import Entry, parse
from console.accounts.models import Account, AccountAdministrator, AccountDeviation
from console.accounts.plan_models import AccountEnding
from console.errors import BadInput, Faults, NotFound, Stale, WrongState
from console.people.models import Person
from console.timeline.operations import record


@dataclass(frozen=True, slots=True)
class ImportResult:
    accounts: int
    people: int
    """Administrators that weren't known and were added without a password."""
    deviations: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """New values for an account, all of them; see `models.Account`."""

    kind: str
    settings: dict[str, Any]
    secret: dict[str, Any] | None = field(default=None, repr=False)
    """None keeps what is stored, {} removes it; of the same kind, what isn't named is kept."""
    public: bool
    official: bool
    languages: tuple[str, ...]
    repeat_rule: str
    card: bool | None = None
    """Posts carry a text card; None: as it was."""
    administrators: tuple[int, ...]
    """Ids of people, the first to be called first."""


def import_accounts(
    session: Session,
    actor: Person | None,
    entries: Sequence[object],
    now: datetime,
    *,
    found_in_use: bool = False,
) -> ImportResult:
    """Add every account in a file, or none.

    Args:
        entries: JSON objects as `entries.parse` reads them, in the order boards will show.
        found_in_use: those in use get the deviation `rules.FOUND_IN_USE`, which goes with their
            first signed plan and kept login.

    Raises:
        Faults: place → sentence, for all that is wrong; a place is "post 3, platform".
    """
    hold_register(session)
    taken = {
        _key(account.platform, account.handle): account.name
        for account in session.scalars(select(Account))
    }
    people = Administrators(session, actor, now)
    added = platform_queries.added(session)
    faults: dict[str, str] = {}
    read: list[Entry] = []
    seen: dict[tuple[str, str], int] = {}
    for place, raw in enumerate(entries, 1):
        try:
            entry = parse(raw, added)
        except Faults as error:
            faults.update({_place(place, name): said for name, said in error.faults.items()})
            continue
        if found_in_use and entry.state in rules.IN_USE:
            deviations = dict.fromkeys((*entry.deviations, rules.FOUND_IN_USE))
            entry = replace(entry, deviations=tuple(deviations))
        key = _key(entry.platform, entry.handle)
        if key in seen:
            faults[_place(place, "handle")] = _("Samma konto som post %(n)d.", n=seen[key])
        elif key in taken:
            faults[_place(place, "handle")] = _("Kontot finns redan: %(name)s.", name=taken[key])
        seen.setdefault(key, place)
        if fault := people.fault_in(entry.administrators):
            faults[_place(place, "administrators")] = fault
        read.append(entry)
    if not read and not faults:
        faults["post 1"] = _("Filen innehåller inga konton.")
    if faults:
        raise Faults(faults)
    first = _next_position(session)
    for position, entry in enumerate(read, first):
        _add(session, actor, entry, people.ids(entry.administrators), position, now, "imported")
    return ImportResult(len(read), people.added, sum(len(e.deviations) for e in read))


def add_account(session: Session, actor: Person | None, entry: Entry, now: datetime) -> Account:
    """Add one account, last on the boards.

    Raises:
        Faults: it is there already, or an administrator can't be one.
    """
    hold_register(session)
    key = _key(entry.platform, entry.handle)
    for other in session.scalars(select(Account).where(Account.platform == entry.platform)):
        if _key(other.platform, other.handle) == key:
            raise Faults({"handle": _("Kontot finns redan: %(name)s.", name=other.name)})
    people = Administrators(session, actor, now)
    if fault := people.fault_in(entry.administrators):
        raise Faults({"administrators": fault})
    administrators = people.ids(entry.administrators)
    position = _next_position(session)
    return _add(session, actor, entry, administrators, position, now, "added")


def change_settings(
    session: Session, actor: Person | None, account_id: int, change: Change, now: datetime
) -> Account:
    """Give an account new settings, and say in the timeline which ones they were.

    Raises:
        NotFound: no such account.
        Faults: settings that can't be used, by name.
        BadInput: an administrator who can't be one, or whom the plan is to name.
    """
    account = held(session, account_id)
    secret = _secret(account, change)
    faults = checks.faults(
        kind=change.kind,
        official=change.official,
        languages=change.languages,
        repeat_rule=change.repeat_rule,
        settings=change.settings,
        secret=secret,
    )
    if faults:
        raise Faults(faults)
    check_can_administer(session, change.administrators)
    before = tuple(row.person_id for row in account.administrators)
    if account.state in rules.BEFORE_USE and change.administrators != before:
        raise BadInput(plan_names_them(), "administrators")
    facts = _differences(account, change)
    account.kind = change.kind
    account.settings = change.settings
    account.public = change.public
    account.official = change.official
    account.languages = list(change.languages)
    account.repeat_rule = change.repeat_rule
    account.card = account.card if change.card is None else change.card
    if change.secret is not None:
        account.secret = sealing.seal(secret) if secret else None
    set_administrators(session, account, change.administrators)
    if facts:
        say(session, actor, account, "account:changed", facts, now)
        readiness.ask_now(session, [account.id], now)
    if "secret" in facts or "kind" in facts:
        readiness.key_changed(session, account.id, now)
    return account


def _secret(account: Account, change: Change) -> dict[str, Any]:
    if change.secret is None:
        return sealing.unseal(account.secret)
    if not change.secret or change.kind != account.kind:
        return change.secret
    try:
        return _kept(sealing.unseal(account.secret), change.secret) | change.secret
    except sealing.KeyTrouble:
        return change.secret  # what can't be opened any more is typed anew


def _kept(stored: Mapping[str, Any], typed: Mapping[str, Any]) -> dict[str, Any]:
    """What is left of a stored secret beside what was typed: nothing that was said of another key,
    when it dies or what it may, and no refresh token of another login's."""
    gone: set[str] = set()
    if typed.keys() & {"token", "access_token", "refresh_token"}:
        gone = {"expires_at", "issued_at", "scope", "refresh_expires_at"}
    if "token" in typed:
        gone.add("refresh_token")
    return {name: value for name, value in stored.items() if name not in gone}


def change_state(
    session: Session,
    actor: Person | None,
    account_id: int,
    old: rules.State,
    new: rules.State,
    now: datetime,
    *,
    reason: str,
) -> Account:
    """Let an account rest, or take it into use again: `rules.RESTS`. The other arrows belong to
    the action plan.

    Args:
        old: the state that whoever decided was looking at.

    Raises:
        NotFound: no such account.
        Stale: the account isn't in that state any more.
        WrongState: it isn't one of these two moves, or nobody has assessed the platform (4.6-c).
        BadInput: no reason.
    """
    account = held(session, account_id)
    if account.state != old:
        raise Stale(_("Någon annan har ändrat kontot. Titta på det igen."))
    if (old, new) not in rules.RESTS:
        raise WrongState(_cannot_move(account, old, new))
    if not reason.strip():
        raise BadInput(_("Skriv varför."), "reason")
    settled = {rules.Need.REASON}
    if platform_queries.scope(session, account.platform) is not None:
        settled.add(rules.Need.ASSESSMENT)
    if rules.Need.ASSESSMENT in rules.missing(old, new, settled):
        raise WrongState(not_assessed(account))
    follow(session, actor, account, new, now, settled, {"reason": reason.strip()})
    return account


def not_assessed(account: Account) -> str:
    """What keeps an account on an unassessed platform out of use, and the way out."""
    return str(
        _(
            "Ingen har bedömt vilket ansvar ni har på %(platform)s. Skriv bedömningen först, under "
            "Konton och Plattformar.",
            platform=rules.platform_name(account.platform),
        )
    )


def follow(
    session: Session,
    actor: Person | None,
    account: Account,
    new: rules.State,
    now: datetime,
    settled: Collection[rules.Need],
    facts: Mapping[str, Any],
) -> None:
    """Follow one arrow of `rules.ARROWS`: the only way that a state changes. Its tag goes into the
    timeline, with both states.

    Args:
        account: held by the caller.
        settled: what the caller knows to be in place.

    Raises:
        WrongState: there is no such arrow, or it asks for more than is settled.
    """
    old = rules.State(account.state)
    if not rules.may_move(old, new) or rules.missing(old, new, settled):
        raise WrongState(_cannot_move(account, old, new))
    account.state, account.state_since = new, now
    said = {"from": old, "to": new, **facts}
    say(session, actor, account, rules.ARROWS[old, new], said, now)


def _cannot_move(account: Account, old: rules.State, new: rules.State) -> str:
    return str(
        _(
            "%(name)s är %(old)s och kan inte bli %(new)s.",
            name=account.short_name,
            old=str(rules.STATE_LABELS[old]).lower(),
            new=str(rules.STATE_LABELS[new]).lower(),
        )
    )


def note_deviation(
    session: Session, actor: Person | None, account_id: int, content: str, now: datetime
) -> AccountDeviation:
    """Note something about the account that isn't as the guideline asks.

    Raises:
        NotFound: no such account.
        BadInput: nothing is said.
    """
    account = held(session, account_id)
    if not content.strip():
        raise BadInput(_("Skriv vad som avviker."), "content")
    deviation = AccountDeviation(content=content.strip(), noted_at=now)
    account.deviations.append(deviation)
    session.flush()
    facts = {"deviation": deviation.id, "content": deviation.content}
    say(session, actor, account, "account:deviation:noted", facts, now)
    return deviation


def mend_deviation(
    session: Session, actor: Person | None, deviation_id: int, now: datetime
) -> AccountDeviation:
    """Say that a deviation is no more.

    Raises:
        NotFound: no such deviation.
        WrongState: somebody said so already.
    """
    deviation = session.get(AccountDeviation, deviation_id, with_for_update=True)
    if deviation is None:
        raise NotFound(_("Avvikelsen finns inte."))
    if deviation.mended_at is not None:
        raise WrongState(_("Avvikelsen är redan åtgärdad."))
    deviation.mended_at = now
    account = session.get_one(Account, deviation.account_id)
    say(session, actor, account, "account:deviation:mended", {"deviation": deviation.id}, now)
    return deviation


def hold_register(session: Session) -> None:
    """Let one at a time add accounts: places and handles are compared with what is there."""
    session.execute(text("LOCK TABLE accounts IN SHARE ROW EXCLUSIVE MODE"))


def held(session: Session, account_id: int) -> Account:
    """The account, locked until the unit of work ends and read again.

    Raises:
        NotFound: no such account.
    """
    # No key changes: rows that refer to the account, deliveries among them, are written meanwhile.
    account = session.get(
        Account, account_id, with_for_update={"key_share": True}, populate_existing=True
    )
    if account is None:
        raise NotFound(_("Kontot finns inte."))
    return account


def _next_position(session: Session) -> int:
    return session.scalars(select(func.coalesce(func.max(Account.position), 0) + 1)).one()


def _add(
    session: Session,
    actor: Person | None,
    entry: Entry,
    administrators: Sequence[int],
    position: int,
    now: datetime,
    verb: str,
) -> Account:
    account = Account(
        name=entry.name,
        short_name=entry.short_name,
        platform=entry.platform,
        handle=entry.handle,
        address=entry.address,
        operation=entry.operation,
        committee=entry.committee,
        kind=entry.kind,
        settings=entry.settings,
        secret=sealing.seal(entry.secret) if entry.secret else None,
        public=entry.public,
        official=entry.official,
        languages=list(entry.languages),
        repeat_rule=entry.repeat_rule,
        state=entry.state,
        position=position,
        created_at=now,
        deviations=[AccountDeviation(content=c, noted_at=now) for c in entry.deviations],
    )
    session.add(account)
    set_administrators(session, account, administrators)
    session.flush()
    if entry.state == rules.State.ENDED:
        # It was ended before it came here, and nobody has shown its report (2.1-c).
        ending = AccountEnding(account_id=account.id, at=now, by_id=actor.id if actor else None)
        ending.reason = ending.snapshot = ending.report = ""
        session.add(ending)
        session.flush()
    facts = {
        "name": entry.name,
        "platform": entry.platform,
        "handle": entry.handle,
        "kind": entry.kind,
        "state": entry.state,
        "public": entry.public,
        "official": entry.official,
        "languages": entry.languages,
        "repeat_rule": entry.repeat_rule,
        "administrators": administrators,
        "settings": sorted(entry.settings),
        "secret": bool(entry.secret),
        "deviations": entry.deviations,
    }
    say(session, actor, account, f"account:{verb}", facts, now)
    return account


def set_administrators(session: Session, account: Account, ids: Sequence[int]) -> None:
    """Keep the rows of those who stay, so that one who moves up isn't added twice."""
    rows = {row.person_id: row for row in account.administrators}
    account.administrators = [
        rows.get(person_id) or AccountAdministrator(person=session.get_one(Person, person_id))
        for person_id in ids
    ]
    for position, row in enumerate(account.administrators, 1):
        row.position = position


def _differences(account: Account, change: Change) -> dict[str, Any]:
    """What the timeline says of a change: old and new, but of settings only their names."""
    before = {
        "kind": account.kind,
        "public": account.public,
        "official": account.official,
        "languages": list(account.languages),
        "repeat_rule": account.repeat_rule,
        "card": account.card,
        "administrators": [row.person_id for row in account.administrators],
    }
    after = {
        "kind": change.kind,
        "public": change.public,
        "official": change.official,
        "languages": list(change.languages),
        "repeat_rule": change.repeat_rule,
        "card": account.card if change.card is None else change.card,
        "administrators": list(change.administrators),
    }
    facts: dict[str, Any] = {
        name: {"from": before[name], "to": after[name]}
        for name in before
        if before[name] != after[name]
    }
    old, new = account.settings, change.settings
    if names := sorted(n for n in {*old, *new} if old.get(n) != new.get(n)):
        facts["settings"] = names
    if change.secret is not None:
        facts["secret"] = "changed" if change.secret else "removed"
    return facts


def say(
    session: Session,
    actor: Person | None,
    account: Account,
    tag: str,
    facts: dict[str, Any],
    now: datetime,
) -> None:
    """Write it in the timeline."""
    person_id = actor.id if actor else None
    record(session, tag, body={"account": account.id, **facts}, now=now, person_id=person_id)
    live.announce(session, live.CALM)


def _key(platform: str, handle: str) -> tuple[str, str]:
    return platform, rules.handle_key(handle)


def _place(number: int, name: str) -> str:
    return f"post {number}, {name}" if name else f"post {number}"
