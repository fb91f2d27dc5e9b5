"""An operation's refusal, put beside the fields it is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask_wtf import FlaskForm
from sqlalchemy.orm import Session

from console.db import unit_of_work
from console.errors import BadInput, ConsoleError, Faults, NotAllowed, NotFound


def shown_again(
    form: FlaskForm,
    error: ConsoleError,
    page: Callable[[Session], str],
    names: Mapping[str, str] | None = None,
) -> tuple[str, int]:
    """The page that the form came from, with what was refused beside its fields. What isn't there,
    or isn't the person's, is no fault of a field's and goes on to the page that says so.

    Args:
        page: draws it, in a unit of work of its own.
        names: as for `show_faults`.

    Raises:
        NotFound, NotAllowed: as given.
    """
    if isinstance(error, NotFound | NotAllowed):
        raise error
    show_faults(form, error, names)
    with unit_of_work() as session:
        return page(session), error.status


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
