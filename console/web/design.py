"""The parts page, /design: every mark, button, field and state, for eyes and CI's pictures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, render_template
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, Form, RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import InputRequired

from console.board.view_model import Account, LogRow
from console.kavel import Moment, draw
from console.parts import PlateItem, Todo, Verb
from console.people.rules import Permission
from console.web.guard import needs

bp = Blueprint("design", __name__)

ONE = datetime(2026, 6, 11, 11, 0, 42, tzinfo=UTC)
"""The page stands still at this moment, so that its pictures can be compared."""


class SampleForm(Form):
    owner = StringField(_("Vem äger fakta?"), [InputRequired(_("Saknas. Välj den som kan svara."))])
    promise = StringField(
        _("När kommer nästa besked?"),
        default="fredag 12 juni kl 09.00",
        description=_("Dag och klockslag. Invånarna ser det."),
    )
    news = TextAreaField(_("Vad är nytt?"), default="Vi har hittat en trasig ledning.")
    kind = RadioField(
        _("Sort"),
        choices=[
            SelectChoice("update", _("Uppdatering")),
            SelectChoice("no_news", _("Inget nytt")),
        ],
        default="update",
    )
    sure = BooleanField(_("Jag godkänner denna aktivitet"), default=True)


def samples() -> dict[str, Any]:
    """What the page shows besides words of its own: no database, always the same."""
    form = SampleForm(data={"owner": ""})
    form.validate()
    quarter = timedelta(minutes=15)
    start = ONE - timedelta(minutes=40, seconds=42)
    moments = (
        Moment("round", ONE - 2 * quarter, "12.30"),
        Moment("missed", ONE - quarter, "12.45"),
        Moment("round", ONE - timedelta(seconds=42), "13.00"),
        Moment("waiting", ONE + timedelta(minutes=9), gettext("%(at)s väntar", at="13.10")),
        Moment("promise", ONE + timedelta(minutes=14), gettext("Utlovat %(at)s", at="13.15")),
        Moment("round", ONE + 2 * quarter, "13.30"),
        Moment("round", ONE + 4 * quarter, "14.00"),
    )
    call = Verb(gettext("Ring %(name)s", name="Olle Ek"), how="call", phone="070-174 06 12")
    return {
        "at": ONE,
        "now_local": ONE,
        "due": ONE + timedelta(minutes=14, seconds=18),
        "near": ONE + timedelta(minutes=9, seconds=18),
        "late": ONE - timedelta(minutes=2, seconds=42),
        "form": form,
        "kavel_sample": draw(moments, ONE, start, start + timedelta(hours=2), "Nu 13.00"),
        "plate_items": (
            PlateItem(
                "Koka allt vatten du dricker eller lagar mat med.",
                "Torsby och Oleby. Låt det bubbla kraftigt.",
            ),
        ),
        "todo": Todo("1", "by_hand", "Ekebygården, Instagram", "För hand: rättelsen.", call),
        "accounts": (
            Account("1", "Torsby kommun", "Facebook", "sent", ONE),
            Account("2", "Skidtunneln", "Instagram", "refused"),
            Account("3", "Jobba i Torsby", "LinkedIn", "unknown"),
        ),
        "log": LogRow("1", ONE, "P4 Värmland läser vår text 13.05.", "Samtal", "Lisa Berg"),
    }


@bp.get("/design")
@needs(Permission.VIEW_DESIGN)
def parts() -> str:
    return render_template("design.html", **samples())
