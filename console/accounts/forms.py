"""What the pages of the register ask for. What may be said is judged by the operations, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    Field,
    FieldList,
    Form,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice

from channels import registry
from channels.platforms import PLATFORMS, Repeat
from console.accounts.models import Account
from console.accounts.operations import Change
from console.accounts.rules import STATE_LABELS
from console.errors import BadInput
from console.people.models import Person

ALL = SelectChoice("", _("Alla"))
LANGUAGE_LABELS = {"sv": _("Svenska"), "en": _("Engelska")}
MOST_ADMINISTRATORS = 6


class SieveForm(Form):
    """Narrows the list; sent by GET."""

    words = StringField(_("Sök"))
    platform = SelectField(_("Plattform"))
    committee = SelectField(_("Nämnd"))
    state = SelectField(_("Tillstånd"))

    def offer(self, committees: Sequence[str]) -> None:
        self.platform.choices = [ALL, *(SelectChoice(p.key, p.name) for p in PLATFORMS.values())]
        self.committee.choices = [ALL, *(SelectChoice(name, name) for name in committees)]
        self.state.choices = [ALL, *(SelectChoice(s.value, w) for s, w in STATE_LABELS.items())]


class DeviationForm(FlaskForm):
    content = StringField(_("Vad avviker?"))


class StateForm(FlaskForm):
    old = StringField()
    new = StringField()
    reason = StringField(_("Varför?"))


@dataclass(frozen=True, slots=True)
class Setting:
    """One of a channel kind's own settings, as a form asks for it."""

    name: str
    label: LazyString
    type: type[Field]
    help: LazyString | str = ""


SETTINGS: dict[str, tuple[Setting, ...]] = {
    "webhook": (
        Setting("url", _("Mottagarens adress"), StringField, _("Hel adress, med https:// först.")),
        Setting("honours_key", _("Mottagaren tar varje nyckel bara en gång"), BooleanField),
    ),
    "email": (
        Setting("host", _("E-postserver"), StringField),
        Setting("port", _("Port"), IntegerField, _("Tomt: den vanliga.")),
        Setting("tls", _("Kryptering"), StringField, "tls, starttls, none"),
        Setting("user", _("Användarnamn"), StringField),
        Setting("from", _("Avsändare"), StringField),
        Setting("recipients", _("Mottagare"), TextAreaField, _("En adress per rad.")),
    ),
    "website": (Setting("address", _("Webbadress"), StringField),),
}
"""By kind. A kind that isn't here has nothing to set."""
SECRETS: dict[str, tuple[str, LazyString]] = {
    "webhook": ("secret", _("Hemlig nyckel")),
    "email": ("password", _("Lösenord till e-postservern")),
}


class SettingsForm(FlaskForm):
    kind = SelectField(_("Kanal"), validate_choice=False)
    public = BooleanField(_("Kontot vänder sig till allmänheten"))
    official = BooleanField(_("Officiell kanal: går ut först"))
    languages = SelectMultipleField(_("Språk"), validate_choice=False)
    repeat_rule = RadioField(
        _("Upprepning"),
        choices=[
            SelectChoice(Repeat.EVERY.value, _("Varje omgång")),
            SelectChoice(Repeat.KEY_MOMENTS.value, _("Bara de viktigaste beskeden")),
        ],
        validate_choice=False,
    )
    administrators = FieldList(
        SelectField(_("Administratör"), validate_choice=False), max_entries=MOST_ADMINISTRATORS
    )

    def offer(self, account: Account, people: Sequence[Person]) -> None:
        """Fill the lists of choices: what is stored is always among them."""
        kinds = dict.fromkeys([PLATFORMS[account.platform].kind, account.kind, *registry.REGISTRY])
        kinds.pop(registry.PRETEND, None)
        self.kind.choices = [SelectChoice(kind, kind_label(kind)) for kind in kinds]
        codes = dict.fromkeys([*LANGUAGE_LABELS, *account.languages])
        self.languages.choices = [SelectChoice(c, LANGUAGE_LABELS.get(c, c)) for c in codes]
        named = {row.person.id: row.person for row in account.administrators}
        named |= {person.id: person for person in people}
        choices = [SelectChoice("", _("Ingen"))] + [
            SelectChoice(str(person.id), person.name) for person in named.values()
        ]
        rows = max(2, len(account.administrators) + 1, len(self.administrators.entries))
        while len(self.administrators.entries) < min(rows, MOST_ADMINISTRATORS):
            self.administrators.append_entry()
        for field in self.administrators.entries:
            field.choices = choices

    @property
    def settings_fields(self) -> list[Field]:
        """The fields that the chosen kind adds."""
        return [field for field in self if field.short_name.startswith("set_")]

    @property
    def secret_field(self) -> Field | None:
        return self._fields.get("new_secret")

    def change(self, account: Account, kind: str) -> Change:
        """What the form asks the operation for."""
        return Change(
            kind=self.kind.data or "",
            settings=_settings_in(self, kind) if kind in SETTINGS else _kept(account, kind),
            secret=_secret_in(self, account, kind),
            public=self.public.data,
            official=self.official.data,
            languages=tuple(self.languages.data or ()),
            repeat_rule=self.repeat_rule.data or "",
            administrators=tuple(
                int(field.data) for field in self.administrators.entries if _is_id(field.data)
            ),
        )


