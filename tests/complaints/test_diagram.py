"""docs/case.md shows the workflow as it is."""

from pathlib import Path

import pytest
from django.utils import translation

from complaints.diagram import edges, mermaid, verb_table
from complaints.models import FINAL, State
from complaints.verbs import VERBS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "case.md").read_text()
HOW = "Paste what `manage.py shell -c 'from complaints.diagram import *; print(mermaid(), verb_table())'` prints."


def test_the_diagram_is_the_one_of_the_code():
    assert f"```mermaid\n{mermaid()}\n```" in PAGE, HOW


def test_the_table_of_verbs_is_the_one_of_the_code():
    assert verb_table() in PAGE, HOW


@pytest.mark.parametrize("state", [*State])
def test_the_page_explains_every_state_in_its_chinese_word(state):
    with translation.override("zh-hans"):
        assert f"| `{state}` | {state.label} |" in PAGE


@pytest.mark.parametrize("verb", [name for name, one in VERBS.items() if one.gate])
def test_the_page_names_every_gate(verb):
    section = PAGE.partition("## Gates")[2].partition("\n## ")[0]
    assert f"`{verb}`" in section


def test_no_case_is_stuck_in_an_open_state():
    leaving = {source for source, _verb, target in edges() if source != target}
    assert {*State} - {*FINAL} <= leaving
