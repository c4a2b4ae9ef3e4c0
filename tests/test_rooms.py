"""The rooms stand in one straight line, and the house rules hold. Each failure says which line and why."""

import ast
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import Field

ROOMS = [
    "sqm_site",
    "security",
    "organization",
    "sla",
    "insight",
    "feedback",
    "workforce",
    "complaints",
    "quality",
    "demo",
]
HERE = [room for room in ROOMS if Path(room, "__init__.py").exists()]
FILES = [path for room in HERE for path in sorted(Path(room).rglob("*.py")) if "migrations" not in path.parts]
ASKED = frozenset(FILES)
TESTS = sorted(Path("tests").rglob("*.py"))
NO_SUCH_MODULE = {"utils", "helpers", "common", "core", "signals", "managers", "selectors"}
FILE_LINES, TEST_FILE_LINES, FUNCTION_LINES = 300, 400, 40

AnyImport = ast.Import | ast.ImportFrom


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def imports(path: Path) -> list[tuple[str, AnyImport]]:
    found: list[tuple[str, AnyImport]] = []
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.ImportFrom):
            found.append((node.module or "", node))
        elif isinstance(node, ast.Import):
            found += [(name.name, node) for name in node.names]
    return found


def for_types_only(path: Path) -> set[int]:
    """Lines of the imports under `if TYPE_CHECKING:`."""
    blocks = [
        node
        for node in parsed(path).body
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    ]
    return {statement.lineno for block in blocks for statement in block.body}


def below(room: str) -> list[str]:
    return ROOMS[: ROOMS.index(room) + 1]


@pytest.mark.parametrize("room", HERE)
def test_a_room_imports_only_itself_and_the_rooms_below(room):
    for path in Path(room).rglob("*.py"):
        for module, node in imports(path):
            top = module.partition(".")[0]
            assert top not in ROOMS or top in below(room), f"{path}:{node.lineno} must not import {module}"


def test_imports_stand_at_the_top_of_the_file():
    for path in FILES:
        excused = for_types_only(path)
        for module, node in imports(path):
            at_top = node.col_offset == 0 or node.lineno in excused
            assert at_top, f"{path}:{node.lineno}: import {module} at the top, so that no ring of rooms can hide"
            assert not (isinstance(node, ast.ImportFrom) and node.level), f"{path}:{node.lineno}: name the room"


def file_of(module: str) -> Path | None:
    """The file of ours behind a module's name."""
    path = Path(*module.split("."))
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file in ASKED), None)


def asks_for(path: Path) -> set[Path]:
    """The files that a file imports, those for types only included."""
    found: set[Path | None] = set()
    for module, node in imports(path):
        names = node.names if isinstance(node, ast.ImportFrom) else []
        inside = {file_of(f"{module}.{alias.name}") for alias in names} - {None}
        found |= inside if inside and len(inside) == len(names) else inside | {file_of(module)}
    return {file for file in found if file is not None and file != path}


def test_files_import_each_other_in_no_ring():
    """A ring hides which file comes first; under `if TYPE_CHECKING:` too, for the reader goes round all the same."""
    graph = {path: asks_for(path) for path in FILES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(map(str, reversed(error.args[1]))))


def test_foreign_keys_point_down_the_line():
    user = apps.get_model(settings.AUTH_USER_MODEL)
    for model in apps.get_models(include_auto_created=True):
        room = model._meta.app_config.name
        if room not in ROOMS:
            continue
        for field in model._meta.get_fields():
            other = field.related_model
            if not isinstance(field, Field) or other is None or other is user:
                continue
            where = other._meta.app_config.name
            assert where not in ROOMS or where in below(room), f"{model.__name__}.{field.name} points up to {where}"


def test_only_tasks_queue_tasks():
    """A row is the job and the sweep finds it: a request that publishes fails with the broker."""
    for path in FILES:
        for node in ast.walk(parsed(path)):
            queued = isinstance(node, ast.Attribute) and node.attr in {"delay", "apply_async", "delay_on_commit"}
            assert not queued or path.name == "tasks.py", f"{path}:{node.lineno}: write a row, and let a sweep find it"


def test_one_module_knows_the_admin_theme():
    for path in FILES:
        for module, node in imports(path):
            theme = module.partition(".")[0] == "unfold"
            assert not theme or path == Path("sqm_site/adminui.py"), f"{path}:{node.lineno}: import sqm_site.adminui"


def test_no_module_is_a_drawer_for_everything():
    for path in FILES:
        names = {path.stem, *path.parent.parts}
        assert not names & NO_SUCH_MODULE, f"{path}: name the file after what it does"


def test_files_and_functions_stay_small():
    for path in FILES + TESTS:
        most = TEST_FILE_LINES if path in TESTS else FILE_LINES
        lines = len(path.read_text().splitlines())
        assert lines <= most, f"{path} has {lines} lines; split it by subject"
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                assert length <= FUNCTION_LINES, f"{path}:{node.lineno}: {node.name} has {length} lines"


def test_nothing_listens_to_signals():
    """A call you can click on does the same and tells the reader."""
    for path in FILES:
        for module, node in imports(path):
            names = {alias.name for alias in node.names}
            heard = module == "django.dispatch" or (
                module.endswith(".signals") and bool(names & {"post_save", "pre_save"})
            )
            assert not heard, f"{path}:{node.lineno}: call the service instead of listening for {module}"
