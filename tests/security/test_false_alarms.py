"""How little redaction takes out of what holds nothing personal: sentences of reviews and of our own samples."""

import csv
import gzip
import json
import os
import random
import re
from pathlib import Path

import pytest
from django.conf import settings

from security.redaction import examine

FALSE = 0.02  # at most
REVIEWS = Path(os.environ.get("SQM_REVIEWS", "reviews"))  # the folder with SOURCES; elsewhere they are passed over
SOURCES = {"bdci2021_bank_comments/comments.csv.gz": "text", "icbc_app_reviews/reviews_unlabelled.csv.gz": "text"}
SENTENCES = 500


@pytest.mark.parametrize("source", SOURCES)
def test_of_500_sentences_that_customers_wrote_at_most_one_in_50_changes(source):
    """S23: what people write of a bank, scrubbed of what is personal by whoever published it."""
    path = REVIEWS / source
    if not path.exists():
        pytest.skip("the reviews are not here")
    with gzip.open(path, "rt", encoding="utf-8") as rows:
        written = [row[SOURCES[source]] for row in csv.DictReader(rows)]
    hold(source, written)


def test_of_500_sentences_of_our_own_samples_at_most_one_in_50_changes():
    """S23: the same without anybody's data, so that it is held everywhere."""
    lines = (settings.BASE_DIR / "samples" / "zh_feedback.jsonl").read_text(encoding="utf-8").splitlines()
    hold(
        "samples",
        [row[part] for row in map(json.loads, lines) for part in ("text", "resolution", "reply") if row.get(part)],
    )


def hold(source: str, written: list[str]) -> None:
    found = [one.strip() for text in written for one in re.split(r"(?<=[。！？!?\n])", text) if len(one.strip()) > 7]
    drawn = random.Random(source).sample(found, SENTENCES)
    changed = [one for one in drawn if examine(one).kinds]
    print(f"{source}: {len(changed)} of {SENTENCES} changed")
    assert len(changed) <= SENTENCES * FALSE, changed
