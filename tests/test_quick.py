"""N3: the suite stays quick. Nothing sleeps and one stack serves all tests of processes, but for what is named here."""

import ast
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

TESTS = sorted(Path("tests").rglob("*.py"))
SLEEPS = {
    "tests/processes.py::eventually": "asks again until it is so",
    "tests/demo/test_demo_progress.py::test_a_bar_and_the_lines_of_the_worker_stay_whole_on_one_terminal": (
        "the bar moves on while another process writes"
    ),
    "tests/faults/test_healing.py::test_liveness_is_answered_while_postgresql_hangs": "meanwhile nothing is answered",
    "tests/feedback/test_lookup.py::drips": "the pieces of an answer come apart",
    "tests/sqm_site/test_gunicorn_worker.py::send": "the pieces of a request come apart",
    "tests/sqm_site/test_liveness.py::ask": "the pieces of a request come apart",
    "tests/sqm_site/test_liveness.py::port": "every thread takes the request that it will hang on",
    "tests/sqm_site/test_stopping.py::test_a_signal_is_never_lost": "a signal at any moment",
    "tests/sqm_site/test_stopping.py::test_a_second_signal_ends_at_once_whatever_goes_on": "the echo of a signal",
    "tests/sqm_site/test_stopping.py::end_at": "a signal at this moment",
    "tests/sqm_site/test_supervisor.py::test_a_reader_that_holds_the_log_does_not_hold_the_watch": (
        "the pipe is full until then"
    ),
}
STACKS = {
    "tests/faults/test_healing.py::up": "the one stack, on the home of all faults",
    "tests/faults/conftest.py::house": "its parts one by one, on the same home",
    "tests/faults/test_backup.py::test_nothing_acknowledged_is_missing_after_a_restore_and_all_of_it_works": (
        "the home that the restore made"
    ),
    "tests/sqm_site/test_stopping.py::end_at": "ends while it comes up",
    "tests/sqm_site/test_up.py::service": "its port is taken: it does not come up",
}
UP = ("manage.py", "up")


def functions_with(wanted: Callable[[ast.AST], bool]) -> set[str]:
    """The outermost functions of the tests in which such a piece of code stands."""
    return {
        f"{path}::{function.name}"
        for path in TESTS
        for function in outermost(ast.parse(path.read_text()))
        if any(wanted(node) for node in ast.walk(function))
    }


def outermost(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef):
            yield node
        else:
            yield from outermost(node)


def called(node: ast.AST) -> str:
    """The last name of what is called, if this is a call."""
    if not isinstance(node, ast.Call):
        return ""
    return getattr(node.func, "attr", "") or getattr(node.func, "id", "")


def sleeps(node: ast.AST) -> bool:
    return called(node) == "sleep"


def starts_a_stack(node: ast.AST) -> bool:
    """`manage.py up`, or a PostgreSQL of its own by `running`; tests/sqm_site/test_embedded.py is about the engines."""
    words = [child.value for child in ast.iter_child_nodes(node) if isinstance(child, ast.Constant)]
    return UP in pairwise(words) or (called(node) == "running" and "DATABASE_URL" in words)


def test_nothing_sleeps_but_what_waits_for_a_process():
    """N3: a sleep is too long on most days and too short on one; wait for what must come, with `eventually`."""
    assert functions_with(sleeps) == set(SLEEPS)


def test_one_stack_serves_all_tests_of_processes():
    """N3: to bring one up takes half a minute of work; use `house` or `up` of tests/faults."""
    assert functions_with(starts_a_stack) == set(STACKS)
