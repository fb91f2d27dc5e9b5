"""An event's timeline as people read it: one sentence per entry, in the reader's language.

An entry that has no sentence here still shows, with its tag: nothing is left out of the log.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from console import phrases
from console.incidents import rules
from console.messages.reasons import said
from console.timeline.queries import LoggedEntry
from console.web import (
    log_words_absence,
    log_words_archive,
    log_words_checks,
    log_words_duty,
    log_words_exercise,
    log_words_fault,
    log_words_guideline,
    log_words_inbox,
    log_words_lock,
    log_words_moderation,
    log_words_monday,
    log_words_reach,
    log_words_recipients,
    log_words_review,
    log_words_staff,
    log_words_start_page,
    log_words_upkeep,
    log_words_yearly,
)
from console.web.log_names import Names, Say
from console.web.log_words_connecting import SENTENCES as OF_CONNECTING
from console.web.log_words_custody import SENTENCES as OF_CUSTODY
from console.web.log_words_plan import SENTENCES as OF_PLANS
from console.web.log_words_policy import SENTENCES as OF_POLICY
from console.web.log_words_posts import SENTENCES as OF_POSTS
from console.web.log_words_promise import SENTENCES as OF_PROMISES
from console.web.log_words_register import SENTENCES as OF_REGISTER
from console.web.log_words_rumours import SENTENCES as OF_RUMOURS
from console.web.log_words_starts import SENTENCES as OF_STARTS
from console.web.log_words_wall import SENTENCES as OF_VIEW_LINKS


@dataclass(frozen=True)
class Line:
    """One row of the log; what templates/components/rows.html's log_row draws."""

    key: str
    at: datetime
    text: str
    kind: str = ""
    who: str = ""
    happened_at: datetime | None = None


def told(entries: Sequence[LoggedEntry], names: Names) -> list[Line]:
    """The entries as rows, for who already knows what the ids stand for."""
    return [_line(entry, names) for entry in entries]


def sentences(
    entries: Sequence[LoggedEntry], accounts: Mapping[int, str], people: Mapping[int, str]
) -> list[Line]:
    """The entries as rows, for exports: see `console.review.lines.Tell`."""
    return told(entries, Names(accounts, people))


def _line(entry: LoggedEntry, names: Names) -> Line:
    facts = entry.facts
    kind, happened_at = "", None
    if entry.withheld is not None:
        text = _("Maskerad: %(why)s.", why=entry.withheld)
    elif entry.tag == "note:written":
        kind = str(rules.NOTE_LABELS[rules.NoteKind(facts["kind"])])
        text = entry.personal.get("content") or _("Texten är maskerad.")
        happened = datetime.fromisoformat(facts["happened_at"])
        happened_at = happened if happened != entry.at else None
    else:
        text = _sentence(entry, names)
    return Line(
        key=f"log-{entry.n}",
        at=entry.at,
        text=text,
        kind=kind,
        who=names.people.get(entry.person_id or 0, ""),
        happened_at=happened_at,
    )


def _sentence(entry: LoggedEntry, names: Names) -> str:
    say = SENTENCES.get(entry.tag)
    # What is masked is missing among the personal texts: the sentence does without.
    return entry.tag if say is None else say({**entry.personal, **entry.facts}, names)


def _use(value: str) -> str:
    return str(rules.USE_LABELS[rules.Use(value)])


def _stage(value: str) -> str:
    return str(rules.STAGE_LABELS[rules.Stage(value)])


def _opened(facts: Mapping[str, Any], names: Names) -> str:
    what = _("Öppnade övningen") if facts["exercise"] else _("Öppnade krisen")
    why = phrases.sentence(facts["reason"])
    return f"{what} {facts['name']}. {_stage(facts['stage'])}. {why}"


