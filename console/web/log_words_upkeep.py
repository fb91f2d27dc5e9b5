"""The log's sentences about platforms, profiles, log-out habits, consents and attacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from console.accounts.rules import platform_name
from console.upkeep.rules import ITEM_LABELS, TROUBLE_LABELS, Found, Item, Trouble
from console.web.log_names import Names, Say


def _assessed(facts: Mapping[str, Any], names: Names) -> str:
    name = platform_name(facts["platform"])
    if facts["affects"]:
        return _("Bedömde %(name)s: vi ansvarar också för besökares inlägg.", name=name)
    return _("Bedömde %(name)s: vi ansvarar bara för våra egna inlägg.", name=name)


def _checked(facts: Mapping[str, Any], names: Names) -> str:
    lacks = sum(found == Found.MISSING for found in facts["items"].values())
    name = names.account(facts)
    if not lacks:
        return _("%(name)s: kontrollerade profilen. Allt fanns.", name=name)
    return ngettext(
        "%(name)s: kontrollerade profilen. %(num)d uppgift saknas.",
        "%(name)s: kontrollerade profilen. %(num)d uppgifter saknas.",
        lacks,
        name=name,
    )


def _reported(facts: Mapping[str, Any], names: Names) -> str:
    what = str(TROUBLE_LABELS[Trouble(facts["trouble"])]).lower()
    return _("%(name)s: antecknade %(what)s.", name=names.account(facts), what=what)


def _of(template: Callable[[str], str]) -> Say:
    return lambda facts, names: template(names.account(facts))


SENTENCES: dict[str, Say] = {
    "platform:added": lambda f, n: _(
        "Lade till plattformen %(name)s.", name=platform_name(f["platform"])
    ),
    "platform:assessed": _assessed,
    "profile:checked": _checked,
    "profile:item:mended": lambda f, n: _(
        "%(name)s: finns nu i profilen: %(item)s.",
        name=n.account(f),
        item=str(ITEM_LABELS[Item(f["item"])]).lower(),
    ),
    "logout:confirmed": _of(
        lambda name: _("%(name)s: bekräftade att hen loggar ut och inte delar.", name=name)
    ),
    "account:dialogue:described": _of(
        lambda name: _("%(name)s: skrev in dialog och avsändare.", name=name)
    ),
    "consent:recorded": lambda f, n: (
        _("%(name)s: antecknade ett fotosamtycke.", name=n.account(f))
        if f["given_on"]
        else _("%(name)s: antecknade en bild utan samtycke.", name=n.account(f))
    ),
    "consent:given": _of(lambda name: _("%(name)s: skrev in ett fotosamtycke.", name=name)),
    "consent:withdrawn": _of(lambda name: _("%(name)s: återkallade ett fotosamtycke.", name=name)),
    "consent:photo:removed": _of(
        lambda name: _("%(name)s: bekräftade att en bild är nere.", name=name)
    ),
    "security:reported": _reported,
    "security:settled": _of(
        lambda name: _("%(name)s: skrev vad som gjordes åt en anteckning.", name=name)
    ),
}
