"""A process that has loaded the libraries and none of our modules: it forks for each mutant, and the child runs tests.

Reads a JSON line an order from its input and answers with one: how the tests ended, and which failed first.
"""

import contextlib
import importlib
import importlib.abc
import importlib.machinery
import json
import os
import signal
import sys
import time
import traceback
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import pytest

from tests.mutants.mutant import compiled

LIBRARIES = [
    "django.test", "django.db.backends.postgresql.base", "django.contrib.postgres.fields", "django_fsm", "celery",
    "hypothesis", "hypothesis.strategies", "kombu", "redis", "psycopg2", "time_machine", "structlog", "yaml", "httpx",
    "cryptography.fernet", "django.core.management", "django.core.handlers.wsgi", "django.template.engine",
    "django.contrib.admin.sites", "rest_framework.fields", "pytest_django.plugin", "pytest_django.fixtures",
    "pytest_socket", "pytest_timeout",
]  # fmt: skip
PLUGINS = ["pytest_django.plugin", "pytest_socket", "pytest_timeout", "_hypothesis_pytestplugin", "time_machine"]
QUIET = ["-o", "timeout=60", "-W", "ignore::pytest.PytestAssertRewriteWarning"]


class Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module of ours from the changed code; all others as they are."""

    def __init__(self, file: str, number: int) -> None:
        self.path = Path(file).resolve()
        self.name = file.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        self.code: CodeType = compiled(file, number)

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.name:
            return None
        package = self.path.name == "__init__.py"
        spec = importlib.machinery.ModuleSpec(fullname, self, origin=str(self.path), is_package=package)
        spec.has_location = True
        if package:
            spec.submodule_search_locations = [str(self.path.parent)]
        return spec

    def exec_module(self, module: ModuleType) -> None:
        exec(self.code, vars(module))


class Chosen:
    """Runs these tests in this order, and remembers the first that failed."""

    def __init__(self, tests: list[str]) -> None:
        self.place = {test: place for place, test in enumerate(tests)}
        self.killer = ""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.nodeid in self.place]
        items.sort(key=lambda item: self.place[item.nodeid])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self.killer:
            self.killer = report.nodeid


def load_libraries() -> None:
    for name in LIBRARIES:
        with contextlib.suppress(Exception):  # one that needs the settings is loaded by the child
            importlib.import_module(name)
    ours = [name for name in sys.modules if name.split(".")[0] in {"complaints", "sla", "sqm_site", "security"}]
    assert not ours, f"the child must load these itself: {ours}"


def child(order: dict[str, Any], log: str, answer: int) -> None:
    """In the fork: with the change in place, run the tests until one fails."""
    os.setsid()
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(out, 1)
    os.dup2(out, 2)
    chosen = Chosen(order["tests"])
    if order["number"] >= 0:
        sys.meta_path.insert(0, Changed(order["file"], order["number"]))
    plugins = [part for name in PLUGINS for part in ("-p", name)]
    files = list(dict.fromkeys(test.partition("::")[0] for test in order["tests"]))
    code = pytest.main(["-x", *QUIET, *order["options"], *plugins, *files], plugins=[chosen])
    sys.stdout.flush()
    os.write(answer, json.dumps({"code": int(code), "killer": chosen.killer}).encode())
    os._exit(0)


def run(order: dict[str, Any], log: str) -> dict[str, Any]:
    reading, writing = os.pipe()
    started = time.monotonic()
    pid = os.fork()
    if not pid:
        try:
            child(order, log, writing)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(3)
    os.close(writing)
    signal.signal(signal.SIGALRM, lambda *_: os.killpg(pid, signal.SIGKILL))
    signal.alarm(order["limit"])
    os.waitpid(pid, 0)
    signal.alarm(0)
    with os.fdopen(reading, "rb") as answer:
        told = answer.read()
    said = json.loads(told) if told else {"code": 3, "killer": "it broke off, or took too long"}
    return {**said, "seconds": round(time.monotonic() - started, 2)}


if __name__ == "__main__":
    load_libraries()
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line), sys.argv[1])), flush=True)
