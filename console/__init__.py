"""Budkavle. `create_app()` assembles the web console; nothing below imports this module."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from console.config import Settings

GARBAGE = (5_000, 20, 50)
"""When the three generations of what is new, younger and old are looked through."""


def create_app(settings: Settings | None = None) -> Flask:
    """The web console.

    Args:
        settings: read from the environment if None.

    Raises:
        BadInput: settings can't be used, or no database is named (`budkavle up` names its own).
    """
    # Imported here, because this module is also the package that everything below stands in.
    from console.garbage import held_back

    with held_back():
        from console.web.app import build

        app = build(settings)
        gc.collect()
    # What it makes itself of at its first pages (templates, statements) stays too: a look through
    # the old would hold up a page that reads much by a tenth of a second, so it comes seldom.
    gc.set_threshold(*GARBAGE)
    return app


def create_addresses(settings: Settings) -> Flask:
    """An application that knows pages' addresses and the languages, for words and links that are
    written outside a request. It connects to nothing."""
    from console.web.addresses import build

    return build(settings)
