"""The pages about people: logging in, one-time links, one's own details, the register."""

from console.people.views import links, login, me, register
from console.people.views.common import bp

__all__ = ["bp", "links", "login", "me", "register"]
