"""What a statement reads, as the planner of the database tells afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext


@contextmanager
def reads_of(table: str) -> Iterator[list[str]]:
    """The statements by which a table is read meanwhile; known at the end."""
    found: list[str] = []
    with CaptureQueriesContext(connection) as seen:
        yield found
    found += [row["sql"] for row in seen if "SELECT" in row["sql"] and table in row["sql"]]


def rows_of(statements: list[str], table: str) -> tuple[int, set[str]]:
    """How many rows of a table these statements read, kept or not, and by which indexes."""
    counted, indexes = 0, set()
    for sql in statements:
        for node in nodes_of(sql):
            if node.get("Relation Name") == table:
                counted += (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
                indexes.add(node.get("Index Name", node["Node Type"]))
    return counted, indexes


def nodes_of(sql: str) -> Iterator[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
        (plan,) = cursor.fetchone()
    yield from below(plan[0]["Plan"])


def below(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for one in node.get("Plans", []):
        yield from below(one)


class Buffers:
    """How many pages of the database the statements of a connection read, in memory or not; a wrapper of `execute`."""

    def __init__(self) -> None:
        self.read = 0
        self.statements: list[tuple[int, str]] = []
        self.asking = False

    def __call__(self, execute: Any, sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if not self.asking and not many and str(sql).lstrip("( \n").startswith(("SELECT", "WITH")):
            self.asking = True
            try:
                execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", params, many, context)
                plan = context["cursor"].fetchone()[0][0]["Plan"]
            finally:
                self.asking = False
            pages = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
            self.read += pages
            self.statements.append((pages, str(sql)))
        return execute(sql, params, many, context)


@contextmanager
def buffers() -> Iterator[Buffers]:
    """What is read meanwhile; each SELECT runs twice."""
    counted = Buffers()
    with connection.execute_wrapper(counted):
        yield counted
