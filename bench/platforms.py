"""Simulated platforms in processes of their own, so that they share no loop with the workers."""

from __future__ import annotations

import json
import subprocess
import sys
from types import TracebackType
from typing import Any

from simulators.platforms import PLATFORMS

PROCESSES = 3
Said = dict[str, list[dict[str, int]]]
"""Kind → what each account has to say (`simulators.crowd.report`)."""


class Platforms:
    """Use as `with Platforms({"x": 84, …}) as platforms:`; then `platforms.ports`."""

    def __init__(self, accounts: dict[str, int]) -> None:
        self._shares = [
            {kind: accounts[kind] for kind in list(accounts)[n::PROCESSES]}
            for n in range(PROCESSES)
        ]

    def __enter__(self) -> Platforms:
        self._processes = [
            subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "simulators"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            for _share in self._shares
        ]
        self.ports: dict[str, int] = {}
        self.floors: dict[str, str] = {}
        """Kind → address of the bare server beside it."""
        for share, ports in zip(self._shares, self._say(self._shares), strict=True):
            floor = ports.pop("floor")
            self.ports |= ports
            self.floors |= {kind: f"http://127.0.0.1:{floor}/{kind}" for kind in share}
        return self

    def begin(
        self, seed: int, latency: dict[str, float], faults: list[tuple[str, int, str]]
    ) -> None:
        """From now on answers come late, and these accounts' next posts go wrong."""
        self._say([{"seed": seed, "latency": latency, "faults": faults}] * PROCESSES)

    def report(self) -> Said:
        said: Said = {}
        for part in self._say([{}] * PROCESSES):
            said |= part
        return {kind: said[kind] for kind in PLATFORMS}

    def _say(self, words: list[Any]) -> list[Any]:
        for process, word in zip(self._processes, words, strict=True):
            assert process.stdin
            process.stdin.write(json.dumps(word) + "\n")
            process.stdin.flush()
        answers = []
        for process in self._processes:
            assert process.stdout
            answers.append(json.loads(process.stdout.readline()))
        return answers

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
