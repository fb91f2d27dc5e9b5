"""The action plan: its checklist, its fields, what may stand in them, and its marks. Pure.

Source: guideline 3.1 (checklist), 3.2 (the plan and its marks), form B1.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from console.accounts.rules import CONTROL
from console.people.rules import ROLE_LABELS, Role
from console.policy.values import DECISION, Step
from console.timeline.rules import canonical

FORMAT = 1
"""Of the canonical JSON that marks are given on."""
LONGEST_TEXT = 2000
LONGEST_LINE = 200
LONGEST_REASON = 1000
MOST_MINUTES = 168 * 60
"""The minutes of a week."""


CHECKLIST: dict[str, LazyString] = {
    "mission": _("Utgår ni från verksamhetens uppdrag, och vet ni hur kontot ger bättre service?"),
    "technology": _("Har ni den teknik som behövs: telefoner, datorer, uppkoppling?"),
    "resources": _("Har ni räknat på tiden och pengarna som det tar?"),
    "terms": _("Har ni läst plattformens avtalsvillkor?"),
    "terms_for_public": _("Är villkoren rimliga för dem som ska läsa och svara?"),
    "own_rules": _("Har ni regler för vad den som skriver får säga och göra?"),
    "no_private": _("Klarar ni er utan privata konton när ni företräder verksamheten?"),
    "records": _("Vet ni hur ni tar hand om allmänna handlingar på kontot?"),
    "registration": _("Vet ni hur ni diarieför?"),
    "archiving": _("Vet ni hur ni arkiverar?"),
    "disposal": _("Har ni läst beslutet om gallring?"),
}
"""The eleven questions (3.1-1 … 3.1-11), in their order."""
YES, NO = "yes", "no"

FIELD_LABELS: dict[str, LazyString] = {
    "medium": _("Socialt medium"),
    "address": _("Webbadress"),
    "purposes": _("Syfte"),
    "purpose_text": _("Syftet med egna ord"),
    "audience": _("Målgrupp"),
    "goals": _("Mål"),
    "administrators": _("Administratörer"),
    "watch": _("Bevakning och uppdatering"),
    "minutes_a_week": _("Arbetstid i veckan"),
    "minutes_set_aside": _("Avsatt tid i veckan"),
}
"""What the plan holds, in the order of the form B1."""

_EVERYBODY = frozenset(
    {
        *("alla", "allmänheten", "samtliga", "människor", "folk", "envar"),
        *("invånare", "invånarna", "kommuninvånare", "kommuninvånarna", "medborgare"),
        *("medborgarna", "everyone", "everybody", "all", "people", "public", "residents"),
        *("citizens",),
    }
)
_AROUND = frozenset(
    {
        *("i", "på", "som", "bor", "finns", "är", "här", "av", "våra", "hela", "kommunen"),
        *("kommunens", "kommun", "intresserade", "och", "in", "of", "our", "the", "who", "live"),
    }
)
"""Words that narrow nothing down."""


@dataclass(frozen=True)
class Named:
    """An administrator as the form asks for one."""

    name: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Content:
    """What a plan says, field by field (B1-a … B1-h)."""

    medium: str = ""
    """Platform and handle, as the register has them."""
    address: str = ""
    purposes: tuple[str, ...] = ()
    purpose_text: str = ""
    audience: str = ""
    goals: str = ""
    administrators: tuple[Named, ...] = ()
    watch: str = ""
    minutes_a_week: int = 0
    minutes_set_aside: int = 0
    """What the manager has set aside for it (3.3-c); 0: nobody has said."""


def to_json(content: Content) -> dict[str, Any]:
    """Without time set aside where there is none: plans signed before the form asked for it keep
    their hash."""
    made = asdict(content)
    if not content.minutes_set_aside:
        del made["minutes_set_aside"]
    return made


def from_json(raw: Mapping[str, Any]) -> Content:
    """What `to_json` made; fields that aren't there are empty."""
    named = tuple(Named(**one) for one in raw.get("administrators", ()))
    purposes = tuple(raw.get("purposes", ()))
    rest = {
        one.name: raw[one.name]
        for one in fields(Content)
        if one.name in raw and one.name not in ("administrators", "purposes")
    }
    return Content(**rest, administrators=named, purposes=purposes)


def frozen(content: Content, account_id: int, form: str, policy: str) -> tuple[str, str]:
    """The plan as marks are given on it: canonical JSON, and its SHA-256 in hex.

    Args:
        form: the form's id and version (B1-l).
        policy: key of the policy profile in force (1-a).
    """
    body = {
        "format": FORMAT,
        "account": account_id,
        "form": form,
        "policy": policy,
        "plan": to_json(content),
    }
    text = canonical(body)
    return text, hashlib.sha256(text.encode()).hexdigest()


def changed(old: Content, new: Content) -> tuple[str, ...]:
    """Names of the fields that differ, in the form's order."""
    return tuple(name for name in FIELD_LABELS if getattr(old, name) != getattr(new, name))


def labels(names: Sequence[str]) -> str:
    """The fields' labels, for a sentence."""
    return ", ".join(str(FIELD_LABELS[name]).lower() for name in names)


def is_everyone(audience: str, municipality: str = "") -> bool:
    """Does it name everybody, and so no audience at all? (1.1-b, B1-d)

    Args:
        municipality: its name: who lives there is everybody.
    """
    words = set(re.findall(r"\w+", audience.casefold()))
    idle = _EVERYBODY | _AROUND | set(re.findall(r"\w+", municipality.casefold()))
    return words <= idle and not words.isdisjoint(_EVERYBODY)