def _decided(facts: Mapping[str, Any], names: Names) -> str:
    uses = [choice["use"] for choice in facts["accounts"]]
    return _(
        "Valde konton: %(publish)s publicerar, %(locked)s bara lås, %(left)s låts vara.",
        publish=uses.count("publish"),
        locked=uses.count("lock_only"),
        left=uses.count("leave"),
    )


def _changed(facts: Mapping[str, Any], names: Names) -> str:
    name, before, after = facts["account"]["name"], _use(facts["before"]), _use(facts["after"])
    return f"{name}: {before} → {after}. {facts['reason']}"


def _read(facts: Mapping[str, Any], names: Names) -> str:
    answer = facts.get("pending_posts")
    if not answer:
        return _("Har läst.")
    label = rules.PENDING_LABELS[rules.PendingPosts(answer)]
    return _("Har läst. Inlägg på väg ut: %(answer)s.", answer=label)


def _ended(facts: Mapping[str, Any], names: Names) -> str:
    if facts["reason"]:
        return _("Beslutade att avsluta utan Läget över. %(why)s", why=facts["reason"])
    return _("Beslutade att avsluta: Läget över har gått ut.")


def _stopped(facts: Mapping[str, Any]) -> str:
    text: str = _("Sändningen är stoppad.")
    return f"{text} {said(facts['reason'])}" if facts["reason"] == "no_website" else text


def _of_account(template: Callable[[str], str]) -> Say:
    return lambda facts, names: template(names.account(facts))


