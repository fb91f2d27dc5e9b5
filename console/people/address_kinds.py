"""The kinds of own addresses, and how what a person types becomes an apprise address. Pure."""

from __future__ import annotations

import re
from enum import StrEnum
from urllib.parse import quote, urlsplit

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from console.errors import BadInput


class AddressKind(StrEnum):
    SMS = "sms"
    NTFY = "ntfy"
    TEAMS = "teams"
    SIGNAL = "signal"
    OTHER = "other"


LABELS: dict[AddressKind, LazyString] = {
    AddressKind.SMS: _l("SMS"),
    AddressKind.NTFY: _l("ntfy"),
    AddressKind.TEAMS: _l("Teams"),
    AddressKind.SIGNAL: _l("Signal"),
    AddressKind.OTHER: _l("Annan"),
}
HINTS: dict[AddressKind, LazyString] = {
    AddressKind.SMS: _l("Ditt mobilnummer, till exempel 070-174 06 00."),
    AddressKind.NTFY: _l("Server och ämne, till exempel ntfy.sh/mitt-hemliga-amne."),
    AddressKind.TEAMS: _l("Hela adressen till ett arbetsflöde i Teams. Den börjar med https://."),
    AddressKind.SIGNAL: _l(
        "Er Signal-server, avsändare och ditt nummer: signal.kommun.se/+46101234567/+46701740600."
    ),
    AddressKind.OTHER: _l("En adress som biblioteket apprise kan läsa, till exempel gotifys://…"),
}
_WHY: dict[str, LazyString] = {
    "no_connection": _l("Servern gick inte att nå."),
    "address": _l("Adressen är inte tillåten: den leder inåt nätet eller saknar https."),
    "turned_down": _l("Tjänsten tog inte emot meddelandet. Är adress och nyckel rätt?"),
}
LENGTH = 2000
"""Characters."""
_NUMBER = re.compile(r"(?:\+|00)?[0-9]{7,15}")


def target_of(kind: str, typed: str) -> str:
    """What is kept (sealed) of what somebody typed: for SMS the number, else an apprise address.

    Raises:
        BadInput: `kind` or `address`: with what to write instead.
    """
    if kind not in list(AddressKind):
        raise BadInput(_("Välj vad det är för adress."), field="kind")
    typed = typed.strip()
    if not typed or len(typed) > LENGTH:
        raise BadInput(str(HINTS[AddressKind(kind)]), field="address")
    match AddressKind(kind):
        case AddressKind.SMS:
            return number(typed)
        case AddressKind.NTFY:
            return _server(typed, AddressKind.NTFY, "ntfys", 1)
        case AddressKind.SIGNAL:
            return _server(typed, AddressKind.SIGNAL, "signals", 2)
        case AddressKind.TEAMS:
            if not typed.startswith(("https://", "workflow://", "workflows://")):
                raise BadInput(str(HINTS[AddressKind.TEAMS]), field="address")
    return typed


def number(typed: str) -> str:
    """A telephone number as +46…; a number without a country is Swedish.

    Raises:
        BadInput: field `address`.
    """
    plain = re.sub(r"[\s().-]", "", typed)
    if not _NUMBER.fullmatch(plain):
        raise BadInput(str(HINTS[AddressKind.SMS]), field="address")
    if plain.startswith("00"):
        return "+" + plain[2:]
    return plain if plain.startswith("+") else "+46" + plain.removeprefix("0")


def wire(kind: str, target: str, sms_url: str | None) -> str:
    """The apprise address that a kept target is sent to.

    Args:
        sms_url: `Settings.sms_url`.

    Raises:
        BadInput: field `kind`: an SMS, and the installation has no SMS service.
    """
    if kind != AddressKind.SMS:
        return target
    if sms_url is None:
        raise BadInput(
            _("Sms är inte inställt. Be systemadministratören, eller välj något annat."),
            field="kind",
        )
    return sms_url.replace("{phone}", quote(target, safe="+"))


def why(detail: str) -> str:
    """What a failed message's stored detail (`channels.own_address.Outcome`) says to people."""
    return str(_WHY.get(detail.partition(":")[0], ""))


def _server(typed: str, kind: AddressKind, scheme: str, parts: int) -> str:
    """`server/one/two` with `parts` parts after the server, under apprise's name for it."""
    plain = typed.partition("://")[2] or typed
    split = urlsplit(f"//{plain}")
    words = [word for word in split.path.split("/") if word]
    if not split.hostname or len(words) != parts or any(c.isspace() for c in plain):
        raise BadInput(str(HINTS[kind]), field="address")
    return f"{scheme}://{plain.rstrip('/')}"
