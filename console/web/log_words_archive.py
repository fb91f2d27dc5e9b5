"""The log's sentences about snapshots, deliveries to archive and registry, and disposal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from console.archive.disposal_rules import MATTER_LABELS
from console.archive.rules import REASON_LABELS, Kind
from console.web.log_names import Say


def _asked(facts: Mapping[str, Any], names: Any) -> str:
    return ngettext(
        "Bad om ögonblicksbild av %(num)d konto. %(why)s.",
        "Bad om ögonblicksbilder av %(num)d konton. %(why)s.",
        len(facts["accounts"]),
        why=REASON_LABELS[facts["reason"]],
    )


def _what(facts: Mapping[str, Any], names: Any) -> str:
    if facts["kind"] == Kind.EVENT:
        return str(_("Händelsen"))
    if facts["kind"] == Kind.ACCOUNT:
        return str(_("%(name)s, handlingar", name=names.account(facts)))
    return str(_("%(name)s, ögonblicksbild", name=names.account(facts)))


def _to(facts: Mapping[str, Any], names: Any) -> str:
    return names.people.get(facts.get("to")) or str(_("arkivet"))


def _made(facts: Mapping[str, Any], names: Any) -> str:
    what, to = _what(facts, names), _to(facts, names)
    if facts.get("masked"):
        return _("%(what)s: överlämnade en maskerad kopia till %(to)s.", what=what, to=to)
    return _("%(what)s: överlämnade till %(to)s.", what=what, to=to)


def _received(facts: Mapping[str, Any], names: Any) -> str:
    if facts["number"]:
        return _("%(what)s: mottaget, med nummer %(n)s.", what=_what(facts, names),
                 n=facts["number"])  # fmt: skip
    return _("%(what)s: mottaget.", what=_what(facts, names))


def _fetched(facts: Mapping[str, Any], names: Any) -> str:
    what = _what(facts, names)
    if facts["by_link"]:
        return _("%(what)s: hämtade filen med länken.", what=what)
    return _("%(what)s: hämtade filen.", what=what)


def _rule(facts: Mapping[str, Any], names: Any) -> str:
    what = str(MATTER_LABELS[facts["matter"]]).lower()
    return _("Ny regel för gallring: %(what)s, %(decision)s.", what=what,
             decision=facts["decision"])  # fmt: skip


def _disposed(facts: Mapping[str, Any], names: Any) -> str:
    return ngettext(
        "Gallrade %(num)d post: %(what)s, enligt %(decision)s.",
        "Gallrade %(num)d poster: %(what)s, enligt %(decision)s.",
        facts["count"],
        what=str(MATTER_LABELS[facts["matter"]]).lower(),
        decision=facts["decision"],
    )


SENTENCES: dict[str, Say] = {
    "snapshot:asked": _asked,
    "snapshot:taken": lambda f, n: _("%(name)s: tog en ögonblicksbild.", name=n.account(f)),
    "archive:delivery:made": _made,
    "archive:delivery:repeated": lambda f, n: _(
        "%(what)s: skickade igen, till %(to)s.", what=_what(f, n), to=_to(f, n)
    ),
    "archive:delivery:packed": lambda f, n: _("%(what)s: paketet är klart.", what=_what(f, n)),
    "archive:delivery:failed": lambda f, n: _(
        "%(what)s: paketet gick inte att göra.", what=_what(f, n)
    ),
    "archive:delivery:expired": lambda f, n: _(
        "%(what)s: ingen hämtade paketet i tid.", what=_what(f, n)
    ),
    "archive:delivery:fetched": _fetched,
    "archive:delivery:received": _received,
    "archive:mail:sent": lambda f, n: _("Mejlade länken till %(to)s.", to=_to(f, n)),
    "archive:mail:failed": lambda f, n: _("Länken till %(to)s gick inte att mejla.", to=_to(f, n)),
    "archive:mail:unknown": lambda f, n: _("Osäkert om länken till %(to)s kom fram.", to=_to(f, n)),
    "archive:rule:made": _rule,
    "archive:rule:ended": lambda f, n: _(
        "Regeln för gallring gäller inte längre: %(decision)s.", decision=f["decision"]
    ),
    "archive:disposed": _disposed,
}
