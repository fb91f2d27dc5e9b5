"""What the pages about upkeep ask for. What may be said is judged by the operations, once."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.form import Form

from console.errors import BadInput
from console.upkeep.rules import (
    FOUND_LABELS,
    ITEM_LABELS,
    SENDER_LABELS,
    TROUBLE_LABELS,
    Item,
)

_YES_OR_NO = [SelectChoice("yes", _("Ja")), SelectChoice("no", _("Nej"))]
YES_OR_NO = {"yes": True, "no": False}


class EvidenceForm(FlaskForm):
    """The item fields are added by `check_form`."""

    evidence = StringField(_("Vad tittade du på?"))


def check_form() -> type[EvidenceForm]:
    """A form with an answer and a note for each item of a profile."""
    fields: dict[str, Any] = {}
    for item in Item:
        fields[f"found_{item}"] = RadioField(
            ITEM_LABELS[item],
            choices=[SelectChoice(one.value, label) for one, label in FOUND_LABELS.items()],
            validate_choice=False,
        )
        fields[f"note_{item}"] = StringField(_("Anteckning"))
    return type("CheckForm", (EvidenceForm,), fields)


FIELD_NAMES = {item.value: f"found_{item}" for item in Item}
"""The operation's name for an item → the form's field."""


def answers(form: FlaskForm) -> dict[str, tuple[str, str]]:
    """What a `check_form` says: item → (found, note)."""
    return {
        item.value: (form[f"found_{item}"].data or "", form[f"note_{item}"].data or "")
        for item in Item
    }


class MendForm(FlaskForm):
    note = StringField(_("Var står det nu?"))


class DialogueForm(FlaskForm):
    comments_open = RadioField(
        _("Kan allmänheten kommentera eller skriva till kontot?"),
        choices=_YES_OR_NO,
        validate_choice=False,
    )
    answers_given = RadioField(_("Svarar ni?"), choices=_YES_OR_NO, validate_choice=False)
    sender = RadioField(
        _("Vad står bakom kontot?"),
        choices=[SelectChoice(one.value, label) for one, label in SENDER_LABELS.items()],
        validate_choice=False,
    )


class SearchForm(Form):
    words = StringField(_("Sök"))


class PhotoForm(FlaskForm):
    photo = StringField(_("Vilken bild?"))
    who = StringField(_("Vem har samtyckt?"))
    scope = StringField(_("Vad gäller samtycket?"))
    given_on = DateField(_("Vilken dag gavs det?"))

    def day(self) -> date | None:
        """The day of the consent; None: there is none yet.

        Raises:
            BadInput: something is written that is no day, and isn't to be taken for no consent.
        """
        written = "".join(self.given_on.raw_data or [])
        if self.given_on.data is None and written.strip():
            raise BadInput(str(_("Skriv dagen som år-månad-dag, eller lämna tomt.")), "given_on")
        day: date | None = self.given_on.data
        return day


class ReportForm(FlaskForm):
    trouble = SelectField(
        _("Vad har hänt?"),
        choices=[SelectChoice(one.value, label) for one, label in TROUBLE_LABELS.items()],
        validate_choice=False,
    )
    what = TextAreaField(_("Beskriv det"))
    happened_on = DateField(_("Vilken dag?"))
    done = TextAreaField(_("Vad gjorde ni åt det?"))


class SettleForm(FlaskForm):
    done = TextAreaField(_("Vad gjorde ni åt det?"))
