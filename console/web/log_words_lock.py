"""What the log says of posts on locked accounts: never what a post says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from console.monitoring.lock_rules import LABELS, TITLES
from console.web.log_names import Names, Say


def _raised(facts: Mapping[str, Any], names: Names) -> str:
    return _(
        "Larm: %(what)s, %(account)s.",
        what=str(TITLES[facts["kind"]]).lower(),
        account=names.account(facts),
    )


def _answered(facts: Mapping[str, Any], names: Names) -> str:
    return _(
        "Svar på larmet om %(account)s: %(answer)s.",
        account=names.account(facts),
        answer=str(LABELS[facts["kind"], facts["outcome"]]).lower(),
    )


SENTENCES: dict[str, Say] = {"lock:alarm:raised": _raised, "lock:alarm:answered": _answered}
