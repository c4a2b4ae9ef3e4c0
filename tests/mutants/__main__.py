"""`make mutants`: small changes of behaviour, drawn by a seed, and whether a test notices each. See CONTRIBUTING.md.

    python -m tests.mutants [--draw 300] [--seed 1] [--floor 85] [ROOM ...]

Ends with 1 when a room stays below its floor.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from sqm_site.embedded import database_url, redis_url
from sqm_site.embedded.lifecycle import ENGINES, running
from tests.mutants.covering import PLAIN, covered
from tests.mutants.mutant import Mutant, mutants_of

# room -> folders of tests that must notice, and the files it draws from; a setup is data, and a door has its own tests
ROOMS = {
    "sla": ("sla", "sla/arithmetic.py sla/rulebook.py sla/services/[!_s]*.py"),
    "verbs": (
        "complaints",
        "complaints/verbs/[!_]*.py complaints/models/flow.py complaints/act.py complaints/verb.py"
        " complaints/dossier.py complaints/services/*.py",
    ),
    "rights": (
        "organization wall",
        "organization/rights.py organization/scope.py organization/services/posts.py organization/backends.py",
    ),
    "security": ("security", "security/[!_cbe]*.py security/blind.py security/chain.py"),
    "figures": ("quality", "quality/[!_atu]*.py quality/targets.py"),
}
LEFT_OUT = {"security/apps.py", "security/errors.py"}
ANY = "tests/organization/test_units.py::test_a_unit_knows_the_way_from_the_root"  # makes the database
BUDGET = 40.0  # seconds of tests a mutant, by what they take without one
ALLOWED = ["--disable-socket", "--allow-hosts=127.0.0.1,localhost", "--allow-unix-socket", "--strict-markers"]
OPTIONS = [*PLAIN, "--no-header", "--tb=line", "-o", "addopts=" + " ".join(ALLOWED)]


def files_of(room: str) -> list[str]:
    found = {str(file) for pattern in ROOMS[room][1].split() for file in Path().glob(pattern)}
    return sorted(found - LEFT_OUT)


class Bench:
    """The engines, a database as every test finds it, and the process that forks."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "log"
        self.tests: dict[str, Any] = {}
        self.killed: Counter[str] = Counter()  # who killed once, kills again
        args = [sys.executable, "-m", "tests.mutants.zygote", str(folder / "child")]
        env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        self.zygote = subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)
        order = {"file": "", "number": -1, "tests": [ANY], "limit": 300, "options": [*OPTIONS, "--create-db"]}
        assert self.ask(order)["code"] == 0, (folder / "child").read_text()
        self.database('DROP DATABASE IF EXISTS "{0}_pristine"', 'CREATE DATABASE "{0}_pristine" TEMPLATE "{0}"')

    def database(self, *statements: str) -> None:
        """Speak to the engine beside the database of the tests."""
        connection = psycopg2.connect(os.environ["DATABASE_URL"])
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 'test_' || current_database()")
            name = cursor.fetchone()[0]  # type: ignore[index]
            for statement in statements:
                cursor.execute(statement.format(name))
        connection.close()

    def renew(self) -> None:
        """The database as every test finds it, whatever a mutant has left there."""
        self.database('DROP DATABASE "{0}" WITH (FORCE)', 'CREATE DATABASE "{0}" TEMPLATE "{0}_pristine"')

    def ask(self, order: dict[str, Any]) -> dict[str, Any]:
        assert self.zygote.stdin is not None and self.zygote.stdout is not None
        print(json.dumps(order), file=self.zygote.stdin, flush=True)
        answer: dict[str, Any] = json.loads(self.zygote.stdout.readline())
        return answer

    def tests_for(self, mutant: Mutant) -> list[str]:
        """Those that run its lines, else anything of its module; those that killed before and quick ones first."""
        lines = set(range(mutant.first, mutant.last + 1))
        module = {test: set(facts["lines"].get(mutant.file, ())) for test, facts in self.tests.items()}
        found = [test for test, ran in module.items() if ran & lines] or [test for test, ran in module.items() if ran]
        found.sort(key=lambda test: (-self.killed[test], self.tests[test]["seconds"]))
        return list(self.within_budget(found))

    def within_budget(self, tests: list[str]) -> Iterator[str]:
        spent = 0.0
        for test in tests:
            spent += self.tests[test]["seconds"]
            if spent > BUDGET:
                return
            yield test

    def survives(self, mutant: Mutant) -> bool:
        tests = self.tests_for(mutant)
        if not tests:
            return True
        self.renew()
        order = {"file": mutant.file, "number": mutant.number, "tests": tests, "limit": int(4 * BUDGET)}
        answer = self.ask({**order, "options": OPTIONS})
        self.killed[answer["killer"]] += 1
        return answer["code"] in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}


def try_room(bench: Bench, room: str, draw: int, seed: int) -> float:
    bench.renew()
    bench.tests = covered(ROOMS[room][0].split(), files_of(room), bench.log)
    every = [mutant for file in files_of(room) for mutant in mutants_of(file)]
    drawn = random.Random(f"{seed}:{room}").sample(every, min(draw, len(every)))
    started, survivors = time.monotonic(), []
    for mutant in drawn:
        if bench.survives(mutant):
            survivors.append(mutant)
            print(f"  {mutant}", flush=True)
    score = 100 * (1 - len(survivors) / len(drawn))
    seconds = (time.monotonic() - started) / len(drawn)
    print(
        f"{room}: drawn {len(drawn)} of {len(every)}, killed {len(drawn) - len(survivors)}, survived {len(survivors)},"
        f" score {score:.0f} %, {seconds:.1f} s a mutant",
        flush=True,
    )
    return score


def main() -> int:
    asked = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    asked.add_argument("rooms", nargs="*", default=[*ROOMS], metavar="ROOM", help=", ".join(ROOMS))
    asked.add_argument("--draw", type=int, default=300, help="mutants a room")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--floor", type=float, default=85, help="score a room, in per cent")
    args = asked.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended before it was done"))  # and so stops the engines
    with tempfile.TemporaryDirectory(prefix="sqm-mutants-") as folder:
        home = Path(folder).resolve()
        os.environ["SQM_HOME"] = str(home)
        missing = [name for name in ENGINES if not os.environ.get(name)]
        with running(home, *missing):
            addresses = {"DATABASE_URL": database_url(home), "REDIS_URL": redis_url(home)}
            os.environ.update({name: addresses[name] for name in missing})
            bench = Bench(home)
            scores = {room: try_room(bench, room, args.draw, args.seed) for room in args.rooms}
    return int(any(score < args.floor for score in scores.values()))


if __name__ == "__main__":
    sys.exit(main())
