"""The pages about people: logging in, one-time links, one's own details, the register."""

from console.people.views import addresses, links, login, me, register, second
from console.people.views.common import bp

__all__ = ["addresses", "bp", "links", "login", "me", "register", "second"]
