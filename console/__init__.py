"""Budkavle. `create_app()` assembles the web console; nothing below imports it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from console.config import Settings


def create_app(settings: Settings | None = None) -> Flask:
    """The web console.

    Args:
        settings: read from the environment if None.

    Raises:
        BadInput: settings can't be used, or no database is named (`budkavle up` names its own).
    """
    # Imported here, because this module is also the package that everything below stands in.
    from console.web.app import build

    return build(settings)
