"""Change the profile; go live."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from console import live, sealing
from console.config import Settings
from console.errors import Faults, Stale, WrongState
from console.policy import faults, queries
from console.policy.models import LiveUse, ProfileVersion
from console.policy.rules import Profile, changed, from_content, to_content
from console.timeline import operations as timeline

_CHANGE_LOCK = 7236431
_REASON = faults.text(500)
_FICTION = ".example"
"""How a mail address ends that no mail server has (RFC 2606)."""


class Actor(Protocol):
    """Who does it: a person, of whom policy (which lies below people) knows only the number."""

    @property
    def id(self) -> int: ...


@dataclass(frozen=True)
class Condition:
    """Something that must hold before live use."""

    name: str
    counts: str
    """SQL that counts what stands in the way; 0 lets through. A query rather than a call, because
    conditions look at nouns that lie above policy."""
    missing: LazyString
    """What to do about it, as a whole sentence."""
    stands: Callable[[Session, Settings], str] | None = None
    """Where the settings, or what stands beside the database, count: what was seen, "" where it
    doesn't hold. Then `counts` is empty."""

    def seen(self, session: Session, settings: Settings) -> dict[str, Any] | None:
        """The evidence that it holds now; None: it doesn't."""
        if self.stands is not None:
            found = self.stands(session, settings)
            return {"seen": found} if found else None
        if session.scalar(text(self.counts)) != 0:
            return None
        return {"query": self.counts, "in_the_way": 0}


def _public_address(session: Session, settings: Settings) -> str:
    return settings.public_url if settings.public_url_is_open else ""


def _public_page(session: Session, settings: Settings) -> str:
    """Asked of the site process's looks; of an address that isn't open there is nothing to ask."""
    if not settings.public_url_is_open:
        return "not asked"
    return queries.page_seen(session, settings.public_url)


def _key_outside(session: Session, settings: Settings) -> str:
    return str(settings.keys / sealing.FILE) if sealing.is_private(settings.keys) else ""


def _own_addresses(session: Session, _settings: Settings) -> str:
    """Citizens are given these, and what must be registered is mailed to them: the numbers and
    addresses that the program begins with are kept for fiction and reach nobody."""
    profile = queries.current(session)
    mails = (profile.feedback_email, *(one.email for one in profile.registry))
    made_up = profile.unit_phone == Profile.unit_phone or any(
        mail.casefold().endswith(_FICTION) for mail in mails
    )
    return "" if made_up else ", ".join((profile.phone, profile.unit_phone, *mails))


CONDITIONS: tuple[Condition, ...] = (
    Condition(
        "no_example_people",
        "SELECT count(*) FROM people WHERE example",
        _l("Exempelpersoner finns kvar: börja i en ny, tom installation."),
    ),
    Condition(
        "an_administrator_who_can_log_in",
        "SELECT 1 - least(1, count(*)) FROM people p JOIN person_roles r ON r.person_id = p.id "
        "WHERE r.role = 'system_administrator' AND p.active AND p.password_hash IS NOT NULL",
        _l("Ingen systemadministratör kan logga in: bjud in en."),
    ),
    Condition(
        "two_approvers",
        "SELECT greatest(0, 2 - count(DISTINCT p.id)) FROM people p "
        "JOIN person_roles r ON r.person_id = p.id "
        "WHERE r.role = 'approver' AND p.active AND p.password_hash IS NOT NULL",
        _l("Färre än två beslutsfattare kan logga in: bjud in fler."),
    ),
    Condition(
        "a_second_factor",
        "SELECT count(DISTINCT p.id) FROM people p JOIN person_roles r ON r.person_id = p.id "
        "WHERE r.role IN ('information_unit', 'approver') AND p.active "
        "AND p.password_hash IS NOT NULL AND NOT EXISTS (SELECT 1 FROM second_factors f "
        "WHERE f.person_id = p.id AND f.confirmed_at IS NOT NULL)",
        _l(
            "Någon i informationsenheten eller bland beslutsfattarna loggar in utan app: be dem"
            " lägga till en på Mina uppgifter."
        ),
    ),
    Condition(
        "the_municipalitys_own_addresses",
        "",
        _l(
            "Reglerna har påhittade telefonnummer eller e-postadresser kvar: be"
            " strategiavdelningen skriva in kommunens namn, nummer och adresser."
        ),
        _own_addresses,
    ),
    Condition(
        "a_backup_that_was_restored",
        "SELECT 1 - least(1, count(*)) FROM live_use_evidence "
        f"WHERE condition = '{queries.RESTORED}'",
        _l("Ingen säkerhetskopia har återställts: kör budkavle backup och restore --drill."),
    ),
    Condition(
        "a_public_address",
        "",
        _l("Den publika adressen är inte öppen: ange en https-adress i BUDKAVLE_PUBLIC_URL."),
        _public_address,
    ),
    Condition(
        "a_public_page_that_is_ours",
        "",
        _l("Den publika adressen visar inte webbplatsen härifrån: rätta webbservern framför."),
        _public_page,
    ),
    Condition(
        "a_sealing_key_of_its_own",
        "",
        _l(
            "Nyckeln till hemligheterna finns inte än, eller är öppen för andra: den görs när"
            " någon lägger till en app. Är den gjord, se budkavle doctor."
        ),
        _key_outside,
    ),
)


