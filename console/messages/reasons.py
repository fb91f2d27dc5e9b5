"""Why a post didn't go out, or a broadcast ended, in words."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from channels.failures import SENTENCES, Reason

_WORDS: dict[str, LazyString] = {
    "not_ours": _l("Kontot är inte låst och aktivt i den här händelsen."),
    "target_changed": _l("Kontots inställningar har ändrats sedan texten godkändes."),
    "no_card": _l("Kortet gick inte att göra. Publicera för hand, med en egen bild."),
    "declared_not_out": _l("Någon har tittat: inlägget är inte ute."),
    "looked_for": _l("Inlägget fanns inte på kontot."),
    "abandoned": _l("Ingen vet om inlägget kom fram."),
    "too_late": _l("Omgången hann bli för gammal."),
    "newer_text": _l("En nyare text har tagit över."),
    "event_closed": _l("Händelsen är avslutad."),
    "exercise_broken_off": _l("Övningen är avbruten, skarpt läge."),
    "replaced": _l("En nyare text har tagit över."),
    "no_website": _l("Den officiella webbplatsen är inte med längre. Ta med den i händelsen."),
    "promise": _l("Tiden för nästa besked passerade utan nytt besked."),
    "stopped": _l("Stoppad av en person."),
    "stop_all": _l("Stoppa allt."),
    "withdrawn": _l("Texten togs tillbaka."),
    "correction": _l("En rättelse skrivs."),
    "correction_unsent": _l("Rättelsen som texten hör till gick inte ut."),
    "paused": _l("Pausad av en person."),
    "fault": _l("Fel ute: texten sänds inte mer. Skriv en text som ersätter."),
    "removal": _l("Inlägg ska tas bort: texten sänds inte mer."),
    "removed": _l("Texten är borttagen. Beviset finns hos dem som får läsa det."),
    "language": _l("Översättningen av rättelsen är inte godkänd."),
    "restored": _l("Konsolen är återställd. Titta på kontot: det kan redan vara ute."),
    "locked": _l("Kontot låstes av en händelse."),
    "unknown": _l("Ingen vet om inlägget är ute."),
    "started": _l("Inlägget är på väg ut. Det rättas när det är framme."),
    "waiting": _l("Rättas strax."),
    "by_hand": _l("Ska rättas för hand."),
    "refused": _l("Mottagaren tog inte emot rättelsen."),
    "expired": _l("Rättelsen hann inte ut i tid."),
    "shut_out": _l("mottagaren är avstängd"),
    "standing_changed": _l("Det som gäller har ändrats. Skriv en text som ersätter."),
}


def said(reason: str) -> str:
    """A stored reason as a sentence.

    Args:
        reason: a word of ours, or a channel's `Reason` and perhaps ": " and the server's own words.
    """
    word = _WORDS.get(reason)
    if word is not None:
        return str(word)
    name, _colon, detail = reason.partition(": ")
    if name not in set(Reason):
        return reason
    sentence = _(SENTENCES[Reason(name)])
    return f"{sentence} ({detail})" if detail else sentence
