"""What the pages about recipients ask for. What may be said is judged by the operations, once."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import FileField, Form, RadioField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from console.accounts import sheets
from console.errors import BadInput, ConsoleError, Faults
from console.recipients import rules
from console.web.faults import show_faults

_KINDS = [SelectChoice(kind.value, rules.KIND_LABELS[kind]) for kind in rules.NAMED]


class NamedForm(FlaskForm):
    """Several at a time, typed, pasted or in a file; one is a single line."""

    kind = RadioField(_("Vilka är de?"), choices=_KINDS, validate_choice=False)
    lines = TextAreaField(_("Mottagare, en per rad"))
    file = FileField(_("Eller hämta en CSV-fil"))
    why = StringField(_("Varför ska de stå här?"))

    def rows(self) -> list[tuple[int, list[str]]]:
        """(line number, cells) of what was typed, or else of the file.

        Raises:
            BadInput: field `file`: it can't be read; field `lines`: both are filled in.
        """
        typed = rules.lines_of(self.lines.data or "")
        content = self.file.data.read() if getattr(self.file.data, "filename", "") else b""
        if typed and content:
            raise BadInput(gettext("Skriv mottagarna, eller välj en fil. Inte båda."), "lines")
        if not content:
            return typed
        rows = [
            (number, [cell.strip() for cell in cells])
            for number, cells in sheets.rows(content)
            if any(cells)
        ]
        return rows[1:] if rows and _is_head(rows[0][1]) else rows


class CitizenForm(FlaskForm):
    address = StringField(_("Adress"))


class SignUpForm(Form):
    """On the public pages: no session stands behind it, so it carries no token of one."""

    address = StringField()


class CodeForm(Form):
    address = StringField()
    code = StringField(_("Koden i sms:et"))


def show(form: FlaskForm, error: ConsoleError) -> None:
    """Put what was refused beside its field; what a line says, on the lines."""
    if isinstance(error, Faults):
        for place, sentence in error.faults.items():
            number = place.rpartition(" ")[2]
            said = gettext("Rad %(n)s: %(what)s", n=number, what=sentence)
            form.lines.errors = [*form.lines.errors, said]
    else:
        show_faults(form, error)


def _is_head(cells: list[str]) -> bool:
    """A first row of headings holds no digit and no @."""
    text = "".join(cells)
    return "@" not in text and not any(c.isdigit() for c in text)
