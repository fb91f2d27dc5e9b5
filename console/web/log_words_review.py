"""Sentences of the log about exports of the timeline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from console.review.evaluation_rules import KIND_LABELS, Kind
from console.web.log_names import Names, Say


def _remark(facts: Mapping[str, Any], names: Names) -> str:
    text = facts.get("content") or _("Texten är maskerad.")
    return f"{KIND_LABELS[Kind(facts['kind'])]}: {text}"


def _measure(facts: Mapping[str, Any], names: Names) -> str:
    return _(
        "Beslutade en åtgärd för %(who)s, klar senast %(day)s: %(what)s",
        who=names.people.get(facts["owner"], "?"),
        day=facts["due"],
        what=facts.get("content") or _("Texten är maskerad."),
    )


def _handed(facts: Mapping[str, Any]) -> str:
    to, why = facts.get("to"), facts.get("reason")
    return (" " + _("Till %(who)s.", who=to) if to else "") + (f" {why}" if why else "")


SENTENCES: dict[str, Say] = {
    "export:asked": lambda f, n: (
        _("Begärde en maskerad kopia av tidslinjen.")
        if f["masked"]
        else _("Begärde en export av tidslinjen.")
    ),
    "export:made": lambda f, n: _(
        "Exporten är klar: %(n)s poster, kontrollsumma %(sum)s.", n=f["entries"], sum=f["sha256"]
    ),
    "export:failed": lambda f, n: _("Exporten gick inte att göra."),
    "evaluation:remark:written": _remark,
    "evaluation:measure:decided": _measure,
    "evaluation:measure:moved": lambda f, n: _(
        "Ändrade en åtgärd: %(who)s, klar senast %(day)s.",
        who=n.people.get(f["owner"], "?"),
        day=f["due"],
    ),
    "evaluation:measure:done": lambda f, n: _(
        "En åtgärd är klar: %(what)s", what=f.get("content") or _("Texten är maskerad.")
    ),
    "evaluation:closed": lambda f, n: _(
        "Avslutade utvärderingen: %(what)s", what=f.get("content") or _("Texten är maskerad.")
    ),
    "site:pages:served": lambda f, n: _(
        "Webbplatsens sida ändrades (%(languages)s).",
        languages=", ".join(one["language"] for one in f["pages"]),
    ),
    "record:handed_out": lambda f, n: (
        (
            _("Lämnade ut handling %(n)s, maskerad.", n=f["record"])
            if f["masked"]
            else _("Lämnade ut handling %(n)s, hel.", n=f["record"])
        )
        + _handed(f)
    ),
    "timeline:exported": lambda f, n: _("Tidslinjen exporterades från kommandoraden."),
}
