"""Why a post isn't known to be sent, and how a channel says so.

A send has three outcomes: sent (a `Receipt`), not sent (`Refused`, `Retry`) and unknown
(`Unknown`). What decides between the last two is whether the request had left: before a connection
was made nothing can have been published, so trying again is safe; afterwards only an answer tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from channels.words import N_

LONGEST_WISH = 86_400.0
"""Seconds that a platform can have us wait. One that names years is mistaken, and would keep an
account silent long after anybody knows why."""


class Reason(StrEnum):
    """Why a post was not known to be sent. `SENTENCES` says it to people."""

    NO_CONNECTION = "no_connection"
    ADDRESS = "address"
    CREDENTIALS = "credentials"
    TURNED_DOWN = "turned_down"
    TOO_LONG = "too_long"
    BUSY = "busy"
    SERVER_ERROR = "server_error"
    NO_ANSWER = "no_answer"
    BAD_ANSWER = "bad_answer"
    DUPLICATE = "duplicate"
    PICTURE = "picture"
    RIGHTS = "rights"
    WRONG_ACCOUNT = "wrong_account"
    SETTINGS = "settings"
    CREDIT = "credit"
    PARTLY = "partly"
    """Some of the recipients have it, whatever became of the others: with `Retry`, those are tried
    again; with `Unknown`, a person must look."""
    EXERCISE = "exercise"
    CANNOT = "cannot"
    OUTDATED = "outdated"
    NO_ADDRESS = "no_address"
    """The platform fetches pictures itself, and ours have no address in public."""


SENTENCES: Mapping[Reason, str] = {
    Reason.NO_CONNECTION: N_("Servern gick inte att nå."),
    Reason.ADDRESS: N_("Adressen är inte tillåten. Rätta kontots inställningar."),
    Reason.CREDENTIALS: N_("Inloggningen gäller inte längre. Förnya nyckeln."),
    Reason.TURNED_DOWN: N_("Mottagaren tog inte emot inlägget."),
    Reason.TOO_LONG: N_("Texten är för lång för kanalen."),
    Reason.BUSY: N_("Servern ber oss vänta."),
    Reason.SERVER_ERROR: N_("Servern svarade med ett fel efter att inlägget lämnats."),
    Reason.NO_ANSWER: N_("Inlägget lämnades men svaret kom aldrig. Titta på kontot."),
    Reason.BAD_ANSWER: N_("Inlägget lämnades men svaret gick inte att läsa. Titta på kontot."),
    Reason.DUPLICATE: N_("Plattformen säger att samma text redan är ute. Titta på kontot."),
    Reason.PICTURE: N_("Kanalen tar bara emot inlägg med bild."),
    Reason.RIGHTS: N_("Nyckeln saknar rättigheter. Anslut kontot på nytt."),
    Reason.WRONG_ACCOUNT: N_("Nyckeln hör till ett annat konto. Anslut rätt konto."),
    Reason.SETTINGS: N_("Kontots uppgifter räcker inte för att sända. Rätta dem."),
    Reason.CREDIT: N_("Saldot hos leverantören räcker inte. Fyll på det."),
    Reason.PARTLY: N_("Bara en del av mottagarna har fått inlägget."),
    Reason.EXERCISE: N_("En övning når aldrig en riktig kanal."),
    Reason.CANNOT: N_("Kanalen kan inte ändra eller ta bort inlägg."),
    Reason.OUTDATED: N_("Plattformen har stängt den här versionen. Uppgradera Budkavle."),
    Reason.NO_ADDRESS: N_(
        "Plattformen hämtar bilden från kommunens krissida, men den går inte att nå utifrån."
        " Sätt BUDKAVLE_PUBLIC_URL till en https-adress."
    ),
}


class ChannelError(Exception):
    """Base of every outcome that isn't a receipt.

    `reason` is one of `Reason`; `detail` is for logs and the curious: a status code, the server's
    own words (at most 300 characters), never a secret.
    """

    def __init__(self, reason: Reason, detail: str = "") -> None:
        self.reason = reason
        self.detail = " ".join(detail.split())[:300]
        super().__init__(f"{reason}: {self.detail}" if self.detail else str(reason))


class Refused(ChannelError):
    """Not sent, and trying again would not help."""


class Reauthorise(Refused):
    """Not sent: the key, token or password is dead."""


class Retry(ChannelError):
    """Not sent; trying again may help. `after` is the server's own wish in seconds, if any, and at
    most `LONGEST_WISH`."""

    def __init__(self, reason: Reason, detail: str = "", *, after: float | None = None) -> None:
        super().__init__(reason, detail)
        self.after = None if after is None else min(LONGEST_WISH, after)


class Absent(Refused):
    """Raised by `read_back` alone: the platform itself says that the post isn't out, and won't be
    by what was sent so far. It may be sent again, with what was `prepared`."""


class Unknown(ChannelError):
    """The request left and no usable answer came back: it may or may not be published."""


class BadSettings(Exception):
    """An account's settings can't be used. `message` is a Swedish sentence (see `N_`)."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message
