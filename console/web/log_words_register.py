"""Sentences of the log about the register and its files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext as _

SENTENCES: dict[str, Callable[[Mapping[str, Any], Any], str]] = {
    "register:imported": lambda f, n: _(
        "Hämtade in konton från en fil: %(new)s nya, %(changed)s ändrade, %(refused)s togs inte "
        "med.",
        new=f["created"],
        changed=f["changed"],
        refused=f["refused"],
    ),
    "account:described": lambda f, n: _("Ändrade kontots uppgifter."),
}
