"""Chinese texts for loads of any size: sentences of samples/ put together anew, with places, days and sums.

A sentence brings its search words along, so that a text is not read again to find them.
"""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from random import Random
from typing import NamedTuple

from demo.institution import NAMES
from demo.posts import rows
from feedback.search import bigrams
from security.redaction import redact

ENDS = ("。", "！", "？", "\n")
SENTENCE = re.compile(r"[^。！？\n]+[。！？\n]*")
KINDS = {"said": "text", "found": "resolution", "told": "reply"}  # kind of text -> where a sample has one
CHARACTERS = {"said": 120, "found": 70, "told": 70}  # on average
SPREAD = 0.45  # of their length, as the standard deviation of its logarithm
DETAILS = 20_000  # sentences that name something nobody else names: they are the rare words
NAMING = 0.6  # share of the texts with one of them
PLACES = ("路", "街", "大道", "巷", "广场", "新村")
DETAIL = (
    "{day}在{place}网点办的。",
    "{day}，{place}。",
    "涉及{sum}元。",
    "一共{sum}元，{day}扣的。",
    "卡尾号{tail}。",
    "尾号{tail}，{sum}元。",
    "住在{place}。",
    "{place}那台机器，{day}。",
    "{day}下午打的电话。",
    "单号后四位{tail}。",
)


Words = dict[bytes, None]  # what `bigrams` finds in a text, each once and in its order, in UTF-8


class Written(NamedTuple):
    """A text, redacted, with its words."""

    text: str
    words: Words


def topic_of(sample: Mapping[str, str]) -> str:
    """What a text is about: the business line of a complaint; the others are few, and one topic by their nature."""
    return sample["business_line"] if sample["nature"] == "complaint" else sample["nature"]


class Writer:
    """Writes texts of a topic. The same seed writes the same texts."""

    def __init__(self, seed: str) -> None:
        self.chance = Random(seed)
        samples = rows("zh_feedback.jsonl")
        self.pools = {kind: pool(samples, column) for kind, column in KINDS.items()}
        self.subjects = subjects(samples)
        self.details = details(self.chance)
        self.mean = {
            (kind, topic): sum(len(one.text) for one in sentences) / len(sentences)
            for kind, topics in self.pools.items()
            for topic, sentences in topics.items()
        }

    def write(self, kind: str, topic: str) -> Written:
        """kind  said by the customer, found by us, told to the customer"""
        length = CHARACTERS[kind] * self.chance.lognormvariate(-(SPREAD**2) / 2, SPREAD)
        sentences = self.chance.choices(self.pools[kind][topic], k=max(round(length / self.mean[kind, topic]), 1))
        if self.chance.random() < NAMING:
            sentences.append(self.chance.choice(self.details))
        return Written("".join([one.text for one in sentences]), union(*[one.words for one in sentences]))

    def subject(self, topic: str) -> Written:
        """What such a message may be called."""
        return self.chance.choice(self.subjects[topic])


def union(first: Words, *others: Words) -> Words:
    """The words of several texts: what is a dict already needs no word hashed anew."""
    found = first.copy()
    for words in others:
        found |= words
    return found


def subjects(samples: Sequence[Mapping[str, str]]) -> dict[str, list[Written]]:
    """The titles of messages by topic."""
    found: dict[str, list[Written]] = {}
    for sample in samples:
        if sample.get("subject"):
            text = redact(sample["subject"])
            found.setdefault(topic_of(sample), []).append(Written(text, words_of(text)))
    return found


def pool(samples: Sequence[Mapping[str, str]], column: str) -> dict[str, list[Written]]:
    """The sentences of one column by topic."""
    found: dict[str, list[Written]] = {}
    for sample in samples:
        here = found.setdefault(topic_of(sample), [])
        here += [sentence(match[0]) for match in SENTENCE.finditer(redact(sample[column]))]
    return found


def details(chance: Random) -> list[Written]:
    """Where, when and how much, all of it invented."""
    names = json.loads(NAMES.read_text(encoding="utf-8"))
    surnames, endings = names["surnames"], [name[-1] for name in names["given_names"]]
    return [
        sentence(
            chance.choice(DETAIL).format(
                day=f"{chance.randint(1, 12)}月{chance.randint(1, 28)}日",
                place="".join(map(chance.choice, (surnames, endings, PLACES))),
                sum=round(chance.lognormvariate(7.5, 1.4)) + 1,
                tail=chance.randint(1000, 9999),
            )
        )
        for _number in range(DETAILS)
    ]


def sentence(text: str) -> Written:
    """With an end of its own, so that no word reaches into the next one."""
    ended = text if text.endswith(ENDS) else f"{text}。"
    return Written(ended, words_of(ended))


def words_of(text: str) -> Words:
    return dict.fromkeys(map(encoded, bigrams(text)))


@cache
def encoded(word: str) -> bytes:
    """One object a word, however many sentences have it."""
    return word.encode()
