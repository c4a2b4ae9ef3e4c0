"""Texts for loads of any size: Chinese that reads like the samples, and words that are found without reading again."""

from collections import Counter
from statistics import mean

import pytest

from demo.composing import KINDS, Writer
from demo.posts import rows
from feedback.search import bigrams
from security.redaction import redact

LINES = ("deposits", "cards", "loans", "payments", "wealth", "insurance", "other")


@pytest.fixture(scope="module")
def texts():
    writer = Writer("texts")
    return [writer.write(kind, line) for kind in KINDS for line in LINES for _number in range(100)]


def test_a_text_brings_exactly_the_words_by_which_it_is_found(texts):
    assert all([word.decode() for word in written.words] == bigrams(written.text) for written in texts)


def test_nothing_personal_stands_in_a_text(texts):
    assert all(redact(written.text) == written.text for written in texts)


def test_the_same_seed_writes_the_same_and_another_seed_something_else():
    def first(seed):
        writer = Writer(seed)
        return [writer.write("said", "cards") for _number in range(20)]

    assert first("one") == first("one")
    assert first("one") != first("two")


def test_customers_write_a_hundred_and_twenty_characters_on_average_some_much_less_and_some_much_more(texts):
    lengths = [len(written.text) for written in texts[: 100 * len(LINES)]]
    assert 100 < mean(lengths) < 145
    assert min(lengths) < 60 and max(lengths) > 250


def test_a_few_words_are_in_many_texts_and_most_words_in_few_as_in_the_samples(texts):
    """The twenty commonest words fill a share of all that is that of the samples, to a quarter."""

    def share_of_the_commonest(all_words):
        counts = Counter(word for words in all_words for word in words)
        return sum(count for _word, count in counts.most_common(20)) / counts.total()

    samples = [bigrams(sample["text"]) for sample in rows("zh_feedback.jsonl")]
    written = share_of_the_commonest([one.words for one in texts])
    assert 0.75 < written / share_of_the_commonest(samples) < 1.25
