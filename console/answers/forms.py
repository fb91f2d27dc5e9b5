"""What the pages about answers ask for."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField, TextAreaField


class AnswerForm(FlaskForm):
    revision = HiddenField()
    question = StringField(_l("Vad frågar man?"), description=_l("Som invånarna säger det."))
    content = TextAreaField(_l("Vad svarar vi?"), description=_l("Kort, med verbet först."))
    question_en = StringField(_l("Frågan på engelska"))
    content_en = TextAreaField(_l("Svaret på engelska"))


class ReasonForm(FlaskForm):
    reason = TextAreaField(_l("Vad behöver ändras?"))
