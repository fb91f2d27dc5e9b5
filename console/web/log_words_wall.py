"""Sentences of the log about view links."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from console.incidents.view_links import PURPOSE_LABELS, Purpose
from console.web.log_names import Say


def _link(facts: Mapping[str, Any]) -> dict[str, str]:
    what = str(PURPOSE_LABELS[Purpose(facts["purpose"])])
    return {"what": what, "label": facts["label"]}


SENTENCES: dict[str, Say] = {
    "view_link:made": lambda f, n: _("Gjorde en länk: %(what)s, %(label)s.", **_link(f)),
    "view_link:revoked": lambda f, n: _("Drog tillbaka länken: %(what)s, %(label)s.", **_link(f)),
}