def set_profile(
    session: Session,
    actor: Actor | None,
    now: datetime,
    content: Mapping[str, Any],
    *,
    reason: str = "",
) -> Profile:
    """Put a profile in force from now on.

    Args:
        actor: None when the program sets it (a rehearsal, the command line).
        content: as `rules.from_content` reads it.
        reason: why; kept with the version and on the timeline.

    Raises:
        Faults: the content can't be used.
    """
    before, profile = queries.current(session), from_content(content)
    by_id = None if actor is None else actor.id
    session.add(
        ProfileVersion(
            key=profile.key, content=to_content(profile), at=now, by_id=by_id, reason=reason
        )
    )
    session.flush()
    session.info["policy"] = profile
    new = to_content(profile)
    timeline.record(
        session,
        "policy:changed",
        body={
            "key": profile.key,
            "changed": {name: new[name] for name in changed(before, profile)},
            "reason": reason,
        },
        now=now,
        person_id=by_id,
    )
    live.announce(session, live.CALM)
    return profile


def change(
    session: Session,
    actor: Actor,
    now: datetime,
    changes: Mapping[str, Any],
    *,
    seen: int,
    reason: str,
) -> Profile:
    """Put the profile in force with some fields changed, as its preview showed.

    Args:
        changes: field → new value, as `rules.from_content` reads it.
        seen: number of the version that the preview compared with (`queries.newest_id`).
        reason: why, one line of 1 to 500 characters.

    Raises:
        Faults: a value, or the reason, can't be used.
        Stale: somebody has changed the profile since.
        WrongState: nothing would differ.
    """
    session.execute(select(func.pg_advisory_xact_lock(_CHANGE_LOCK)))
    if queries.newest_id(session) != seen:
        raise Stale(_("Reglerna har ändrats sedan du tittade. Läs skillnaden igen."))
    session.info.pop("policy", None)
    before = queries.current(session)
    after = preview(before, changes)
    said = _REASON(reason.strip())
    if said:
        raise Faults({"reason": said})
    if not changed(before, after):
        raise WrongState(_("Inget skiljer sig från det som gäller. Ändra något först."))
    return set_profile(session, actor, now, to_content(after), reason=reason.strip())


def preview(before: Profile, changes: Mapping[str, Any]) -> Profile:
    """What `change` would put in force.

    Raises:
        Faults: a value can't be used.
    """
    return from_content({**to_content(before), **changes})


def page_seen(session: Session, address: str, mark: str, now: datetime) -> None:
    """Keep that a GET at the public address gave the start page that this installation serves.

    No entry on the timeline: like a heartbeat, it says how things are now.
    """
    kept = select(LiveUse).where(LiveUse.condition == queries.PAGE_SEEN).order_by(LiveUse.id)
    row = session.scalars(kept).first()
    if row is None:
        row = LiveUse(condition=queries.PAGE_SEEN)
        session.add(row)
    row.evidence, row.at = {"address": address, "mark": mark}, now


def missing_for_live_use(session: Session, settings: Settings) -> list[Condition]:
    """The conditions that don't hold now."""
    return [c for c in CONDITIONS if c.seen(session, settings) is None]


def go_live(session: Session, actor: Actor, now: datetime, settings: Settings) -> None:
    """Take the installation into live use, and keep what was seen for each condition.

    Raises:
        WrongState: it is live already, or the sentence names what is missing.
    """
    if queries.live_use_is_on(session, hold=True):
        raise WrongState(str(_l("Skarp drift är redan på.")))
    seen = {c.name: c.seen(session, settings) for c in CONDITIONS}
    missing = [c for c in CONDITIONS if seen[c.name] is None]
    if missing:
        sentences = " ".join(str(c.missing) for c in missing)
        raise WrongState(str(_l("Skarp drift kan inte börja.")) + " " + sentences)
    names = list(seen)
    for name, evidence in seen.items():
        session.add(LiveUse(condition=name, evidence=evidence, at=now, by_id=actor.id))
    session.add(
        LiveUse(condition=queries.LIVE_USE, evidence={"held": names}, at=now, by_id=actor.id)
    )
    timeline.record(
        session, "policy:live_use:started", body={"held": names}, now=now, person_id=actor.id
    )
    live.announce(session, live.CALM)
