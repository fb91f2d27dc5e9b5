"""What the log says of ordinary posts."""

from __future__ import annotations

from flask_babel import gettext as _

from console.web.log_names import Say

SENTENCES: dict[str, Say] = {
    "post:begun": lambda f, n: _("Började skriva ett inlägg."),
    "post:correction:begun": lambda f, n: _("Började rätta ett inlägg."),
    "post:released": lambda f, n: _("Släppte ett inlägg och bekräftade värdegrunden."),
    "post:taken_back": lambda f, n: _("Tog tillbaka ett inlägg för att ändra det."),
    "post:thrown": lambda f, n: _("Kastade ett inlägg."),
    "post:anew": lambda f, n: _("Tog upp ett inlägg på nytt."),
    "post:held": lambda f, n: _("Ett inlägg hölls och gick inte ut."),
    "post:failed": lambda f, n: _("Inlägget gick inte ut på %(account)s.", account=n.account(f)),
    "post:written": lambda f, n: _("Inlägget %(record)s började gå ut.", record=f["record"]),
    "post:task:dropped": lambda f, n: _(
        "Inlägget på %(account)s ska inte publiceras för hand.", account=n.account(f)
    ),
    "post:handed_over": lambda f, n: _(
        "Lämnade en text för %(accounts)s till informationsenheten.", accounts=f["accounts"]
    ),
    "post:suggestion:read": lambda f, n: _("Läste ett textförslag."),
    "post:suggestion:dismissed": lambda f, n: _("Avfärdade ett textförslag."),
}
