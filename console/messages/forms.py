"""The write page's form: fields of a draft in and out, as people type them.

What can't be read is kept as it was typed, so that a half-written time survives being saved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice

from console.errors import BadInput
from console.messages import entered, labels, rules, still
from console.messages.rules import MessageType
from console.phrases import for_xml

_MOMENTS = ("first", "promise", "ends")
_EN = ("headline", "detail", "body", "wrong")


class Form(FlaskForm):
    """What is typed or pasted comes without the control characters that no text needs, and of which
    the database (NUL) and the feeds (XML 1.0) refuse some."""

    class Meta(FlaskForm.Meta):
        def bind_field(self, form: Any, unbound_field: Any, options: Any) -> Any:
            return unbound_field.bind(form=form, filters=(_plain,), **options)


def _plain(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    # DEL is the one sign that XML may hold and nobody means to write.
    return for_xml(value).replace("\x7f", "")


class WriteForm(Form):
    """Every field there is; a page shows those of its message's type."""

    revision = HiddenField()
    first_clock = StringField(
        _l("När går det ut?"), description=_l("Klockslag. Tomt: så fort texten är godkänd.")
    )
    first_day = StringField(
        _l("Dag det går ut"), description=_l("Tomt: nästa gång klockan är så mycket.")
    )
    promise_clock = StringField(
        _l("När kommer nästa besked?"), description=_l("Klockslag. Invånarna ser det.")
    )
    promise_day = StringField(
        _l("Dag för nästa besked"),
        description=_l("Tomt: nästa gång klockan är så mycket."),
    )
    every_number = StringField(_l("Hur ofta upprepas det?"))
    every_unit = SelectField(_l("Räknat i"), validate_choice=False)
    rounds = StringField(_l("Antal omgångar"), description=_l("Eller en sluttid, eller båda."))
    ends_clock = StringField(_l("Upprepas till"), description=_l("Klockslag."))
    ends_day = StringField(_l("Slutdag"), description=_l("Tomt: nästa gång klockan är så mycket."))
    still_times = SelectField(
        _l("Får vi säga Gäller fortfarande?"),
        validate_choice=False,
        description=_l("Godkänns nu. Ett tryck skickar då Inget nytt, med ett nytt löfte."),
    )
    still_minutes = StringField(
        _l("Nytt besked om så många minuter"),
        description=_l("Tomt: lika länge som till det första."),
    )
    still_line = StringField(
        _l("Egen rad i Inget nytt"), description=_l("Frivilligt. Utelämnas där den inte ryms.")
    )
    may_cut = BooleanField(_l("Korta vid en mening där texten inte ryms, med länk till webben"))
    spare_link = BooleanField()
    pin = BooleanField(_l("Fäst överst medan det gäller"))
    en_headline = StringField(_l("Uppmaning på engelska"))
    en_detail = StringField(_l("Hur gör man, på engelska"))
    en_body = TextAreaField(_l("Texten på engelska"))
    en_wrong = StringField(_l("Vad var fel i den engelska texten?"))


for _name, (_label, _help) in labels.FIELDS.items():
    _kind: type[Field] = TextAreaField if _name in labels.LONG else StringField
    setattr(WriteForm, _name, _kind(_label, description=_help))
for _name in ("first_day", "promise_day", "ends_day"):
    getattr(WriteForm, _name).kwargs["render_kw"] = {"type": "date"}
for _name in ("rounds", "every_number", "still_minutes"):
    getattr(WriteForm, _name).kwargs["render_kw"] = {"inputmode": "numeric"}


class WrongForm(WriteForm):
    """A correction: the wrong sentence is chosen among those that are out."""

    wrong = SelectField(labels.FIELDS["wrong"][0], validate_choice=False)


class ReasonForm(Form):
    reason = TextAreaField(_l("Vad behöver ändras?"))


class LinkForm(Form):
    link = StringField(
        _l("Länk till inlägget"), description=_l("Klistra in adressen. Tomt om det inte finns.")
    )


class RemovalForm(Form):
    ground = HiddenField(_l("Grund"))
    posts = HiddenField(_l("Vilka inlägg?"))
    reason = TextAreaField(
        _l("Varför?"), description=_l("Med allmänna ord. Upprepa inte uppgiften.")
    )


class CanFromForm(Form):
    can_from = StringField(
        _l("Jag kan göra det från kl"),
        description=_l("Då ser informationsenheten att ingen gör det innan. Tomt: jag gör det nu."),
    )


class EndForm(Form):
    reason = TextAreaField(_l("Varför behövs inte Läget över?"))


