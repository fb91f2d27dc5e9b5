"""One account as a file describes it, checked field by field. Pure.

The file's own words for states and platforms are Swedish ("vilande", "webb-RSS"), and the state may
carry remarks after semicolons; see `state_and_remarks`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _

from channels import platforms
from channels.platforms import Platform
from console.accounts import checks
from console.accounts.rules import CONTROL, SHORT_NAME, State, short_name
from console.errors import BadInput, Faults

LONGEST_TEXT = 300
"""Characters in any one text of an entry."""

FIELDS = frozenset(
    {
        "name", "short_name", "platform", "handle", "address", "operation", "committee",
        "administrators", "kind", "settings", "secret", "public", "official", "languages",
        "repeat_rule", "state", "deviations",
    }
)  # fmt: skip
STATE_WORDS: dict[str, State] = {
    **{state.value: state for state in State},
    "anmäld": State.NOTIFIED,
    "handlingsplan": State.PLANNING,
    "signaturer": State.SIGNING,
    "handlingsplan väntar på verksamhetsansvarig": State.SIGNING,
    "handlingsplan väntar på förvaltningschef": State.SIGNING,
    "kuvert": State.CUSTODY,
    "aktiv": State.ACTIVE,
    "prov": State.ACTIVE,
    "vilande": State.PAUSED,
    "avslutad": State.ENDED,
}
_UNMANNED = "utan ersättare"
"""An account without a stand-in is in use, and that is a deviation."""
_OFFICIAL = frozenset({"officiell kanal", "kriskanal"})


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedPerson:
    """An administrator as a file names one: by e-mail, with a name if they may be new."""

    email: str
    name: str = ""
    phone: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """An account that can be added: every value is known to be usable."""

    name: str
    short_name: str
    platform: str
    """Key in channels.platforms."""
    handle: str
    address: str
    operation: str
    committee: str
    administrators: tuple[NamedPerson, ...]
    kind: str
    settings: dict[str, Any]
    secret: dict[str, Any] = field(repr=False)
    public: bool
    official: bool
    languages: tuple[str, ...]
    repeat_rule: str
    state: State
    deviations: tuple[str, ...]


def parse(raw: object, added: Mapping[str, str] | None = None) -> Entry:
    """The entry in a JSON object.

    Args:
        added: as `channels.platforms.find`.

    Raises:
        Faults: field name → what is wrong with it, for every field at fault. A secret's value is
            never part of a sentence.
    """
    if not isinstance(raw, Mapping):
        raise Faults({"": _("Posten ska vara ett objekt med fält.")})
    return _Reader(raw, added).entry()


def state_and_remarks(text: str) -> tuple[State, list[str]]:
    """The state in the text before the first semicolon, and the remarks after it.

    "aktiv; jour" is active with one remark; "sommar utan ersättare" is active with itself as the
    remark.

    Raises:
        BadInput: no state is called that. Guessing one could let an account publish.
    """
    word, *remarks = [part.strip() for part in text.split(";")]
    remarks = [remark for remark in remarks if remark]
    if word.casefold() in STATE_WORDS:
        return STATE_WORDS[word.casefold()], remarks
    if word.casefold().endswith(_UNMANNED):
        return State.ACTIVE, [word, *remarks]
    raise BadInput(_("%(word)s är inget tillstånd.", word=_quoted(word)), "state")


class _Reader:
    """Reads one object; collects faults instead of stopping at the first."""

    def __init__(self, raw: Mapping[str, Any], added: Mapping[str, str] | None) -> None:
        self.raw = raw
        self.added = added
        self.faults: dict[str, str] = {}

    def entry(self) -> Entry:
        for name in sorted(set(self.raw) - FIELDS, key=str):
            self.fault(str(name), _("Fältet finns inte."))
        platform = self.platform()
        state, remarks = self.state()
        official = self.flag("official", any(r.casefold() in _OFFICIAL for r in remarks))
        deviations = [r for r in remarks if r.casefold() not in _OFFICIAL]
        name = self.text("name", required=True)
        kind = self.text("kind") or platform.kind
        entry = Entry(
            name=name,
            short_name=self.short_name(name),
            platform=platform.key,
            handle=self.text("handle", required=True),
            address=self.address(),
            operation=self.text("operation"),
            committee=self.text("committee"),
            administrators=self.administrators(),
            kind=kind,
            settings=self.settings("settings"),
            secret=self.settings("secret"),
            public=self.flag("public", True),
            official=official,
            languages=self.languages(),
            repeat_rule=self.text("repeat_rule") or platforms.default_repeat(platform, kind),
            state=state,
            deviations=tuple(_capital(d) for d in [*deviations, *self.texts("deviations")]),
        )
        for field_name, sentence in checks.faults(
            kind=entry.kind,
            # A platform that isn't known can't be said to be no website.
            official=entry.official and "platform" not in self.faults,
            languages=entry.languages,
            repeat_rule=entry.repeat_rule,
            settings=entry.settings,
            secret=entry.secret,
        ).items():
            self.fault(field_name, sentence)
        if self.faults:
            raise Faults(self.faults)
        return entry

    def fault(self, name: str, sentence: str) -> None:
        self.faults.setdefault(name, sentence)

    def text(self, name: str, *, required: bool = False) -> str:
        value = self.raw.get(name, "")
        if not isinstance(value, str):
            self.fault(name, _("Skriv text."))
            return ""
        value = value.strip()
        if CONTROL.search(value):
            self.fault(name, _("Texten innehåller styrtecken."))
        elif len(value) > LONGEST_TEXT:
            self.fault(name, _("Texten är längre än %(most)d tecken.", most=LONGEST_TEXT))
        elif required and not value:
            self.fault(name, _("Fältet saknas."))
        else:
            return value
        return ""

    def texts(self, name: str, default: Sequence[str] = ()) -> list[str]:
        value = self.raw.get(name, list(default))
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            self.fault(name, _("Skriv en lista med texter."))
            return []
        if any(CONTROL.search(v) or len(v) > LONGEST_TEXT for v in value):
            self.fault(name, _("En av texterna är för lång eller innehåller styrtecken."))
            return []
        return [v.strip() for v in value if v.strip()]

    def flag(self, name: str, default: bool) -> bool:
        value = self.raw.get(name, default)
        if not isinstance(value, bool):
            self.fault(name, _("Skriv true eller false."))
            return default
        return value

    def platform(self) -> Platform:
        """The platform named; `other` stands in while the fault is being told."""
        word = self.text("platform", required=True)
        found = platforms.find(word, self.added) if word else None
        if word and found is None:
            self.fault("platform", _("%(word)s är ingen känd plattform.", word=_quoted(word)))
        return found or platforms.PLATFORMS["other"]

    def state(self) -> tuple[State, list[str]]:
        word = self.text("state", required=True)
        if word:
            try:
                return state_and_remarks(word)
            except BadInput as error:
                self.fault("state", error.message)
        return State.NOTIFIED, []

    def short_name(self, name: str) -> str:
        given = self.text("short_name")
        if len(given) > SHORT_NAME:
            self.fault("short_name", _("Högst %(most)d tecken.", most=SHORT_NAME))
        return given or short_name(name)

    def address(self) -> str:
        value = self.text("address")
        if value and not re.match(r"https?://[^\s/]+", value):
            self.fault("address", _("Skriv en hel webbadress, med https:// först."))
        return value

    def languages(self) -> tuple[str, ...]:
        return tuple(self.texts("languages", default=["sv"]))

    def settings(self, name: str) -> dict[str, Any]:
        value = self.raw.get(name, {})
        if not isinstance(value, dict):
            self.fault(name, _("Skriv ett objekt."))
            return {}
        return value

    def administrators(self) -> tuple[NamedPerson, ...]:
        value = self.raw.get("administrators", [])
        if not isinstance(value, list):
            self.fault("administrators", _("Skriv en lista med e-postadresser."))
            return ()
        people: dict[str, NamedPerson] = {}
        for item in value:
            person = self.administrator(item)
            if person is None:
                continue
            if person.email.casefold() in people:
                self.fault("administrators", _("%(email)s står två gånger.", email=person.email))
            people[person.email.casefold()] = person
        return tuple(people.values())

    def administrator(self, item: object) -> NamedPerson | None:
        fields = {"email": item} if isinstance(item, str) else item
        if (
            not isinstance(fields, dict)
            or not set(fields) <= {"email", "name", "phone"}
            or not all(isinstance(v, str) and not CONTROL.search(v) for v in fields.values())
        ):
            self.fault("administrators", _("Ange e-postadress, eller namn, e-post och telefon."))
            return None
        address = str(fields.get("email", "")).strip()
        try:
            address = validate_email(
                address, check_deliverability=False, test_environment=True
            ).normalized
        except EmailNotValidError:
            sentence = _("%(email)s är ingen e-postadress.", email=_quoted(address))
            self.fault("administrators", sentence)
            return None
        return NamedPerson(
            email=address,
            name=str(fields.get("name", "")).strip(),
            phone=str(fields.get("phone", "")).strip(),
        )


def _capital(remark: str) -> str:
    return remark[:1].upper() + remark[1:]


def _quoted(word: str) -> str:
    return f"”{word[:60]}”"
