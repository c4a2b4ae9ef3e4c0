"""The samples fit the code lists, and carry no personal data but the made-up values that show redaction."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from complaints.models.code import laid_down
from complaints.models.states import Nature, Touchpoint
from organization.services.setup import LINES
from sqm_site.catalogues import ROOT

SAMPLES = ROOT / "samples"
DIMENSIONS = laid_down()["dimensions"]
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
MASKED = {"138****8000", "138****8001", "6222****0013"}
SENTENCE = 8  # characters from which a sentence can be told apart from a turn of phrase


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


def test_the_chinese_samples_are_many_and_varied():
    """N4: a newcomer who reads Chinese meets hundreds of different texts, not a handful that comes again and again."""
    lengths = [len(row["text"]) for row in CHINESE]
    assert len(lengths) >= 300 and all(8 <= length <= 600 for length in lengths)
    assert sum(length < 15 for length in lengths) >= 10 and sum(length > 300 for length in lengths) >= 10
    assert len({row["product"] for row in CHINESE}) >= 10
    natures = Counter(row["nature"] for row in CHINESE)
    assert natures.most_common(1)[0][0] == Nature.COMPLAINT and min(natures.values()) >= 10 and len(natures) >= 5
    for part in ("subject", "text", "reply", "resolution"):
        said = [row[part] for row in CHINESE if part in row]
        assert len(set(said)) == len(said)


def test_no_two_chinese_samples_share_a_sentence():
    """N4: texts put together from the same parts would read as what they are."""
    texts = [set(re.split(r"[。！？\s]+", row["text"])) for row in CHINESE]
    sentences = Counter(sentence for text in texts for sentence in text if len(sentence) >= SENTENCE)
    assert [sentence for sentence, times in sentences.items() if times > 1] == []


def test_the_chinese_samples_are_written_in_chinese():
    words = [row[part] for row in CHINESE for part in ("subject", "text", "reply", "product", "again") if part in row]
    assert [text for text in words if not re.search(r"[\u4e00-\u9fff]", text) and text != "ETC"] == []


def test_a_message_of_wechat_has_no_title():
    """The others have one: the past of the demonstration takes its titles from them."""
    assert {row["id"] for row in CHINESE if "subject" not in row} == {
        row["id"] for row in CHINESE if row["channel"] == "wechat"
    }


def test_the_files_stay_small():
    assert all(file.stat().st_size < 400_000 for file in SAMPLES.iterdir())


def test_the_english_samples_are_of_the_promised_length():
    assert all(120 <= len(row["narrative"]) <= 2000 and row["reason"] and row["category"] for row in ENGLISH)


def test_long_numbers_are_the_made_up_ones():
    words = [value for row in [*ENGLISH, *CHINESE] for name, value in row.items() if name != "id" and value]
    found = {number for value in words for number in re.findall(r"(?<![A-Za-z\d])\d[\d -]{6,}\d", value)}
    days = {number for number in found if re.fullmatch(r"\d{4}-\d\d-\d\d", number)}  # when the CFPB received it
    assert {re.sub("[ -]", "", number) for number in found - days} <= MADE_UP
    assert {number for value in words for number in re.findall(r"\d+\*+\d*", value)} <= MASKED


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
    assert f"{sum('again' in row for row in CHINESE)} bring" in readme
