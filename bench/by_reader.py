"""The same round by the `reader` library, in a process of its own: it reads addresses and answers
with what came of it, as JSON. `python -m bench.by_reader ROUND_ADDRESS TIMES < addresses`"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from channels.feeds.fetching import AT_ONCE

MOST_MEMORY = 2 << 30
NEVER_ENDS = "endless"
"""A kind that it never comes back from: it reads the body for as long as it goes on."""


def beside(addresses: Sequence[str], host: str, times: int) -> dict[str, Any]:
    """Seconds of a round, and which addresses it kept how many items of.

    Args:
        addresses: of the sources; those of `NEVER_ENDS` are left out, and said to be.
        times: rounds after the first, each with something new; the median of them counts.
    """
    asked = [one for one in addresses if one.split("/")[3] != NEVER_ENDS]
    answer = subprocess.run(
        [sys.executable, "-m", "bench.by_reader", f"http://{host}/round", str(times)],
        input=json.dumps(asked), capture_output=True, text=True, check=True, timeout=900,
    )  # fmt: skip
    told: dict[str, Any] = json.loads(answer.stdout)
    return told | {"left_out": len(addresses) - len(asked)}


def main(round_address: str, times: int) -> None:
    from reader import make_reader

    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    addresses = json.load(sys.stdin)
    took: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        theirs = make_reader(str(Path(folder) / "reader.sqlite"))
        for address in addresses:
            theirs.add_feed(address)
        theirs.update_feeds(scheduled=False, workers=AT_ONCE)
        for _ in range(times):
            urllib.request.urlopen(round_address, data=b"").close()
            begun = time.perf_counter()
            theirs.update_feeds(scheduled=False, workers=AT_ONCE)
            took.append(time.perf_counter() - begun)
        kept = {
            feed.url: theirs.get_entry_counts(feed=feed).total or 0 for feed in theirs.get_feeds()
        }
        failed = [feed.url for feed in theirs.get_feeds() if feed.last_exception is not None]
        theirs.close()
    print(json.dumps({"s": round(median(took), 2), "kept": kept, "failed": failed}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
