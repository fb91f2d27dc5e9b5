"""What the start page says of upkeep: platforms, profiles, photos, attacks, the yearly round.

What deviates is read from the facts themselves, so it is gone when they are mended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from console import phrases
from console.accounts import platform_queries
from console.accounts.models import Account
from console.accounts.rules import platform_name
from console.board import own
from console.board.start_model import Deviating, Deviation, Waiting, numbered
from console.parts import Verb
from console.people.models import Person
from console.people.rules import Permission, may
from console.upkeep import queries as upkeep
from console.upkeep.models import PhotoConsent, ProfileItem, SecurityReport
from console.upkeep.queries import Due
from console.upkeep.rules import ITEM_LABELS, TROUBLE_LABELS, Item, Trouble, looked_after


def deviations(session: Session, now: datetime) -> list[Deviating]:
    """What is missing on accounts in use, in board order within each kind."""
    return [
        Deviating(numbered(platform_queries.unassessed(session)), _unassessed),
        _profiles(session),
        _unchecked(session, now),
        _photos(session),
        _attacks(session),
    ]


def waiting(session: Session, person: Person, now: datetime) -> list[Waiting]:
    """What is asked of this person: the yearly round, pictures to take down or to ask about,
    attacks to settle, and of the strategy department its assessments (4.6-c)."""
    names = {one.id: one for one in own.accounts(session, person)}
    found = _of_own(session, person, names, now) if names else []
    if may(person.roles, Permission.EDIT_ACCOUNTS):
        for key in platform_queries.to_assess(session):
            rest = _("för %(platform)s", platform=platform_name(key))
            url = url_for("platforms.show", key=key)
            found.append(Waiting(_("Skriv egen bedömning"), rest, url))
    return found


def _of_own(
    session: Session, person: Person, names: Mapping[int, Account], now: datetime
) -> list[Waiting]:
    mine = [one for one in names.values() if looked_after(one.platform, one.state)]
    found = _yearly(session, person, mine, now)
    for number, photos in upkeep.to_take_down(session, names).items():
        what = ngettext("Ta ner %(num)d bild", "Ta ner %(num)d bilder", len(photos))
        found.append(Waiting(what, _on(names[number]), _consents(number)))
    for number, photos in upkeep.unconsented(session, names).items():
        found.append(Waiting(_to_ask(photos), _on(names[number]), _consents(number)))
    for report in upkeep.open_reports(session, names):
        url = url_for("security.show", report_id=report.id)
        found.append(Waiting(_("Skriv vad ni gjorde"), _on(names[report.account_id]), url))
    return found


def _yearly(
    session: Session, person: Person, mine: Sequence[Account], now: datetime
) -> list[Waiting]:
    if not mine:
        return []
    asked: list[Due] = [
        one
        for one in (
            *upkeep.checks(session, mine, now),
            *upkeep.logouts(session, person.id, mine, now),
        )
        if one.asked
    ]
    if not asked:
        return []
    accounts = len({one.account.id for one in asked})
    day = phrases.day(min(one.at for one in asked), _lang())
    rest = ngettext(
        "för %(num)d konto, senast %(day)s", "för %(num)d konton, senast %(day)s", accounts, day=day
    )
    return [Waiting(_("Gör årets genomgång"), rest, url_for("upkeep.yearly"))]


def _unassessed(one: Any, _known: None) -> Deviation:
    verb = Verb(_("Till plattformen"), url_for("platforms.show", key=one.platform))
    return _row(one, _("Egen bedömning saknas"), one.created_at, verb)


def _unchecked(session: Session, now: datetime) -> Deviating:
    def read(accounts: Sequence[Any]) -> dict[int, datetime]:
        return {one.account.id: one.at for one in upkeep.checks(session, accounts, now)}

    def say(one: Any, due: datetime) -> Deviation:
        return _row(one, _("Profilen är inte kontrollerad"), due)

    return Deviating(numbered(upkeep.late_checks(session, now)), say, read=read)


def _profiles(session: Session) -> Deviating:
    def read(accounts: Sequence[Any]) -> dict[int, list[ProfileItem]]:
        return upkeep.missing(session, _ids(accounts))

    def say(one: Any, items: list[ProfileItem]) -> Deviation:
        label = str(ITEM_LABELS[Item(items[0].item)])
        what = _("Profilen saknar: %(what)s", what=label[:1].lower() + label[1:])
        if len(items) > 1:
            what = ngettext(
                "Profilen saknar %(num)d uppgift", "Profilen saknar %(num)d uppgifter", len(items)
            )
        return _row(one, what, min(item.at for item in items))

    return Deviating(numbered(upkeep.with_missing(session)), say, read=read)


def _photos(session: Session) -> Deviating:
    def read(accounts: Sequence[Any]) -> dict[int, list[PhotoConsent]]:
        return upkeep.to_take_down(session, _ids(accounts))

    def say(one: Any, photos: list[PhotoConsent]) -> Deviation:
        since = min(photo.withdrawn_at for photo in photos if photo.withdrawn_at)
        return _row(one, _to_take_down(photos), since)

    return Deviating(numbered(upkeep.with_photos_to_take_down(session)), say, read=read)


def _to_ask(photos: Sequence[PhotoConsent]) -> str:
    n = len(photos)
    return str(
        ngettext("Be om samtycke till %(num)d bild", "Be om samtycke till %(num)d bilder", n)
    )


def _to_take_down(photos: Sequence[PhotoConsent]) -> str:
    n = len(photos)
    return str(ngettext("%(num)d bild ska tas ner", "%(num)d bilder ska tas ner", n))


def _attacks(session: Session) -> Deviating:
    def read(accounts: Sequence[Any]) -> dict[int, SecurityReport]:
        oldest: dict[int, SecurityReport] = {}
        for report in upkeep.open_reports(session, _ids(accounts)):
            oldest.setdefault(report.account_id, report)
        return oldest

    def say(one: Any, report: SecurityReport) -> Deviation:
        return _row(one, str(TROUBLE_LABELS[Trouble(report.trouble)]), report.at)

    return Deviating(numbered(upkeep.with_open_reports(session)), say, read=read)


def _ids(accounts: Sequence[Any]) -> list[int]:
    return [one.id for one in accounts]


def _row(one: Any, what: str, since: datetime, verb: Verb | None = None) -> Deviation:
    # Everybody may read the account's page; whoever may mend it finds the press there.
    show = Verb(_("Till kontot"), url_for("accounts.show", account_id=one.id))
    return Deviation(
        key=f"account-{one.id}",
        state="by_hand",
        what=what,
        account=one.name,
        platform=platform_name(one.platform),
        since=_("sedan %(day)s", day=phrases.date_short(since, _lang())),
        verb=verb or show,
    )


def _on(account: Account) -> str:
    platform = platform_name(account.platform)
    return _("på %(account)s %(platform)s", account=account.short_name, platform=platform)


def _consents(account_id: int) -> str:
    return url_for("consents.index", account_id=account_id)


def _lang() -> str:
    locale = get_locale()
    return locale.language if locale else "sv"
