"""Forms for the profile, made from its sections: a value in, a change out. Judged by the rules."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice

from console.errors import Faults
from console.messages.labels import LONG, TYPES, label
from console.messages.rules import MessageType
from console.people.labels import label_of
from console.people.rules import Role
from console.policy import openings
from console.policy.rules import Profile, to_content
from console.policy.values import CHAIN_MOST, SIGNERS
from console.web import policy_words
from console.web.policy_words import CHOICES, COLUMNS, KINDS, Asked, Section

BLANK_ROWS = 2
"""Empty rows at the end of a list, to add in."""
_NUMBERS = frozenset({"int", "int | None"})
_TYPES = Profile.__annotations__


_WITH_COMMAS = {"snapshot_days", "watch_words"}
"""Texts on one line, of several with commas between."""


class ReasonForm(FlaskForm):
    """What confirms a preview."""

    changes = HiddenField()
    """JSON: field → new value."""
    seen = HiddenField()
    reason = StringField(_l("Varför ändrar ni?"))


def section_form(section: Section, profile: Profile) -> FlaskForm:
    """The form of a section: filled from the profile, or as it was posted."""
    made = {one.name: _field(one) for one in section.asked if one.name != "role_labels"}
    for one in section.asked:
        if one.name == "role_labels":
            made |= {f"role_{role}": StringField(label_of(role, {})) for role in Role}
    content = to_content(profile)
    data = {name: content[name] for name in made if name in content}
    for name in _WITH_COMMAS & data.keys():
        data[name] = ", ".join(data[name])
    data |= {f"role_{role}": own for role, own in profile.role_labels.items()}
    form: Any = type("SectionForm", (FlaskForm,), made)(data=data)
    for name in made:
        if name in COLUMNS and not form.is_submitted():
            _add_blanks(form[name], name)
    _offer_roles(form, profile)
    return form


def changes_of(form: FlaskForm, section: Section) -> dict[str, Any]:
    """What the form says, field → value as a profile's content has it; not yet judged."""
    return {one.name: _value(form, one) for one in section.asked}


def put_faults(form: FlaskForm, faults: Faults) -> None:
    """Each fault beside its field, without the field's name in the program."""
    for name, said in faults.faults.items():
        sentence = said.removeprefix(f"{name}: ")
        for column, word in COLUMNS.get(name, {}).items():
            sentence = sentence.replace(f" {column}: ", f" {word}: ")
        for role in Role:
            if name == "role_labels" and sentence.startswith(f"{role}: "):
                sentence = sentence.replace(role, label_of(role, {}), 1)
        field = form._fields.get(name)
        if field is None or isinstance(field, HiddenField):
            words = policy_words.LABELS.get(name)
            form.form_errors.append(f"{words}: {sentence}" if words else sentence)
        else:
            field.errors = [*field.errors, sentence]


def _field(asked: Asked) -> Any:
    name, choices = asked.name, CHOICES.get(asked.name, {})
    offered = [SelectChoice(str(value), word) for value, word in choices.items()]
    if name in COLUMNS:
        return FieldList(FormField(_row(name)), asked.label, description=asked.help)
    kind = _TYPES[name]
    if kind == "bool":
        return BooleanField(asked.label, description=asked.help)
    if choices and kind == "str":
        return RadioField(
            asked.label, choices=offered, description=asked.help, validate_choice=False
        )
    if choices:
        return SelectMultipleField(
            asked.label, choices=offered, description=asked.help, validate_choice=False
        )
    number = {"inputmode": "numeric"} if kind in _NUMBERS else {}
    return StringField(asked.label, description=asked.help, render_kw=number)


def _row(name: str) -> type[Form]:
    made: dict[str, Any] = {"key": HiddenField()} if name in _KEYED else {}
    for column, word in COLUMNS[name].items():
        if column == "role":
            made[column] = SelectField(word, validate_choice=False)
        elif column == "kind":
            offered = [SelectChoice(value, said) for value, said in KINDS.items()]
            made[column] = SelectField(word, choices=offered, validate_choice=False)
        else:
            number = {"inputmode": "numeric"} if column == "minute" else {}
            made[column] = StringField(word, render_kw=number)
    return type("RowForm", (Form,), made)


_KEYED = frozenset({"purposes", "grounds", "first_hour"})


def _add_blanks(field: Any, name: str) -> None:
    wanted = CHAIN_MOST - len(field.entries) if name == "chain" else BLANK_ROWS
    for _number in range(wanted):
        field.append_entry()