def shown(
    message_type: MessageType,
    fields: Mapping[str, Any],
    *,
    exercise: bool,
    sentences: Iterable[str] = (),
) -> WriteForm:
    """The form as a draft fills it (or, in a POST, as it was posted)."""
    data: dict[str, Any] = {name: fields.get(name) or "" for name in rules.fields_of(message_type)}
    for name in _MOMENTS:
        data[f"{name}_clock"], data[f"{name}_day"] = entered.shown(
            str(fields.get(f"{name}_at") or "")
        )
    data["every_number"], data["every_unit"] = entered.shown_seconds(fields.get("interval_seconds"))
    data["rounds"] = "" if fields.get("rounds") is None else str(fields["rounds"])
    data["may_cut"] = bool(fields.get("may_cut"))
    data["spare_link"] = bool(fields.get("spare_link"))
    data["pin"] = bool(fields.get("pin"))
    data["still_times"] = str(fields.get("still_times") or 0)
    data |= {name: str(fields.get(name) or "") for name in ("still_minutes", "still_line")}
    english = fields.get("en") or {}
    data |= {f"en_{name}": english.get(name, "") for name in _EN}
    is_correction = message_type is MessageType.CORRECTION
    form = (WrongForm if is_correction else WriteForm)(data=data)
    units = [("minutes", _("minuter")), ("hours", _("timmar"))]
    if exercise or data["every_unit"] == "seconds":
        units.insert(0, ("seconds", _("sekunder")))
    form.every_unit.choices = [SelectChoice(value, word) for value, word in units]
    times = range(1, still.MOST_TIMES + 1)
    form.still_times.choices = [
        SelectChoice("0", _("Nej")),
        *(SelectChoice(str(n), ngettext("%(num)s gång", "%(num)s gånger", n)) for n in times),
    ]
    if is_correction:
        known = list(dict.fromkeys([*sentences, *([data["wrong"]] if data["wrong"] else [])]))
        form.wrong.choices = [SelectChoice("", _("Välj mening")), *map(SelectChoice, known)]
    for name in rules.fields_of(message_type):
        form[name].label.text = labels.label(name, message_type)
    return form


def read(
    message_type: MessageType,
    form: WriteForm,
    standing: Iterable[int],
    posted: Mapping[str, str],
    before: Mapping[str, Any],
    now: datetime,
) -> tuple[dict[str, Any], dict[str, str]]:
    """What was typed as a draft's fields, and what can't be read: form field → sentence.

    Args:
        before: the draft's fields: a clock time without a day keeps the day it had.
        standing: ids of the instructions that apply, each asked about as `standing-<id>`.
        posted: the request's form.
    """
    faults: dict[str, str] = {}
    fields: dict[str, Any] = {}
    for name in rules.fields_of(message_type):
        text = (form[name].data or "").replace("\r\n", "\n").strip()
        if text:
            fields[name] = text
    for name in _MOMENTS if message_type is not MessageType.ALL_CLEAR else ("first",):
        if name == "ends" and message_type not in rules.REPEATING:
            continue
        at = _moment(form, name, before, now, faults)
        if at:
            fields[f"{name}_at"] = at
    if message_type in rules.REPEATING:
        _repetition(form, fields, faults)
    if form.may_cut.data:
        fields["may_cut"] = True
    if form.spare_link.data:
        fields["spare_link"] = True
    if form.pin.data:
        fields["pin"] = True
    english = {name: (form[f"en_{name}"].data or "").strip() for name in _EN}
    if message_type is not MessageType.CORRECTION:
        del english["wrong"]
    if any(english.values()):
        fields["en"] = english
    answers = {one: posted.get(f"standing-{one}") for one in standing}
    fields["ends"] = sorted(one for one, answer in answers.items() if answer == "end")
    if message_type is MessageType.CORRECTION:
        fields["stays"] = sorted(one for one, answer in answers.items() if answer == "keep")
    return fields, faults


def unanswered(
    message_type: MessageType, fields: Mapping[str, Any], standing: Iterable[int]
) -> list[int]:
    """Instructions that a correction hasn't said anything about: the writer must choose."""
    if message_type is not MessageType.CORRECTION:
        return []
    said = {*fields.get("ends", ()), *fields.get("stays", ())}
    return [one for one in standing if one not in said]


def _moment(
    form: WriteForm, name: str, before: Mapping[str, Any], now: datetime, faults: dict[str, str]
) -> str:
    clock, day = form[f"{name}_clock"].data or "", form[f"{name}_day"].data or ""
    known = str(before.get(f"{name}_at") or "")
    if known and clock.strip() and not day and entered.shown(known)[0] == clock:
        return known
    try:
        at = entered.moment(clock, day, now)
    except BadInput as error:
        faults[f"{name}_clock"] = error.message
        return f"{clock}\n{day}"
    return "" if at is None else at.isoformat()


def _repetition(form: WriteForm, fields: dict[str, Any], faults: dict[str, str]) -> None:
    number = form.every_number.data or ""
    try:
        length = entered.seconds(number, form.every_unit.data or "")
    except BadInput as error:
        faults["every_number"] = error.message
        fields["interval_seconds"] = number
    else:
        if length is not None:
            fields["interval_seconds"] = length
    rounds = (form.rounds.data or "").strip()
    if (most := entered.whole(rounds)) is not None:
        fields["rounds"] = most
    elif rounds:
        faults["rounds"] = _("Skriv ett heltal.")
        fields["rounds"] = rounds
    _still(form, fields, faults)


def _still(form: WriteForm, fields: dict[str, Any], faults: dict[str, str]) -> None:
    times, minutes = form.still_times.data or "0", (form.still_minutes.data or "").strip()
    fields["still_times"] = entered.whole(times) or 0
    if (length := entered.whole(minutes)) is not None:
        fields["still_minutes"] = length
    elif minutes:
        faults["still_minutes"] = _("Skriv ett heltal.")
        fields["still_minutes"] = minutes
    line = (form.still_line.data or "").strip()
    if line:
        fields["still_line"] = line


FIELD_OF = {
    "first_at": "first_clock",
    "promise_at": "promise_clock",
    "ends_at": "ends_clock",
    "interval_seconds": "every_number",
}
"""An operation's name for a value → the form's field."""
