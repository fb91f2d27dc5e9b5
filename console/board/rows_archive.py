"""What the start page says of the archive: pictures to take, deliveries to receive or send again,
a backup that is late, a timeline that isn't proved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from console import phrases
from console.accounts.rules import platform_name
from console.archive import queries
from console.archive.models import ArchiveDelivery
from console.archive.rules import BACKUP_WITHIN, TAKE_WITHIN, DeliveryState, Kind
from console.board import own
from console.board.start_model import Deviating, Deviation, Waiting, numbered
from console.parts import Verb
from console.people.models import Person
from console.people.rules import Role

OTHERS = frozenset({Role.ARCHIVIST, Role.REGISTRAR, Role.STRATEGY, Role.INFORMATION_UNIT,
                    Role.REVIEWER})  # fmt: skip
"""Who may receive, or have handed over."""


def waiting(session: Session, person: Person, now: datetime) -> list[Waiting]:
    """What a person can do for the archive (4.4-a, 4.4-c)."""
    found: list[Waiting] = []
    mine = {one.id: one for one in own.accounts(session, person)}
    for number, due in queries.first_due(session, mine).items():
        account = mine[number]
        rest = _(
            "av %(account)s %(platform)s",
            account=account.short_name,
            platform=platform_name(account.platform),
        )
        url = url_for("archive.account", account_id=number)
        found.append(Waiting(_("Ta en ögonblicksbild"), rest, url, due=due))
    if OTHERS & set(person.roles):
        found += [_delivery(one, person) for one in queries.concerning(session, person)]
    if Role.SYSTEM_ADMINISTRATOR in person.roles:
        last = queries.last_backup(session)
        if last is not None and last + BACKUP_WITHIN < now:
            found.append(
                Waiting(_("Ta en säkerhetskopia"), "", url_for("archive.index"),
                        due=last + BACKUP_WITHIN)
            )  # fmt: skip
        unproved = queries.unproved_since(session, now)
        if unproved is not None:
            rest = _("budkavle doctor säger varför det inte sker")
            found.append(
                Waiting(_("Säkra tidslinjen"), rest, url_for("archive.index"), due=unproved)
            )
    return found


def deviations(session: Session, now: datetime) -> list[Deviating]:
    """Accounts whose picture should have been taken (4.4-a)."""

    def read(accounts: Sequence[Any]) -> dict[int, datetime]:
        return queries.first_due(session, [one.id for one in accounts])

    def say(one: Any, due: datetime) -> Deviation:
        locale = get_locale()
        lang = locale.language if locale else "sv"
        asked = due - TAKE_WITHIN
        return Deviation(
            key=f"account-{one.id}",
            state="by_hand",
            what=_("Ögonblicksbild saknas"),
            account=one.name,
            platform=platform_name(one.platform),
            since=_("sedan %(day)s", day=phrases.date_short(asked, lang)),
            verb=Verb(_("Ta bilden"), url_for("archive.account", account_id=one.id)),
        )

    return [Deviating(numbered(queries.overdue(session, now)), say, late=True, read=read)]


def _delivery(one: ArchiveDelivery, person: Person) -> Waiting:
    url = url_for("archive.delivery", delivery_id=one.id)
    about = one.incident or one.account
    rest = "" if about is None else about.name
    if one.state != DeliveryState.READY:
        return Waiting(_("Skicka leveransen igen"), rest, url, since=one.made_at)
    if one.kind == Kind.SNAPSHOT:
        chosen = one.to_id is not None or Role.ARCHIVIST in person.roles
    else:
        chosen = one.to_id == person.id
    if not chosen:
        return Waiting(_("Välj vem som tar emot leveransen"), rest, url, since=one.made_at)
    return Waiting(_("Kvittera leveransen"), rest, url, since=one.ready_at)
