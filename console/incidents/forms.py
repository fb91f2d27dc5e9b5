"""What the pages of an event ask for. What may be said is judged by the operations, once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Form, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from console.accounts.rules import platform_name
from console.errors import BadInput, ConsoleError, Faults
from console.incidents import rules
from console.incidents.log_sieve import KINDS
from console.timeline.queries import EVERYTHING, Sieve
from console.web.fields import LongSelectField, MomentField

ALL = SelectChoice("", _l("Alla"))
_STAGES = [SelectChoice(s.value, rules.STAGE_LABELS[s]) for s in rules.Stage]
_USES = [SelectChoice(u.value, rules.USE_LABELS[u]) for u in rules.Use]


class OpenForm(FlaskForm):
    """A new event. Exercise or live is never preselected, but after *skarpt läge*."""

    exercise = RadioField(
        _l("Övning eller kris?"),
        choices=[
            SelectChoice("exercise", _l("Övning")),
            SelectChoice("live", _l("Kris, på riktigt")),
        ],
        validate_choice=False,
    )
    plan = SelectField(
        _l("Övningsplan"),
        description=_l("Bara i en övning. Inspelen händer av sig själva."),
        validate_choice=False,
    )
    name = StringField(_l("Vad har hänt?"))
    area = StringField(_l("Var?"))
    stage = RadioField(_l("Vem leder?"), choices=_STAGES, validate_choice=False)
    reason = TextAreaField(_l("Varför öppnar du?"))
    bulk_group = SelectField(_l("Välj flera"), validate_choice=False)
    bulk_use = SelectField(
        _l("Gör så här"),
        choices=[SelectChoice("", _l("Ingen ändring")), *_USES],
        validate_choice=False,
    )
    narrowing_reason = TextAreaField(_l("Varför används färre konton?"))

    @property
    def is_exercise(self) -> bool | None:
        """None: not chosen."""
        return {"exercise": True, "live": False}.get(self.exercise.data or "")


class UseForm(FlaskForm):
    """A new decision about one account."""

    use = RadioField(
        _l("Vad gäller för kontot?"),
        choices=[use for use in _USES if use.value != rules.Use.LEAVE],
        validate_choice=False,
    )
    reason = TextAreaField(_l("Varför?"))


class NoteForm(FlaskForm):
    kind = RadioField(
        _l("Vad gäller det?"),
        choices=[SelectChoice(k.value, rules.NOTE_LABELS[k]) for k in rules.NoteKind],
        default=rules.NoteKind.OTHER.value,
        validate_choice=False,
    )
    happened_at = MomentField(_l("När hände det?"))
    text = TextAreaField(_l("Vad hände?"))


class LogForm(Form):
    """Narrows the log; sent by GET."""

    words = StringField(_l("Sök"))
    about = SelectField(
        _l("Slag"),
        choices=[ALL, *(SelectChoice(key, label) for key, (label, _nouns) in KINDS.items())],
        validate_choice=False,
    )
    account = LongSelectField(_l("Konto"), validate_choice=False)
    person = SelectField(_l("Vem"), validate_choice=False)

    def offer(self, accounts: Mapping[int, str], people: Mapping[int, str]) -> None:
        self.account.choices = [ALL, *(SelectChoice(str(i), n) for i, n in accounts.items())]
        self.person.choices = [ALL, *(SelectChoice(str(i), n) for i, n in people.items())]

    @property
    def sieve(self) -> Sieve:
        """What was chosen; what can't be is passed over."""
        _label, nouns = KINDS.get(self.about.data or "", ("", ()))
        return Sieve(nouns, _id(self.person.data), _id(self.account.data))

    @property
    def narrows(self) -> bool:
        return bool(self.words.data) or self.sieve != EVERYTHING


def _id(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


class StageForm(FlaskForm):
    stage = RadioField(_l("Vem leder?"), choices=_STAGES, validate_choice=False)
    reason = TextAreaField(_l("Vem beslutade, och varför?"))


class ReadForm(FlaskForm):
    queued = RadioField(
        _l("Har du inlägg på väg ut i appen?"),
        choices=[SelectChoice(p.value, rules.PENDING_LABELS[p]) for p in rules.PendingPosts],
        validate_choice=False,
    )


def bulk_groups(accounts: Iterable[rules.Offered]) -> list[SelectChoice]:
    """ "All accounts", then each platform and each committee, in board order."""
    accounts = list(accounts)
    groups = [SelectChoice("all", _("Alla konton"))]
    for platform in dict.fromkeys(a.platform for a in accounts):
        words = _("Alla %(platform)s", platform=platform_name(platform))
        groups.append(SelectChoice(f"platform:{platform}", words))
    for committee in dict.fromkeys(a.committee for a in accounts if a.committee):
        groups.append(SelectChoice(f"committee:{committee}", committee))
    return groups


def in_group(account: rules.Offered, group: str) -> bool:
    kind, _sep, value = group.partition(":")
    if kind == "platform":
        return account.platform == value
    return account.committee == value if kind == "committee" else kind == "all"


def posted_choices(
    accounts: Iterable[rules.Offered], posted: Mapping[str, Any]
) -> dict[int, tuple[str, str]]:
    """Account id → (use, reason) of the rows that were answered."""
    return {
        a.id: (posted[f"use-{a.id}"], posted.get(f"reason-{a.id}", ""))
        for a in accounts
        if f"use-{a.id}" in posted
    }


def show_faults(
    form: FlaskForm, error: ConsoleError, names: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Put an operation's refusal on the fields it names; what no field carries stands on top.

    Args:
        names: the operation's name for a value → the form's field.

    Returns what concerns accounts: `account-<id>` → sentence.
    """
    faults = error.faults if isinstance(error, Faults) else {}
    if isinstance(error, BadInput) and error.field:
        faults = {error.field: error.message}
    accounts: dict[str, str] = {}
    for key, sentence in faults.items():
        field = form._fields.get((names or {}).get(key, key))
        if field is not None:
            field.errors = [*field.errors, sentence]
        else:
            accounts[key] = sentence
    if not faults:
        form.form_errors.append(error.message)
    return accounts
