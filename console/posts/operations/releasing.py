"""Releasing a post: checked, rendered for every account, frozen, approved by its author's press.

The municipality has approved the account by its signed plan; the press says yes to these very words
(1.1-a). What was frozen is compared with what was seen, and again when its time comes.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console import live
from console.accounts.models import Account
from console.accounts.rules import platform_name
from console.approvals.operations import give, withdraw
from console.errors import BadInput, Faults, Stale, WrongState
from console.messages import checks, entered, envelope, rendering, wording
from console.messages.models import Broadcast, Message, Version
from console.messages.operations import control
from console.messages.operations.settling import checked_link
from console.messages.queries import VERSION_SUBJECT
from console.messages.rendering import ORIGINAL
from console.messages.rules import RepeatRule
from console.messages.targets import Aim, aim
from console.people.models import Person
from console.policy.queries import live_use_is_on
from console.posts import queries, rules
from console.posts.operations import correcting
from console.posts.operations.common import move, note, tended
from console.posts.operations.holding import hold_whole

WITHDRAWN = "taken_back"


@dataclass
class Plan:
    """What a draft would become: shown on the page that asks for the press, frozen by it."""

    text: str = ""
    """Exactly what goes out, on every account."""
    first_at: datetime | None = None
    """None: at once."""
    page: str = ""
    """Where the official website says it; empty: nothing that residents need to know."""
    accounts: list[Account] = field(default_factory=list)
    aims: dict[int, Aim] = field(default_factory=dict)
    warnings: list[checks.Suspicion] = field(default_factory=list)
    faults: dict[str, str] = field(default_factory=dict)
    """Field name → sentence. Empty: it can be released."""
    locked: dict[int, queries.Standing] = field(default_factory=dict)
    number: int = 1
    """The version's."""
    canonical: str = ""
    content_hash: str = ""


def prepare(session: Session, actor: Person, message: Message, now: datetime) -> Plan:
    """Render a draft and find every fault, without writing anything."""
    fields = message.fields
    plan = Plan(accounts=queries.accounts_of(session, message.id))
    said = str(fields.get("text") or "").replace("\r\n", "\n").strip()
    if not said:
        plan.faults["text"] = _("Skriv inlägget.")
    if not plan.accounts:
        plan.faults["accounts"] = _("Välj minst ett konto.")
    own = {account.id for account in queries.own_accounts(session, actor.id)}
    for account in plan.accounts:
        if account.id not in own:
            plan.faults["accounts"] = _(
                "%(name)s är inte i bruk, eller sköts inte av dig.", name=account.name
            )
    if message.corrects_id is not None:
        chosen = {account.id for account in plan.accounts}
        for account in correcting.out_since(session, message):
            if account.id in own - chosen:
                plan.faults["accounts"] = _(
                    "Inlägget är nu ute även på %(name)s. Ändra rättelsen, så följer kontot med.",
                    name=account.name,
                )
    plan.page = _page(session, fields, plan.faults)
    plan.first_at = _moment(fields, now, plan.faults)
    plan.text = said if not plan.page or plan.page in said else f"{said}\n\n{plan.page}"
    _aim(plan)
    plan.warnings = checks.suspicions(said)
    plan.locked = queries.locks_on(session, [account.id for account in plan.accounts])
    newest = select(func.max(Version.number)).where(Version.message_id == message.id)
    plan.number = 1 + (session.scalar(newest) or 0)
    plan.canonical, plan.content_hash = envelope.freeze(_content(message, plan))
    return plan


