"""What the start page says of logins in custody: what lacks it, what is to be mended, and what is
to be witnessed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from console import listing, phrases
from console.accounts import custody, oversight, plan_queries, queries, telling
from console.accounts.custody_models import CustodyUse
from console.accounts.custody_rules import PAGE_ADMINISTRATORS, WITNESS_WITHIN, Kind, exempt
from console.accounts.models import Account
from console.accounts.rules import IN_USE, State, platform_name
from console.board import own
from console.board.start_model import Deviating, Deviation, Waiting, numbered
from console.db import once
from console.monitoring import item_rules
from console.parts import Verb
from console.people.models import Person
from console.people.rules import Permission, may
from console.posts.operations import holding


def deviations(session: Session, now: datetime) -> list[Deviating]:
    """Accounts in use whose login isn't in custody (3-d), or is to be changed or sealed (5-b)."""
    since, unchanged = _broken(session)

    def mend(one: Any, broken: datetime) -> Deviation:
        locale = get_locale()
        day = phrases.date_short(broken, locale.language if locale else "sv")
        return _row(one, _to_mend(one.id, one.platform, unchanged), _("Åtgärda"),
                    since=_("sedan %(day)s", day=day))  # fmt: skip

    order = queries.ids_where(session, listing.among(Account.id, since)) if since else ()
    used = own.in_use(session)
    # Who is alone on a page can't be two there: what it lacks is an administrator (3-a).
    alone = used.exempt.intersection(own.short(session, PAGE_ADMINISTRATORS))
    missing = [one for one in used.without_custody if one not in since and one not in alone]
    return [
        Deviating({number: since[number] for number in order}, mend),
        Deviating(numbered(missing), _missing),
    ]


def _missing(one: Any, _known: None) -> Deviation:
    if exempt(one.platform):
        return _row(one, _("Sidans administratörer är inte kontrollerade"), _("Kontrollera dem"))
    return _row(one, _("Inget kuvert med inloggningen"), _("Ta emot kuvertet"))


WITH_ROWS = (holding.ABOUT, item_rules.ABOUT)


def _row(one: Any, what: str, verb: str, *, since: str = "") -> Deviation:
    return Deviation(
        key=f"account-{one.id}",
        state="by_hand",
        what=what,
        account=one.name,
        platform=platform_name(one.platform),
        since=since,
        verb=Verb(verb, url_for("custody.show", account_id=one.id)),
    )


def waiting(session: Session, person: Person, now: datetime) -> list[Waiting]:
    """Openings to witness, notices about accounts, logins to hand in, to receive and to change."""
    found = [_to_witness(use) for use in custody.waiting_for_witness(session, person, now)]
    for notice in telling.unread(session, person.id):
        if notice.about.startswith(WITH_ROWS) or notice.path == url_for("guideline.show"):
            continue  # the post, the item or the pledge has a row of its own while it waits
        url = url_for("custody.notice", notice_id=notice.id)
        found.append(Waiting(notice.subject, "", url, since=notice.made_at, lang="sv"))
    if may(person.roles, Permission.KEEP_LOGIN):
        found += _own(session, person)
    if may(person.roles, Permission.RECEIVE_ENVELOPE):
        found += _to_receive(session)
    return found


def _own(session: Session, person: Person) -> list[Waiting]:
    """Logins of the person's own accounts that are to be changed, sealed or handed in."""
    ids = {one.id for one in own.accounts(session, person)}
    if not ids:
        return []
    mine = queries.ids_administered(person.id)
    since, unchanged = _broken(session)
    found = []
    for one in oversight.named(session, [number for number in since if number in ids]).values():
        what = _to_mend(one.id, one.platform, unchanged)
        url = url_for("custody.show", account_id=one.id)
        found.append(Waiting(what, _about(one.name, one.platform), url, since=since[one.id]))
    for one in oversight.without_custody(session, mine, (*IN_USE, State.CUSTODY)):
        if one.id in since or exempt(one.platform):
            continue  # of a page's administrators others say that they are verified
        url = url_for("custody.seal", account_id=one.id)
        found.append(Waiting(_("Försegla inloggningen"), _about(one.name, one.platform), url))
    return found


def _about(name: str, platform: str) -> str:
    return _("för %(name)s på %(platform)s", name=name, platform=platform_name(platform))


def _to_receive(session: Session) -> list[Waiting]:
    """Accounts whose plan is signed, and which wait for their login to be received."""
    accounts = plan_queries.in_custody(session)
    settled = custody.settled_among(session, accounts) if accounts else ()
    found = []
    for account in accounts:
        verb, url = _("Ta emot inloggningen"), url_for("custody.seal", account_id=account.id)
        if account.id in settled:
            verb, url = _("Ta kontot i bruk"), url_for("plans.show", account_id=account.id)
        elif exempt(account.platform):
            # A page run from own logins has nothing to seal.
            verb = _("Kontrollera sidans administratörer")
            url = url_for("custody.show", account_id=account.id)
        rest = _("för %(name)s", name=account.name)
        found.append(Waiting(verb, rest, url, since=account.since))
    return found


def _broken(session: Session) -> tuple[dict[int, datetime], set[int]]:
    return once(session, "broken seals", lambda: custody.broken(session))


def _to_mend(account_id: int, platform: str, unchanged: set[int]) -> str:
    if exempt(platform):
        return _("Tillfällig behörighet ska tas bort")
    if account_id in unchanged:
        return _("Lösenordet ska bytas")
    return _("Kuvertet ska förseglas på nytt")


def _to_witness(use: CustodyUse) -> Waiting:
    verb = _("Bevittna provöppningen") if use.kind == Kind.DRILL else _("Bevittna öppningen")
    rest = _(
        "av %(account)s på %(platform)s åt %(name)s",
        account=use.account.short_name,
        platform=platform_name(use.account.platform),
        name=use.by.name,
    )
    url = url_for("custody.show_use", use_id=use.id)
    return Waiting(verb, rest, url, due=use.at + WITNESS_WITHIN)
