"""The log's sentences about errors that are out, and posts that are deleted or pinned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from console.messages import labels
from console.web.log_names import Say


def _pressed(facts: Mapping[str, Any], _names: object) -> str:
    said = _("Fel ute på handling %(record)s. %(stopped)s inlägg stoppade.",
             record=facts["record"], stopped=facts["stopped"])  # fmt: skip
    if facts["under_way"]:
        said += " " + _("%(n)s var redan på väg.", n=facts["under_way"])
    return str(said)


def _ground(facts: Mapping[str, Any]) -> str:
    return str(labels.GROUNDS[facts["ground"]])


SENTENCES: dict[str, Say] = {
    "fault:pressed": _pressed,
    "fault:withdrawn": lambda f, n: _("Tog tillbaka Fel ute. Texten gäller."),
    "correction:extended": lambda f, n: ngettext(
        "Rättar %(num)s inlägg som visade sig vara ute.",
        "Rättar %(num)s inlägg som visade sig vara ute.",
        f["posts"],
    ),
    "delivery:handed": lambda f, n: _("%(name)s: rättas för hand.", name=n.account(f)),
    "removal:asked": lambda f, n: _(
        "Vill ta bort %(n)s inlägg. Grund: %(ground)s.", n=len(f["posts"]), ground=_ground(f)
    ),
    "removal:agreed": lambda f, n: _("Beslutade att ta bort inläggen. Grund: %(ground)s.",
                                     ground=_ground(f)),
    "removal:declined": lambda f, n: _("Beslutade att inläggen står kvar."),
    "removal:post:gone": lambda f, n: _("%(name)s: inlägget är borttaget.", name=n.account(f)),
    "removal:post:refused": lambda f, n: _(
        "%(name)s: inlägget gick inte att ta bort.", name=n.account(f)
    ),
    "pin:set": lambda f, n: _("%(name)s: inlägget är fäst överst.", name=n.account(f)),
    "pin:lifted": lambda f, n: _("%(name)s: inlägget är lossat.", name=n.account(f)),
    "pin:refused": lambda f, n: _(
        "%(name)s: inlägget är ute men gick inte att fästa.", name=n.account(f)
    ),
    "pin:by_hand": lambda f, n: _("%(name)s: inlägget ska lossas för hand.", name=n.account(f)),
    "removal:evidence:seen": lambda f, n: _("Läste beviset för ett borttaget inlägg."),
}  # fmt: skip
