"""A process pays only for what it uses. Counted, not timed: a machine that is busy changes nothing;
`python -m bench import_channels` has the milliseconds."""

from __future__ import annotations

import subprocess
import sys

import pytest

from channels import registry

CLIENT = frozenset(
    {"aiohttp", "aiohappyeyeballs", "aiosignal", "attr", "attrs", "brotli", "charset_normalizer",
     "async_timeout", "backports", "frozenlist", "idna", "multidict", "propcache", "yarl",
     "typing_extensions"}
)  # fmt: skip
"""The HTTP client and what it brings."""
OURS = frozenset({"channels", "regex"})
"""`regex` counts graphemes (`channels.counting`), which the standard library can't."""
REASONED = {"email": frozenset({"aiosmtplib", "email_validator", "dns"})}
"""What an adapter brings besides: mail is no HTTP, and addresses of people are checked by a library
that knows their grammar."""
MOST_MODULES = 40
"""An adapter's own, the standard library's counted: three times what most take."""
ADAPTERS = {path: kind for kind, path in sorted(registry.REGISTRY.items())}
MODULES_OF_OTHERS = {path.rpartition(".")[0] for path in ADAPTERS} - {"channels.pretend"}
PROBE = """
import sys
before = set(sys.modules)
{statement}
print(*(set(sys.modules) - before))
"""


def modules_after(statement: str) -> set[str]:
    """Names of the modules that a fresh Python holds after `statement`, and not before."""
    code = PROBE.format(statement=statement)
    return set(subprocess.check_output([sys.executable, "-c", code], text=True).split())


def tops(modules: set[str]) -> set[str]:
    """Packages that aren't the standard library's. What Cython makes up has no file of its own."""
    names = {module.partition(".")[0] for module in modules} - sys.stdlib_module_names
    return {name for name in names if not name.startswith(("_cython_", "cython_runtime"))}


@pytest.fixture(scope="module")
def client() -> set[str]:
    return modules_after("import aiohttp")


@pytest.mark.parametrize("path", ADAPTERS)
def test_an_adapter_brings_no_platforms_sdk_and_few_modules(path: str, client: set[str]) -> None:
    kind, module = ADAPTERS[path], path.rpartition(".")[0]
    loaded = modules_after(f"import channels.registry, channels.http, {module}") - client
    allowed = OURS | CLIENT | REASONED.get(kind, frozenset())
    assert tops(loaded) <= allowed, "say why in docs/decisions.md, and here"
    others = [one for one in loaded if one.startswith("channels.")]
    foreign = [one for one in others if one in MODULES_OF_OTHERS and one != module]
    assert not foreign, "one adapter must not pay for another"
    assert len(loaded) <= MOST_MODULES + len(others)


def test_the_client_itself_is_all_that_the_channels_add_to() -> None:
    assert "aiohttp" in tops(modules_after("import channels.http"))
    assert tops(modules_after("import channels.http")) <= CLIENT | OURS


def test_the_registry_imports_no_adapter_before_it_is_asked() -> None:
    loaded = modules_after("import channels.registry")
    assert not loaded & (MODULES_OF_OTHERS | {"aiohttp", "aiosmtplib"})
