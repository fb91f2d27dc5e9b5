"""Form fields that browsers fill in ways of their own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup, escape
from sqlalchemy.orm import Session
from wtforms import DateTimeLocalField, SelectField
from wtforms.fields import SelectChoice
from wtforms.fields.choices import Choice
from wtforms.widgets import Select, TextInput

from console.people import choosing
from console.people.choosing import Offer
from console.phrases import STOCKHOLM


class MomentField(DateTimeLocalField):
    """A day and a clock time that may be left out: browsers then send an empty text, not nothing.

    `data` is as written, without a zone; None: left out. What can't be read is in `process_errors`.
    """

    @property
    def moment(self) -> datetime | None:
        """The time as it was written in Sweden, in UTC."""
        local: datetime | None = self.data
        return None if local is None else local.replace(tzinfo=STOCKHOLM).astimezone(UTC)

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        super().process_formdata([one for one in valuelist if str(one).strip()])


class _PlainOptions(Select):
    """Options of a value and a label. WTForms' own can have any attributes: writing a thousand of
    those took longer than all else on their page."""

    @classmethod
    def render_option(cls, choice: Choice, **kwargs: Any) -> Markup:
        selected = " selected" if choice.selected else ""
        return Markup(
            f'<option{selected} value="{escape(choice.value)}">{escape(choice.label)}</option>'
        )


class LongSelectField(SelectField):
    """A choice among very many, as all accounts of a municipality; no choice has attributes."""

    widget = _PlainOptions()


class PersonField(SelectField):
    """A person: chosen from a list, or typed where there are too many for one (`choosing`). `data`
    is a person's number as text, or the value of a fixed choice, once it is resolved."""

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, validate_choice=False, **kwargs)
        self._known: dict[str, str] = {}

    def offer(self, offer: Offer, *fixed: SelectChoice) -> None:
        """
        Args:
            fixed: choices that are nobody, as "Ingen än"; typed by their words.
        """
        people = [SelectChoice(str(one.id), one.name) for one in offer.people]
        self.choices = [*fixed, *people]
        self._known = {str(one.id): str(one) for one in offer.people}
        self._known |= {str(one.value): str(one.label) for one in fixed if one.value}
        if offer.many:
            self.widget = TextInput()  # type: ignore[assignment]
            words = ", ".join(str(one.label) for one in fixed if one.value)
            self.description = _("Skriv namnet eller e-postadressen.")
            if words:
                self.description += " " + _("Annars: %(words)s.", words=words)

    def resolve(self, session: Session, field: str = "", *fixed: SelectChoice) -> None:
        """Turn what was typed into a person's number.

        Args:
            field: named by a refusal; "": this one.
            fixed: as for `offer`.

        Raises:
            BadInput: nobody is called that, or several are.
        """
        typed = " ".join((self.data or "").split())
        for one in fixed:
            if typed.casefold() == str(one.label).casefold():
                typed = str(one.value)
        number = choosing.chosen(session, typed, field or self.short_name)
        self.data = "" if number is None else str(number)

    def _value(self) -> str:
        return self._known.get(self.data or "", self.data or "")
