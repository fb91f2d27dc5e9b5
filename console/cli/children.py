"""The programs of an installation, one line each."""

from __future__ import annotations

import sys

from console.cli.supervisor import Child
from console.config import Settings

THREADS = 600
"""Of the web console. Each open board holds one thread, asleep most of the time."""

# -P: a folder called `workers` where the command happens to be typed is not ours.
PYTHON = (sys.executable, "-P", "-m")


def ticker() -> Child:
    return Child("ticker", (*PYTHON, "workers", "tick"))


def workers(settings: Settings) -> list[Child]:
    return [
        Child(f"worker-{n}", (*PYTHON, "workers", "work")) for n in range(1, settings.workers + 1)
    ]


def site() -> Child:
    return Child("site", (*PYTHON, "workers", "site"))


def feeds() -> Child:
    return Child("feeds", (*PYTHON, "workers", "feeds"))


def public() -> Child:
    return Child("public", (*PYTHON, "console.cli.public"))


def web(settings: Settings) -> Child:
    host = f"[{settings.bind}]" if ":" in settings.bind else settings.bind
    options = {
        "--bind": f"{host}:{settings.port}",
        "--worker-class": "gthread",
        "--workers": "1",
        "--threads": str(THREADS),
        "--worker-connections": str(2 * THREADS),
        "--graceful-timeout": "3",
        "--log-level": "warning",
        # Whose word counts about the visitor's address is judged once, in console/web/proxies.py.
        "--forwarded-allow-ips": "",
    }
    flags = [part for option in options.items() for part in option]
    argv = (*PYTHON, "gunicorn", *flags, "--no-control-socket", "console:create_app()")
    return Child("web", argv)


def everything(settings: Settings) -> list[Child]:
    return [public(), site(), ticker(), *workers(settings), feeds(), web(settings)]
