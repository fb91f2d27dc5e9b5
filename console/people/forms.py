"""What the pages about people ask for. What may be said is judged by the operations, once."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    EmailField,
    HiddenField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import EqualTo

from console.people.rules import ROLE_LABELS, Role

_ROLES = [SelectChoice(role.value, ROLE_LABELS[role]) for role in Role]
_SAME = _l("De två lösenorden är inte lika.")


class LoginForm(FlaskForm):
    email = EmailField(_l("E-post"))
    password = PasswordField(_l("Lösenord"))
    carried = HiddenField()
    """A form that was posted when the session had ended; see `console.web.again`."""


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
    roles = SelectMultipleField(_l("Roller"), choices=_ROLES, validate_choice=False)


class RolesForm(FlaskForm):
    roles = SelectMultipleField(
        _l("Kryssa för allt som stämmer"), choices=_ROLES, validate_choice=False
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
