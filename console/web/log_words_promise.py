"""The log's sentences about promises of the next word."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from console import phrases
from console.web.log_names import Say


def _clock(moment: str) -> str:
    return phrases.clock(datetime.fromisoformat(moment))


def _answered(facts: Mapping[str, Any], _names: object) -> str:
    at = _clock(facts["promise"])
    return {
        "still_valid": _("Sade att det som lovades till kl %(at)s fortfarande gäller.", at=at),
        "new_word": _("Det nya beskedet kom, som lovat till kl %(at)s.", at=at),
        "stopped": _("Stoppade i stället för att ge beskedet kl %(at)s.", at=at),
        "unanswered": _("Ingen svarade om beskedet som lovades till kl %(at)s.", at=at),
    }[facts["answer"]]


SENTENCES: dict[str, Say] = {
    "promise:asked": lambda f, n: _(
        "Frågade vad som ska hända: nytt besked är lovat kl %(at)s.", at=_clock(f["promise"])
    ),
    "promise:answered": _answered,
    "promise:moved": lambda f, n: _(
        "Gäller fortfarande, gång %(use)s av %(of)s. Nytt besked är lovat kl %(at)s.",
        use=f["use"],
        of=f["of"],
        at=_clock(f["after"]),
    ),
    "promise:missed": lambda f, n: _(
        "Vi är sena: beskedet som lovades till kl %(at)s kom inte.", at=_clock(f["promise"])
    ),
}
