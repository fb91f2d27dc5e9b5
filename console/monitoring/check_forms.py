"""What the pages about looking at accounts ask for."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, Form, StringField, TextAreaField


class CheckForm(FlaskForm):
    note = TextAreaField(_l("Vad såg du?"))


class PeriodForm(Form):
    """Narrows the proof to some days; sent by GET."""

    first = DateField(_l("Från och med"), default=None)
    last = DateField(_l("Till och med"), default=None)


class FindForm(Form):
    """Narrows the list; sent by GET."""

    words = StringField(_l("Sök"))
