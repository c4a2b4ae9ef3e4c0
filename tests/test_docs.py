"""The pages a newcomer reads say what is there."""

import ast
import re
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
MAKEFILE = (ROOT / "Makefile").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text())
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_exists(page):
    targets = re.findall(r"(?:^|`)make ([a-z0-9]+)", page.read_text(), re.MULTILINE)
    assert [target for target in targets if f"\n{target}:" not in MAKEFILE] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_exists(page):
    commands = {file.stem for file in ROOT.glob("*/management/commands/*.py")}
    django = {"check", "migrate", "collectstatic", "shell", "help", "makemigrations"}
    named = set(re.findall(r"manage\.py ([a-z_]+)", page.read_text()))
    assert named <= commands | django


def test_each_jump_from_an_address_to_a_row_is_an_import():
    walk = re.findall(r"^\d\. `(complaints/[a-z/]+\.py)`: ", (ROOT / "docs" / "rooms.md").read_text(), re.MULTILINE)
    assert len(walk) == 4
    for here, there in pairwise(walk):
        package, _slash, name = there.removesuffix(".py").rpartition("/")
        imported = imports_of(ROOT / here)
        directly = {f"{package}/{name}".replace("/", "."), f"{package.replace('/', '.')}.{name}"}
        assert imported & (directly | {package.replace("/", ".")}), f"{here} does not import {there}"


def imports_of(path: Path) -> set[str]:
    """The modules a file imports, and the names it takes out of them."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{one.name}" for one in node.names)}
    return found


def test_every_setting_read_from_the_environment_is_explained():
    code = "".join(
        (ROOT / "sqm_site" / name).read_text() for name in ("settings.py", "gunicorn_conf.py", "processes.py")
    )
    read = set(re.findall(r'(?:setting\("\w+", |flag\(|environ\.get\()"([A-Z_]+)"', code))
    page = (ROOT / "docs" / "operations.md").read_text()
    assert [name for name in sorted(read) if f"`{name}`" not in page] == []