def release(
    session: Session,
    actor: Person,
    message_id: int,
    seen_hash: str,
    now: datetime,
    *,
    confirmed: bool,
    warned: bool,
) -> Message:
    """Say yes to exactly what was seen: it goes out at its time. Where an event has locked an
    account, it is held instead, and nothing is frozen.

    Args:
        seen_hash: SHA-256 in hex of what the page showed.
        confirmed: it agrees with the values of the house, the brand and the law (1.1-a).
        warned: the warnings have been read (4.5-c).

    Raises:
        WrongState: not a draft, or the installation isn't in live use.
        Faults: what is missing, by field. Stale: the text isn't what was seen.
        NotAllowed, NotFound.
    """
    message = tended(session, actor, message_id)
    if message.state != rules.State.DRAFT:
        raise WrongState(_("Inlägget har redan gått vidare. Ladda om sidan."))
    if not live_use_is_on(session):
        raise WrongState(
            _("Skarp drift är inte påslagen, så inget går ut. Inlägget står kvar som utkast.")
        )
    plan = prepare(session, actor, message, now)
    if not confirmed:
        plan.faults["confirmed"] = _("Bekräfta att inlägget följer värdegrunden.")
    if plan.warnings and not warned:
        plan.faults["warned"] = _("Läs varningarna och svara på dem.")
    if plan.faults:
        raise Faults(plan.faults)
    if seen_hash != plan.content_hash:
        raise Stale(_("Inlägget har ändrats sedan du läste det. Läs det och bekräfta igen."))
    if plan.locked:
        held = {one.account_id: one.incident.id for one in plan.locked.values()}
        hold_whole(session, message, held, rules.Held.LOCKED, now, actor)
        return message
    version = _freeze(session, actor, message, plan, now)
    broadcast = Broadcast(
        message_id=message.id,
        version_id=version.id,
        exercise=False,
        repeating=False,
        state="waiting",
        state_at=now,
        content_hash=version.content_hash,
        released_at=now,
        anchor=plan.first_at or now,
        next_due=plan.first_at or now,
    )
    session.add(broadcast)
    move(message, rules.State.APPROVED)
    session.flush()
    note(
        session, "released", message, actor, now,
        broadcast=broadcast.id, content_hash=version.content_hash, anchor=broadcast.anchor,
        confirmed=True, warnings=[one.kind for one in plan.warnings], page=plan.page,
        envelope=plan.canonical,
    )  # fmt: skip
    live.announce(session, live.CALM, live.WORK)
    return message


def take_back(session: Session, actor: Person, message_id: int, now: datetime) -> Message:
    """Make a released post a draft again, to be changed: only while nothing of it has begun.

    Raises:
        WrongState: it has begun, or was never released; NotAllowed, NotFound.
    """
    message = tended(session, actor, message_id)
    if message.state != rules.State.APPROVED:
        raise WrongState(_("Inlägget väntar inte längre. Ladda om sidan."))
    control.void_unsent(session, message, now)
    for version in session.scalars(
        select(Version).where(Version.message_id == message.id, Version.state == "approved")
    ):
        version.state, version.reason = "void", WITHDRAWN
        withdraw(session, VERSION_SUBJECT, version.id, WITHDRAWN, now)
    move(message, rules.State.DRAFT)
    message.revision += 1
    note(session, "taken_back", message, actor, now)
    live.announce(session, live.CALM)
    return message


def _freeze(
    session: Session, actor: Person, message: Message, plan: Plan, now: datetime
) -> Version:
    version = Version(
        message_id=message.id,
        number=plan.number,
        canonical=plan.canonical,
        content_hash=plan.content_hash,
        state="approved",
        submitted_at=now,
        submitted_by_id=actor.id,
        settled_at=now,
        settled_by_id=actor.id,
    )
    session.add(version)
    session.flush()
    give(session, actor, VERSION_SUBJECT, version.id, plan.content_hash, now)
    return version


