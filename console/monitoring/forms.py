"""What the pages about rumours ask for. What may be said is judged by the operations, once."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from console.monitoring.rules import STATE_LABELS, RumourState
from console.web.fields import MomentField


class LogForm(FlaskForm):
    content = TextAreaField(_l("Vad sägs?"), description=_l("Ordagrant, om du kan."))
    seen_where = StringField(
        _l("Var sägs det?"), description=_l("Till exempel gruppen, sidan eller skolgården.")
    )
    link = StringField(_l("Länk"))
    seen_at = MomentField(_l("När såg du det?"))
    seen_by = StringField(_l("Vem såg det?"))


class TruthForm(FlaskForm):
    truth = TextAreaField(
        _l("Vad är sant?"), description=_l("Invånarna läser det här först. Upprepa inte ryktet.")
    )
    source = StringField(_l("Hur vet vi det?"))
    verdict = RadioField(
        _l("Stämmer det som sägs?"),
        choices=[
            SelectChoice(state.value, STATE_LABELS[state])
            for state in (RumourState.FALSE, RumourState.TRUE)
        ],
        validate_choice=False,
    )


class OwnerForm(FlaskForm):
    owner = SelectField(_l("Vem sköter det?"), coerce=int, validate_choice=False)


class CloseForm(FlaskForm):
    reason = StringField(_l("Varför avslutas det utan svar?"))
