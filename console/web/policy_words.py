"""The profile in words: its sections, what each field is called, and how a value reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from console.incidents.roster import LABELS as PLACES
from console.people.labels import label_of
from console.policy.rules import Profile
from console.policy.values import CONSULTATION, DECISION

Choices = dict[Any, LazyString]


@dataclass(frozen=True)
class Asked:
    """One field of the profile, as the form asks for it."""

    name: str
    label: LazyString
    help: LazyString | str = ""


@dataclass(frozen=True)
class Section:
    key: str
    title: LazyString
    asked: tuple[Asked, ...]


PERIODS: Choices = {"week": _l("Per vecka"), "workday": _l("Per arbetsdag")}
CLASSES: Choices = {
    "upper": _l("Stora bokstäver"),
    "lower": _l("Små bokstäver"),
    "digit": _l("Siffror"),
    "other": _l("Andra tecken"),
}
LANGUAGES: Choices = {"sv": _l("Svenska"), "en": _l("Engelska")}
KINDS: Choices = {DECISION: _l("Beslutar"), CONSULTATION: _l("Hörs")}
MONTHS: Choices = {
    1: _l("Januari"), 2: _l("Februari"), 3: _l("Mars"), 4: _l("April"), 5: _l("Maj"),
    6: _l("Juni"), 7: _l("Juli"), 8: _l("Augusti"), 9: _l("September"), 10: _l("Oktober"),
    11: _l("November"), 12: _l("December"),
}  # fmt: skip
CHOICES: dict[str, Choices] = {
    "check_period": PERIODS,
    "password_classes": CLASSES,
    "languages": LANGUAGES,
    "roster_places": {place.value: label for place, label in PLACES.items()},
    "report_months": MONTHS,
}
COLUMNS: dict[str, dict[str, LazyString]] = {
    "chain": {"role": _l("Roll"), "kind": _l("Beslutar eller hörs")},
    "purposes": {"sv": _l("På svenska"), "en": _l("På engelska")},
    "grounds": {"sv": _l("På svenska"), "en": _l("På engelska")},
    "registry": {"committee": _l("Nämnd"), "email": _l("E-post")},
    "documents": {"title": _l("Namn"), "version": _l("Version"), "url": _l("Webbadress")},
    "first_hour": {"minute": _l("Minut"), "sv": _l("På svenska"), "en": _l("På engelska")},
}
"""Fields that are lists of rows → column → its words. Keys aren't asked for."""
SECTIONS: tuple[Section, ...] = (
    Section("municipality", _l("Kommunen"), (
        Asked("municipality", _l("Kommunens namn")),
        Asked("phone", _l("Växelns telefon")),
        Asked("unit_phone", _l("Informationsenhetens telefon"), _l("För växeln.")),
        Asked("radio", _l("Lokalradio"), _l("Dit vi hänvisar när webbplatsen är sen.")),
        Asked("feedback_email", _l("E-post för synpunkter")),
        Asked("logo", _l("Godkänd logotyp"), _l("Webbadressen till bilden. Kan vara tom.")),
        Asked("languages", _l("Språk utåt")),
    )),
    Section("roles", _l("Vad rollerna heter"), (
        Asked("role_labels", _l("Vad rollerna heter"), _l("Lämna tomt för konsolens namn.")),
    )),
    Section("chain", _l("Vem godkänner en handlingsplan"), (
        Asked("chain", _l("Steg"), _l("Ett till fyra steg. Minst ett beslutar.")),
    )),
    Section("accounts", _l("Konton i vardagen"), (
        Asked("min_admins", _l("Minst så många administratörer")),
        Asked("max_admins", _l("Högst så många administratörer i en handlingsplan")),
        Asked("plan_form", _l("Handlingsplanens blankett"), _l("Står längst ner på utskriften.")),
        Asked("check_times", _l("Hur ofta ett konto ses till")),
        Asked("check_period", _l("Räknat")),
        Asked("watch_words", _l("Ord att bevaka"),
              _l("Med komma emellan, i varje böjning: vatten, vattnet. De märks ut i inkorgen.")),
        Asked("answer_hours", _l("Svar inom så många timmar"), _l("Tomt: så snart det går.")),
        Asked("answer_on_workdays", _l("Räkna bara timmar på arbetsdagar")),
        Asked("posts_per_week", _l("Minst så många inlägg i veckan"), _l("0: ingen regel.")),
        Asked("sign_replies", _l("Svar skrivs under med förnamn")),
        Asked("close_dormant", _l("Konton som står stilla stängs")),
        Asked("dormant_days", _l("Så många dagar utan inlägg och kontroll är att stå stilla")),
        Asked("unit_may_close", _l("Informationsenheten får avsluta konton")),
    )),
    Section("year", _l("Under året"), (
        Asked("report_months", _l("Månader för årsrapporten"),
              _l("Den börjar den första dagen och ska vara klar den sista.")),
        Asked("snapshot_days", _l("Dagar för skärmbilder"),
              _l("Månad-dag, med komma emellan: 01-01, 07-01.")),
        Asked("snapshot_at_change", _l("Ta skärmbilder vid stora ändringar också")),
        Asked("review_months", _l("Månader mellan översyner av riktlinjerna")),
        Asked("major_change_by", _l("Vem beslutar om stora ändringar av riktlinjerna")),
    )),
    Section("purposes", _l("Syften"), (
        Asked("purposes", _l("Syften att välja bland"), _l("Töm en rad för att ta bort den.")),
    )),
    Section("grounds", _l("Skäl att ta bort inlägg"), (
        Asked("grounds", _l("Skäl att välja bland"), _l("Töm en rad för att ta bort den.")),
    )),
    Section("registry", _l("Diarium"), (
        Asked("registry", _l("Adresser till diarierna"), _l("Töm en rad för att ta bort den.")),
        Asked("registrar_guide", _l("Registratorn har en egen vägledning"),
              _l("Skriv in den bland dokumenten. Då finns en länk dit när något ska diarieföras.")),
    )),
    Section("documents", _l("Dokument som styr"), (
        Asked("documents", _l("Dokument"), _l("Töm en rad för att ta bort den.")),
    )),
    Section("login", _l("Inloggning"), (
        Asked("password_min", _l("Tecken i ett lösenord, minst")),
        Asked("password_classes", _l("Ett lösenord måste ha")),
        Asked("idle_minutes", _l("Minuter utan användning tills man loggas ut")),
        Asked("idle_warning_minutes", _l("Minuter innan dess som varningen visas")),
        Asked("link_hours", _l("Timmar som en inbjudan gäller")),
    )),
    Section("crisis", _l("Meddelanden i kris"), (
        Asked("approvals_required", _l("Så många godkänner ett meddelande")),
        Asked("approver_wait_minutes", _l("Minuter innan nästa i ringlistan får frågan")),
        Asked("default_interval_minutes", _l("Minuter mellan uppdateringar, som förslag")),
        Asked("promise_warning_minutes", _l("Minuter före lovat besked som enheten påminns")),
        Asked("grace_seconds", _l("Sekunder som övriga konton väntar på webbplatsen")),
        Asked("fault_line_sv", _l("Rad på webbplatsen när något är fel, på svenska")),
        Asked("fault_line_en", _l("Samma rad på engelska")),
    )),
    Section("reminders", _l("Påminnelser"), (
        Asked("reminder_minutes", _l("Minuter tills en påminnelse går ut")),
        Asked("reminders_most", _l("Så många påminnelser, som mest")),
        Asked("quiet_from", _l("Tyst från klockan"), _l("Då går inga påminnelser ut.")),
        Asked("quiet_to", _l("Tyst till klockan")),
    )),
    Section("staff", _l("Staben"), (
        Asked("roster_places", _l("Platser som måste bemannas")),
    )),
    Section("first_hour", _l("Första timmen"), (
        Asked("first_hour", _l("Att göra"), _l("Töm en rad för att ta bort den.")),
    )),
)  # fmt: skip
"""Every field but key and openings, which have pages of their own, in the order shown."""
OPENINGS = Asked("openings", _l("Mallar"))
KEY = Asked("key", _l("Utgår från"))
LABELS = {
    one.name: one.label
    for one in (*(one for section in SECTIONS for one in section.asked), OPENINGS, KEY)
}