SENTENCES: dict[str, Say] = {
    "incident:opened": _opened,
    "incident:accounts:decided": _decided,
    "incident:account:changed": _changed,
    "incident:end:decided": _ended,
    "incident:all_stopped": lambda f, n: _(
        "Stoppade allt. %(n)s var redan på väg.", n=f["under_way"]
    ),
    "lock:set": lambda f, n: ngettext(
        "Låste %(num)s konto.", "Låste %(num)s konton.", len(f["accounts"])
    ),
    "lock:released": lambda f, n: _(
        "Låste upp: %(names)s. %(why)s",
        names=", ".join(a["name"] for a in f["accounts"]),
        why=said(f["reason"]),
    ),
    "notice:made": lambda f, n: ngettext(
        "Skrev till %(num)s administratör.",
        "Skrev till %(num)s administratörer.",
        len(f["notices"]),
    ),
    "notice:told": lambda f, n: _(
        "Skrev till %(names)s.",
        names=", ".join(n.people.get(one["person"], "?") for one in f["notices"]),
    ),
    "notice:read": _read,
    "notice:reminded": lambda f, n: _(
        "Påminde dem som inte har läst: %(names)s.",
        names=", ".join(n.people.get(one["person"], "?") for one in f["notices"]),
    ),
    "notice:mail:sent": lambda f, n: _("Mejlet är skickat."),
    "notice:mail:failed": lambda f, n: _("Mejlet gick inte fram: %(d)s.", d=said(f["detail"])),
    "notice:mail:unknown": lambda f, n: _("Det är oklart om mejlet gick fram."),
    "message:submitted": lambda f, n: _("Skickade meddelandet för godkännande."),
    "message:approved": lambda f, n: _(
        "Godkände meddelandet (%(given)s av %(required)s).",
        given=f["given"],
        required=f["required"],
    ),
    "message:returned": lambda f, n: _("Returnerade meddelandet."),
    "message:reopened": lambda f, n: _("Ändrade meddelandet. Det måste godkännas igen."),
    "message:type:changed": lambda f, n: _("Bytte typ på utkastet."),
    "message:image:added": lambda f, n: _("Lade till en bild: %(alt)s", alt=f["alt"]),
    "message:image:described": lambda f, n: _("Beskrev en bild på nytt: %(alt)s", alt=f["alt"]),
    "message:image:removed": lambda f, n: _("Tog bort en bild."),
    "message:numbered": lambda f, n: _("Meddelandet är handling %(number)s.", number=f["record"]),
    "message:withdrawn": lambda f, n: _("Drog tillbaka meddelandet."),
    "translation:withdrawn": lambda f, n: _(
        "Drog tillbaka översättningen: den var inte den som godkändes."
    ),
    "translation:approved": lambda f, n: _("Godkände översättningen."),
    "broadcast:released": lambda f, n: _("Sändningen är klar att börja."),
    "broadcast:running": lambda f, n: _("Sändningen pågår."),
    "broadcast:paused": lambda f, n: _("Sändningen är pausad."),
    "broadcast:stopped": lambda f, n: _stopped(f),
    "broadcast:replaced": lambda f, n: _("Sändningen är ersatt av en ny."),
    "broadcast:done": lambda f, n: _("Sändningen är slut."),
    "broadcast:void": lambda f, n: _("Texten går inte ut: %(why)s", why=said(f["reason"])),
    "broadcast:stale": lambda f, n: _("Sändningen stannade: beskedet vi lovade kom inte."),
    "broadcast:halted": lambda f, n: _(
        "Stoppade sändningen. %(n)s var redan på väg.", n=f["under_way"]
    ),
    "round:written": lambda f, n: _("Uppdatering %(n)s går ut.", n=f["number"]),
    "round:released": lambda f, n: _("Uppdatering %(n)s: övriga konton får sända.", n=f["number"]),
    "round:missed": lambda f, n: _(
        "Missade uppdatering %(first)s till %(last)s.", first=f["numbers"][0], last=f["numbers"][1]
    ),
    "delivery:started": _of_account(lambda name: _("%(name)s: sänds.", name=name)),
    "delivery:sent": lambda f, n: (
        _("%(name)s: inlägget är rättat.", name=n.account(f))
        if f.get("act") == "edit"
        else _("%(name)s: inlägget syns på kontot.", name=n.account(f))
        if f.get("looked")
        else log_words_recipients.sent(f, n)
    ),
    "delivery:refused": _of_account(lambda name: _("%(name)s: nekad.", name=name)),
    "delivery:by_hand": _of_account(
        lambda name: _("%(name)s: kortet gick inte att göra, görs för hand.", name=name)
    ),
    "delivery:retry": _of_account(lambda name: _("%(name)s: försöker igen.", name=name)),
    "delivery:unknown": _of_account(lambda name: _("%(name)s: obekräftad.", name=name)),
    "delivery:confirmed": _of_account(lambda name: _("%(name)s: klar för hand.", name=name)),
    "delivery:expired": _of_account(lambda name: _("%(name)s: för sent.", name=name)),
    "delivery:requeued": lambda f, n: (
        _("%(name)s: inlägget finns inte på kontot och sänds igen.", name=n.account(f))
        if f.get("looked")
        else _("%(name)s: sänds igen.", name=n.account(f))
    ),
    "delivery:stopped": _of_account(lambda name: _("%(name)s: stoppad.", name=name)),
    **log_words_reach.SENTENCES,
    **OF_PROMISES,
    **log_words_fault.SENTENCES,
    **OF_RUMOURS,
    **log_words_staff.SENTENCES,
    **log_words_start_page.SENTENCES,
    **OF_VIEW_LINKS,
    **log_words_duty.SENTENCES,
    **log_words_exercise.SENTENCES,
    **OF_STARTS,
    **OF_POSTS,
    **log_words_recipients.SENTENCES,
    **OF_REGISTER,
    **OF_CONNECTING,
    **OF_PLANS,
    **OF_CUSTODY,
    **log_words_absence.SENTENCES,
    **log_words_archive.SENTENCES,
    **log_words_monday.SENTENCES,
    **log_words_guideline.SENTENCES,
    **log_words_upkeep.SENTENCES,
    **log_words_yearly.SENTENCES,
    **log_words_checks.SENTENCES,
    **log_words_inbox.SENTENCES,
    **log_words_lock.SENTENCES,
    **log_words_moderation.SENTENCES,
    **log_words_review.SENTENCES,
    **OF_POLICY,
}
