"""An event's verbs: opening it, deciding about its accounts, and ending it.

Each takes a session, who does it and when; none commits, and nothing deletes a row. `mail` says
whether notices are also sent as mail (settings have an SMTP address): the notice's row is the
outbox.
"""

from console.incidents.operations.during import (
    break_off,
    change_stage,
    change_use,
    close,
    release_lock,
)
from console.incidents.operations.moving import move_account
from console.incidents.operations.notes import write_note
from console.incidents.operations.notices import acknowledge, answer_again, remind
from console.incidents.operations.opening import open_incident
from console.incidents.operations.telling import tell

__all__ = [
    "acknowledge",
    "answer_again",
    "break_off",
    "change_stage",
    "change_use",
    "close",
    "move_account",
    "open_incident",
    "release_lock",
    "remind",
    "tell",
    "write_note",
]
