"""Open boards in a process of their own, and how late each showed the receipts."""

from __future__ import annotations

import json
import subprocess
import sys
from bisect import bisect_right
from collections.abc import Sequence
from types import TracebackType

from console.incidents.models import Incident

Seen = list[tuple[float, int]]
"""(seconds since the epoch, receipts shown), in order."""


class Boards:
    def __init__(self, address: str, incident: Incident, secrets: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.boards", address, incident.slug],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._secrets = secrets

    def __enter__(self) -> Boards:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write("\n".join(self._secrets) + "\n\n")
        self._process.stdin.flush()
        if self._process.stdout.readline().strip() != "open":
            raise RuntimeError("the boards never opened")
        return self

    def close(self) -> list[Seen]:
        """End them; what each has seen."""
        said, _errors = self._process.communicate(timeout=60)
        if self._process.returncode:
            raise RuntimeError("the boards broke")
        return [[(at, n) for at, n in json.loads(line)] for line in said.splitlines()]

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()


def shown_late(receipts: Sequence[float], board: Seen) -> list[float]:
    """For each receipt, seconds until the board showed at least so many; infinite if it never did.

    Args:
        receipts: their moments, in order.
        board: what it showed; a count higher than there were receipts is the round before's.
    """
    looks = [(at, n) for at, n in board if at >= receipts[0] and n <= bisect_right(receipts, at)]
    late, place = [], 0
    for n, moment in enumerate(receipts, start=1):
        while place < len(looks) and looks[place][1] < n:
            place += 1
        late.append(looks[place][0] - moment if place < len(looks) else float("inf"))
    return late
