"""What `make mutants` changes: behaviour, one thing at a time, and nothing that people read."""

import ast
from pathlib import Path

import pytest

from tests.mutants.__main__ import ROOMS, files_of
from tests.mutants.mutant import differing, equivalents, mutant, mutants_of
from tests.mutants.places import places

QUIET = '''
"""A docstring of 5 > 4 words."""
from typing import Any
Pair = tuple[int, int]
log.info("lost", number=5 > 4)
class Row(models.Model):
    size: int | None
    text = models.CharField(max_length=5)
    class Meta:
        ordering = ["size", "text"]
def said(count: list[int] | None) -> tuple[int, str]:
    _("At most %d of them: 5 > 4.")
    assert count
'''


def changed(source: str) -> list[tuple[str, str]]:
    found = [mutant("x.py", number, place) for number, place in enumerate(places(ast.parse(source)))]
    return [(one.was, one.now) for one in found]


def test_words_types_and_declarations_are_left_alone():
    assert changed(QUIET) == []


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("a < b", ["a <= b"]),
        ("a and b", ["a or b"]),
        ("not a", ["a"]),
        ("a + 7", ["a - 7", "a + 8"]),
        ("rows.filter(pk=a)", ["rows", "rows.filter()"]),
        ("rows.select_for_update(skip_locked=a)", ["rows", "rows.select_for_update()"]),
        ("{a, b}", ["{b}", "{a}"]),
        ("b if a else c", ["b if False else c", "b if True else c"]),
        ("'SELECT 1 WHERE a <= b'", ["'SELECT 1 WHERE a < b'"]),
        ("f'WHERE {a} < b AND c'", ["f'WHERE {a} <= b AND c'", "f'WHERE {a} < b OR c'"]),
    ],
)
def test_one_thing_changes_at_a_time(was, now):
    assert changed(f"x = {was}") == [(was, one) for one in now]


def test_the_tree_is_afterwards_as_it_was():
    source = Path("complaints/verbs/closing.py").read_text()
    tree = ast.parse(source)
    for number, place in enumerate(places(tree)):
        mutant("x.py", number, place)
    assert ast.dump(tree) == ast.dump(ast.parse(source))


def test_what_differs_is_shown_with_a_little_around_it():
    around = "a" * 99, "b" * 99
    assert differing("<".join(around), ">".join(around)) == ("a" * 45 + "<" + "b" * 45, "a" * 45 + ">" + "b" * 45)


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_has_files_and_mutants(room):
    assert all(Path(file).exists() for file in files_of(room))
    assert sum(len(mutants_of(file)) for file in files_of(room)) > 100


def test_every_known_equivalent_is_a_mutant_still():
    """A line that was changed since takes its row along."""
    for file, was, now in equivalents():
        every = enumerate(places(ast.parse(Path(file).read_text())))
        shown = {(one.was, one.now) for one in (mutant(file, number, place) for number, place in every)}
        assert (was, now) in shown, f"{file}: {was} is not there any more"
