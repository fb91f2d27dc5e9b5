"""*Gör nu* about errors that are out: what waits, what isn't corrected, what is to be deleted."""

from __future__ import annotations

from collections.abc import Iterator

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from console import phrases
from console.board.queries_fault import Faults
from console.incidents.models import Incident
from console.messages import labels
from console.parts import Todo, Verb
from console.people.rules import Permission

MOST = 4
"""Accounts named in a row."""


def rows(incident: Incident, faults: Faults, allowed: frozenset[Permission]) -> Iterator[Todo]:
    if incident.state != "open":
        return
    slug = incident.slug
    stops, writes = Permission.STOP_BROADCAST in allowed, Permission.WRITE_MESSAGE in allowed
    for mark in faults.marks:
        write = writes and mark.state in ("draft", "returned")
        page = "messages.write" if write else "messages.fault"
        verb = Verb(
            _("Skriv rättelsen") if write else _("Visa"),
            url_for(page, slug=slug, message_id=mark.correction_id),
        )
        yield Todo(
            f"fault-{mark.correction_id}",
            "refused",
            _("Fel ute: rättelse väntar"),
            _("Sedan %(at)s, %(who)s. %(state)s.", at=phrases.clock(mark.pressed_at),
              who=mark.name, state=labels.STATES[mark.state]),
            verb if stops else None,
        )  # fmt: skip
    for left in faults.not_reached:
        names = ", ".join(left.accounts[:MOST]) + ("…" if len(left.accounts) > MOST else "")
        url = url_for("messages.fault", slug=slug, message_id=left.correction_id)
        yield Todo(
            f"uncorrected-{left.correction_id}",
            "unknown",
            ngettext("%(num)s inlägg inte rättat", "%(num)s inlägg inte rättade", left.posts),
            f"{names}.",
            Verb(_("Visa varför"), url) if stops else None,
        )
    for asked in faults.asked:
        url = url_for("messages.removal", slug=slug, removal_id=asked.id)
        yield Todo(
            f"removal-{asked.id}",
            "waiting",
            _("Någon vill ta bort inlägg"),
            _("%(ground)s. %(who)s, %(at)s.", ground=labels.GROUNDS[asked.ground],
              who=asked.name, at=phrases.clock(asked.asked_at)),
            Verb(_("Läs och besluta"), url) if stops else None,
        )  # fmt: skip
    for stuck in faults.stuck:
        url = url_for("messages.removal", slug=slug, removal_id=stuck.id)
        yield Todo(
            f"stuck-{stuck.id}",
            "by_hand",
            ngettext(
                "%(num)s inlägg ska bort och är kvar", "%(num)s inlägg ska bort och är kvar",
                stuck.posts,
            ),
            str(labels.GROUNDS[stuck.ground]) + ".",
            Verb(_("Visa"), url) if stops else None,
        )  # fmt: skip