def text_faults(content: Content) -> dict[str, str]:
    """What can't even be saved: too long, control characters, choices that don't exist."""
    found: dict[str, str] = {}
    for name in ("purpose_text", "audience", "goals", "watch"):
        value = getattr(content, name)
        if len(value) > LONGEST_TEXT:
            found[name] = gettext("Skriv högst %(n)s tecken.", n=LONGEST_TEXT)
        elif CONTROL.search(re.sub(r"[\r\n\t]", " ", value)):
            found[name] = gettext("Texten innehåller styrtecken.")
    if content.address and not _is_address(content.address):
        found["address"] = gettext("Skriv en hel webbadress, med https:// först.")
    if not 0 <= content.minutes_a_week <= MOST_MINUTES:
        found["minutes_a_week"] = gettext("Skriv timmar i veckan, till exempel 3 eller 1,5.")
    if not 0 <= content.minutes_set_aside <= MOST_MINUTES:
        found["minutes_set_aside"] = gettext("Skriv timmar i veckan, till exempel 3 eller 1,5.")
    for one in content.administrators:
        if said := _named_fault(one):
            found["administrators"] = said
            break
    return found


def faults(content: Content, least: int, most: int, municipality: str = "") -> dict[str, str]:
    """What keeps the plan from being signed, field → sentence; {} if nothing does.

    Args:
        least, most: administrators that the policy asks for, and has room for (3-a, B1-f).
        municipality: see `is_everyone`.
    """
    found = text_faults(content)

    def say(name: str, sentence: str) -> None:
        found.setdefault(name, sentence)

    if not content.address:
        say("address", gettext("Skriv webbadressen som kontot har eller ska få."))
    if not content.purposes and not content.purpose_text.strip():
        say("purposes", gettext("Välj minst ett syfte, eller skriv ett eget."))
    if not content.audience.strip():
        say("audience", gettext("Skriv vem ni vill nå."))
    elif is_everyone(content.audience, municipality):
        say("audience", gettext("Alla är ingen målgrupp. Skriv vilka ni helst vill nå."))
    if not content.goals.strip():
        say("goals", gettext("Skriv minst ett mål, gärna med en siffra."))
    if not content.watch.strip():
        say("watch", gettext("Skriv hur ofta och vilka tider kontot bevakas."))
    if content.minutes_a_week == 0:
        say("minutes_a_week", gettext("Skriv hur många timmar i veckan det tar."))
    have = len(content.administrators)
    emails = {one.email.casefold() for one in content.administrators}
    if have < least:
        say("administrators", gettext("Ange minst %(n)s administratörer.", n=least))
    elif have > most:
        say("administrators", gettext("Ange högst %(n)s administratörer.", n=most))
    elif len(emails) < have:
        say("administrators", gettext("Samma person står två gånger."))
    return found


def short_of_time(content: Content) -> bool:
    """Is less time set aside than the account takes? It warns, and never blocks: whoever signs
    decides with their eyes open (3.3-c)."""
    return content.minutes_set_aside < content.minutes_a_week


def _named_fault(one: Named) -> str | None:
    if not one.name.strip() or not one.email.strip() or not one.phone.strip():
        return str(gettext("Skriv namn, e-post och telefon för varje administratör."))
    texts = (one.name, one.email, one.phone)
    if any(CONTROL.search(text) or len(text) > LONGEST_LINE for text in texts):
        return str(gettext("En av texterna är för lång eller innehåller styrtecken."))
    try:
        validate_email(one.email, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return str(gettext("%(email)s är ingen e-postadress.", email=one.email))
    return None


def _is_address(text: str) -> bool:
    fits = len(text) <= LONGEST_LINE and not CONTROL.search(text)
    return fits and re.fullmatch(r"https?://[^\s/]+\S*", text) is not None


def checklist_faults(answers: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """What the checklist still lacks, question → sentence; {}: it is complete (3.2-a).

    Args:
        answers: question → {"answer": "yes" | "no" | "", "note"}. A no says what is done instead.
    """
    found: dict[str, str] = {}
    for key in CHECKLIST:
        given = answers.get(key, {})
        if given.get("answer") not in (YES, NO):
            found[key] = gettext("Svara ja eller nej.")
        elif given["answer"] == NO and not given.get("note", "").strip():
            found[key] = gettext("Skriv vad ni gör åt det.")
        elif len(given.get("note", "")) > LONGEST_TEXT:
            found[key] = gettext("Skriv högst %(n)s tecken.", n=LONGEST_TEXT)
    return found


def outstanding(chain: Sequence[Step], given: Mapping[str, str]) -> tuple[Step, ...]:
    """The steps whose marks aren't given.

    Args:
        given: role → kind of its mark. Who has decided has been heard too; not the other way
            round, where the chain has changed since.
    """
    return tuple(step for step in chain if given.get(step.role) not in (step.kind, DECISION))


def step_for(
    chain: Sequence[Step], roles: Collection[str], given: Mapping[str, str]
) -> Step | None:
    """The first step that somebody with these roles could give and whose role has given none."""
    left = outstanding(chain, given)
    return next((step for step in left if step.role in roles and step.role not in given), None)


def stuck(chain: Sequence[Step], given: Mapping[str, str]) -> tuple[Step, ...]:
    """Steps that nobody can give any more: the role was heard, and must now decide."""
    return tuple(step for step in outstanding(chain, given) if step.role in given)


def role_label(role: str) -> str:
    return str(ROLE_LABELS[Role(role)])
