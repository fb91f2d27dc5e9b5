"""The log's sentences about sources, and about items of the inbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from channels.feeds.items import SENTENCES as TROUBLES
from channels.feeds.items import Trouble
from console import phrases
from console.monitoring.item_rules import LABELS
from console.web.log_names import Names, Say


def _moved(facts: Mapping[str, Any], names: Names) -> str:
    state = LABELS[facts["after"]]
    to = names.people.get(facts.get("to") or 0, "")
    note = phrases.sentence(facts.get("note") or "")
    if to:
        return _("Inkorgen: skickat vidare till %(who)s. %(note)s", who=to, note=note).rstrip()
    return _("Inkorgen: %(state)s. %(note)s", state=state, note=note).rstrip()


SENTENCES: dict[str, Say] = {
    "feed:followed": lambda f, n: _("Började läsa källan %(name)s.", name=f["name"]),
    "feed:stopped": lambda f, n: _("Slutade läsa källan %(name)s.", name=f["name"]),
    "feed:moved": lambda f, n: _("Källan %(name)s har flyttat.", name=f["name"]),
    "feed:broke": lambda f, n: _(
        "Källan %(name)s går inte att läsa. %(why)s",
        name=f["name"],
        why=_(TROUBLES[Trouble(f["trouble"])]),
    ),
    "feed:mended": lambda f, n: _("Källan %(name)s går att läsa igen.", name=f["name"]),
    "item:added": lambda f, n: _("Inkorgen: antecknade något."),
    "item:state:changed": _moved,
    "item:rumour:made": lambda f, n: _("Inkorgen: gjorde ett rykte av något."),
}
