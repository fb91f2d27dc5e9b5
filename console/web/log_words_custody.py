"""The log's sentences about login details: envelopes, openings, loans, and the keys' change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext as _

from console.accounts.custody_rules import Form, Kind
from console.messages.reasons import said
from console.phrases import sentence
from console.web.log_names import Names, Say


def _who(facts: Mapping[str, Any], names: Names, key: str) -> str:
    return names.people.get(facts.get(key) or 0, _("någon"))


def _why(facts: Mapping[str, Any]) -> str:
    # A masked reason is missing: the sentence does without.
    return " " + sentence(facts["reason"]) if facts.get("reason") else ""


def _sealed(facts: Mapping[str, Any], names: Names) -> str:
    name = names.account(facts)
    if facts["form"] == Form.DIGITAL:
        return _("%(name)s: inloggningen är förseglad i ett digitalt kuvert.", name=name)
    return _("%(name)s: tog emot kuvert %(number)s.", name=name, number=facts["number"])


def _asked(facts: Mapping[str, Any], names: Names) -> str:
    name = names.account(facts)
    if facts["kind"] == Kind.DRILL:
        return _("%(name)s: bad om en provöppning av kuvertet.", name=name) + _why(facts)
    return _("%(name)s: bad om nödåtkomst.", name=name) + _why(facts)


def _lent(facts: Mapping[str, Any], names: Names) -> str:
    who = _who(facts, names, "borrower")
    name = names.account(facts)
    return _("%(name)s: lånade ut inloggningen till %(who)s.", name=name, who=who) + _why(facts)


def _checked(facts: Mapping[str, Any], names: Names) -> str:
    who, name = _who(facts, names, "person"), names.account(facts)
    if facts["verified"]:
        return _("%(name)s: kontrollerade att %(who)s administrerar sidan.", name=name, who=who)
    return _("%(name)s: %(who)s administrerar inte sidan längre.", name=name, who=who)


def _told(facts: Mapping[str, Any], names: Names) -> str:
    told = ", ".join(_who(one, names, "person") for one in facts["notices"])
    return _("%(name)s: skrev till %(told)s.", name=names.account(facts), told=told or _("ingen"))


def _of(template: Callable[[str], str]) -> Say:
    return lambda facts, names: template(names.account(facts))


SENTENCES: dict[str, Say] = {
    "custody:sealed": _sealed,
    "custody:asked": _asked,
    "custody:opened": lambda f, n: _(
        "%(name)s: bevittnade att %(who)s fick nödåtkomst.",
        name=n.account(f),
        who=_who(f, n, "by"),
    ),
    "custody:shown": _of(lambda name: _("%(name)s: såg det som låg i kuvertet.", name=name)),
    "custody:drill:passed": _of(lambda name: _("%(name)s: kuvertet går att öppna.", name=name)),
    "custody:drill:failed": _of(
        lambda name: _("%(name)s: kuvertet går inte att öppna.", name=name)
    ),
    "custody:withdrawn": _of(lambda name: _("%(name)s: tog tillbaka sin begäran.", name=name)),
    "custody:lapsed": _of(lambda name: _("%(name)s: ingen bevittnade i tid.", name=name)),
    "custody:closed": _of(lambda name: _("%(name)s: inloggningen är i ordning igen.", name=name)),
    "custody:seal:broken": _of(
        lambda name: _("%(name)s: kuvertets försegling gäller inte längre.", name=name)
    ),
    "custody:envelope:replaced": _of(
        lambda name: _("%(name)s: det gamla kuvertet är ersatt.", name=name)
    ),
    "custody:lent": _lent,
    "custody:password:changed": _of(
        lambda name: _("%(name)s: bekräftade att lösenordet är bytt.", name=name)
    ),
    "custody:page_administrator:checked": _checked,
    "account:told": _told,
    "account:notice:read": lambda f, n: _("Har läst."),
    "account:mail:sent": lambda f, n: _("Mejlet är skickat."),
    "account:mail:failed": lambda f, n: _("Mejlet gick inte fram: %(d)s.", d=said(f["detail"])),
    "account:mail:unknown": lambda f, n: _("Det är oklart om mejlet gick fram."),
    "keys:rotated": lambda f, n: _(
        "Bytte nyckel: %(n)s hemligheter förseglades på nytt.", n=f["resealed"]
    ),
    "keys:retired": lambda f, n: _("Tog bort de gamla nycklarna."),
    "timeline:key_replaced": lambda f, n: _(
        "Bytte nyckeln som tidslinjen signeras med: den förra är förlorad."
    ),
    "backup:made": lambda f, n: _("Säkerhetskopierade till och med post %(n)s.", n=f["entry"]),
    "backup:drilled": lambda f, n: _("Övade att återställa en säkerhetskopia: den håller."),
    "backup:restored": lambda f, n: _(
        "Återställd ur en säkerhetskopia. Det som hände efter post %(n)s finns inte här.",
        n=f["entry"],
    ),
}
