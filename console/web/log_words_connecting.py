"""Sentences of the log about connecting accounts and their keys."""

from __future__ import annotations

from flask_babel import gettext as _

from channels.connecting import APPS
from console.web.log_names import Say

SENTENCES: dict[str, Say] = {
    "app:entered": lambda f, n: _("Skrev in appen hos %(where)s.", where=_where(f["app"])),
    "account:connecting": lambda f, n: _("Började ansluta %(account)s.", account=n.account(f)),
    "account:connecting:failed": lambda f, n: _("%(account)s anslöts inte.", account=n.account(f)),
    "account:connected": lambda f, n: _(
        "Anslöt %(account)s, som plattformen kallar %(called)s.",
        account=n.account(f),
        called=f["called"],
    ),
    "account:learned": lambda f, n: _(
        "Servern berättade mer om sig: %(account)s.", account=n.account(f)
    ),
    "account:key:renewed": lambda f, n: _("Nyckeln förnyades: %(account)s.", account=n.account(f)),
    "account:key:dead": lambda f, n: _(
        "Nyckeln går inte att förnya: %(account)s.", account=n.account(f)
    ),
}


def _where(key: str) -> str:
    return _(APPS[key]) if key in APPS else key