def section(key: str) -> Section | None:
    return next((one for one in SECTIONS if one.key == key), None)


def lines(profile: Profile, name: str) -> list[str]:
    """The value of a field as lines to read; [] where there is nothing."""
    value = getattr(profile, name)
    if name == "role_labels":
        return [f"{label_of(role, {})}: {label}" for role, label in value.items()]
    if name == "chain":
        return [f"{label_of(one.role, profile.role_labels)}. {KINDS[one.kind]}." for one in value]
    if name in ("purposes", "grounds"):
        return [f"{one.sv} / {one.en}" for one in value]
    if name == "registry":
        return [f"{one.committee}: {one.email}" for one in value]
    if name == "documents":
        return [" ".join(filter(None, (one.title, one.version, one.url))) for one in value]
    if name == "first_hour":
        return [f"{one.minute} min: {one.sv} / {one.en}" for one in value]
    if name == "openings":
        return [_opening(one) for one in value]
    if name in CHOICES and isinstance(value, tuple):
        return [", ".join(str(CHOICES[name][one]) for one in value)]
    return [_scalar(name, value)]


def _opening(one: Any) -> str:
    texts = " ".join((*one.texts.values(), *one.english.values()))
    return f"{one.sv} / {one.en} ({one.key}): {texts}"


def _scalar(name: str, value: Any) -> str:
    if name in CHOICES:
        return str(CHOICES[name][value])
    if value is True:
        return str(_("Ja"))
    if value is False:
        return str(_("Nej"))
    if isinstance(value, tuple):
        return ", ".join(value) or str(_("Inga"))
    return str(_("Inget") if value in (None, "") else value)


@dataclass(frozen=True)
class Difference:
    """What of a field goes and what comes."""

    name: str
    label: str
    gone: list[str]
    new: list[str]


def differences(before: Profile, after: Profile, names: tuple[str, ...]) -> list[Difference]:
    """The fields `names` read side by side; lines that both have are left out."""
    found = []
    for name in names:
        old, new = lines(before, name), lines(after, name)
        gone = [line for line in old if line not in new]
        come = [line for line in new if line not in old]
        if not gone and not come:  # the same lines in another order
            gone, come = old, new
        found.append(Difference(name, str(LABELS.get(name, name)), gone, come))
    return found
