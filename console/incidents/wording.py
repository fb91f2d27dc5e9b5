"""What a notice says in a mail: plain Swedish, then a line in English. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from console.incidents.rules import NoticeKind

_SUBJECT = {
    NoticeKind.LOCKED: "Ditt konto är låst: {event}",
    NoticeKind.RELEASED: "Ditt konto är upplåst: {event}",
    NoticeKind.CLOSED: "Läget över, ditt konto är upplåst: {event}",
}
_LOCKED = """\
Låst: {accounts}.

Varför? {reason}
Därför skriver bara informationsenheten just nu.

Hur länge? Tills vi skriver Läget över. Då får du ett mejl.

Det här får du göra:
- Svara med godkända svar.
- Dölj olagliga kommentarer.
- Skriv inga egna inlägg. Inte i plattformens egen app heller: låset gäller i Budkavle, \
appen kan vi inte stänga. Pausa inlägg som redan är på väg ut där.

Tryck på Jag har läst: {link}
Fråga informationsenheten: {phone}

In English: Your account is locked because of "{event}". Only the information unit publishes \
until it is over. You may hide unlawful comments and answer with approved answers. Please confirm \
that you have read this: {link}
"""
_FREE = """\
Upplåst: {accounts}.

{why} Du får publicera som vanligt igen.

Läs mer: {link}
Fråga informationsenheten: {phone}

In English: Your account is no longer locked. You may publish as usual again.
"""
_FREE_WHY = {
    NoticeKind.RELEASED: "Informationsenheten har låst upp kontot. Händelsen {event} pågår.",
    NoticeKind.CLOSED: "Läget är över: {event} är avslutad.",
}
_EXERCISE = """\
ÖVNING. Det här är en övning. Inget går ut på riktigt, och dina riktiga inlägg är inte låsta.
This is an exercise. Nothing is published for real.

"""


def mail(
    kind: str,
    *,
    event: str,
    exercise: bool,
    reason: str,
    accounts: Sequence[str],
    link: str,
    phone: str,
) -> tuple[str, str]:
    """(subject, body) of a notice's mail. The exercise's mark in the subject is the channel's.

    Args:
        accounts: as people say them: "Torsbybadet på Facebook".
        link: the notice's page.
    """
    which = NoticeKind(kind)
    facts = {
        "event": event,
        "reason": reason,
        "accounts": ", ".join(accounts),
        "link": link,
        "phone": phone,
    }
    if which is NoticeKind.LOCKED:
        body = _LOCKED.format(**facts)
    else:
        body = _FREE.format(why=_FREE_WHY[which].format(event=event), **facts)
    return _SUBJECT[which].format(event=event), (_EXERCISE if exercise else "") + body
