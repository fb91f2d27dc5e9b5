"""What importing the channels and one adapter costs over the HTTP client, in processor time.

Processor time, because a busy machine would else decide the figure.
"""

from __future__ import annotations

import subprocess
import sys
from statistics import median
from typing import Any

from channels import registry

RUNS = 9
CLIENT = "import aiohttp"
"""The floor: what every sending process needs, whatever it sends to."""
_CODE = """
import time
start = time.process_time()
{statement}
print(time.process_time() - start)
"""


def import_channels() -> dict[str, Any]:
    """Milliseconds; each adapter in a fresh Python, by turns, so that what disturbs one run
    disturbs all; median."""
    modules = sorted({path.rpartition(".")[0] for path in registry.REGISTRY.values()})
    statements = {CLIENT: CLIENT}
    statements |= {
        module: f"import channels.registry, channels.http, {module}" for module in modules
    }
    took: dict[str, list[float]] = {name: [] for name in statements}
    for _run in range(RUNS):
        for name, statement in statements.items():
            took[name].append(_seconds(statement))
    middle = {name: 1000 * median(values) for name, values in took.items()}
    floor = middle.pop(CLIENT)
    slowest = max(middle, key=lambda name: middle[name])
    return {
        "over_ms": round(middle[slowest] - floor, 1),
        "must": {"over_ms": 60},
        "slowest": slowest.removeprefix("channels."),
        "floor_ms": round(floor, 1),
        "each_over_ms": {
            name.removeprefix("channels."): round(value - floor, 1)
            for name, value in middle.items()
        },
        "runs": RUNS,
    }


def _seconds(statement: str) -> float:
    code = _CODE.format(statement=statement)
    return float(subprocess.check_output([sys.executable, "-c", code], text=True))
