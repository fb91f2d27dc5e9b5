"""What goes into a package: an event's export; an account's snapshots, plans and facts."""

from __future__ import annotations

import json
from datetime import datetime

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.accounts import plan_pdf, plan_queries
from console.accounts.models import Account
from console.accounts.plan_models import PlanVersion
from console.accounts.rules import platform_name
from console.archive.models import ArchiveDelivery, Snapshot
from console.archive.package import About, Writer
from console.incidents.models import Incident
from console.phrases import STOCKHOLM, for_xml
from console.policy.queries import current

README = """\
{title}
{line}

{description}

METS.xml räknar upp varje fil med storlek och SHA-256. Filerna ligger i representations/rep1/data.
{inside}

Paketet är format efter E-ARK CSIP men gör inte anspråk på att följa den. Det är gjort av Budkavle.
"""
_EVENT = """\
Läs README.txt där först. Den säger hur den signerade kedjan kontrolleras.\
"""
_ACCOUNT = """\
Ögonblicksbilderna är PDF/A-3b med bilden inuti. Handlingsplanerna är PDF/A-2a."""


def about_event(
    session: Session, delivery: ArchiveDelivery, incident: Incident, now: datetime
) -> About:
    """What an event's package says of itself."""
    with force_locale("sv"):
        title = _("Händelse: %(name)s", name=incident.name)
        closed = incident.closed_at or now
        lines = [
            _("Övning.") if incident.exercise else "",
            _("Öppnad %(opened)s, avslutad %(closed)s.", opened=_day(incident.opened_at),
              closed=_day(closed)),
            _("Maskerad kopia för att lämnas ut.") if delivery.masked else "",
        ]  # fmt: skip
    name = f"budkavle-{incident.slug}-{delivery.id}"
    return _about(session, name, title, " ".join(filter(None, lines)), _EVENT, now)


def about_account(
    session: Session, delivery: ArchiveDelivery, account: Account, now: datetime
) -> About:
    """What an account's package says of itself."""
    with force_locale("sv"):
        title = _("Konto: %(name)s", name=account.name)
        platform = platform_name(account.platform)
        about = _("%(platform)s, %(handle)s. Ögonblicksbilder och handlingsplaner.",
                  platform=platform, handle=account.handle)  # fmt: skip
    name = f"budkavle-konto-{account.id}-{delivery.id}"
    return _about(session, name, title, about, _ACCOUNT, now)


def add_account(session: Session, account: Account, writer: Writer) -> None:
    """The account's files, a snapshot at a time."""
    facts = {
        "konto": account.name,
        "plattform": account.platform,
        "namn på plattformen": account.handle,
        "webbadress": account.address,
        "verksamhet": account.operation,
        "nämnd": account.committee,
        "i registret sedan": _day(account.created_at),
    }
    spelled = json.dumps(facts, ensure_ascii=False, indent=1)
    writer.add_bytes("konto.json", spelled.encode())
    plan = plan_queries.plan(session, account.id)
    signed = session.scalars(
        select(PlanVersion)
        .where(PlanVersion.account_id == account.id, PlanVersion.signed_at.is_not(None))
        .order_by(PlanVersion.number)
    ).all()
    for version in signed:
        made = plan_pdf.pdf(plan_pdf.sheet(session, plan, version))
        writer.add_bytes(f"handlingsplan-{version.number}.pdf", made)
    found = select(Snapshot.id, Snapshot.taken_at).where(Snapshot.account_id == account.id)
    for row in session.execute(found.order_by(Snapshot.taken_at, Snapshot.id)).all():
        pdf = session.scalars(select(Snapshot.pdf).where(Snapshot.id == row.id)).one()
        writer.add_bytes(f"ogonblicksbild-{_day(row.taken_at)}-{row.id}.pdf", pdf)


def _about(
    session: Session, name: str, title: str, description: str, inside: str, now: datetime
) -> About:
    text = README.format(title=title, line="=" * len(title), description=description, inside=inside)
    creator = current(session).municipality
    return About(name, for_xml(title), for_xml(description), creator, now, text)


def _day(at: datetime) -> str:
    return at.astimezone(STOCKHOLM).date().isoformat()
