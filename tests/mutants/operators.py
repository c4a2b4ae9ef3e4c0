"""What may stand in the place of one node of a module: small changes of behaviour, never of words."""

import ast
import re
from collections.abc import Iterator
from functools import singledispatch

GONE = object()  # an item of a list is left out
OPPOSITE: dict[type, type] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.And: ast.Or, ast.Or: ast.And, ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult, ast.Div: ast.Mult, ast.Mod: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip
# Links of a chain that may go missing without anybody noticing.
LINKS = {
    "filter", "exclude", "order_by", "select_for_update", "distinct", "open", "visible_to", "reachable_by",
    "strip", "lower", "upper", "casefold", "replace", "astimezone", "translate",
}  # fmt: skip
# Calls that do without their keywords; most others would only raise TypeError, and such a mutant shows nothing.
OPTIONAL = {
    "filter", "exclude", "select_for_update", "update", "order_by", "notes", "move", "tell", "verb", "optional",
    "prose", "CodeField", "StrictChoice", "StrictBoolean", "StrictInteger", "StrictDate", "Q", "replace", "timedelta",
    "within", "level_up", "notices", "who_may", "bulk_create", "first", "stop", "begin", "join", "split",
}  # fmt: skip
# What people read.
WORDED = {"label", "help_text", "message"}
SQL = re.compile(
    r"\b(SELECT|UPDATE|INSERT|DELETE|WHERE|WHEN|JOIN|FROM|AND|INTERVAL|FILTER)\b|::\w|\b(date_trunc|pg_\w+)\("
)
IN_SQL = [
    (r"<=", "<"), (r">=", ">"), (r"(?<![<>=-])<(?![=>@-])", "<="), (r"(?<![<>=-])>(?![=<])", ">="), (r"\bAND\b", "OR"),
    (r"\bOR\b", "AND"), (r"\bNOT IN\b", "IN"), (r"\bIS NOT NULL\b", "IS NULL"), (r"\bIS NULL\b", "IS NOT NULL"),
    (r"\bFOR UPDATE\b", ""), (r"\bSKIP LOCKED\b", ""), (r"\bmin\(", "max("), (r"\bmax\(", "min("), (r" \+ ", " - "),
    (r"\bDESC\b", "ASC"), (r"\bLEAST\b", "GREATEST"), (r"\bxact_lock\b", "xact_lock_shared"),
]  # fmt: skip


def instead_of(parent: ast.AST, field: str, node: ast.AST) -> Iterator[object]:
    """What may stand in `parent.field` instead of the node; GONE where it may be missing."""
    yield from changes(node, parent)
    if isinstance(node, ast.expr) and not isinstance(node, ast.Constant) and is_condition(parent, field):
        yield ast.Constant(False)
        if not isinstance(parent, ast.While):
            yield ast.Constant(True)
    if field == "elts" and isinstance(getattr(parent, "ctx", ast.Load()), ast.Load):
        yield from [GONE] * (len(parent.elts) > 1)  # type: ignore[attr-defined]


def is_condition(parent: ast.AST, field: str) -> bool:
    return field == "ifs" or (field == "test" and isinstance(parent, ast.If | ast.IfExp | ast.While))


@singledispatch
def changes(node: ast.AST, parent: ast.AST) -> Iterator[object]:
    return iter(())


@changes.register(ast.cmpop)
@changes.register(ast.boolop)
@changes.register(ast.operator)
def _operator(node: ast.AST, parent: ast.AST) -> Iterator[object]:
    if type(node) in OPPOSITE:
        yield OPPOSITE[type(node)]()


@changes.register
def _not(node: ast.UnaryOp, parent: ast.AST) -> Iterator[object]:
    if isinstance(node.op, ast.Not):
        yield node.operand


@changes.register
def _constant(node: ast.Constant, parent: ast.AST) -> Iterator[object]:
    """A number one more, a truth turned, and the same inside of SQL."""
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int):
        yield ast.Constant(value + 1)
    elif isinstance(value, str) and (isinstance(parent, ast.JoinedStr) or SQL.search(value)):
        for pattern, new in IN_SQL:
            for found in re.finditer(pattern, value):
                yield ast.Constant(value[: found.start()] + new + value[found.end() :])


@changes.register
def _keyword(node: ast.keyword, parent: ast.AST) -> Iterator[object]:
    name = getattr(parent, "func", None)
    if node.arg and node.arg not in WORDED and getattr(name, "attr", getattr(name, "id", "")) in OPTIONAL:
        yield GONE


@changes.register
def _link(node: ast.Call, parent: ast.AST) -> Iterator[object]:
    if isinstance(node.func, ast.Attribute) and node.func.attr in LINKS:
        yield node.func.value


@changes.register
def _return(node: ast.Return, parent: ast.AST) -> Iterator[object]:
    if node.value is not None and not isinstance(node.value, ast.Constant):
        yield ast.Return(ast.Constant(None))


@changes.register(ast.Expr)
@changes.register(ast.Raise)
@changes.register(ast.AugAssign)
@changes.register(ast.Delete)
def _statement(node: ast.stmt, parent: ast.AST) -> Iterator[object]:
    yield ast.Pass()


@changes.register
def _assign(node: ast.Assign, parent: ast.AST) -> Iterator[object]:
    """A name that is never set raises at once, and shows nothing."""
    if isinstance(node.targets[0], ast.Attribute | ast.Subscript):
        yield ast.Pass()
