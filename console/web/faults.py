"""An operation's refusal, put beside the fields it is about."""

from __future__ import annotations

from collections.abc import Mapping

from flask_wtf import FlaskForm

from console.errors import BadInput, ConsoleError, Faults


def show_faults(
    form: FlaskForm, error: ConsoleError, names: Mapping[str, str] | None = None
) -> None:
    """Put what was refused on the fields it names; what no field carries stands on top.

    Args:
        names: the operation's name for a value → the form's field, where they differ.
    """
    faults = dict(error.faults) if isinstance(error, Faults) else {}
    if isinstance(error, BadInput) and error.field:
        faults[error.field] = error.message
    for name, sentence in faults.items():
        field = form._fields.get((names or {}).get(name, name))
        if field is None:
            form.form_errors.append(sentence)
        else:
            field.errors = [*field.errors, sentence]
    if not faults:
        form.form_errors.append(error.message)
