"""The register as a table: its columns, a row read into an entry's fields, an account written as a
row. The same words both ways, always in Swedish, so that an export imports back unchanged. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parseaddr
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from channels.platforms import PLATFORMS, Repeat
from console.accounts.models import Account
from console.accounts.rules import State
from console.accounts.sheets import Table
from console.errors import BadInput, Faults

COLUMNS: dict[str, tuple[str, LazyString]] = {
    "name": ("Namn", _l("Namn")),
    "short_name": ("Kortnamn", _l("Kortnamn")),
    "platform": ("Plattform", _l("Plattform")),
    "handle": ("Konto", _l("Konto")),
    "address": ("Webbadress", _l("Webbadress")),
    "operation": ("Verksamhet", _l("Verksamhet")),
    "committee": ("Nämnd", _l("Nämnd")),
    "administrators": ("Administratörer", _l("Administratörer")),
    "state": ("Tillstånd", _l("Tillstånd")),
    "public": ("Till allmänheten", _l("Till allmänheten")),
    "official": ("Officiell kanal", _l("Officiell kanal")),
    "languages": ("Språk", _l("Språk")),
    "repeat_rule": ("Upprepning", _l("Upprepning")),
    "kind": ("Kanal", _l("Kanal")),
}
"""Field of an entry → the file's heading, and the same in the reader's language."""
REQUIRED = ("name", "platform", "handle")
OTHER_HEADINGS = {
    "short_name": ("kort namn", "short name", "short_name"),
    "name": ("kontonamn", "name", "konto, namn"),
    "platform": ("platform", "kanal/plattform", "medium"),
    "handle": ("handle", "användarnamn", "kontots namn på plattformen"),
    "address": ("adress", "address", "länk", "url"),
    "operation": ("operation", "enhet"),
    "committee": ("committee", "ansvarig nämnd"),
    "administrators": ("administrators", "administratör", "kontoadministratörer"),
    "state": ("state", "status", "läge"),
    "public": ("public", "publikt"),
    "official": ("official",),
    "languages": ("languages", "language"),
    "repeat_rule": ("repeat_rule",),
    "kind": ("kind",),
}
"""What other registers call the columns, in lower case."""
_FLAGS = {"ja": True, "nej": False, "yes": True, "no": False, "x": True, "true": True,
          "false": False, "1": True, "0": False}  # fmt: skip
_REPEATS = {"varje omgång": Repeat.EVERY, "bara de viktigaste beskeden": Repeat.KEY_MOMENTS}
_STATES = {
    State.NOTIFIED: "anmäld",
    State.PLANNING: "handlingsplan",
    State.SIGNING: "signaturer",
    State.CUSTODY: "kuvert",
    State.ACTIVE: "aktiv",
    State.PAUSED: "vilande",
    State.ENDED: "avslutad",
}
_FIELD_OF = {heading.casefold(): field for field, (heading, _label) in COLUMNS.items()} | {
    other: field for field, others in OTHER_HEADINGS.items() for other in others
}


def fields_of(table: Table) -> tuple[str, ...]:
    """The entry's field of each column, in order.

    Raises:
        BadInput: a heading isn't known, stands twice, or one that must be there isn't.
    """
    fields: list[str] = []
    for heading in table.head:
        field = _FIELD_OF.get(" ".join(heading.split()).casefold())
        if field is None:
            known = ", ".join(heading for heading, _label in COLUMNS.values())
            raise BadInput(
                _(
                    "Kolumnen ”%(name)s” finns inte. Ta bort den, eller kalla den något av: "
                    "%(known)s.",
                    name=heading[:60],
                    known=known,
                ),
                "file",
            )
        if field in fields:
            raise BadInput(_("Kolumnen ”%(name)s” står två gånger.", name=heading[:60]), "file")
        fields.append(field)
    for field in REQUIRED:
        if field not in fields:
            raise BadInput(_("Kolumnen ”%(name)s” saknas.", name=COLUMNS[field][0]), "file")
    return tuple(fields)


def raw(cells: Mapping[str, str]) -> dict[str, Any]:
    """What `entries.parse` reads, of a row's cells by field; an empty cell is left out.

    Raises:
        Faults: field → sentence, for cells that aren't written as the column asks.
    """
    found: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for field, text in cells.items():
        if not text:
            continue
        if field in ("public", "official"):
            if text.casefold() in _FLAGS:
                found[field] = _FLAGS[text.casefold()]
            else:
                faults[field] = _("Skriv ja eller nej.")
        elif field == "languages":
            found[field] = [code for code in re.split(r"[,;\s]+", text.casefold()) if code]
        elif field == "repeat_rule":
            found[field] = str(_REPEATS.get(text.casefold(), text.casefold()))
        elif field == "administrators":
            found[field] = [_person(one) for one in re.split(r"[,;\n]", text) if one.strip()]
        else:
            found[field] = text
    if faults:
        raise Faults(faults)
    return found


def row(account: Account) -> list[str]:
    """An account as the file has it, in the order of COLUMNS."""
    values = {
        "name": account.name,
        "short_name": account.short_name,
        "platform": PLATFORMS[account.platform].name,
        "handle": account.handle,
        "address": account.address,
        "operation": account.operation,
        "committee": account.committee,
        "administrators": ", ".join(one.person.email for one in account.administrators),
        "state": _STATES[State(account.state)],
        "public": "ja" if account.public else "nej",
        "official": "ja" if account.official else "nej",
        "languages": ", ".join(account.languages),
        "repeat_rule": next(word for word, rule in _REPEATS.items() if rule == account.repeat_rule),
        "kind": account.kind,
    }
    return [values[field] for field in COLUMNS]


def headings() -> list[str]:
    return [heading for heading, _label in COLUMNS.values()]


def _person(text: str) -> dict[str, str]:
    """Anna Ek <anna@torsby.se>, or the address alone."""
    name, address = parseaddr(text.strip())
    return {"email": address or text.strip(), "name": name}
