"""What the pages about absences ask for. What may be said is judged by the operations, once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import (
    DateField,
    FileField,
    Form,
    HiddenField,
    IntegerField,
    SelectMultipleField,
    StringField,
)
from wtforms.fields import SelectChoice

from console.accounts.absences import Wanted
from console.accounts.coverage_rules import Span
from console.accounts.models import Account
from console.errors import BadInput, Faults
from console.people import choosing
from console.people.choosing import Offer
from console.web.fields import PersonField

NOBODY_YET = "0"


class DayField(DateField):
    """A day that may be left out: `data` is None then, and when it can't be read."""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        super().process_formdata([one for one in valuelist if str(one).strip()])


class SubstituteForm(FlaskForm):
    """Who stands in; everybody whose absence is written down has an answer to that."""

    substitute = PersonField(_("Vem ersätter?"))

    def offer(self, able: Offer, but: int, *, required: bool) -> None:
        """
        Args:
            but: the person who is away.
            required: they look after an account, so that "nobody yet" must be said.
        """
        choose = [SelectChoice("", _("Välj"))] if required else []
        self.substitute.offer(able.but(but), *choose, _nobody(required))

    def chosen(self, session: Session, *, required: bool) -> int | None:
        """
        Raises:
            BadInput: nothing is chosen, or a name that is nobody's (`substitute`).
        """
        self.substitute.resolve(session, "", _nobody(required))
        raw = self.substitute.data or ("" if required else NOBODY_YET)
        if not raw.isdecimal() or len(raw) > 18:
            raise BadInput(gettext("Välj vem som ersätter, eller Ingen än."), "substitute")
        return int(raw) or None


def _nobody(required: bool) -> SelectChoice:
    return SelectChoice(NOBODY_YET, _("Ingen än") if required else _("Behövs inte"))


class AbsenceForm(SubstituteForm):
    first_day = DayField(_("Första dagen borta"))
    last_day = DayField(_("Sista dagen borta"))
    seen = HiddenField()

    def wanted(
        self, session: Session, *, required: bool, by_account: dict[int, int] | None = None
    ) -> Wanted:
        """
        Raises:
            Faults: a day that can't be read, nobody chosen.
        """
        faults = {}
        for field, sentence in (
            (self.first_day, gettext("Skriv första dagen, som 2026-07-06.")),
            (self.last_day, gettext("Skriv sista dagen, som 2026-07-26.")),
        ):
            if field.data is None:
                faults[field.name] = sentence
        substitute = None
        try:
            substitute = self.chosen(session, required=required)
        except BadInput as error:
            faults["substitute"] = error.message
        if faults:
            for field in (self.first_day, self.last_day):
                field.process_errors = []
                field.errors = []
            raise Faults(faults)
        return Wanted(self.first_day.data, self.last_day.data, substitute, by_account)


class CalendarForm(FlaskForm):
    file = FileField(_("Kalenderfil (.ics)"))


class ImportForm(SubstituteForm):
    """The days chosen in the preview: "2026-07-06/2026-07-26"."""

    days = SelectMultipleField(_("Vilka dagar är du borta?"), validate_choice=False)
    offered = SelectMultipleField(validate_choice=False)
    """All rows of the preview, to draw it again: "2026-07-06/2026-07-26/Semester"."""

    def spans(self) -> list[Span]:
        """
        Raises:
            BadInput: none is chosen, or one can't be read (`days`).
        """
        if not self.days.data:
            raise BadInput(gettext("Välj minst en rad."), "days")
        return [_row(raw)[0] for raw in self.days.data]

    def rows(self) -> list[tuple[Span, str]]:
        """(days, title) of each offered row.

        Raises:
            BadInput: one can't be read (`days`).
        """
        return [_row(raw) for raw in self.offered.data or ()]


def _row(raw: str) -> tuple[Span, str]:
    first, _slash, rest = raw.partition("/")
    last, _slash, title = rest.partition("/")
    try:
        return Span(date.fromisoformat(first), date.fromisoformat(last)), title
    except ValueError as error:
        said = gettext("Läs in filen igen: dagarna gick inte att läsa.")
        raise BadInput(said, "days") from error


class SearchForm(Form):
    """Narrows the list of everybody's absences; sent by GET."""

    words = StringField(_("Sök namn"))
    page = IntegerField()


def accounts_named(
    session: Session, sent: dict[str, str], accounts: Sequence[Account]
) -> dict[int, int]:
    """Account → who stands in there, from the fields "account-<id>"; "" is the absence's own.

    Raises:
        BadInput: a name that is nobody's (`substitute`).
    """
    named = {}
    for account in accounts:
        number = choosing.chosen(session, sent.get(f"account-{account.id}", ""), "substitute")
        if number is not None:
            named[account.id] = number
    return named
