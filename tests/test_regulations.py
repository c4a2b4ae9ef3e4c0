"""docs/regulations.md: each article names the code that keeps it and the tests that hold it, and all of them exist."""

import ast
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
PAGE, SOURCE = ROOT / "docs" / "regulations.md", ROOT / "docs" / "regulations.yml"
HEAD = """# The law, the code that keeps it, and the tests that hold it

Made of `docs/regulations.yml` by `tests/test_regulations.py` (`WRITE_DOCS=1`), which also holds that everything
named here exists and that the code names
its article. Begun with the articles of the deadlines; the others follow with their verbs.

| source | article | what it says | kept by | held by |
| --- | --- | --- | --- | --- |
"""
ARTICLES: list[dict[str, Any]] = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
NAMES = [f"{one['source']} {one['article']}" for one in ARTICLES]


def page() -> str:
    def cell(names: list[str]) -> str:
        return "<br>".join(f"`{name}`" for name in names)

    rows = [
        f"| {one['source']} | {one['article']} | {one['says']} | {cell(one['rules'])} | {cell(one['tests'])} |"
        for one in ARTICLES
    ]
    return HEAD + "\n".join(rows) + "\n"


@cache
def read(file: str) -> tuple[str, ast.Module]:
    text = (ROOT / file).read_text(encoding="utf-8")
    return text, ast.parse(text)


def named(place: str) -> list[ast.stmt]:
    """What stands under a name in a file: a function, a class, or a value of the module."""
    file, _colons, name = place.partition("::")
    assert (ROOT / file).exists(), f"{file} is not there"

    def bears(node: ast.stmt) -> bool:
        if isinstance(node, ast.Assign):
            return any(isinstance(one, ast.Name) and one.id == name for one in node.targets)
        if isinstance(node, ast.AnnAssign):
            return isinstance(node.target, ast.Name) and node.target.id == name
        return getattr(node, "name", None) == name

    return [node for node in read(file)[1].body if bears(node)]


def said_of(place: str) -> str:
    """The docstring of the file, that of what is named, and the comment that stands right above it."""
    file = place.partition("::")[0]
    text, module = read(file)
    (node,) = named(place)
    lines, above = text.splitlines(), node.lineno - 1
    while above and lines[above - 1].startswith("#"):
        above -= 1
    own = ast.get_docstring(node) if isinstance(node, ast.FunctionDef | ast.ClassDef) else ""
    return " ".join([ast.get_docstring(module) or "", own or "", *lines[above : node.lineno - 1]])


def test_the_page_is_made_of_its_source():
    if os.environ.get("WRITE_DOCS"):
        PAGE.write_text(page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page(), "run it with WRITE_DOCS=1"


def test_every_article_stands_once():
    assert len(NAMES) == len(set(NAMES))


@pytest.mark.parametrize("article", ARTICLES, ids=NAMES)
def test_what_is_named_exists_and_the_code_names_its_article(article):
    assert article["rules"] and article["tests"]
    for place in article["tests"]:
        assert place.partition("::")[2].startswith("test_") and len(named(place)) == 1, f"{place} is not there"
    number = re.match(r"\d+", str(article["article"]))
    assert number is not None
    for place in article["rules"]:
        assert len(named(place)) == 1, f"{place} is not there"
        assert re.search(rf"Art\. {number[0]}\b", said_of(place)), f"{place} does not name Art. {number[0]}"
