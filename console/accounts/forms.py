"""What the pages of the register ask for. What may be said is judged by the operations, once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
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
from channels.contract import Ask
from channels.platforms import PLATFORMS, Repeat
from console.accounts.models import Account
from console.accounts.operations import Change
from console.accounts.queries import ORDERS
from console.accounts.rules import STATE_LABELS, platform_name
from console.errors import BadInput
from console.people.choosing import Offer
from console.web.fields import PersonField

ALL = SelectChoice("", _("Alla"))
LANGUAGE_LABELS = {"sv": _("Svenska"), "en": _("Engelska")}
MOST_ADMINISTRATORS = 6


class FindForm(Form):
    """Finds and sorts accounts; sent by GET."""

    words = StringField(_("Sök"))
    order = SelectField(
        _("Sortera efter"),
        choices=[SelectChoice(key, label) for key, (label, _by) in ORDERS.items()],
        validate_choice=False,
    )


class SieveForm(FindForm):
    """Narrows the list too."""

    platform = SelectField(_("Plattform"))
    committee = SelectField(_("Nämnd"))
    state = SelectField(_("Tillstånd"))
    deviating = BooleanField(_("Bara de som avviker"))

    def offer(self, committees: Sequence[str], platforms: Sequence[str]) -> None:
        self.platform.choices = [ALL, *(SelectChoice(p, platform_name(p)) for p in platforms)]
        self.committee.choices = [ALL, *(SelectChoice(name, name) for name in committees)]
        self.state.choices = [ALL, *(SelectChoice(s.value, w) for s, w in STATE_LABELS.items())]


class DeviationForm(FlaskForm):
    content = StringField(_("Vad avviker?"))


class StateForm(FlaskForm):
    old = StringField()
    new = StringField()
    reason = StringField(_("Varför?"))


class ConnectForm(FlaskForm):
    """For kinds whose server somebody must name."""

    server = StringField(
        _("Server där kontot finns"), description=_("Till exempel https://social.kommun.se.")
    )


FIELDS: dict[str, type[Field]] = {
    "text": StringField,
    "number": IntegerField,
    "yes_no": BooleanField,
    "lines": TextAreaField,
    "secret": PasswordField,
}
"""By `channels.contract.Ask.kind`."""


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
    card = BooleanField(_("Skicka med bildkort"))
    administrators = FieldList(PersonField(_("Administratör")), max_entries=MOST_ADMINISTRATORS)

    def offer(self, account: Account, people: Offer) -> None:
        """Fill the lists of choices: what is stored is always among them."""
        kinds = dict.fromkeys([PLATFORMS[account.platform].kind, account.kind, *registry.REGISTRY])
        kinds.pop(registry.PRETEND, None)
        self.kind.choices = [SelectChoice(kind, kind_label(kind)) for kind in kinds]
        codes = dict.fromkeys([*LANGUAGE_LABELS, *account.languages])
        self.languages.choices = [SelectChoice(c, LANGUAGE_LABELS.get(c, c)) for c in codes]
        rows = max(2, len(account.administrators) + 1, len(self.administrators.entries))
        while len(self.administrators.entries) < min(rows, MOST_ADMINISTRATORS):
            self.administrators.append_entry()
        for field in self.administrators.entries:
            field.offer(people, SelectChoice("", _("Ingen")))

    @property
    def settings_fields(self) -> list[Field]:
        """The fields that the chosen kind adds."""
        return [field for field in self if field.short_name.startswith("set_")]

    @property
    def secret_fields(self) -> list[Field]:
        return [field for field in self if field.short_name.startswith("secret_")]

    def change(self, session: Session, account: Account, kind: str) -> Change:
        """What the form asks the operation for.

        Raises:
            BadInput: an administrator's name is nobody's, or several people's.
        """
        for field in self.administrators.entries:
            field.resolve(session, "administrators")
        return Change(
            kind=self.kind.data or "",
            settings=_settings_in(self, kind) if asks(kind) else _kept(account, kind),
            secret=_secret_in(self, account, kind),
            public=self.public.data,
            official=self.official.data,
            languages=tuple(self.languages.data or ()),
            repeat_rule=self.repeat_rule.data or "",
            card=self.card.data if card_of(account) == "choice" else None,
            administrators=tuple(
                int(field.data) for field in self.administrators.entries if _is_id(field.data)
            ),
        )


def card_of(account: Account) -> str:
    """Whether posts there carry a text card: choice, always or "" (the channel takes none)."""
    platform = PLATFORMS[account.platform]
    if platform.pictures is None:
        return ""
    return "always" if platform.needs_picture else "choice"


def asks(kind: str) -> tuple[Ask, ...]:
    """What an account of this kind is asked for; nothing of a kind without a channel."""
    return registry.load(kind).asks if kind in registry.REGISTRY else ()


def settings_form(kind: str) -> type[SettingsForm]:
    """The form for an account of this kind: with the kind's own settings."""
    names = field_names(kind)
    fields: dict[str, Any] = {
        names[one.name]: FIELDS[one.kind](_(one.label), description=_(one.help) if one.help else "")
        for one in asks(kind)
    }
    return type("SettingsFormOfKind", (SettingsForm,), fields)


def field_names(kind: str) -> dict[str, str]:
    """The operation's name for a setting → the form's field."""
    return {
        one.name: ("secret_" if one.kind == "secret" else "set_") + one.name for one in asks(kind)
    }


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
        "card": account.card,
        "administrators": [str(row.person_id) for row in account.administrators],
    }


def kind_label(kind: str) -> LazyString | str:
    labels = {
        registry.BY_HAND: _("För hand"),
        registry.WEBSITE: _("Webbplatsen"),
        "email": _("E-post"),
        "webhook": _("Webhook"),
    }
    platform = next((platform_name(p.key) for p in PLATFORMS.values() if p.kind == kind), kind)
    return labels.get(kind, platform)


def _settings_in(form: SettingsForm, kind: str) -> dict[str, Any]:
    """The kind's settings as it stores them; what is left empty is left out.

    Raises:
        BadInput: letters where a number belongs.
    """
    values: dict[str, Any] = {}
    for one in asks(kind):
        if one.kind == "secret":
            continue
        field = form[f"set_{one.name}"]
        if field.process_errors and "".join(field.raw_data or ()).strip():
            raise BadInput(str(_("Skriv ett heltal.")), one.name)
        data = field.data
        if one.kind == "lines":
            data = [line.strip() for line in (data or "").splitlines() if line.strip()]
        elif isinstance(data, str):
            data = data.strip()
        if data not in (None, "", []):
            values[one.name] = data
    return values


def _kept(account: Account, kind: str) -> dict[str, Any]:
    return account.settings if kind == account.kind else {}


def _secret_in(form: SettingsForm, account: Account, kind: str) -> dict[str, Any] | None:
    """What has been typed anew; None keeps all of the old, unless it was another kind's."""
    typed = {field.short_name.removeprefix("secret_"): field.data for field in form.secret_fields}
    typed = {name: value for name, value in typed.items() if value}
    return typed if typed or kind != account.kind else None


def _is_id(text: str | None) -> bool:
    return bool(text) and str(text).isascii() and str(text).isdigit() and len(str(text)) < 19
