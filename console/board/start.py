"""The start page in calm: what deviates in the register, and what waits for this reader."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask import Blueprint, render_template, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.platforms import PLATFORMS
from console import phrases
from console.accounts.models import Account, AccountAdministrator
from console.accounts.rules import publishes
from console.board.start_model import Deviation, DeviationGroup, StartView, Waiting
from console.db import unit_of_work
from console.incidents import queries as incidents
from console.incidents.models import Incident
from console.incidents.views.common import show_in_band
from console.messages.models import Delivery, Version
from console.people.models import Person
from console.people.rules import Permission, may
from console.policy.queries import current
from console.web.guard import current_person, needs

bp = Blueprint("start", __name__)

REGISTER = "/accounts"


@bp.get("/")
@needs(Permission.VIEW_BOARD)
def today() -> str:
    with unit_of_work() as session:
        show_in_band(session, None)
        return render_template("calm/start.html", start=start_view(session, current_person()))


def start_view(session: Session, person: Person) -> StartView:
    """The page as `person` sees it."""
    accounts = incidents.accounts_offered(session)
    urgent = _short_of_administrators(accounts, current(session).min_admins)
    said = {(row.key, row.what.casefold()) for row in urgent}
    recorded = [d for d in _recorded(accounts) if (d.key, d.what.casefold()) not in said]
    needing = {row.key for row in urgent} | {row.key for row in recorded}
    may_open = may(person.roles, Permission.OPEN_INCIDENT)
    new = url_for("incidents.new") if may_open else ""
    return StartView(
        unit=person.title,
        total=len(accounts),
        groups=(
            DeviationGroup(_("Kan svika i en kris"), True, tuple(urgent)),
            DeviationGroup(_("Saknas"), False, tuple(recorded)),
        ),
        readiness=None,
        coverage=None,
        waiting=tuple(_waiting(session, person)),
        in_order=len(accounts) - len(needing),
        in_order_url=REGISTER,
        open_exercise_url=new,
        open_crisis_url=new,
    )


def _short_of_administrators(accounts: list[Account], least: int) -> list[Deviation]:
    """Accounts in use that too few people can run (3-a)."""
    short = []
    for account in accounts:
        have = sum(row.person.active for row in account.administrators)
        if publishes(account.state) and have < least:
            what = _("Bara %(n)s administratörer", n=have)
            if have < 2:
                what = _("Bara en administratör") if have else _("Ingen administratör")
            short.append(_deviation(account, what, None, urgent=True))
    return short


def _recorded(accounts: list[Account]) -> list[Deviation]:
    return [
        _deviation(account, one.content, one.noted_at, urgent=False)
        for account in accounts
        for one in account.deviations
        if one.mended_at is None
    ]


def _deviation(account: Account, what: str, since: datetime | None, *, urgent: bool) -> Deviation:
    locale = get_locale()
    lang = locale.language if locale else "sv"
    return Deviation(
        key=f"account-{account.id}",
        state="refused" if urgent else "by_hand",
        what=what,
        account=account.name,
        platform=PLATFORMS[account.platform].name,
        since=_("sedan %(day)s", day=phrases.date_short(since, lang)) if since else "",
    )


def _called(event: Incident) -> str:
    return _("övningen %(name)s", name=event.name) if event.exercise else event.name


def _waiting(session: Session, person: Person) -> list[Waiting]:
    """Locks to read, texts to approve and administrators to remind, for this person."""
    found = []
    for notice in incidents.notices_for(session, person.id):
        if notice.read_at is None:
            names = ", ".join(a.short_name for a in incidents.accounts_of(session, notice))
            url = url_for("incidents.notice", notice_id=notice.id)
            found.append(Waiting(_("Läs om låset"), _("på %(names)s", names=names), url))
    for task in _by_hand(session, person):
        event = incidents.by_id(session, task.incident_id)
        url = url_for("messages.task", slug=event.slug, delivery_id=task.id)
        name = f"{task.account.short_name} {PLATFORMS[task.account.platform].name}"
        rest = _("på %(name)s i %(event)s", name=name, event=_called(event))
        found.append(Waiting(_("Publicera för hand"), rest, url))
    if may(person.roles, Permission.APPROVE_MESSAGE):
        query = select(Version).where(Version.state == "waiting")
        query = query.where(Version.submitted_by_id != person.id).order_by(Version.id)
        versions = session.scalars(query).all()
        waiting = {version.message_id for version in versions}
        for version in versions:
            if version.message.prepared_with_id in waiting:
                continue  # it is read and approved on its correction's page
            event = version.message.incident
            url = url_for("messages.approve_page", slug=event.slug, version_id=version.id)
            found.append(Waiting(_("Godkänn texten"), _("i %(event)s", event=_called(event)), url))
    if may(person.roles, Permission.RELEASE_LOCK):
        for event in incidents.open_incidents(session):
            if unread := len(incidents.unread_notices(session, event.id)):
                url = url_for("incidents.notices", slug=event.slug)
                rest = _(
                    "%(n)s som inte har läst låset i %(event)s", n=unread, event=_called(event)
                )
                found.append(Waiting(_("Påminn"), rest, url))
    return found


def _by_hand(session: Session, person: Person) -> Sequence[Delivery]:
    """Posts that wait to be made on accounts of the person's own, oldest first."""
    query = (
        select(Delivery)
        .join(AccountAdministrator, AccountAdministrator.account_id == Delivery.account_id)
        .where(AccountAdministrator.person_id == person.id, Delivery.state == "by_hand")
        .order_by(Delivery.id)
    )
    return session.scalars(query).all()
