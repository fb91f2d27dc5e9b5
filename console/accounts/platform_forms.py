"""What the pages about platforms ask for. What may be said is judged by the operations."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, RadioField, StringField, TextAreaField
from wtforms.fields import SelectChoice


class AddForm(FlaskForm):
    name = StringField(_("Vad heter plattformen?"))


class AssessForm(FlaskForm):
    affects = RadioField(
        _("Kan vi påverka vad besökare publicerar där?"),
        choices=[
            SelectChoice("yes", _("Ja, vi kan till exempel ta bort deras inlägg")),
            SelectChoice("no", _("Nej, bara de själva och plattformen kan det")),
        ],
        validate_choice=False,
    )
    reason = TextAreaField(_("Varför bedömer ni så?"))
    decided_by = StringField(_("Vem beslutade?"))
    decided_on = DateField(_("Vilken dag?"))
