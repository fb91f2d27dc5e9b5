"""What the plan's pages ask for. What may be said is judged by the operations, once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    EmailField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.fields import SelectChoice

from console.accounts import plan_rules
from console.accounts.plan_operations import Proposal
from console.accounts.plan_rules import CHECKLIST, NO, YES, Content, Named
from console.accounts.plan_shown import named
from console.accounts.rules import platform_name
from console.errors import BadInput
from console.people.models import Person
from console.policy.values import Choice

_YES_OR_NO = [SelectChoice(YES, _("Ja")), SelectChoice(NO, _("Nej"))]


class ProposalForm(FlaskForm):
    name = StringField(_("Vad ska kontot heta?"))
    platform = SelectField(_("Plattform"), validate_choice=False)
    handle = StringField(_("Användarnamn på plattformen"))
    operation = StringField(_("Verksamhet"))
    committee = StringField(_("Nämnd"))
    address = StringField(_("Webbadress"))
    public = BooleanField(_("Kontot vänder sig till allmänheten"), default=True)
    inquiry = TextAreaField(_("Vill du fråga strategiavdelningen först?"))

    def offer(self, platforms: Sequence[str]) -> None:
        self.platform.choices = [
            SelectChoice("", _("Välj")),
            *(SelectChoice(p, platform_name(p)) for p in platforms),
        ]

    def proposal(self) -> Proposal:
        return Proposal(
            name=self.name.data or "",
            platform=self.platform.data or "",
            handle=self.handle.data or "",
            operation=self.operation.data or "",
            committee=self.committee.data or "",
            address=self.address.data or "",
            public=self.public.data,
            inquiry=self.inquiry.data or "",
        )


class InquiryForm(FlaskForm):
    fits = RadioField(_("Passar kontot?"), choices=_YES_OR_NO, validate_choice=False, default=None)
    answer = TextAreaField(_("Ditt svar"))


class ChecklistForm(FlaskForm):
    """A question and a note for each of plan_rules.CHECKLIST; see `checklist_form`."""

    def answers(self) -> dict[str, dict[str, str]]:
        return {
            key: {
                "answer": self._fields[key].data or "",
                "note": self._fields[f"note_{key}"].data or "",
            }
            for key in CHECKLIST
        }


def checklist_form(stored: Mapping[str, Mapping[str, str]]) -> ChecklistForm:
    """The form, filled with what is stored."""
    fields: dict[str, Any] = {}
    data: dict[str, str] = {}
    for key, question in CHECKLIST.items():
        fields[key] = RadioField(question, choices=_YES_OR_NO, validate_choice=False)
        fields[f"note_{key}"] = StringField(_("Kommentar"))
        data[key] = stored.get(key, {}).get("answer", "")
        data[f"note_{key}"] = stored.get(key, {}).get("note", "")
    made: ChecklistForm = type("ChecklistFormOfAll", (ChecklistForm,), fields)(data=data)
    return made


class NamedForm(Form):
    name = StringField(_("Namn"))
    email = EmailField(_("E-post"))
    phone = TelField(_("Telefon"))


class PlanForm(FlaskForm):
    edits = HiddenField()
    address = StringField(_("Webbadress"))
    purposes = SelectMultipleField(_("Varför ska kontot finnas?"), validate_choice=False)
    purpose_text = TextAreaField(_("Syftet med egna ord"))
    audience = TextAreaField(_("Vilka vill ni nå?"))
    goals = TextAreaField(_("Vad vill ni uppnå?"))
    administrators = FieldList(FormField(NamedForm), label=_("Administratörer"), max_entries=20)
    watch = TextAreaField(_("Hur ofta och vilka tider bevakas kontot?"))
    hours = StringField(_("Timmar i veckan"))
    set_aside = StringField(_("Timmar som chefen har avsatt"))

    def offer(self, purposes: Iterable[Choice], most: int) -> None:
        """Purposes to choose among, and room for as many administrators as the policy has."""
        self.purposes.choices = [SelectChoice(one.key, named(one)) for one in purposes]
        while len(self.administrators.entries) < most:
            self.administrators.append_entry()

    def content(self, known: Mapping[str, Person]) -> Content:
        """What the form says; name and telephone of known people need not be typed.

        Args:
            known: e-mail in lower case → person.

        Raises:
            BadInput: `minutes_a_week`, `minutes_set_aside`: no number.
        """
        return Content(
            address=(self.address.data or "").strip(),
            purposes=tuple(dict.fromkeys(self.purposes.data or ())),
            purpose_text=(self.purpose_text.data or "").strip(),
            audience=(self.audience.data or "").strip(),
            goals=(self.goals.data or "").strip(),
            administrators=tuple(
                _named(row.data, known)
                for row in self.administrators.entries
                if any((row.data[name] or "").strip() for name in ("name", "email", "phone"))
            ),
            watch=(self.watch.data or "").strip(),
            minutes_a_week=_minutes(self.hours.data or "", "minutes_a_week"),
            minutes_set_aside=_minutes(self.set_aside.data or "", "minutes_set_aside"),
        )


def stored(content: Content, edits: int) -> dict[str, Any]:
    """What the form shows before anybody has typed."""
    return {
        "edits": str(edits),
        "address": content.address,
        "purposes": list(content.purposes),
        "purpose_text": content.purpose_text,
        "audience": content.audience,
        "goals": content.goals,
        "administrators": [
            {"name": one.name, "email": one.email, "phone": one.phone}
            for one in content.administrators
        ],
        "watch": content.watch,
        "hours": hours(content.minutes_a_week) if content.minutes_a_week else "",
        "set_aside": hours(content.minutes_set_aside) if content.minutes_set_aside else "",
    }


def hours(minutes: int) -> str:
    """90 → "1,5"."""
    return f"{minutes / 60:.2f}".rstrip("0").rstrip(".").replace(".", ",")


class SignForm(FlaskForm):
    seen_hash = HiddenField()
    agrees = BooleanField(_("Jag godkänner den här aktiviteten"))
    title = StringField(_("Titel"))
    place = StringField(_("Ort"))
    comment = TextAreaField(_("Kommentar"))


class ReasonForm(FlaskForm):
    seen_hash = HiddenField()
    reason = TextAreaField(_("Varför?"))


class EndForm(FlaskForm):
    reason = TextAreaField(_("Varför avslutar ni kontot?"))
    snapshot = StringField(_("Var finns den sista skärmdumpen?"))
    report = TextAreaField(_("Slutrapport"))


def _named(typed: Mapping[str, str | None], known: Mapping[str, Person]) -> Named:
    name, email, phone = ((typed[key] or "").strip() for key in ("name", "email", "phone"))
    person = known.get(email.casefold())
    if person is not None:
        name, phone = name or person.name, phone or person.phone
    return Named(name, email, phone)


def _minutes(typed: str, name: str) -> int:
    typed = typed.strip().replace(",", ".")
    if not typed:
        return 0
    try:
        value = float(typed)
        minutes = round(value * 60)
    except (ValueError, OverflowError):
        minutes = -1
    if not 0 <= minutes <= plan_rules.MOST_MINUTES:
        raise BadInput(gettext("Skriv timmar i veckan, till exempel 3 eller 1,5."), name)
    return minutes
