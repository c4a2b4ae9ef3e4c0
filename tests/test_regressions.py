"""docs/regressions.md: every defect that was mended has one sentence and a test that exists."""

import ast
import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "regressions.md"
ROW = re.compile(r"^\| ([NBFWSPOMD]\d+[a-z]?) \| (.+?) \| `(tests/[\w/]+\.py)::(\w+)` \|$")


def rows() -> list[tuple[str, str, str, str]]:
    lines = [line for line in PAGE.read_text().splitlines() if re.match(r"\| [NBFWSPOMD]\d", line)]
    found = [ROW.match(line) for line in lines]
    unread = [line for line, row in zip(lines, found, strict=True) if row is None]
    assert unread == [], "write: | id | one sentence | `tests/room/test_file.py::test_name` |"
    return [row.groups() for row in found if row is not None]  # type: ignore[misc]


def test_every_row_stands_once_and_in_order():
    ids = [row[0] for row in rows()]
    assert ids == sorted(set(ids), key=lambda one: (one[0], int(re.sub(r"\D", "", one)), one))


def test_every_named_test_exists_and_names_the_row():
    """The docstring of the test, or of its file, names the rows it holds: a reader of either finds the other."""
    for row, _sentence, file, name in rows():
        source = ROOT / file
        assert source.exists(), f"{row}: {file} is not there"
        tree = ast.parse(source.read_text())
        tests = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert name in tests, f"{row}: {file} has no {name}"
        said = f"{ast.get_docstring(tree)} {ast.get_docstring(tests[name])}"
        assert re.search(rf"\b{row}\b", said), f"{row}: the docstring of {file}::{name} does not name it"


def test_a_test_holds_at_most_five_rows():
    held = Counter((file, name) for _row, _sentence, file, name in rows())
    assert [test for test, count in held.items() if count > 5] == []
