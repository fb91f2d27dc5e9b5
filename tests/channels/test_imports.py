"""A process pays only for what it uses."""

from __future__ import annotations

import subprocess
import sys


def modules_after(statement: str) -> set[str]:
    """Names of the modules a fresh Python holds after `statement`."""
    code = f"{statement}; import sys; print(*sys.modules)"
    return set(subprocess.check_output([sys.executable, "-c", code], text=True).split())


def test_the_webhook_and_its_client_import_nothing_heavy_but_aiohttp() -> None:
    loaded = modules_after("import channels.contract, channels.http, channels.webhook")
    heavy = {"aiosmtplib", "email_validator", "console", "flask", "sqlalchemy", "cryptography"}
    assert "aiohttp" in loaded
    assert not loaded & heavy


def test_the_registry_imports_no_adapter_before_it_is_asked() -> None:
    loaded = modules_after("import channels.registry")
    assert not loaded & {"channels.webhook", "channels.email", "aiohttp", "aiosmtplib"}
