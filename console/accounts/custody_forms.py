"""What the pages about an account's login ask for. What may be said is judged by the operations.

The names of what is secret hold the word "secret": such fields are left out when a form is carried
through a login (`console.web.again`).
"""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    RadioField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice

from console.accounts.custody_operations import Content
from console.accounts.custody_rules import Kind
from console.people.choosing import Offer
from console.web.fields import PersonField

_CHANGED = _("Lösenordet är bytt sedan någon annan hade det")


class DigitalForm(FlaskForm):
    secret_login = StringField(_("Användarnamn eller e-post"))
    secret_password = StringField(_("Lösenord"))
    """Shown while it is typed: nobody can read it through later."""
    secret_codes = TextAreaField(_("Återställningskoder"))
    changed = BooleanField(_CHANGED)

    def content(self) -> Content:
        return Content(
            (self.secret_login.data or "").strip(),
            self.secret_password.data or "",
            (self.secret_codes.data or "").strip(),
        )

    def forget(self) -> None:
        """Before the page is shown again: the password is typed anew."""
        self.secret_password.data = self.secret_codes.data = ""


class PaperForm(FlaskForm):
    number = StringField(_("Kuvertets nummer"))
    place = StringField(_("Var ligger det?"))
    handed_in_by = StringField(_("Vem lämnade in det?"))
    sealed_on = DateField(_("När förseglades det?"))
    codes = BooleanField(_("Återställningskoder ligger i kuvertet"))
    paper_changed = BooleanField(_CHANGED)


class AskForm(FlaskForm):
    kind = RadioField(
        _("Vad vill du göra?"),
        choices=[
            SelectChoice(Kind.OPENING.value, _("Öppna: jag behöver komma in på kontot")),
            SelectChoice(
                Kind.DRILL.value, _("Provöppna: visa att det går, utan att se innehållet")
            ),
        ],
        validate_choice=False,
    )
    reason = StringField(_("Varför?"))


class LoanForm(FlaskForm):
    borrower = PersonField(_("Vem har lånat inloggningen?"))
    why_lent = StringField(_("Varför lånades den ut?"))

    def offer(self, people: Offer) -> None:
        self.borrower.offer(people, SelectChoice("", _("Välj en person")))
