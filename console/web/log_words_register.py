"""Sentences of the log about the register and its files."""

from __future__ import annotations

from flask_babel import gettext as _

from console.web.log_names import Say

SENTENCES: dict[str, Say] = {
    "register:imported": lambda f, n: _(
        "Hämtade in konton från en fil: %(new)s nya, %(changed)s ändrade, %(refused)s togs inte "
        "med.",
        new=f["created"],
        changed=f["changed"],
        refused=f["refused"],
    ),
    "account:described": lambda f, n: _("Ändrade kontots uppgifter."),
}
