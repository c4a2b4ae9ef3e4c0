"""The database as every test finds it, the process that forks, and the tests that a mutant must pass by."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from tests.mutants.covering import PLAIN
from tests.mutants.mutant import Mutant

ANY = "tests/organization/test_units.py::test_a_unit_knows_the_way_from_the_root"  # makes the database
OURS_END = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{0}' AND usename = current_user"""
BUDGET = 40.0  # seconds of tests a mutant, by what they take without one
ALLOWED = ["--disable-socket", "--allow-hosts=127.0.0.1,localhost", "--allow-unix-socket", "--strict-markers"]
OPTIONS = [*PLAIN, "--no-header", "--tb=line", "-o", "addopts=" + " ".join(ALLOWED)]


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
        # not WITH (FORCE), which may not end a worker of autovacuum and refuses; a plain DROP sends it away by itself
        self.database(OURS_END, 'DROP DATABASE "{0}"', 'CREATE DATABASE "{0}" TEMPLATE "{0}_pristine"')

    def ask(self, order: dict[str, Any]) -> dict[str, Any]:
        assert self.zygote.stdin is not None and self.zygote.stdout is not None
        print(json.dumps(order), file=self.zygote.stdin, flush=True)
        answer: dict[str, Any] = json.loads(self.zygote.stdout.readline())
        return answer

    def tests_for(self, mutant: Mutant) -> list[str]:
        """Those that run its lines, else anything of its module; those that killed before and quick ones first.

        What is worked out at import is run by no test: of a module that holds nothing else all of the room are tried.
        """
        lines = set(range(mutant.first, mutant.last + 1))
        module = {test: set(facts["lines"].get(mutant.file, ())) for test, facts in self.tests.items()}
        found = [test for test, ran in module.items() if ran & lines] or [test for test, ran in module.items() if ran]
        found = found or list(self.tests)
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