def _offer_roles(form: Any, profile: Profile) -> None:
    offered = [SelectChoice("", _l("Inget steg"))]
    offered += [SelectChoice(role, label_of(role, profile.role_labels)) for role in SIGNERS]
    for row in form._fields.get("chain", ()):
        row.form.role.choices = offered


def _value(form: Any, asked: Asked) -> Any:
    name = asked.name
    if name == "role_labels":
        said = {role.value: (form[f"role_{role}"].data or "").strip() for role in Role}
        return {role: own for role, own in said.items() if own}
    if name in COLUMNS:
        return _rows(form[name], name)
    data, kind = form[name].data, _TYPES[name]
    if name in _WITH_COMMAS:
        return [one.strip() for one in (data or "").split(",") if one.strip()]
    if name == "report_months":
        return sorted(number for one in data or () if isinstance(number := _number(one), int))
    if kind in _NUMBERS:
        typed = (data or "").strip()
        return None if not typed and "None" in kind else _number(typed)
    if isinstance(data, list):
        # In the catalogue's order, whatever order they came in.
        return [value for value in CHOICES[name] if value in data] or data
    return data.strip() if isinstance(data, str) else data


def _number(typed: str) -> int | str:
    """A whole number if it is one, else what was typed, for the rules to refuse."""
    plain = re.fullmatch(r"-?[0-9]{1,9}", typed)
    return int(typed) if plain else typed


def _rows(field: Any, name: str) -> list[dict[str, Any]]:
    """The rows that something is written in; new ones get a key."""
    found: list[dict[str, Any]] = []
    for entry in field:
        row = {column: (entry.form[column].data or "").strip() for column in COLUMNS[name]}
        blank = not row["role"] if name == "chain" else not any(row.values())
        if blank:
            continue
        if "minute" in row:
            row["minute"] = _number(row["minute"])
        if name in _KEYED:
            row["key"] = (entry.form.key.data or "").strip()
        found.append(row)
    taken = {row["key"] for row in found if row.get("key")}
    for row in found:
        if name in _KEYED and not row["key"]:
            row["key"] = new_key(row["sv"], taken)
            taken.add(row["key"])
    return found


def new_key(words: str, taken: Iterable[str]) -> str:
    """A key for something new, made of its name: letters a–z, digits and _; unlike all `taken`."""
    plain = words.casefold().translate(str.maketrans("åäöéü", "aaoeu"))
    stem = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:32].strip("_")
    if not stem[:1].isalpha():
        stem = f"own_{stem}".strip("_")
    used, number, key = set(taken), 1, stem
    while key in used:
        number += 1
        key = f"{stem}_{number}"
    return key


def opening_form(one: openings.Opening) -> FlaskForm:
    """The form of a template (*mall*): what its type of message can be filled with."""
    kind = MessageType(one.type)
    made: dict[str, Any] = {
        "sv": StringField(_l("Namn på knappen, på svenska")),
        "en": StringField(_l("Namn på knappen, på engelska")),
    }
    for name in openings.TEXTS:
        field = TextAreaField if name in LONG else StringField
        made[f"text_{name}"] = field(label(name, kind))
    made["english_headline"] = StringField(_l("Rubrik på engelska"))
    made["english_detail"] = TextAreaField(_l("Hur gör man, på engelska"))
    made["english_body"] = TextAreaField(_l("Text på engelska"))
    data = {"sv": one.sv, "en": one.en}
    data |= {f"text_{name}": text for name, text in one.texts.items()}
    data |= {f"english_{name}": text for name, text in one.english.items()}
    return type("OpeningForm", (FlaskForm,), made)(data=data)


def opening_of(form: Any, key: str, kind: str) -> dict[str, Any]:
    """What the form says, as a profile's content has an opening."""

    def said(prefix: str, names: Iterable[str]) -> dict[str, str]:
        typed = {
            name: (form[f"{prefix}_{name}"].data or "").replace("\r\n", "\n").strip()
            for name in names
        }
        return {name: text for name, text in typed.items() if text}

    return {
        "key": key,
        "type": kind,
        "sv": (form.sv.data or "").strip(),
        "en": (form.en.data or "").strip(),
        "texts": said("text", openings.TEXTS),
        "english": said("english", openings.ENGLISH),
    }


def types() -> list[tuple[str, str]]:
    """(value, words) of the types of message that a template can be for."""
    return [(kind.value, str(TYPES[kind])) for kind in MessageType if kind in openings.TYPES]
