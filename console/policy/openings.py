"""*Mallar*: openings to start a message from, in plain words, with gaps that must be filled.

A gap is what stands in square brackets: "Koka ditt kranvatten om du bor i [plats]." A text that
still has one can't be sent to an approver.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TYPES = ("first", "instruction", "update", "no_news", "rumour", "correction", "all_clear")
"""Types of message, as console.messages.rules names them."""
TEXTS = (
    *("instruction", "instruction_detail", "text", "short_text", "affected", "known", "unknown"),
    *("doing", "contact", "hazard", "risk_groups", "alternative_water", "if_ill", "source"),
    *("right", "thanks", "remains", "support"),
)
"""Fields that an opening may fill. Times, who owns the facts and who decided are always new."""
ENGLISH = ("headline", "detail", "body")
MOST = 100
NAME_LENGTH = 24
TEXT_LENGTH = 500
"""Characters."""
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_UNKEEPABLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\ud800-\udfff]")
"""What neither database nor timeline can hold, or no channel shows; a new line may stand."""
_GAP = re.compile(r"\[[^\[\]\n]{1,60}\]")


@dataclass(frozen=True)
class Opening:
    """One template."""

    key: str
    type: str
    sv: str
    """What the button says: the kind of event."""
    en: str
    texts: Mapping[str, str]
    """Field → Swedish."""
    english: Mapping[str, str] = field(default_factory=dict)
    """headline, detail, body; empty: there is no English."""


def gaps(text: str) -> list[str]:
    """What is still to be filled in, brackets included, in order and without repeats."""
    return list(dict.fromkeys(_GAP.findall(text)))


def read(items: Any) -> tuple[Opening, ...]:
    """The openings of a profile's content that `fault` finds nothing wrong with."""
    return tuple(Opening(**item) for item in items)


def fault(items: Any) -> str | None:
    """What is wrong with a profile's list of openings, by place (from 1)."""
    if not isinstance(items, list | tuple) or len(items) > MOST:
        return f"ange en lista med högst {MOST} mallar."
    seen: set[str] = set()
    for place, item in enumerate(items, 1):
        said = _fault(item, seen)
        if said:
            return f"mall {place}: {said}"
    return None


def _fault(item: Any, seen: set[str]) -> str | None:
    names = {"key", "type", "sv", "en", "texts"}
    if not isinstance(item, Mapping) or not names <= set(item) <= names | {"english"}:
        return "ange key, type, sv, en och texts, och english om den finns."
    key = item["key"]
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        return "key ska vara små bokstäver a–z, siffror och _."
    if key in seen:
        return f"key {key} finns redan."
    seen.add(key)
    if item["type"] not in TYPES:
        return f"type måste vara någon av {', '.join(TYPES)}."
    if not all(_is_text(item[name], NAME_LENGTH) for name in ("sv", "en")):
        return f"sv och en måste vara texter på högst {NAME_LENGTH} tecken."
    for name, known in (("texts", TEXTS), ("english", ENGLISH)):
        texts = item.get(name, {})
        if not isinstance(texts, Mapping) or not set(texts) <= set(known):
            return f"{name} får bara ha fälten {', '.join(known)}."
        if not all(_is_text(text, TEXT_LENGTH) for text in texts.values()):
            return f"{name} måste ha texter på högst {TEXT_LENGTH} tecken."
    return None if item["texts"] else "texts är tom."


def _is_text(value: Any, most: int) -> bool:
    return (
        isinstance(value, str)
        and bool(value.strip())
        and len(value) <= most
        and not _UNKEEPABLE.search(value)
    )


