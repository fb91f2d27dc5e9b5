"""What the writer is asked, field by field: the words of the form."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from console.messages.rules import MessageType

TYPES: dict[MessageType, LazyString] = {
    MessageType.FIRST: _l("Första"),
    MessageType.INSTRUCTION: _l("Uppmaning"),
    MessageType.UPDATE: _l("Uppdatering"),
    MessageType.NO_NEWS: _l("Inget nytt"),
    MessageType.RUMOUR: _l("Rykte"),
    MessageType.CORRECTION: _l("Rättelse"),
    MessageType.ALL_CLEAR: _l("Läget över"),
}
WHEN: dict[MessageType, LazyString] = {
    MessageType.FIRST: _l("Något har hänt. Säg vad invånarna ska göra nu."),
    MessageType.INSTRUCTION: _l("Invånarna ska göra något nytt, eller något annat än förut."),
    MessageType.UPDATE: _l("Vi vet mer. Det som gäller står kvar."),
    MessageType.NO_NEWS: _l("Vi lovade besked, men vet inget nytt."),
    MessageType.RUMOUR: _l("Något felaktigt sprids. Säg vad som är sant."),
    MessageType.CORRECTION: _l("Vi har själva skrivit fel. Upprepningen pausas medan du skriver."),
    MessageType.ALL_CLEAR: _l("Faran är över. Upprepningen upphör."),
}
WRITE: dict[MessageType, LazyString] = {
    MessageType.FIRST: _l("Skriv första beskedet"),
    MessageType.INSTRUCTION: _l("Skriv uppmaning"),
    MessageType.UPDATE: _l("Skriv uppdatering"),
    MessageType.NO_NEWS: _l("Skriv att inget är nytt"),
    MessageType.RUMOUR: _l("Bemöt rykte"),
    MessageType.CORRECTION: _l("Rätta fel ute"),
    MessageType.ALL_CLEAR: _l("Skriv läget över"),
}
APPROVE: dict[MessageType, LazyString] = {
    MessageType.FIRST: _l("Godkänn första beskedet?"),
    MessageType.INSTRUCTION: _l("Godkänn uppmaning?"),
    MessageType.UPDATE: _l("Godkänn uppdatering?"),
    MessageType.NO_NEWS: _l("Godkänn beskedet Inget nytt?"),
    MessageType.RUMOUR: _l("Godkänn svar på rykte?"),
    MessageType.CORRECTION: _l("Godkänn rättelse?"),
    MessageType.ALL_CLEAR: _l("Godkänn läget över?"),
}
STATES: dict[str, LazyString] = {
    "draft": _l("Utkast"),
    "submitted": _l("Väntar på godkännande"),
    "returned": _l("Returnerad"),
    "approved": _l("Godkänd"),
    "out": _l("Ute"),
    "over": _l("Ersatt"),
    "withdrawn": _l("Återtagen"),
}

GROUNDS: dict[str, LazyString] = {
    "personal_data": _l("Kränkande personuppgifter"),
    "secrecy": _l("Sekretess"),
    "crime": _l("Brott"),
}

REMOVAL_STATES: dict[str, LazyString] = {
    "asked": _l("Väntar på beslut"),
    "declined": _l("Står kvar"),
    "queued": _l("Tas bort"),
    "started": _l("Tas bort"),
    "by_hand": _l("Tas bort för hand"),
    "refused": _l("Går inte att ta bort"),
    "gone": _l("Borttaget"),
}

FIELDS: dict[str, tuple[LazyString, LazyString | str]] = {
    "text": (_l("Vad är nytt?"), ""),
    "instruction": (_l("Vad ska invånarna göra?"), _l("En mening. Den står först och står kvar.")),
    "instruction_detail": (_l("Hur gör man?"), ""),
    "area": (_l("Var gäller det?"), ""),
    "fact_owner": (_l("Vem äger fakta?"), _l("Namn och roll på den som kan svara.")),
    "began": (_l("När började det?"), ""),
    "cause": (_l("Varför hände det?"), _l("Skriv Vet inte om ni inte vet.")),
    "known": (_l("Vad vet vi?"), ""),
    "unknown": (_l("Vad vet vi inte?"), ""),
    "doing": (_l("Vad gör vi?"), ""),
    "affected": (_l("Vilka berörs?"), ""),
    "contact": (_l("Vart vänder man sig?"), ""),
    "valid_until": (_l("Hur länge gäller det?"), ""),
    "decided_by": (_l("Vem har beslutat?"), ""),
    "deadline": (_l("När ska det vara gjort?"), ""),
    "risk_groups": (_l("Vilka är extra utsatta?"), ""),
    "unchanged": (_l("Vad är som förut?"), ""),
    "since": (_l("Sedan när?"), _l("Klockslaget för det senaste beskedet.")),
    "source": (_l("Hur vet vi det?"), ""),
    "seen_where": (_l("Var sprids ryktet?"), ""),
    "wrong": (_l("Vilken mening är fel?"), ""),
    "right": (_l("Vad är rätt?"), ""),
    "thanks": (_l("Vilka vill ni tacka?"), ""),
    "remains": (_l("Vad finns kvar att göra?"), ""),
    "support": (_l("Vilket stöd finns?"), ""),
    "short_text": (_l("Kort text"), _l("Går ut där den långa inte ryms.")),
    "hazard": (_l("Vad är farligt?"), ""),
    "symptoms": (_l("Hur märker man att man är sjuk?"), ""),
    "alternative_water": (_l("Var finns rent vatten?"), ""),
    "if_ill": (_l("Vad gör man om man blir sjuk?"), ""),
}
TEXT: dict[MessageType, LazyString] = {
    MessageType.FIRST: _l("Vad har hänt?"),
    MessageType.INSTRUCTION: _l("Mer om uppmaningen"),
    MessageType.NO_NEWS: _l("Vad säger vi?"),
    MessageType.RUMOUR: _l("Vad är sant?"),
    MessageType.ALL_CLEAR: _l("Vad gäller nu?"),
}
"""What `text` is called where it isn't *Vad är nytt?*."""
LONG = frozenset({"text", "instruction_detail", "right", "wrong", "short_text", "en_body"})
"""Fields of several lines."""


def label(name: str, message_type: MessageType) -> LazyString:
    if name == "text":
        return TEXT.get(message_type, FIELDS["text"][0])
    if name == "instruction" and message_type is MessageType.CORRECTION:
        return _l("Ny uppmaning, om den ändras")
    return FIELDS[name][0]
