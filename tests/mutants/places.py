"""Every place of a module where its behaviour can be changed, in a fixed order."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.mutants.operators import GONE, SQL, instead_of

# What people read, and what only types depend on.
WORDS = {"_", "gettext", "gettext_lazy", "pgettext", "pgettext_lazy", "ngettext", "dataclass", "NewType", "TypeVar"}
WORDED = {"label", "help_text", "verbose_name", "strict"}
TYPES = {"annotation", "returns"}
NAMES = {"__all__", "do_not_call_in_templates"}


@dataclass(frozen=True)
class Place:
    """Where one thing is replaced: `parent.field`, or its item `at`. shown: the statement, or the part of it."""

    parent: ast.AST
    field: str
    at: int | None
    new: Any
    shown: ast.AST

    def put(self) -> Any:
        """Put the new thing there and return what stood there."""
        return self._replace(self.new, 1)

    def put_back(self, was: Any) -> None:
        self._replace(was, 0 if self.new is GONE else 1)

    def _replace(self, value: Any, instead: int) -> Any:
        held = getattr(self.parent, self.field)
        if self.at is None:
            setattr(self.parent, self.field, value)
            return held
        was = held[self.at] if instead else None
        held[self.at : self.at + instead] = [] if value is GONE else [value]
        return was


def places(tree: ast.Module) -> Iterator[Place]:
    yield from inside(tree, tree)


def inside(node: ast.AST, shown: ast.AST) -> Iterator[Place]:
    for field, value in ast.iter_fields(node):
        many = isinstance(value, list)
        for at, child in enumerate(value if many else [value]):
            if field in TYPES or not isinstance(child, ast.AST) or is_quiet(node, child):
                continue
            # a long statement is shown by the part that changes
            seen = child if isinstance(node, ast.stmt | ast.Module | ast.ExceptHandler) else shown
            for new in instead_of(node, field, child):
                yield Place(node, field, at if many else None, new, seen)
            yield from inside(child, seen)


def is_quiet(parent: ast.AST, child: ast.AST) -> bool:
    """Words, log lines and types, and what another check holds: constraints and columns (makemigrations)."""
    if isinstance(child, ast.Expr | ast.Call):
        return is_said(child)
    if isinstance(child, ast.Assign):
        return is_declared(parent, child)
    if isinstance(child, ast.JoinedStr):
        return not SQL.search(" ".join(part.value for part in child.values if isinstance(part, ast.Constant)))
    if isinstance(child, ast.If):
        return isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING"
    if isinstance(child, ast.FunctionDef):
        return "migrations." in ast.unparse(child)  # the database is made once, without a mutant
    worded = isinstance(child, ast.keyword) and child.arg in WORDED
    return worded or isinstance(child, ast.Import | ast.ImportFrom | ast.Assert) or getattr(child, "name", "") == "Meta"


def is_said(node: ast.Expr | ast.Call) -> bool:
    called = node.value if isinstance(node, ast.Expr) else node
    name = getattr(called, "func", None)
    on = getattr(name, "value", None)
    return (
        isinstance(called, ast.Constant)  # a docstring
        or getattr(name, "id", "") in WORDS
        or getattr(on, "id", "") == "log"
    )


def is_declared(parent: ast.AST, node: ast.Assign) -> bool:
    target, on = node.targets[0], getattr(getattr(node.value, "func", None), "value", None)
    is_column = isinstance(parent, ast.ClassDef) and getattr(on, "id", "") == "models"
    is_alias = isinstance(parent, ast.Module) and isinstance(node.value, ast.Subscript)  # of a type
    return is_column or is_alias or (isinstance(target, ast.Name) and target.id in NAMES)
