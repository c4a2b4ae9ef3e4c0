"""One mutant: its place in a module, how it is shown, and the module made from it."""

import ast
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import CodeType

from tests.mutants.places import Place, places

CONTEXT = 45  # characters shown on either side of a change
EQUIVALENTS = Path(__file__).with_name("equivalents.txt")


@dataclass(frozen=True)
class Mutant:
    """The change number `number` of a file. first, last: the lines of the statement it stands in."""

    file: str
    number: int
    first: int
    last: int
    was: str
    now: str

    def __str__(self) -> str:
        return f"{self.file}:{self.first}  {self.was}  ->  {self.now}"


def mutants_of(file: str) -> list[Mutant]:
    """Every mutant of a file that is not known to be equivalent."""
    known = equivalents()
    every = (mutant(file, number, place) for number, place in enumerate(places(parsed(file))))
    return [one for one in every if (one.file, one.was, one.now) not in known]


def parsed(file: str) -> ast.Module:
    return ast.parse(Path(file).read_text())


def mutant(file: str, number: int, place: Place) -> Mutant:
    before = written(place.shown)
    old = place.put()
    after = written(place.new if place.shown is old else place.shown)
    place.put_back(old)
    where = next(node for node in (old, place.parent, place.shown) if hasattr(node, "lineno"))
    return Mutant(file, number, where.lineno, where.end_lineno, *differing(before, after))


def written(node: object) -> str:
    if not isinstance(node, ast.AST):
        return "(nothing)"
    return " ".join(ast.unparse(ast.fix_missing_locations(node)).split())


def differing(was: str, now: str) -> tuple[str, str]:
    """Both, cut down to what differs and a little around it."""
    shorter = min(len(was), len(now))
    start = next((place for place in range(shorter) if was[place] != now[place]), shorter)
    end = next((place for place in range(shorter - start) if was[-1 - place] != now[-1 - place]), shorter - start)
    start, end = max(0, start - CONTEXT), max(0, end - CONTEXT)
    return was[start : len(was) - end], now[start : len(now) - end]


def equivalents() -> set[tuple[str, str, str]]:
    """Those that no test can tell from the original: `file | was | now | why`, a line each."""
    lines = [line for line in EQUIVALENTS.read_text().splitlines() if line and not line.startswith("#")]
    rows = [[part.strip() for part in line.split(" ¦ ")] for line in lines]
    assert all(len(row) == 4 and row[3] for row in rows), f"{EQUIVALENTS}: file ¦ was ¦ now ¦ why"
    return {(file, was, now) for file, was, now, _why in rows}


def compiled(file: str, number: int) -> CodeType:
    """The code of the module with this change."""
    tree = parsed(file)
    place = next(islice(places(tree), number, None))
    old = place.put()
    if isinstance(place.new, ast.AST) and isinstance(old, ast.AST):
        ast.copy_location(place.new, old)
    return compile(ast.fix_missing_locations(tree), str(Path(file).resolve()), "exec", dont_inherit=True)
