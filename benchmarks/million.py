"""The table of a million cases: what everything costs among 10,000 and among CASES (default 1,000,000).

    make bench ARGS=million      # an hour and 25 GB of disk for a million; CASES=100000 for a look

Each size has a database of its own and is measured by benchmarks/scale.py, so that nothing of one warms the other.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.table import show

SMALL = 10_000


def run() -> None:
    large = int(os.environ.get("CASES", "1000000"))
    small, many = figures(SMALL), figures(large)
    rows = [(name, small[name], value, ratio(value, small[name])) for name, value in many.items() if name in small]
    show(f"{large:,} cases", ("", f"{SMALL:,}", f"{large:,}", "ratio"), *rows)


def figures(cases: int) -> dict[str, float]:
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        environment = {**os.environ, "CASES": str(cases), "FIGURES": file.name}
        subprocess.run([sys.executable, "-m", "benchmarks", "scale"], check=True, env=environment)
        return dict(json.loads(Path(file.name).read_text()))


def ratio(many: float, small: float) -> float | str:
    return many / small if small else ""
