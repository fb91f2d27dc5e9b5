"""What the archive's pages ask for. What may be said is judged by the operations, once."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, FileField, IntegerField, RadioField, SelectField, StringField
from wtforms.fields import SelectChoice

from console.archive.disposal_rules import MATTER_LABELS
from console.web.fields import MomentField


class SnapshotForm(FlaskForm):
    file = FileField(_l("Skärmbild eller PDF"))
    taken_at = MomentField(_l("När såg det ut så?"))


class HandOverForm(FlaskForm):
    to = RadioField(_l("Till vem?"), validate_choice=False)
    copy = RadioField(
        _l("Vilken kopia?"),
        choices=[
            SelectChoice("whole", _l("Hela tidslinjen")),
            SelectChoice("masked", _l("Maskerad kopia")),
        ],
        validate_choice=False,
        default="whole",
    )


class ReceiptForm(FlaskForm):
    number = StringField()


class RuleForm(FlaskForm):
    matter = SelectField(
        _l("Vad gäller regeln?"),
        choices=[SelectChoice(key, text) for key, text in MATTER_LABELS.items()],
        validate_choice=False,
    )
    months = IntegerField(_l("Efter hur många månader?"))
    decision = StringField(_l("Vilket beslut?"))
    decided_on = DateField(_l("Vilken dag beslutades det?"))
