"""What the pages about posts ask for. What may be said is judged by the operations, once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    Form,
    HiddenField,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)

from console.accounts.models import Account
from console.accounts.rules import platform_name

FIELDS = ("text", "page", "no_page", "clock", "day")


def _number(raw: object) -> int:
    text = str(raw)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else 0


class PostForm(FlaskForm):
    accounts = SelectMultipleField(_l("På vilka konton?"), coerce=_number, validate_choice=False)
    text = TextAreaField(_l("Inlägget"))
    page = StringField(_l("Var står det på webbplatsen?"))
    no_page = BooleanField(_l("Invånarna behöver inte veta det: en hälsning, en bild, en fråga"))
    day = StringField(_l("Vilken dag?"))
    clock = StringField(_l("Vilket klockslag?"))
    revision = HiddenField()

    def offer(self, accounts: Sequence[Account]) -> None:
        self.accounts.choices = [
            (one.id, f"{one.name}, {platform_name(one.platform)}") for one in accounts
        ]

    def fields(self) -> dict[str, Any]:
        """As `writing.begin` takes them."""
        return {
            "text": (self.text.data or "").replace("\r\n", "\n").strip(),
            "page": (self.page.data or "").strip(),
            "no_page": bool(self.no_page.data),
            "clock": (self.clock.data or "").strip(),
            "day": (self.day.data or "").strip(),
        }

    def chosen(self) -> list[int]:
        return [one for one in self.accounts.data or () if one]


class ConfirmForm(FlaskForm):
    """The person's own press."""

    seen_hash = HiddenField()
    confirmed = BooleanField(
        _l("Inlägget följer vår värdegrund, vårt varumärke och lagen. Jag står för det.")
    )
    warned = BooleanField(_l("Jag har läst varningarna. Inget av det är hemligt."))


class CorrectionForm(FlaskForm):
    wrong = RadioField(_l("Vilken mening är fel?"), validate_choice=False)
    right = TextAreaField(_l("Vad är rätt?"))
    thanks = StringField(
        _l("Tack till den som hörde av sig"), default="Tack till er som hörde av er."
    )

    def offer(self, sentences: Sequence[str]) -> None:
        self.wrong.choices = [(one, one) for one in sentences]


class SearchForm(Form):
    """Narrows the list; sent by GET."""

    words = StringField(_l("Sök i texten"))
