"""What the mail of a delivery says: plain Swedish, then a line in English. Pure."""

from __future__ import annotations

from console.archive.rules import Kind

_SUBJECTS = {
    Kind.SNAPSHOT: "Ögonblicksbild till arkivet: {what}",
    Kind.ACCOUNT: "Kontots handlingar till arkivet: {what}",
    Kind.EVENT: "Händelsen överlämnas: {what}",
}
_ASKS = {
    Kind.SNAPSHOT: "Hämta filen och tryck på Mottaget.",
    Kind.ACCOUNT: "Hämta paketet och tryck på Mottaget.",
    Kind.EVENT: "Hämta paketet, skriv diarienumret och tryck på Mottaget.",
}
_BODY = """\
{exercise}{what}

{asks} Länken är bara din, och gäller till {until}:
{link}

Filens SHA-256: {sha256}

Fråga informationsenheten: {phone}

In English: A delivery to archive or registry waits for you. Fetch it and give its receipt at the \
link above.
"""
_EXERCISE = "ÖVNING. Det här är en övning, men paketet är riktigt.\n\n"


def mail(
    kind: str, *, what: str, exercise: bool, until: str, link: str, sha256: str, phone: str
) -> tuple[str, str]:
    """(subject, body). The exercise's mark in the subject is the channel's.

    Args:
        what: the event's name, or the account's.
        until: the link's last day, in words.
    """
    return _SUBJECTS[Kind(kind)].format(what=what), _BODY.format(
        exercise=_EXERCISE if exercise else "",
        what=what,
        asks=_ASKS[Kind(kind)],
        until=until,
        link=link,
        sha256=sha256,
        phone=phone or "–",
    )