OPENINGS = (
    Opening(
        "first_water", "first", "Vatten", "Water",
        {
            "instruction": "Koka ditt kranvatten om du bor i [plats].",
            "instruction_detail": "Låt det bubbla kraftigt.",
            "text": "Vi har hittat [vad] i vattnet. Vi vet inte varför ännu.",
            "unknown": "Vi vet inte hur länge det varar.",
            "doing": "Vi tar nya prover och letar efter felet.",
        },
        {
            "headline": "Boil your tap water if you live in [place].",
            "detail": "Bring it to a rolling boil.",
            "body": "We have found [what] in the water. We do not know why yet.",
        },
    ),
    Opening(
        "first_power", "first", "El", "Power",
        {
            "instruction": "Spara på batteriet i din telefon.",
            "text": "Strömmen har gått i [plats]. Felet är inte hittat.",
            "unknown": "Vi vet inte när strömmen kommer tillbaka.",
            "doing": "[Elbolaget] letar efter felet. Vi ser till dem som behöver hjälp.",
        },
        {
            "headline": "Save the battery of your phone.",
            "body": "The power is out in [place]. The fault has not been found.",
        },
    ),
    Opening(
        "first_weather", "first", "Väder", "Weather",
        {
            "instruction": "Stanna inne om du kan.",
            "text": "Det [blåser/snöar/regnar] kraftigt i [plats]. Träd kan falla över vägar.",
            "unknown": "Vi vet inte hur länge det håller i sig.",
            "doing": "Vi röjer de största vägarna först.",
        },
        {
            "headline": "Stay indoors if you can.",
            "body": "Severe weather in [place]. Trees may fall across roads.",
        },
    ),
    Opening(
        "first_fire", "first", "Brand", "Fire",
        {
            "instruction": "Gå in. Stäng fönster, dörrar och ventiler.",
            "text": "Det brinner vid [plats]. Röken driver mot [plats dit röken går].",
            "unknown": "Vi vet inte hur det började.",
            "doing": "Räddningstjänsten är på plats.",
        },
        {
            "headline": "Go indoors. Close windows, doors and vents.",
            "body": "There is a fire at [place]. The smoke is moving towards [place].",
        },
    ),
    Opening(
        "first_other", "first", "Annat", "Other",
        {
            "instruction": "[Vad invånarna ska göra nu].",
            "text": "[Vad] har hänt i [plats].",
            "unknown": "Vi vet inte [vad] ännu.",
            "doing": "Vi [vad ni gör nu].",
        },
        {
            "headline": "[What to do now].",
            "body": "[What] has happened in [place].",
        },
    ),
    Opening(
        "instruction_water", "instruction", "Vatten", "Water",
        {
            "instruction": "Koka allt vatten du dricker eller lagar mat med i [plats].",
            "instruction_detail": "Låt det bubbla kraftigt. Du kan duscha och tvätta som vanligt.",
            "risk_groups": "Små barn, gamla och sjuka.",
            "alternative_water": "Rent vatten finns vid [plats].",
            "if_ill": "Ring 1177 om du mår dåligt.",
        },
        {
            "headline": "Boil all water that you drink or cook with in [place].",
            "detail": "Bring it to a rolling boil. You can shower and wash as usual.",
            "body": "Clean water is at [place].",
        },
    ),
    Opening(
        "instruction_power", "instruction", "El", "Power",
        {
            "instruction": "Gå till [trygghetspunkt] om du behöver värme eller ladda telefonen.",
            "text": "Där finns värme, el och någon att prata med. Titta till dina grannar.",
        },
        {
            "headline": "Go to [place] if you need warmth or to charge your phone.",
            "body": "There is warmth, power and somebody to talk to. Look in on your neighbours.",
        },
    ),
    Opening(
        "instruction_weather", "instruction", "Väder", "Weather",
        {
            "instruction": "Res inte i [plats] om du inte måste.",
            "text": "Vägarna är [hala/översvämmade/blockerade]. Rör inte ledningar som ligger ner.",
        },
        {
            "headline": "Do not travel in [place] unless you have to.",
            "body": "The roads are [icy/flooded/blocked]. Do not touch cables on the ground.",
        },
    ),
    Opening(
        "instruction_fire", "instruction", "Brand", "Fire",
        {
            "instruction": "Lämna [plats] nu. Kör mot [plats att samlas på].",
            "instruction_detail": "Ta med mediciner, varma kläder och dina djur.",
            "text": "Åk inte tillbaka innan vi säger att det går.",
        },
        {
            "headline": "Leave [place] now. Drive towards [place to gather].",
            "detail": "Bring medicine, warm clothes and your animals.",
            "body": "Do not go back until we say that you can.",
        },
    ),
    Opening(
        "update_any", "update", "Alla händelser", "Any event",
        {
            "text": "Nu [vad som är nytt].",
            "unknown": "Vi vet inte [vad] ännu.",
            "doing": "Vi [vad ni gör nu].",
        },
        {"body": "Now [what is new]."},
    ),
    Opening(
        "update_water", "update", "Vatten", "Water",
        {
            "text": "Nu finns rent vatten vid [plats]. Ta med egen dunk.",
            "unknown": "Vi vet inte varför vattnet är dåligt.",
            "doing": "Vi väntar på svar från proven.",
            "alternative_water": "Hämta vatten vid [plats].",
        },
        {"body": "Clean water is now at [place]. Bring your own can."},
    ),
    Opening(
        "rumour_any", "rumour", "Alla händelser", "Any event",
        {
            "text": "[Det som är sant]. Uppgiften om [ämne] sprids, men den är fel.",
            "source": "[Hur ni vet det].",
        },
        {"body": "[What is true]. What is being said about [subject] is wrong."},
    ),
    Opening(
        "correction_any", "correction", "Alla händelser", "Any event",
        {"right": "[Det som är rätt].", "thanks": "Tack till er som hörde av er."},
        {"body": "[What is right]."},
    ),
    Opening(
        "all_clear_water", "all_clear", "Vatten", "Water",
        {
            "text": "Nu kan du dricka kranvattnet i [plats] igen. Spola först i [antal] minuter.",
            "remains": "Vi tar fler prover de närmaste dagarna.",
        },
        {"body": "You can drink the tap water in [place] again. Let it run for [number] minutes."},
    ),
    Opening(
        "all_clear_power", "all_clear", "El", "Power",
        {"text": "Strömmen är tillbaka i [plats]. Kolla kyl och frys."},
        {"body": "The power is back in [place]. Check your fridge and freezer."},
    ),
    Opening(
        "all_clear_weather", "all_clear", "Väder", "Weather",
        {
            "text": "Vädret är lugnt igen i [plats]. Du kan resa som vanligt.",
            "remains": "Träd och ledningar kan ligga kvar. Rör dem inte.",
        },
        {"body": "The weather is calm again in [place]. You can travel as usual."},
    ),
    Opening(
        "all_clear_fire", "all_clear", "Brand", "Fire",
        {
            "text": "Branden vid [plats] är släckt. Du kan gå ut igen. Vädra ditt hem.",
            "remains": "Räddningstjänsten är kvar och bevakar.",
        },
        {"body": "The fire at [place] is out. You can go outdoors again. Air your home."},
    ),
    Opening(
        "all_clear_other", "all_clear", "Annat", "Other",
        {
            "text": "Faran är över i [plats]. [Vad som gäller nu].",
            "support": "[Vilket stöd finns].",
        },
        {"body": "The danger in [place] is over. [What applies now]."},
    ),
)  # fmt: skip
"""Our own words, after how a Swedish municipality communicates in a crisis: what to do first,
then what has happened, what isn't known and what is being done."""
