"""What the pages about people ask for. What may be said is judged by the operations, once."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    EmailField,
    Form,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import EqualTo

from console.people.address_kinds import LABELS
from console.people.queries import ORDERS
from console.people.rules import Role
from console.web import logins

_SAME = _l("De två lösenorden är inte lika.")


def _roles() -> list[SelectChoice]:
    return [SelectChoice(role.value, logins.role_label(role)) for role in Role]


class PeopleSieveForm(Form):
    """Narrows the list; sent by GET."""

    words = StringField(_l("Sök"))
    role = SelectField(_l("Roll"), choices=lambda: [SelectChoice("", _l("Alla")), *_roles()])
    state = SelectField(
        _l("Läge"),
        choices=[
            SelectChoice("", _l("Alla")),
            SelectChoice("active", _l("Aktiva")),
            SelectChoice("invited", _l("Inbjudna")),
            SelectChoice("shut", _l("Avstängda")),
        ],
    )
    order = SelectField(
        _l("Sortera efter"),
        choices=[SelectChoice(key, label) for key, (label, _by) in ORDERS.items()],
    )


class LoginForm(FlaskForm):
    email = EmailField(_l("E-post"))
    password = PasswordField(_l("Lösenord"))
    carried = HiddenField()
    """A form that was posted when the session had ended; see `console.web.again`."""


class SecondForm(FlaskForm):
    """A code of the second factor."""

    code = StringField(_l("Koden i appen, eller en från papperet"))
    carried = HiddenField()
    halfway = HiddenField()
    """Signed: whose password was right, and when."""


class PasswordForm(FlaskForm):
    """A new password, by a one-time link."""

    password = PasswordField(_l("Nytt lösenord"))
    password_again = PasswordField(_l("Samma lösenord en gång till"), [EqualTo("password", _SAME)])


class FirstAdminForm(PasswordForm):
    name = StringField(_l("Namn"))
    email = EmailField(_l("E-post"))


class InviteForm(FlaskForm):
    name = StringField(_l("Namn"))
    email = EmailField(_l("E-post"))
    phone = TelField(_l("Telefon"))
    title = StringField(_l("Titel"))
    roles = SelectMultipleField(_l("Roller"), choices=_roles, validate_choice=False)


class RolesForm(FlaskForm):
    roles = SelectMultipleField(
        _l("Kryssa för allt som stämmer"), choices=_roles, validate_choice=False
    )


class OwnDetailsForm(FlaskForm):
    name = StringField(_l("Namn"))
    phone = TelField(_l("Telefon"))
    language = SelectField(
        _l("Språk i konsolen"),
        choices=[SelectChoice("sv", _l("Svenska")), SelectChoice("en", _l("Engelska"))],
        validate_choice=False,
    )


class OwnPasswordForm(PasswordForm):
    old_password = PasswordField(_l("Nuvarande lösenord"))


class AddressForm(FlaskForm):
    """One more address of one's own."""

    kind = RadioField(
        _l("Vad är det för adress?"),
        choices=[SelectChoice(kind.value, label) for kind, label in LABELS.items()],
        validate_choice=False,
    )
    secret_address = StringField(_l("Adress eller nummer"))
    """Whoever has the address of a Teams flow or an ntfy subject can write there, or read."""


class CodeForm(FlaskForm):
    code = StringField(_l("Koden i meddelandet"))
