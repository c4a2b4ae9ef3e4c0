"""Which test runs which line, and how long it takes: one run of the tests under coverage, kept in the temp folder.

What is kept of a test file holds until it changes, or something beside the tests, or a file of ours that it ran. Run as
a program, it runs the files that are given and writes what they covered.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import coverage
import pytest

NOT = "not e2e and not fuzz and not nightly"
FAILING = 1 / 20  # of the tests, at most: a change that no test notices is none when no test runs
PLAIN = ["-q", "-p", "no:cacheprovider", "--reuse-db", "-m", NOT]


def kept_in() -> Path:
    folder = Path(tempfile.gettempdir(), f"sqm-mutants-{os.getuid()}")
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / "covered.json"


def files_in(folders: list[str]) -> list[str]:
    return [str(file) for folder in folders for file in sorted(Path("tests", folder).glob("test_*.py"))]


def digest(*files: Path) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def covered(folders: list[str], product: list[str], log: Path) -> dict[str, Any]:
    """Every test of these folders by its id: the seconds it took, and the lines of these files of ours it ran."""
    files = files_in(folders)
    kept = json.loads(kept_in().read_text()) if kept_in().exists() else {}
    stale = [file for file in files if file not in kept or kept[file]["key"] != key_of(file, kept[file])]
    for folder, group in groupby(stale, key=lambda file: Path(file).parent):
        print(f"measuring what {folder} reaches", flush=True)
        some = list(group)
        with log.open("a") as out:
            program = [sys.executable, "-m", "tests.mutants.covering", ",".join(product), *some]
            if subprocess.run(program, stdout=out, stderr=out, check=False).returncode:
                sys.exit(f"Too many tests fail without a mutant. Run {folder} by itself, and mend them first.")
        fresh = json.loads(kept_in().with_suffix(".new").read_text())
        for file in some:
            kept[file] = {"tests": fresh.get(file, {})}
            kept[file]["key"] = key_of(file, kept[file])
        kept_in().write_text(json.dumps(kept))
    return {test: facts for file in files for test, facts in kept[file]["tests"].items()}


def key_of(file: str, kept: dict[str, Any]) -> str:
    beside = (one for one in sorted(Path("tests").rglob("*.py")) if not one.name.startswith("test_"))
    ran = {name for facts in kept["tests"].values() for name in facts["lines"]}
    files = [*(one for one in beside if "mutants" not in one.parts), *map(Path, sorted(ran)), Path(file)]
    return digest(*(one for one in files if one.exists()))


class Watching:
    """Tells coverage which test runs; a test that fails without a mutant is left out."""

    def __init__(self, measuring: coverage.Coverage) -> None:
        self.measuring = measuring
        self.seconds: dict[str, float] = defaultdict(float)
        self.failed: set[str] = set()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.measuring.switch_context(item.nodeid)
        result = yield
        self.measuring.switch_context("")
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] += report.duration
        if not report.passed:
            self.failed.add(report.nodeid)


def measure(product: list[str], files: list[str]) -> None:
    """Fewer files of ours are less to note: what is not asked for costs next to nothing."""
    include = [str(Path(file).resolve()) for file in product]
    measuring = coverage.Coverage(data_file=None, config_file=False, include=include)
    measuring.start()
    watching = Watching(measuring)
    pytest.main([*PLAIN, *files], plugins=[watching])
    measuring.stop()
    if len(watching.failed) > FAILING * len(watching.seconds):
        sys.exit(f"{len(watching.failed)} of {len(watching.seconds)} tests fail without a mutant.")
    data = measuring.get_data()
    lines: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for path in data.measured_files():
        file = str(Path(path).relative_to(Path.cwd()))
        for line, tests in data.contexts_by_lineno(path).items():
            for test in tests:
                lines[test][file].append(line)
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for test, seconds in watching.seconds.items():
        if test not in watching.failed:
            found[test.partition("::")[0]][test] = {"seconds": round(seconds, 3), "lines": lines[test]}
    kept_in().with_suffix(".new").write_text(json.dumps(found))


if __name__ == "__main__":
    measure(sys.argv[1].split(","), sys.argv[2:])
