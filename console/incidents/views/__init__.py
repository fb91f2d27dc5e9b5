"""The pages of an event. The board, messages and closing stand above this noun."""

from console.incidents.views import accounts, log, notices, opening
from console.incidents.views.common import bp

__all__ = ["accounts", "bp", "log", "notices", "opening"]
