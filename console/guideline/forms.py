"""What the guideline's pages ask for. What may be said is judged by the operations, once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    Form,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice

from console.errors import BadInput
from console.guideline.models import GuidelineVersion
from console.guideline.operations import Decision, NewVersion
from console.guideline.queries import ORDERS
from console.guideline.rules import LACK_LABELS, OUTCOME_LABELS, SIZE_LABELS

NOTHING = "nothing"
"""A directive led to no version."""


class DayField(DateField):
    """A day that may be left out: `data` is None then, and when it can't be read. The operations
    say what is wrong with it, once."""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        try:
            super().process_formdata([one for one in valuelist if str(one).strip()])
        except ValueError:
            self.data = None


class DecisionForm(FlaskForm):
    decided_on = DayField(_("Beslutets datum"))
    decision = StringField(_("Paragraf"))
    applies_from = DayField(_("Gäller från"))

    def given(self) -> Decision:
        return Decision(on=self.decided_on.data, paragraph=(self.decision.data or "").strip())


class VersionForm(DecisionForm):
    title = StringField(_("Namn"))
    address = StringField(_("Webbadress till texten"))
    size = RadioField(
        _("Hur stor är ändringen?"),
        choices=[SelectChoice(size.value, label) for size, label in SIZE_LABELS.items()],
        validate_choice=False,
        default=None,
    )
    change = TextAreaField(_("Vad är nytt?"))
    reason = TextAreaField(_("Varför?"))

    def version(self) -> NewVersion:
        return NewVersion(
            title=self.title.data or "",
            address=self.address.data or "",
            applies_from=self.applies_from.data,
            size=self.size.data or "",
            change=self.change.data or "",
            reason=self.reason.data or "",
            decision=self.given(),
        )


class ReasonForm(FlaskForm):
    reason = TextAreaField(_("Varför?"))


class ReviewForm(FlaskForm):
    outcome = RadioField(
        _("Vad kom ni fram till?"),
        choices=[SelectChoice(one.value, label) for one, label in OUTCOME_LABELS.items()],
        validate_choice=False,
        default=None,
    )
    note = TextAreaField(_("Vad såg ni?"))
    held_on = DayField(_("Dagen för översynen"))
    seen = HiddenField()


class DirectiveForm(FlaskForm):
    sender = StringField(_("Från vem?"))
    received_on = DayField(_("När kom det?"))
    subject = StringField(_("Vad gäller det?"))
    address = StringField(_("Webbadress"))


class SettleForm(FlaskForm):
    version = SelectField(_("Vad ledde det till?"), validate_choice=False)
    reason = TextAreaField(_("Kommentar"))

    def offer(self, versions: Sequence[GuidelineVersion], newest: int) -> None:
        """
        Args:
            newest: number of the version that applies: one to come has led to nothing yet.
        """
        named = [
            SelectChoice(str(one.number), gettext("Version %(n)s", n=one.number))
            for one in reversed(versions)
            if one.withdrawn_at is None and one.number <= newest
        ]
        self.version.choices = [
            SelectChoice("", _("Välj")),
            SelectChoice(NOTHING, _("Inget ändras")),
            *named,
        ]

    def number(self) -> int | None:
        """The version's; None: nothing changes.

        Raises:
            BadInput: `version`: nothing is chosen.
        """
        raw = self.version.data or ""
        if raw == NOTHING:
            return None
        if not raw.isdecimal() or len(raw) > 9:
            raise BadInput(gettext("Välj en version, eller Inget ändras."), "version")
        return int(raw)


class TrainingForm(FlaskForm):
    content = StringField(_("Vilken utbildning?"))
    held_on = DayField(_("När?"))


class SieveForm(Form):
    """Narrows the list; sent by GET."""

    words = StringField(_("Sök"))
    lacks = SelectField(_("Saknar"))
    order = SelectField(_("Sortera efter"))

    def offer(self) -> None:
        self.lacks.choices = [
            SelectChoice("", _("Alla")),
            SelectChoice("any", _("Något")),
            *(SelectChoice(lack.value, label) for lack, label in LACK_LABELS.items()),
        ]
        self.order.choices = [SelectChoice(key, label) for key, (label, _by) in ORDERS.items()]