def _content(message: Message, plan: Plan) -> dict[str, object]:
    """The envelope, of no event: format 1 with what a post leaves out left empty.

    A correction that can't be made in place names the post that it is about, where there is room.
    """
    naming = [plan.text, ORIGINAL]
    longest = rendering.fill(naming, "", "", original=wording.LONGEST_ORIGINAL)
    return {
        "type": rules.TYPE,
        "incident": {"id": None, "slug": "", "exercise": False},
        "message": message.id,
        "version": plan.number,
        "title": _title(plan.text),
        "texts": {"text": plan.text} | _correction(message),
        "standing": [],
        "ends": [],
        "renditions": [[plan.text]] if message.corrects_id is None else [[plan.text], naming],
        "accounts": [
            {
                "account_id": account.id,
                "kind": plan.aims[account.id].kind,
                "platform": account.platform,
                "fingerprint": plan.aims[account.id].fingerprint,
                "languages": ["sv"],
                # It goes out once: no rule for later rounds has anything to say.
                "repeat": RepeatRule.EVERY,
                "official": False,
                "rendition": int(
                    message.corrects_id is not None
                    and not plan.aims[account.id].limit.over(longest)
                ),
            }
            for account in plan.accounts
            if account.id in plan.aims
        ],
        "schedule": {
            "first_at": plan.first_at,
            "interval": None,
            "rounds": None,
            "ends_at": None,
            "promise_at": None,
        },
        "link": plan.page,
        "corrects": message.corrects_id,
        "fault_line": {},
    }


def _correction(message: Message) -> dict[str, str]:
    if message.corrects_id is None:
        return {}
    return {name: str(message.fields[name]) for name in ("wrong", "right", "thanks")}


def _title(text: str) -> str:
    """The first line, for channels that have a subject."""
    line = (text.splitlines() or [""])[0]
    return line if len(line) <= rules.TITLE_LENGTH else line[: rules.TITLE_LENGTH - 1] + "…"


def _aim(plan: Plan) -> None:
    too_long = []
    for account in plan.accounts:
        try:
            where = plan.aims[account.id] = aim(account, "", exercise=False, pictured=False)
        except BadInput as error:
            plan.faults.setdefault("accounts", error.message)
            continue
        if over := where.limit.over(plan.text):
            too_long.append((over, platform_name(account.platform)))
    if too_long:
        plan.faults.setdefault(
            "text",
            _(
                "%(excess)s tecken för mycket för %(names)s. Korta texten, eller skriv ett eget"
                " inlägg för det kontot.",
                excess=max(over for over, _name in too_long),
                names=", ".join(dict.fromkeys(name for _over, name in too_long)),
            ),
        )


def _moment(fields: dict[str, str], now: datetime, faults: dict[str, str]) -> datetime | None:
    """When it goes out, by Stockholm's clock: no time that is skipped, comes twice or has been."""
    try:
        at = entered.moment(str(fields.get("clock") or ""), str(fields.get("day") or ""), now)
    except BadInput as error:
        faults["clock"] = error.message
        return None
    if at is not None and at <= now:
        faults["clock"] = _("Tiden har redan varit. Välj en senare, eller lämna fältet tomt.")
    return at


def _page(session: Session, fields: dict[str, str], faults: dict[str, str]) -> str:
    """2.3-a: what residents need to know stands on the official website first."""
    if fields.get("no_page"):
        return ""
    try:
        page = checked_link(str(fields.get("page") or ""))
    except BadInput as error:
        faults["page"] = error.message
        return ""
    if page is None:
        faults["page"] = _("Klistra in adressen till webbsidan där det också står.")
        return ""
    hosts = official_hosts(session)
    host = urlsplit(page).hostname or ""
    if hosts and not _within(host, hosts):
        faults["page"] = _(
            "Adressen är inte på kommunens webbplats (%(hosts)s).", hosts=", ".join(sorted(hosts))
        )
    return page


def official_hosts(session: Session) -> set[str]:
    """Host names of the official website, as the register has them."""
    query = select(Account.address).where(Account.official, Account.address != "")
    hosts = {urlsplit(address).hostname or "" for address in session.scalars(query)}
    return {host.removeprefix("www.") for host in hosts if host}


def _within(host: str, hosts: Collection[str]) -> bool:
    return any(host == one or host.endswith(f".{one}") for one in hosts)
