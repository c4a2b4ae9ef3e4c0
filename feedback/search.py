"""The words by which a text is found: pairs of Chinese characters, and whole words of other scripts."""

import re
import unicodedata
from collections.abc import Iterator

MOST = 2_000  # of one part of a text; more would make one row dominate the index
OVERLAP = 64  # characters that a part shares with the one before: the longest word that is searched
HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
RUNS = re.compile(f"[{HAN}]+|[^\\W_{HAN}]+")
# what parts the words that are searched for: no letter, no figure, nor what stands within a number or a Latin name
BETWEEN = re.compile(r"[\s,，。；：！？、…“”‘’「」《》〈〉（）【】()\[\]\"]+")
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


def surely(word: str) -> list[str]:
    """The search words that every text has in which `word` stands, for the look into the index.

    A Latin word or a number at the edge of a mixed one may be a part of a longer one: “理财R2和R” is in “理财R2和R3”,
    whose words are r2 and r3. Nothing for what is mixed of single characters, which is in no index.
    """
    runs = RUNS.findall(unicodedata.normalize("NFKC", word).lower())
    if not any(map(STARTS_HAN.match, runs)):
        return bigrams(word)
    whole = [run for place, run in enumerate(runs) if STARTS_HAN.match(run) or 0 < place < len(runs) - 1]
    return list(dict.fromkeys(part for run in whole for part in _words(run)))


def searched(typed: str) -> list[str]:
    """The words that somebody searches for, in order, each once and none longer than one part surely holds."""
    words = [unicodedata.normalize("NFKC", word) for word in BETWEEN.split(typed)]
    pieces = (word[start : start + OVERLAP] for word in words for start in range(0, len(word), OVERLAP))
    return list(dict.fromkeys(piece for piece in pieces if RUNS.search(piece)))


def parts(text: str) -> Iterator[str]:
    """Cut a text into parts of at most 2,000 characters, and so of at most 2,000 search words; none of an empty one."""
    for start in range(0, max(len(text) - OVERLAP, 1), MOST - OVERLAP):
        if part := text[start : start + MOST]:
            yield part


def _words(run: str) -> list[str]:
    if STARTS_HAN.match(run):
        return [first + second for first, second in zip(run, run[1:], strict=False)]
    return [run]
