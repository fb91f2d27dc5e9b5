"""An event's verbs: opening it, deciding about its accounts, and ending it.

Each takes a session, who does it and when; none commits, and nothing deletes a row. `mail` says
whether notices are also sent as mail (settings have an SMTP address): the notice's row is the
outbox.
"""

from console.incidents.operations.during import change_stage, change_use, close, release_lock
from console.incidents.operations.notes import write_note
from console.incidents.operations.notices import acknowledge, remind
from console.incidents.operations.opening import open_incident

__all__ = [
    "acknowledge",
    "change_stage",
    "change_use",
    "close",
    "open_incident",
    "release_lock",
    "remind",
    "write_note",
]
