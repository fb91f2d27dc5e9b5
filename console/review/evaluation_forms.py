"""What the pages of an evaluation ask for. What may be said is judged by the operations, once.

Several stand on one page: what is called the same in two has an id of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, SelectField, TextAreaField
from wtforms.fields import SelectChoice

from console.people.choosing import Offer
from console.review.evaluation_models import Remark
from console.web.fields import MomentField, PersonField

SHORT = 60
"""Characters of a text in a list to choose from."""
NONE = SelectChoice("", _l("Ingen särskild"))


class ObservationForm(FlaskForm):
    content = TextAreaField(_l("Vad såg du?"), id="saw")
    at = MomentField(_l("När var det?"), id="saw-at")
    entry = HiddenField()


class LessonForm(FlaskForm):
    content = TextAreaField(_l("Vad lär vi oss?"), id="learnt")
    about = SelectField(_l("Av vilken iakttagelse?"), validate_choice=False)

    def offer(self, observations: Sequence[Remark]) -> None:
        self.about.choices = _choices(observations)


class MeasureForm(FlaskForm):
    content = TextAreaField(_l("Vad ska göras?"), id="todo")
    owner = PersonField(_l("Vem ansvarar?"))
    due = DateField(_l("Senast"))
    lesson = SelectField(_l("Av vilken lärdom?"), validate_choice=False)

    def offer(self, offer: Offer, lessons: Sequence[Remark]) -> None:
        self.owner.offer(offer, SelectChoice("", _l("Välj")))
        self.lesson.choices = _choices(lessons)


class CommentForm(FlaskForm):
    content = TextAreaField(_l("Kommentar"))


class CloseForm(FlaskForm):
    summary = TextAreaField(_l("Vad har vi lärt oss, i korthet?"))


class DoneForm(FlaskForm):
    outcome = TextAreaField(_l("Vad gjordes?"))


class MoveForm(FlaskForm):
    owner = PersonField(_l("Vem ansvarar?"))
    due = DateField(_l("Senast"))


def _choices(remarks: Sequence[Remark]) -> list[SelectChoice]:
    return [NONE, *(SelectChoice(str(one.id), _short(one.content)) for one in remarks)]


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= SHORT else text[: SHORT - 1] + "…"


def number(text: str | None) -> int | None:
    """A number as a form gives it; None: none, or no number."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
