"""Passwords: what the profile asks (5-e), what it advises against (5-f), and argon2. Pure."""

from __future__ import annotations

import functools
import re

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_babel import gettext as _
from flask_babel import ngettext

from console.policy.rules import Profile

LONGEST = 256
"""Longer passwords are refused, so that nobody can make the server digest megabytes."""

COMMON_WORDS = [
    "lösenord",
    "losenord",
    "password",
    "hemligt",
    "hejhej",
    "hejsan",
    "sommar",
    "vinter",
    "höst",
    "vår",
    "lördag",
    "söndag",
    "fredag",
    "torsdag",
    "måndag",
    "januari",
    "februari",
    "mars",
    "april",
    "juni",
    "juli",
    "augusti",
    "september",
    "oktober",
    "november",
    "december",
    "sverige",
    "svenska",
    "kommun",
    "kommunen",
    "kommunal",
    "kris",
    "krisen",
    "beredskap",
    "välkommen",
    "valkommen",
    "administratör",
    "admin",
    "test",
    "skola",
    "skolan",
    "vatten",
    "hund",
    "katt",
    "fotboll",
    "hockey",
    "kärlek",
    "värmland",
    "stockholm",
    "göteborg",
    "malmö",
    "qwerty",
    "asdf",
    "blomma",
    "kaffe",
    "familj",
    "mamma",
    "pappa",
    "älskling",
]

_RUNS = (
    "abcdefghijklmnopqrstuvwxyzåäö",
    "0123456789",
    "qwertyuiopå",
    "asdfghjklöä",
    "zxcvbnm",
)
_RUN_LENGTH = 4

_hasher = PasswordHasher()
_quick = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1)


@functools.cache
def _dummy() -> str:
    return _hasher.hash("the password of nobody")


def digest(password: str, *, random: bool = False) -> str:
    """argon2id, with the library's own parameters.

    Args:
        random: the password is 64 random bits or more, which nobody finds by trying: a quick digest
            does until its first use. Thirty example people took half of the first start.
    """
    return (_quick if random else _hasher).hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Compare; takes as long for somebody who has no password (or isn't there) as for others."""
    try:
        return _hasher.verify(password_hash or _dummy(), password[:LONGEST]) and bool(password_hash)
    except (VerificationError, InvalidHashError):
        return False


def needs_new_digest(password_hash: str) -> bool:
    """Was it made with weaker parameters than today's?"""
    return _hasher.check_needs_rehash(password_hash)


def faults(password: str, profile: Profile) -> list[str]:
    """What makes `password` unusable under the profile (5-e): whole sentences, [] if nothing."""
    found = []
    if len(password) < profile.password_min:
        found.append(
            ngettext(
                "Skriv minst %(num)s tecken.", "Skriv minst %(num)s tecken.", profile.password_min
            )
        )
    if len(password) > LONGEST:
        found.append(_("Skriv högst %(n)s tecken.", n=LONGEST))
    asked = {
        "upper": (any(c.isupper() for c in password), _("Ta med en stor bokstav.")),
        "lower": (any(c.islower() for c in password), _("Ta med en liten bokstav.")),
        "digit": (any(c.isdigit() for c in password), _("Ta med en siffra.")),
        "other": (any(not c.isalnum() for c in password), _("Ta med ett annat tecken, som ! ? -")),
    }
    for kind in profile.password_classes:
        there, sentence = asked[kind]
        if not there:
            found.append(sentence)
    return found


def advice(password: str, profile: Profile, *, name: str, email: str) -> list[str]:
    """What `password` should rather not have in it (5-f). Advice only: it doesn't block."""
    low = password.casefold()
    both = (low, low[::-1])
    found = []
    names = f"{name} {email.partition('@')[0]}".casefold()
    own = [part for part in re.split(r"[\W_]+", names) if len(part) >= 3]
    if any(part in text for part in own for text in both):
        found.append(_("Lösenordet innehåller ditt namn eller din e-postadress."))
    place = [w for w in profile.municipality.casefold().split() if w not in ("kommun", "stad")]
    if any(word in text for word in place for text in both):
        found.append(_("Lösenordet innehåller kommunens namn."))
    if any(word in text for word in COMMON_WORDS for text in both):
        found.append(_("Lösenordet innehåller ett vanligt ord."))
    if any(_has_run(text) for text in both):
        found.append(_("Lösenordet innehåller en följd, som 1234 eller abcd."))
    if re.search(r"(19|20)\d\d", low):
        found.append(_("Lösenordet innehåller ett årtal."))
    return found


def _has_run(text: str) -> bool:
    for run in _RUNS:
        for i in range(len(run) - _RUN_LENGTH + 1):
            if run[i : i + _RUN_LENGTH] in text:
                return True
    return re.search(r"(.)\1{3}", text) is not None
