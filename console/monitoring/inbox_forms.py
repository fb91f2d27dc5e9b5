"""What the inbox, its questions and moderation ask for."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    FileField,
    Form,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice

from console.monitoring.moderation_rules import MEASURE_LABELS, TOLD_LABELS
from console.monitoring.question_rules import SENT_AS_LABELS
from console.web.fields import LongSelectField, MomentField, PersonField

PICTURE = _l("JPEG, PNG eller WebP, högst 10 MB.")


def _choices(labels: Mapping[str, LazyString]) -> list[SelectChoice]:
    return [SelectChoice(key, text) for key, text in labels.items()]


class FindForm(Form):
    """Narrows the inbox; sent by GET."""

    words = StringField(_l("Sök"))
    show = SelectField(
        _l("Visa"),
        choices=[
            SelectChoice("open", _l("Att hantera")),
            SelectChoice("all", _l("Allt")),
            SelectChoice("watched", _l("Bevakade ord")),
            SelectChoice("alerts", _l("Varningar")),
        ],
        validate_choice=False,
    )
    account = LongSelectField(_l("Konto"), validate_choice=False)


class NewForm(FlaskForm):
    """Something seen where no feed reaches."""

    account = LongSelectField(_l("På vilket konto?"), validate_choice=False)
    title = StringField(_l("Var såg du det?"))
    content = TextAreaField(_l("Vad står det?"))
    link = StringField(_l("Länk"))
    at = MomentField(_l("När skrevs det?"))
    file = FileField(_l("Skärmbild"), description=PICTURE)


class MoveForm(FlaskForm):
    """A move that asks for nothing more."""

    note = StringField()


class ForwardForm(FlaskForm):
    to = PersonField(_l("Till vem?"))
    sent_as = SelectField(
        _l("Vad ska kollegan göra?"),
        choices=_choices(SENT_AS_LABELS),
        validate_choice=False,
    )
    note = TextAreaField(_l("Vad ska kollegan veta?"), id="forward-note")


class ReplyForm(FlaskForm):
    """What a colleague knows."""

    text = TextAreaField(_l("Vad är svaret?"), id="reply")


class AnswerForm(FlaskForm):
    """The answer, once it is given where the question stands."""

    text = TextAreaField(_l("Vad svarade ni?"), id="answer")
    link = StringField(_l("Länk till svaret"), id="answer-link")
    at = MomentField(_l("När svarade ni?"), id="answer-at")
    follow_up_on = DateField(_l("Följ upp den"), id="follow-up")


class CaptureForm(FlaskForm):
    file = FileField(_l("Skärmbild"), description=PICTURE, id="capture-file")


class DecideForm(FlaskForm):
    ground = SelectField(_l("Skäl"), validate_choice=False)
    measure = RadioField(
        _l("Vad ska göras?"), choices=_choices(MEASURE_LABELS), validate_choice=False
    )
    committee = SelectField(_l("Ska det diarieföras först?"), validate_choice=False)
    reason = TextAreaField(_l("Varför?"))


class KeepForm(FlaskForm):
    reason = TextAreaField(_l("Varför får det stå kvar?"), id="keep-reason")


class NumberForm(FlaskForm):
    number = StringField(_l("Diarienummer"))


class TellForm(FlaskForm):
    text = TextAreaField(_l("Besked till den som skrev"), id="told")
    how = RadioField(
        _l("Hur gav ni beskedet?"), choices=_choices(TOLD_LABELS), validate_choice=False
    )


class RumourForm(FlaskForm):
    event = SelectField(_l("I vilken händelse?"), validate_choice=False)
