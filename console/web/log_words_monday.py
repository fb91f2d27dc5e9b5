"""What the log says of Monday's mail."""

from __future__ import annotations

from flask_babel import gettext as _

from console.messages.reasons import said
from console.web.log_names import Say

SENTENCES: dict[str, Say] = {
    "monday:written": lambda f, n: _("Måndagens mejl är skrivet."),
    "monday:sent": lambda f, n: _("Måndagens mejl är skickat."),
    "monday:failed": lambda f, n: _("Måndagens mejl gick inte fram: %(d)s.", d=said(f["detail"])),
    "monday:unknown": lambda f, n: _("Det är oklart om måndagens mejl gick fram."),
}
