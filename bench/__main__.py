"""`make bench`: measure every figure (or those named) and write bench/results.json."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from bench.figures import FIGURES

RESULTS = Path(__file__).parent / "results.json"


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in FIGURES]
    if unknown:
        print(f"No figure is called {unknown[0]}: {', '.join(FIGURES)}", file=sys.stderr)
        return 2
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() and names else {}
    for name in names or FIGURES:
        results[name] = FIGURES[name]()
        print(name, json.dumps(results[name]), flush=True)
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
