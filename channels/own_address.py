"""A person's own address (SMS, Teams, ntfy, Signal …), reached through the apprise library.

An address is a program of its own kind: it may name a host inside the house, a file, a local
desktop. So apprise runs in a child process that is shut in (`channels.own_address_child`), without
our environment, and is ended when its time is up: whoever has not answered by then is *unknown*.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from channels.failures import BadSettings, Reason
from channels.words import N_

AT_ONCE = 8
"""Messages one child sends side by side."""
SECONDS = 25.0
"""How long a child may live; apprise waits 4 s to connect and 4 s for an answer by itself."""
_HERE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    key: int
    """What the outcome is known by."""
    address: str
    """As apprise writes them: ntfys://ntfy.sh/topic. Holds secrets."""
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    key: int
    state: Literal["sent", "failed", "unknown"]
    """unknown: it left, and nobody knows whether it arrived."""
    detail: str
    """A `Reason`, perhaps with ": " and a status; never a secret. Empty when sent."""


def check(address: str) -> str:
    """What an address is for, as people say it: "ntfy, ntfy.sh". Calls nobody.

    Raises:
        BadSettings: apprise doesn't know it, or it isn't one that goes over the web.
    """
    answers = _ask({"do": "check", "address": address}, SECONDS)
    answer = answers[0] if answers else {}
    if answer.get("fault") == "local":
        raise BadSettings(
            "address",
            N_("Den sortens adress går inte att använda: den går inte över webben."),
        )
    if "service" not in answer:
        raise BadSettings("address", N_("Adressen går inte att läsa. Jämför med exemplet."))
    return ", ".join(part for part in (str(answer["service"]), str(answer["host"])) if part)


def send(
    messages: Sequence[Message], allow_hosts: Iterable[str], seconds: float = SECONDS
) -> list[Outcome]:
    """Send up to `AT_ONCE` messages side by side, once each. Call it without a transaction open.

    Args:
        allow_hosts: `host` or `host:port` that may be reached although private.
        seconds: after this the child is ended.

    Returns:
        One outcome for each message.
    """
    asked = {
        "do": "send",
        "allow": list(allow_hosts),
        "messages": [asdict(message) for message in messages],
    }
    told = {
        int(answer["key"]): Outcome(int(answer["key"]), answer["state"], str(answer["detail"]))
        for answer in _ask(asked, seconds)
    }
    lost = str(Reason.NO_ANSWER)
    return [told.get(m.key, Outcome(m.key, "unknown", lost)) for m in messages]


def _ask(question: dict[str, Any], seconds: float) -> list[dict[str, Any]]:
    """What the child answered, line by line, until it was done or its time was up."""
    child = subprocess.Popen(
        [sys.executable, "-m", "channels.own_address_child"],
        cwd=_HERE,
        env={"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": os.devnull},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        said, _nothing = child.communicate(json.dumps(question).encode(), timeout=seconds)
    except subprocess.TimeoutExpired:
        child.kill()
        said, _nothing = child.communicate()
    answers = []
    for line in said.splitlines():
        try:
            answers.append(json.loads(line))
        except ValueError:
            continue  # cut off in the middle
    return answers
