"""The samples fit the code lists, and carry no personal data but the made-up values that show redaction."""

import json
import re
from pathlib import Path

import pytest

from complaints.models.states import Nature, Touchpoint
from complaints.services.taxonomy import SOURCE
from organization.services.setup import LINES
from sqm_site.catalogues import ROOT

SAMPLES = ROOT / "samples"
DIMENSIONS = json.loads(SOURCE.read_text(encoding="utf-8"))["dimensions"]
# A fact of a sample -> where its codes are listed.
LISTED = {
    "category": "business_category_B",
    "reason": "reason_C",
    "demand": "demand",
    "finding": "finding",
    "demand_met": "demand_met",
    "root_cause": "root_cause",
}
MADE_UP = {
    *(f"{prefix}00{prefix}000" for prefix in ("138", "139", "137", "136", "135")),
    "110101190001010006",
    "4111111111111111",
    "6222000000000000004",
}


def rows(name: str) -> list[dict]:
    return [json.loads(line) for line in (SAMPLES / name).read_text(encoding="utf-8").splitlines()]


ENGLISH, CHINESE = rows("cfpb_complaints.jsonl"), rows("zh_feedback.jsonl")


@pytest.mark.parametrize("samples", [ENGLISH, CHINESE], ids=["english", "chinese"])
def test_the_codes_of_the_samples_exist_at_the_finest_level(samples):
    assert len({row["id"] for row in samples}) == len(samples)
    assert {row["business_line"] for row in samples} <= {code for code, *_ in LINES}
    for fact, dimension in LISTED.items():
        listed = DIMENSIONS[dimension]["codes"]
        leaves = {row["code"] for row in listed} - {row["parent"] for row in listed}
        assert {row.get(fact, "") for row in samples} <= leaves | {""}


def test_the_chinese_samples_have_what_the_demo_works_with():
    assert {row["channel"] for row in CHINESE} == {"phone", "wechat", "app", "web"}
    assert {row["nature"] for row in CHINESE} <= set(Nature.values)
    assert {row["touchpoint"] for row in CHINESE} <= set(Touchpoint.values)
    assert all(row["resolution"] and row["reply"] for row in CHINESE)
    complaints = [row for row in CHINESE if row["nature"] == Nature.COMPLAINT]
    assert all(row[fact] for row in complaints for fact in LISTED)


def test_the_english_samples_are_of_the_promised_length():
    assert all(120 <= len(row["narrative"]) <= 2000 and row["reason"] and row["category"] for row in ENGLISH)


def test_long_numbers_are_the_made_up_ones():
    found = {
        number
        for row in [*ENGLISH, *CHINESE]
        for number in re.findall(r"(?<![A-Za-z\d])\d{8,}", row.get("text", row.get("narrative")))
    }
    assert found <= MADE_UP


def test_every_unit_is_marked_as_a_demonstration_and_stands_below_a_known_one():
    units = json.loads((SAMPLES / "names.json").read_text(encoding="utf-8"))["units"]
    assert all(unit["name"].startswith("示范") for unit in units)
    assert all(
        unit["parent"] in {None, *(above["code"] for above in units[:place])} for place, unit in enumerate(units)
    )


def test_the_readme_counts_what_is_there():
    readme = Path(SAMPLES / "README.md").read_text(encoding="utf-8")
    assert f"{len(ENGLISH)} real complaints" in readme
    assert f"{len(CHINESE)} Chinese texts" in readme
