"""What a platform asks of whoever connects an account, and what its refusals mean to them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from flask_babel import gettext as _

from channels.oauth import Fault

LIVES = timedelta(minutes=10)
"""From the press in the console until the browser is back."""
IDENTITY: Mapping[str, str] = {
    "facebook": "page_id",
    "instagram": "user_id",
    "linkedin": "organisation",
    "mastodon": "account",
    "threads": "user_id",
    "x": "username",
}
"""Kind → the setting that says which account it is at the platform."""
NAMED = frozenset({"instagram", "mastodon", "threads", "x"})
"""Kinds where a name is one account's alone. Pages may share theirs: a person says which it is."""
ASKS_SERVER = frozenset({"mastodon"})
"""Kinds whose server somebody must name: there are many."""


def same_account(one: object, other: object) -> bool:
    """Do two spellings name the same account at the platform?"""
    return _bare(one) == _bare(other) != ""


def _bare(name: object) -> str:
    """@Torsby@social.example and torsby are the same on one server."""
    return str(name or "").strip().removeprefix("@").partition("@")[0].casefold()


def sentence(fault: str, platform: str, names: Sequence[str], handle: str) -> str:
    """Why an account wasn't connected, and the way out.

    Args:
        fault: a `channels.oauth.Fault`, or what isn't known any more.
        names: what it names.
        handle: the account, as the register has it.
    """
    say = _SENTENCES.get(Fault(fault)) if fault in set(Fault) else None
    return (say or _SENTENCES[Fault.REFUSED])(platform, ", ".join(names), handle)


_Say = Callable[[str, str, str], str]
_SENTENCES: Mapping[Fault, _Say] = {
    Fault.DENIED: lambda platform, _names, _handle: _(
        "Ingen nyckel kom: någon tryckte nej hos %(platform)s. Anslut igen och tillåt.",
        platform=platform,
    ),
    Fault.CODE: lambda platform, _names, _handle: _(
        "Svaret från %(platform)s gäller inte längre. Anslut igen.", platform=platform
    ),
    Fault.REDIRECT: lambda platform, _names, _handle: _(
        "%(platform)s känner inte konsolens adress. Be systemadministratören skriva in den där. "
        "Den står på sidan Plattformarnas appar.",
        platform=platform,
    ),
    Fault.APP: lambda platform, _names, _handle: _(
        "%(platform)s känner inte vår app. Be systemadministratören rätta den på sidan "
        "Plattformarnas appar.",
        platform=platform,
    ),
    Fault.SCOPES: lambda _platform, names, _handle: (
        _("Nyckeln saknar rättigheter: %(names)s. Anslut igen och tillåt alla.", names=names)
        if names
        else _("Nyckeln saknar rättigheter. Anslut igen och tillåt alla.")
    ),
    Fault.WRONG_ACCOUNT: lambda platform, names, handle: _(
        "Nyckeln hör till %(names)s och inte till %(handle)s. Logga ut hos %(platform)s, logga in "
        "med rätt konto och anslut igen.",
        names=names,
        handle=handle,
        platform=platform,
    ),
    Fault.NO_ACCOUNT: lambda platform, _names, _handle: _(
        "Den som loggade in sköter inget sådant konto hos %(platform)s. Be någon som gör det att "
        "logga in där, och anslut igen.",
        platform=platform,
    ),
    Fault.NO_ANSWER: lambda platform, _names, _handle: _(
        "%(platform)s svarade inte som väntat. Vänta en stund och anslut igen.", platform=platform
    ),
    Fault.REFUSED: lambda platform, _names, _handle: _(
        "%(platform)s sade nej. Anslut igen. Blir det nej igen, be systemadministratören om hjälp.",
        platform=platform,
    ),
}
