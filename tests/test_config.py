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
        # A node's name is one of those that the website waits for.
        nodes = {"site_nodes": ("site", "b")} if field.name == "node_name" else {}
        nodes |= {"node_name": "a"} if field.name == "site_nodes" else {}
        changed = replace(plain, **{field.name: value}, **nodes)
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
        ("BUDKAVLE_PUBLIC_URL", "http://[::1"),
        ("BUDKAVLE_PUBLIC_URL", "https://www.example.se/kris"),
        ("BUDKAVLE_PUBLIC_URL", "https://example.se?sida=kris"),
        ("BUDKAVLE_PUBLIC_URL", "https://example.se/#kris"),
        ("BUDKAVLE_PUBLIC_URL", "https://kris.example.se:åtta"),
        ("BUDKAVLE_CONSOLE_URL", "https://:8000"),
        ("BUDKAVLE_CONSOLE_URL", "https://example.se/konsol"),
        ("DATABASE_URL", "sqlite:///x"),
        ("DATABASE_URL", "postgresql://lisa:hemligt@db:femtusen/budkavle"),
        ("DATABASE_URL", "postgresql://lisa:hemligt@[::1/budkavle"),
        ("DATABASE_URL", "postgresql://lisa:hemligt@db/budkavle?sslmodus=require"),
        ("DATABASE_URL", "postgresql://lisa:mitt@hemligt@db/budkavle"),
        ("DATABASE_URL", "postgresql://lisa:mitt@mycket/hemligt@db/budkavle"),
        ("REDIS_URL", "localhost:6379"),
        ("REDIS_URL", "redis://:hemligt@valkey:noll/0"),
        ("BUDKAVLE_SMTP_URL", "mail.example.se"),
        ("BUDKAVLE_SMTP_URL", "smpt://lisa:hemligt@mail.example.se"),
        ("BUDKAVLE_SMTP_URL", "smtp://lisa:hemligt@mail.example.se:brev"),
        ("BUDKAVLE_NODE", "annan"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_without_its_password(name: str, value: str) -> None:
    with pytest.raises(BadInput) as refused:
        Settings.from_env({name: value})
    assert refused.value.field == name and name in str(refused.value)
    assert "hemligt" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgres://db/budkavle",
        "postgresql:///budkavle?host=/run/postgresql",
        "postgresql://lisa:hem%2Fligt@[::1]:5433/budkavle?sslmode=require&connect_timeout=5",
        "postgresql+psycopg://lisa@db/budkavle?host=db1:5432&host=db2:5432",
    ],
)
def test_the_usual_spellings_of_a_database_are_taken(url: str) -> None:
    taken = Settings.from_env({"DATABASE_URL": url}).database_url
    assert taken is not None and taken.partition("://")[2] == url.partition("://")[2]


def test_an_empty_value_is_as_if_it_were_not_there() -> None:
    """A line NAME= in a file of settings: an empty address would be every one, an empty folder the
    one that happens to be current, and without nodes the website would count as sent unseen."""
    assert Settings.from_env(dict.fromkeys(OTHER, "")) == Settings.from_env({})
