"""The pages of an event. The board, messages and closing stand above this noun."""

from console.incidents.views import accounts, links, log, notices, opening, roster
from console.incidents.views.common import bp

__all__ = ["accounts", "bp", "links", "log", "notices", "opening", "roster"]
