"""What a start page shows, in the reader's language."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from console.site.start_page_rules import Shows


def says(one: Any) -> str:
    """As a heading, without a full stop.

    Args:
        one: has shows, shown_number and number, as `StartPageEvent` does.
    """
    match Shows(one.shows):
        case Shows.CURRENT:
            return _("Startsidan visar det som gäller")
        case Shows.OLDER if one.shown_number:
            return _(
                "Startsidan visar fortfarande uppdatering %(old)s (nu gäller %(new)s)",
                old=one.shown_number,
                new=one.number,
            )
        case Shows.OLDER:
            return _("Startsidan nämner händelsen men inte uppdatering %(new)s", new=one.number)
        case Shows.NOTHING:
            return _("Startsidan säger inget om händelsen")
        case Shows.UNREACHABLE:
            return _("Startsidan går inte att nå")
