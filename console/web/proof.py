"""A code of the second factor, given just now, before what reaches citizens."""

from __future__ import annotations

from flask import g, render_template
from flask.typing import ResponseReturnValue

from console import clock
from console.db import unit_of_work
from console.people import second_factor
from console.people.forms import SecondForm
from console.web import again, logins


def ask_first() -> ResponseReturnValue | None:
    """The page that asks for a code and carries what was posted; None: go on."""
    with unit_of_work() as session:
        if not second_factor.must_prove(session, g.person, logins.token(), clock.now()):
            return None
    form = SecondForm(formdata=None)
    form.carried.data = again.carry(g.person.id)
    return render_template("people/code.html", form=form, next="/", proving=True), 403
