"""What the pages of an exercise plan ask for. What may be said the operations judge, once."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from console.accounts.models import Account
from console.accounts.rules import platform_name
from console.incidents.exercise_rules import KIND_LABELS
from console.people.choosing import Offer
from console.web.fields import PersonField

NOBODY = SelectChoice("", _l("Välj"))


class PlanForm(FlaskForm):
    name = StringField(_l("Vad heter planen?"))
    scenario = TextAreaField(_l("Vad har hänt i övningen?"))
    revision = HiddenField()


class InjectForm(FlaskForm):
    minute = StringField(
        _l("Hur många minuter efter start?"), description=_l("0 är när övningen öppnas.")
    )
    kind = SelectField(
        _l("Vad händer?"),
        choices=[
            SelectChoice("", _l("Välj")),
            *(SelectChoice(key.value, label) for key, label in KIND_LABELS.items()),
        ],
        validate_choice=False,
    )
    content = TextAreaField(
        _l("Text"),
        description=_l("Det som står i ryktet, läses upp eller förklarar vad som hände."),
    )
    place = StringField(_l("Var syns ryktet?"), description=_l("Bara för rykten."))
    account = SelectField(
        _l("Vilket konto?"),
        description=_l("För ett konto som slutar ta emot, och för rykten på ett konto."),
        validate_choice=False,
    )
    person = PersonField(_l("Vem är borta?"))
    lasts = StringField(
        _l("Hur många minuter varar det?"),
        description=_l("För konton som slutar ta emot och för den som är borta."),
    )

    def offer(self, accounts: Sequence[Account], people: Offer) -> None:
        self.account.choices = [
            NOBODY,
            *(
                SelectChoice(str(one.id), f"{one.short_name}, {platform_name(one.platform)}")
                for one in accounts
            ),
        ]
        self.person.offer(people, NOBODY)


def number(text: str | None) -> int | None:
    """A number as a form gives it; None: none, or no number."""
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
