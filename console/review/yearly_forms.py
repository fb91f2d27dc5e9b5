"""What the pages of yearly reports ask for. What may be said is judged by the operations, once."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Form, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from console.errors import Faults
from console.review.yearly_rules import (
    GOAL_LABELS,
    LATE,
    STATE_LABELS,
    STEP_LABELS,
)

DIGITS = 9


class NarrowForm(Form):
    """Narrows the list; sent by GET."""

    year = SelectField(_l("År"), validate_choice=False)
    state = SelectField(_l("Visa"), validate_choice=False)

    def offer(self, years: Sequence[int]) -> None:
        self.year.choices = [
            SelectChoice("", _("Alla år")),
            *(SelectChoice(str(one), str(one)) for one in years),
        ]
        self.state.choices = [
            SelectChoice("", _("Alla rapporter")),
            SelectChoice(LATE, _("Försenade")),
            *(SelectChoice(key.value, label) for key, label in STATE_LABELS.items()),
        ]


class WriteForm(FlaskForm):
    story = TextAreaField(_l("Vad gjorde ni, och vad gav det?"))
    followers = StringField(_l("Följare eller kontakter"))
    saved = HiddenField()
    """`yearly_rules.mark_of` what stood there when the page was drawn."""

    def number(self) -> int | None:
        """
        Raises:
            Faults: `followers` isn't a whole number.
        """
        text = "".join((self.followers.data or "").split())
        if not text:
            return None
        if not text.isascii() or not text.isdigit() or len(text) > DIGITS:
            raise Faults({"followers": _("Skriv ett tal från 0, eller lämna tomt.")})
        return int(text)


class SendForm(FlaskForm):
    seen = HiddenField()


class EvaluateForm(FlaskForm):
    goal = RadioField(
        _l("Är målet nått?"),
        choices=[SelectChoice(key.value, label) for key, label in GOAL_LABELS.items()],
        validate_choice=False,
    )
    step = RadioField(
        _l("Vad händer med kontot?"),
        choices=[SelectChoice(key.value, label) for key, label in STEP_LABELS.items()],
        validate_choice=False,
    )
    reason = TextAreaField(_l("Varför?"))


def year(text: str | None) -> int:
    """A year as an address gives it; 0: none, or no year."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) == 4 else 0
