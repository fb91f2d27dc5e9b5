"""Who may stand on a list, what an address is, and how long anything is kept. Pure."""

from __future__ import annotations

import re
from datetime import timedelta
from enum import StrEnum
from ipaddress import ip_address, ip_network

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from console.errors import BadInput
from console.people.rules import Role

CHANNELS = ("email", "sms")
"""Channel kinds that reach people one by one."""
MOST = {"email": 2_000, "sms": 500}
"""Recipients on one list: as many as are surely reached while a round lasts (see
docs/decisions.md)."""
MOST_LINES = 500
"""Of one paste or file."""
LENGTH = 200
"""Characters of a name or a reason."""

CONFIRM_WITHIN = timedelta(hours=24)
"""An unconfirmed sign-up is deleted then: no longer than anybody needs to open a mail."""
RENEW_AFTER = timedelta(days=365)
"""A citizen is asked again a year after they last said yes. GDPR art. 5.1 e names no time; a year
is short enough that addresses given up and moved from don't stay for good."""
RENEW_WITHIN = timedelta(days=30)
"""A question that is unanswered for so long is a no."""
UNDO = timedelta(days=1)
"""A partner or one of the staff who was removed can be put back; then the address is deleted."""
SENDS_KEPT = timedelta(days=7)
"""What became of a post for each recipient: rounds last ten minutes, and a week is for looking."""

CODE_TRIES = 5
"""Wrong codes before a new one must be asked for."""
LETTERS_PER_ADDRESS = 3
"""In a day: nobody is flooded with questions by somebody else."""
LETTER_PAUSE = timedelta(minutes=5)
"""Between two of them."""
TRIES_PER_NETWORK = 30
"""Sign-ups and codes in an hour from one network address: a whole household, or a library, may
stand behind one."""
TRIES_PER_HOUSE = {"email": 600, "sms": 200}
"""Sign-ups in an hour altogether: what the console bears beside a crisis, and what the municipality
would pay for."""
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
COUNTRIES = ("+46", "+47", "+45", "+358")
"""Where a citizen's telephone may be from: numbers elsewhere are how others are made to pay."""

_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")


class Kind(StrEnum):
    PARTNER = "partner"
    STAFF = "staff"
    CITIZEN = "citizen"


NAMED = (Kind.PARTNER, Kind.STAFF)
"""Kinds that the municipality itself puts on the list."""
KIND_LABELS: dict[Kind, LazyString] = {
    Kind.PARTNER: _l("Samverkande"),
    Kind.STAFF: _l("Personal"),
    Kind.CITIZEN: _l("Invånare"),
}


class State(StrEnum):
    WAITING = "waiting"
    """A citizen who hasn't confirmed: nothing but the question is sent there."""
    ON = "on"
    REMOVED = "removed"
    """Of those named, for as long as it can be undone."""


class Letter(StrEnum):
    """What a recipient is asked by the console itself."""

    CONFIRM = "confirm"
    RENEW = "renew"


def may_keep(roles: frozenset[str], administers: bool) -> bool:
    """May somebody see and change an account's list? The system administrator, who has the key,
    may not: nobody needs that."""
    return bool(roles & {Role.STRATEGY, Role.INFORMATION_UNIT}) or (
        Role.ACCOUNT_ADMINISTRATOR in roles and administers
    )


def address_of(channel: str, typed: str) -> str:
    """What somebody typed, as it is sent to and known again: a mail address in the form the
    envelope takes, in lower case; a number with + and country, one without is Swedish.

    Raises:
        BadInput: field `address`.
    """
    typed = typed.strip()
    if channel == "sms":
        plain = re.sub(r"[\s\-()./]", "", typed)
        if plain.startswith("00"):
            plain = "+" + plain[2:]
        elif plain.startswith("0"):
            plain = "+46" + plain[1:]
        if not _NUMBER.fullmatch(plain):
            raise BadInput(_("Skriv ett mobilnummer, till exempel 070-174 06 00."), "address")
        return plain
    try:
        found = validate_email(typed, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        found = None
    if found is None or found.ascii_email is None:
        raise BadInput(_("Skriv en hel e-postadress, till exempel namn@kommun.se."), "address")
    return found.ascii_email.lower()


def citizens_address(channel: str, typed: str) -> str:
    """As `address_of`, for who signs up by themselves.

    Raises:
        BadInput: field `address`.
    """
    address = address_of(channel, typed)
    if channel == "sms" and not address.startswith(COUNTRIES):
        raise BadInput(_("Skriv ett mobilnummer från Norden."), "address")
    return address


def network_of(address: str) -> str:
    """What a network address counts as: an IPv6 subscriber has a whole /64 to choose from."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((ip, 64), strict=False)) if ip.version == 6 else str(ip)


def lines_of(text: str) -> list[tuple[int, list[str]]]:
    """What was pasted as (line number, cells): name and address, or the address alone."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        cells = [cell.strip() for cell in re.split(r"[;\t,]", line)]
        if any(cells):
            found.append((number, cells))
    return found
