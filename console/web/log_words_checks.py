"""The log's sentences about how accounts are looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from console import phrases
from console.web.log_names import Names, Say


def _made(facts: Mapping[str, Any], names: Names) -> str:
    note = phrases.sentence(facts.get("note") or "")
    if facts["how"] == "inbox":
        return _("%(name)s: läste i inkorgen.", name=names.account(facts))
    return _("%(name)s: kontrollerat. %(note)s", name=names.account(facts), note=note).rstrip()


def _missed(facts: Mapping[str, Any], names: Names) -> str:
    return _(
        "%(name)s: bevakades %(made)s av %(asked)s veckan som började %(day)s.",
        name=names.account(facts),
        made=facts["made"],
        asked=facts["asked"],
        day=facts["week"],
    )


SENTENCES: dict[str, Say] = {
    "check:made": _made,
    "check:week:missed": _missed,
}