def settings_form(kind: str) -> type[SettingsForm]:
    """The form for an account of this kind: with the kind's own settings."""
    fields: dict[str, Any] = {
        f"set_{one.name}": one.type(one.label, description=one.help)
        for one in SETTINGS.get(kind, ())
    }
    if kind in SECRETS:
        fields["new_secret"] = PasswordField(SECRETS[kind][1])
    return type("SettingsFormOfKind", (SettingsForm,), fields)


def field_names(kind: str) -> dict[str, str]:
    """The operation's name for a setting → the form's field."""
    names = {one.name: f"set_{one.name}" for one in SETTINGS.get(kind, ())}
    if kind in SECRETS:
        names[SECRETS[kind][0]] = "new_secret"
    return names


def stored(account: Account) -> dict[str, Any]:
    """What the form shows before anybody has typed. Never a secret."""
    settings = {
        f"set_{name}": "\n".join(value) if isinstance(value, list) else value
        for name, value in account.settings.items()
    }
    return settings | {
        "kind": account.kind,
        "public": account.public,
        "official": account.official,
        "languages": account.languages,
        "repeat_rule": account.repeat_rule,
        "administrators": [str(row.person_id) for row in account.administrators],
    }


def kind_label(kind: str) -> LazyString | str:
    labels = {
        registry.BY_HAND: _("För hand"),
        registry.WEBSITE: _("Webbplatsen"),
        "email": _("E-post"),
        "webhook": _("Webhook"),
    }
    platform = next((p.name for p in PLATFORMS.values() if p.kind == kind), kind)
    return labels.get(kind, platform)


def _settings_in(form: SettingsForm, kind: str) -> dict[str, Any]:
    """The kind's settings as it stores them; what is left empty is left out.

    Raises:
        BadInput: letters where a number belongs.
    """
    values: dict[str, Any] = {}
    for one in SETTINGS[kind]:
        field = form[f"set_{one.name}"]
        if field.process_errors:
            raise BadInput(str(_("Skriv ett heltal.")), one.name)
        data = field.data
        if one.type is TextAreaField:
            data = [line.strip() for line in (data or "").splitlines() if line.strip()]
        elif isinstance(data, str):
            data = data.strip()
        if data not in (None, "", []):
            values[one.name] = data
    return values


def _kept(account: Account, kind: str) -> dict[str, Any]:
    return account.settings if kind == account.kind else {}


def _secret_in(form: SettingsForm, account: Account, kind: str) -> dict[str, Any] | None:
    """A newly typed secret; None keeps the old one, unless it was another kind's."""
    field = form.secret_field
    if field is not None and field.data:
        return {SECRETS[kind][0]: field.data}
    return None if kind == account.kind else {}


def _is_id(text: str | None) -> bool:
    return bool(text) and str(text).isascii() and str(text).isdigit() and len(str(text)) < 19
