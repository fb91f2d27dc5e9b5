"""Settings: read once, handed on whole."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest

from console.config import Settings
from console.errors import BadInput

OTHER = {
    "BUDKAVLE_HOME": "/srv/budkavle",
    "BUDKAVLE_BIND": "::",
    "BUDKAVLE_PORT": "9001",
    "BUDKAVLE_PUBLIC_PORT": "9002",
    "BUDKAVLE_PUBLIC_URL": "https://kris.example.se",
    "BUDKAVLE_CONSOLE_URL": "https://konsol.example.se",
    "DATABASE_URL": "postgres://u:p@db/budkavle",
    "REDIS_URL": "redis://:p@valkey/0",
    "BUDKAVLE_WORKERS": "5",
    "BUDKAVLE_ALLOW_HOSTS": "127.0.0.1:9, hook.example.se",
    "BUDKAVLE_SMTP_URL": "smtp://mail.example.se:587",
    "BUDKAVLE_MAIL_FROM": "Kris <kris@example.se>",
    "BUDKAVLE_SMS_URL": "46elks://u:p@Budkavle/{phone}",
    "BUDKAVLE_SITE_NODES": "a b",
    "BUDKAVLE_NODE": "b",
    "BUDKAVLE_PROXIES": "2",
    "BUDKAVLE_HEAD_COPY": "/mnt/annan/heads.log",
}


def test_another_process_reads_the_same_settings_from_what_is_handed_on() -> None:
    for settings in (Settings.from_env({}), Settings.from_env(OTHER)):
        assert Settings.from_env(settings.as_env()) == settings


def test_every_setting_is_handed_on() -> None:
    plain, other = Settings.from_env({}), Settings.from_env(OTHER)
    for field in fields(Settings):
        value = getattr(other, field.name)
        assert value != getattr(plain, field.name), f"OTHER leaves {field.name} as it is"
        changed = replace(plain, **{field.name: value})
        assert Settings.from_env(changed.as_env()) == changed


def test_a_value_given_up_is_not_picked_up_again_from_the_environment() -> None:
    given = Settings.from_env(OTHER)
    own = replace(given, home=Path("/srv/other"), database_url=None, smtp_url=None)
    assert Settings.from_env({**OTHER, **own.as_env()}) == own


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BUDKAVLE_PORT", "0"),
        ("BUDKAVLE_PORT", "65536"),
        ("BUDKAVLE_WORKERS", "many"),
        ("BUDKAVLE_PUBLIC_URL", "ftp://example.se"),
        ("DATABASE_URL", "sqlite:///x"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(BadInput) as refused:
        Settings.from_env({name: value})
    assert refused.value.field == name
