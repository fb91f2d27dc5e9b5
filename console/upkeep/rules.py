"""What is looked after once an account is in use: its profile, how one logs in, photos, attacks.

Pure. Source: guideline 2-b, 4-b, 4.1, 4.2, 4.6-d, 5-a and 5-c.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from console.accounts.rules import CONTROL, State
from console.people.rules import Permission, Role, may

YEAR = timedelta(days=365)
FIRST = timedelta(days=30)
"""An account that has come into use is checked for the first time within this."""
ASKED_BEFORE = timedelta(days=30)
"""How long before it is due a check is asked for."""
IN_USE = (State.ACTIVE, State.PAUSED)
"""Only then is anything asked: an account that ends takes its open tasks with it."""
WITHOUT_PROFILE = frozenset({"website", "website_feed", "email", "sms", "webhook"})
"""Platforms without a profile page, or whose page is our own site."""
LONGEST_NOTE = 500
LONGEST_TEXT = 1000
LONGEST_NAME = 100


class Item(StrEnum):
    """One piece of information that an account's profile gives."""

    IDENTITY = "identity"
    PURPOSE = "purpose"
    VISIBILITY = "visibility"
    PUBLIC_RECORDS = "public_records"
    HOURS = "hours"
    HOUSE_RULES = "house_rules"
    BREACH = "breach"
    ELSEWHERE = "elsewhere"
    LOGO = "logo"
    CONTACTS = "contacts"
    LINK = "link"
    PHONE = "phone"
    ADDRESS = "address"
    OFFICIAL = "official"


ITEM_LABELS: dict[Item, LazyString] = {
    Item.IDENTITY: _("Vem som står bakom kontot"),
    Item.PURPOSE: _("Vad kontot är till för"),
    Item.VISIBILITY: _("Vem som kan läsa det man skriver"),
    Item.PUBLIC_RECORDS: _("Att inlägg blir allmänna handlingar"),
    Item.HOURS: _("När ni är där och hur fort ni svarar"),
    Item.HOUSE_RULES: _("Vad man inte får skriva"),
    Item.BREACH: _("Vad som händer den som bryter mot reglerna"),
    Item.ELSEWHERE: _("Vart man vänder sig i personliga ärenden"),
    Item.LOGO: _("Fastställd logotyp"),
    Item.CONTACTS: _("Kontaktuppgifter"),
    Item.LINK: _("Länk till webbplatsen"),
    Item.PHONE: _("Telefonnummer"),
    Item.ADDRESS: _("Adress till verksamheten"),
    Item.OFFICIAL: _("Att kontot är officiellt och kommunens"),
}
"""In the order asked: 4.1-a … 4.1-h, 4.2-a, 4.2-b."""


class Found(StrEnum):
    THERE = "there"
    MISSING = "missing"
    NOT_APPLICABLE = "not_applicable"
    """With a reason."""


FOUND_LABELS: dict[Found, LazyString] = {
    Found.THERE: _("Finns"),
    Found.MISSING: _("Saknas"),
    Found.NOT_APPLICABLE: _("Gäller inte"),
}


class Sender(StrEnum):
    """What kind of login stands behind an account (4-b)."""

    PAGE = "page"
    OWN = "own"
    BEHIND = "behind"
    PRIVATE = "private"
    """Offered so that it can be refused, with the way out."""


SENDER_LABELS: dict[Sender, LazyString] = {
    Sender.PAGE: _("En sidfunktion: flera personer sköter sidan"),
    Sender.OWN: _("Ett eget konto för verksamheten"),
    Sender.BEHIND: _("En privat inloggning som inte syns: sidan är avsändare"),
    Sender.PRIVATE: _("Ett privat konto: personen är avsändare"),
}


class Trouble(StrEnum):
    PHISHING = "phishing"
    APP = "app"


TROUBLE_LABELS: dict[Trouble, LazyString] = {
    Trouble.PHISHING: _("Försök till nätfiske"),
    Trouble.APP: _("App eller tillägg"),
}


def has_profile(platform: str) -> bool:
    return platform not in WITHOUT_PROFILE


def looked_after(platform: str, state: str) -> bool:
    """Is anything asked about an account's profile and logins?"""
    return state in IN_USE and has_profile(platform)


def due_at(last: datetime | None, began: datetime) -> datetime:
    """When something yearly is due.

    Args:
        last: when it was done last.
        began: when the account came into use.
    """
    return began + FIRST if last is None else last + YEAR


def asked(due: datetime, now: datetime) -> bool:
    """Is it asked for now?"""
    return now >= due - ASKED_BEFORE


def late(due: datetime, now: datetime) -> bool:
    return now > due


def may_keep(roles: Iterable[str], administers: bool) -> bool:
    """May somebody write about how this account is looked after?

    Args:
        administers: the account is one of the person's own. Who is only an administrator writes
            about no other account.
    """
    return _may(roles, administers, Permission.LOOK_AFTER)


def may_read_consents(roles: Iterable[str], administers: bool) -> bool:
    """May somebody read who has agreed to be in pictures? (4.6-d: only those who need it)"""
    return _may(roles, administers, Permission.READ_CONSENTS)


def _may(roles: Iterable[str], administers: bool, permission: Permission) -> bool:
    roles = set(roles)
    return may(roles if administers else roles - {Role.ACCOUNT_ADMINISTRATOR}, permission)


def check_faults(
    answers: Mapping[str, tuple[str, str]], evidence: str, *, has_logo: bool
) -> dict[str, str]:
    """What a check of the profile lacks, item (or "evidence") → sentence; {}: it is whole.

    Args:
        answers: item → (a `Found`, note). What doesn't apply says why.
        evidence: what was seen and where: a note, or the address of a picture.
        has_logo: the rules name an approved one to compare with.
    """
    found: dict[str, str] = {}
    for item in Item:
        state, note = answers.get(item.value, ("", ""))
        if said := item_fault(item, state, note, has_logo=has_logo):
            found[item.value] = said
    if said := text_fault(evidence, LONGEST_TEXT):
        found["evidence"] = said
    elif not evidence.strip():
        found["evidence"] = gettext("Skriv vad du tittade på, eller klistra in en länk till bild.")
    return found


def item_fault(item: Item, state: str, note: str, *, has_logo: bool) -> str | None:
    """What is wrong with one answer."""
    if state not in frozenset(Found):
        return str(gettext("Välj om det finns, saknas eller inte gäller."))
    if state == Found.NOT_APPLICABLE and not note.strip():
        return str(gettext("Skriv varför det inte gäller."))
    if item == Item.LOGO and state == Found.THERE and not has_logo:
        return str(
            gettext("Reglerna har ingen fastställd logotyp än. Välj Gäller inte och skriv det.")
        )
    return text_fault(note, LONGEST_NOTE)


def text_fault(text: str, longest: int) -> str | None:
    """Too long, or what no text may hold."""
    if len(text) > longest:
        return str(gettext("Skriv högst %(n)s tecken.", n=longest))
    if any(CONTROL.search(line) for line in text.splitlines()):
        return str(gettext("Texten innehåller styrtecken."))
    return None
