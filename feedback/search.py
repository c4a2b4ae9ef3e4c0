"""The words by which a text is found: pairs of Chinese characters, and whole words of other scripts."""

import re
import unicodedata

MOST = 2_000  # of one text; more would make one row dominate the index
HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
RUNS = re.compile(f"[{HAN}]+|[^\\W_{HAN}]+")
STARTS_HAN = re.compile(f"[{HAN}]")


def bigrams(text: str) -> list[str]:
    """Return the search words of `text` in order of appearance, each once, at most 2,000.

    “信用卡 APP 3.0” gives 信用, 用卡, app, 3, 0. A single Chinese character gives nothing: it would find everything.
    """
    found: dict[str, None] = {}
    for run in RUNS.findall(unicodedata.normalize("NFKC", text).lower()):
        found.update(dict.fromkeys(_words(run)))
        if len(found) >= MOST:
            break
    return list(found)[:MOST]


def _words(run: str) -> list[str]:
    if STARTS_HAN.match(run):
        return [first + second for first, second in zip(run, run[1:], strict=False)]
    return [run]
