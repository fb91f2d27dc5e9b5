"""What the search of messages and the handing-out of one ask for."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, Form, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from console.web.fields import LongSelectField


class DayField(DateField):
    """A day that may be left out: browsers then send an empty text, not nothing."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata([one for one in valuelist if one.strip()])


class FindForm(Form):
    """Narrows the search; sent by GET."""

    words = StringField(_l("Ord"))
    event = SelectField(_l("Händelse"), validate_choice=False)
    account = LongSelectField(_l("Konto"), validate_choice=False)
    since = DayField(_l("Från och med"))
    until = DayField(_l("Till och med"))
    record = StringField(_l("Handlingens nummer"))


class HandOutForm(FlaskForm):
    masked = RadioField(
        _l("Vilken kopia?"),
        choices=[
            SelectChoice("y", _l("Maskerad: utan namn på personer")),
            SelectChoice("n", _l("Hel: med namn och kontonas svar")),
        ],
        default="y",
        validate_choice=False,
    )
    to = StringField(
        _l("Till vem?"),
        description=_l("Lämna tomt om den som frågar inte vill säga vem den är."),
    )
    reason = TextAreaField(
        _l("Varför?"),
        description=_l("Ingen måste säga varför. Fråga bara om du måste pröva sekretess."),
    )
