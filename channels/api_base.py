"""Where a platform's API answers: its own address, or a simulator on this machine.

The setting `api` is not asked for when an account is set up. Simulators and rehearsals give it, and
it can name nothing but loopback, so that no stored setting leads a token to a stranger's server.
Outside of tests and rehearsals the client's own guard keeps loopback closed as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from channels.failures import BadSettings
from channels.words import N_

SETTING: Final = "api"
_LOOPBACK = re.compile(r"http://127\.0\.0\.1:[1-9][0-9]{0,4}")


def api_base(settings: Mapping[str, Any], production: str) -> str:
    """`production` (such as https://graph.facebook.com), or the loopback address that is set.

    Raises:
        BadSettings: `api` names anything else.
    """
    given = settings.get(SETTING)
    if given is None:
        return production
    if not isinstance(given, str) or not _LOOPBACK.fullmatch(given):
        raise BadSettings(SETTING, N_("Adressen får bara peka på den egna datorn."))
    return given


def host_of(base: str) -> str:
    """`host` or `host:port`, for pacing keys."""
    return urlsplit(base).netloc
