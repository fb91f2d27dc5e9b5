"""What a notice says in a mail: plain Swedish, then a line in English. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from console.incidents.rules import NoticeKind

_SUBJECT = {
    NoticeKind.LOCKED: "Ditt konto är låst: {event}",
    NoticeKind.RELEASED: "Ditt konto är upplåst: {event}",
    NoticeKind.CLOSED: "Läget över, ditt konto är upplåst: {event}",
    NoticeKind.BROKEN_OFF: "Övningen är avbruten, skarpt läge: {event}",
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
_HELD = """\
{why} Men alla konton är inte fria.

{spoken}

Skriv inga egna inlägg där. Du får ett eget mejl om låset.

Läs mer: {link}
Fråga informationsenheten: {phone}

In English: Not every account is free: {held} is locked. Do not publish there. You get a mail of \
its own about it.
"""
_FREE_WHY = {
    NoticeKind.RELEASED: "Informationsenheten har låst upp kontot. Händelsen {event} pågår.",
    NoticeKind.CLOSED: "Läget är över: {event} är avslutad.",
}
_SHORT = {
    NoticeKind.LOCKED: "Låst: {accounts}. Skriv inga egna inlägg. Läs och kvittera: {link}",
    NoticeKind.RELEASED: "Upplåst: {accounts}. Du får publicera som vanligt igen. {link}",
    NoticeKind.CLOSED: "Upplåst: {accounts}. Du får publicera som vanligt igen. {link}",
    NoticeKind.BROKEN_OFF: "Något har hänt på riktigt. Skriv inget om det förrän du får ett nytt"
    " meddelande. {link}",
}
_BROKEN_OFF = """\
Övningen {event} är avbruten. Något har hänt på riktigt.

Övningens lås gäller inte längre: {accounts}. Informationsenheten kan komma att låsa dina riktiga \
konton. Då får du ett nytt meddelande. Vänta på det innan du skriver om det som händer.

Läs mer: {link}
Fråga informationsenheten: {phone}

In English: The exercise has been broken off because something has happened for real. Wait for a \
new notice before you write about it.
"""
_EXERCISE = """\
ÖVNING. Det här är en övning. Inget går ut på riktigt, och dina riktiga inlägg är inte låsta.
Gör inget på det riktiga kontot.
This is an exercise. Nothing is published for real. Leave the real account alone.

"""

_FOR_REAL = """\
Låst på riktigt: {held}. Skriv inga egna inlägg där.
Locked for real: {held}. Do not publish there.

"""
_EXERCISE_TOLD = """\
ÖVNING. Det här är en övning. Inget går ut på riktigt.
This is an exercise. Nothing is published for real.

"""
_HELD_SHORT = "{spoken} Skriv inga egna inlägg där. {link}"
_TOLD = """\
{text}

{link}

Fråga informationsenheten: {phone}
"""


@dataclass(frozen=True)
class Held:
    """An account that is locked as the message leaves, whatever its notice was about."""

    account: str
    """As people say it."""
    event: str
    for_real: bool
    """By a live event; else only by the notice's own exercise."""

    def __str__(self) -> str:
        return f"{self.account} ({self.event})"


def told(
    subject: str, text: str, *, exercise: bool, link: str, phone: str, short: bool = False
) -> tuple[str, str]:
    """(subject, body) of the message for a notice that carries its own words.

    Args:
        short: for a telephone: text and link alone.
    """
    if short:
        return subject, f"{text}\n{link}"
    body = _TOLD.format(text=text, link=link, phone=phone)
    return subject, (_EXERCISE_TOLD if exercise else "") + body


def mail(
    kind: str,
    *,
    event: str,
    exercise: bool,
    reason: str,
    accounts: Sequence[str],
    link: str,
    phone: str,
    held: Sequence[Held] = (),
) -> tuple[str, str]:
    """(subject, body) of a notice's mail. The exercise's mark in the subject is the channel's.

    Args:
        accounts: as people say them: "Torsbybadet på Facebook".
        link: the notice's page.
        held: those of them that are locked now. One that was released may have been locked anew
            before the mail left: it must give nobody leave to publish there.
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
    elif which is NoticeKind.BROKEN_OFF:
        return _SUBJECT[which].format(event=event), _BROKEN_OFF.format(**facts)
    else:
        why = _FREE_WHY[which].format(event=event)
        spoken = _free_and_held(accounts, held)
        body = _FREE.format(why=why, **facts)
        if held:
            body = _HELD.format(why=why, spoken=spoken, held=_listed(held), **facts)
    real = [one for one in held if one.for_real]
    if exercise and real:
        body = _EXERCISE_TOLD + _FOR_REAL.format(held=_listed(real)) + body
    elif exercise:
        body = _EXERCISE + body
    return _subject(which, event, accounts, held), body


def short(
    kind: str, *, event: str, accounts: Sequence[str], link: str, held: Sequence[Held] = ()
) -> tuple[str, str]:
    """(subject, body) for a telephone; arguments as for `mail`."""
    which = NoticeKind(kind)
    if held and which in _FREE_WHY:
        body = _HELD_SHORT.format(spoken=_free_and_held(accounts, held), link=link)
    else:
        body = _SHORT[which].format(accounts=", ".join(accounts), link=link)
    return _subject(which, event, accounts, held), body


def _subject(kind: NoticeKind, event: str, accounts: Sequence[str], held: Sequence[Held]) -> str:
    if not held or kind not in _FREE_WHY:
        return _SUBJECT[kind].format(event=event)
    if len(held) < len(accounts):
        return f"Alla dina konton är inte upplåsta: {event}"
    return f"Ditt konto är fortfarande låst: {', '.join(dict.fromkeys(h.event for h in held))}"


def _free_and_held(accounts: Sequence[str], held: Sequence[Held]) -> str:
    locked = {one.account for one in held}
    free = [one for one in accounts if one not in locked]
    return (f"Upplåst: {', '.join(free)}. " if free else "") + f"Låst: {_listed(held)}."


def _listed(held: Sequence[Held]) -> str:
    return ", ".join(map(str, held))
