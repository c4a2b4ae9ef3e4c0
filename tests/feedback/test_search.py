import re

import pytest

from feedback.search import MOST, bigrams, surely
from tests.effort import grows_with_the_square

# no pair of its characters stands there twice
LONG = "".join(chr(0x4E00 + place * (7 + 2 * (place // 20_000)) % 20_000) for place in range(100_000))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("卡", []),
        ("盗刷", ["盗刷"]),
        ("信用卡被盗刷", ["信用", "用卡", "卡被", "被盗", "盗刷"]),
        ("信用卡，盗刷", ["信用", "用卡", "盗刷"]),
        ("ATM吞卡", ["atm", "吞卡"]),
        ("APP 3.0 闪退", ["app", "3", "0", "闪退"]),
        ("ＡＰＰ１２", ["app12"]),
        ("snake_case", ["snake", "case"]),
        ("哈哈哈哈", ["哈哈"]),
        ("Café", ["café"]),
        ("𠮷野家", ["𠮷野", "野家"]),
        ("［电话］", ["电话"]),
        ("%_' OR 1=1--", ["or", "1"]),
    ],
)
def test_a_text_is_found_by_these_words(text, words):
    assert bigrams(text) == words


def test_every_part_of_a_text_with_two_characters_finds_it():
    text = "理财到期三天了还没到账"
    parts = {text[start:end] for start in range(len(text)) for end in range(start + 2, len(text) + 1)}

    assert all(set(bigrams(part)) <= set(bigrams(text)) for part in parts)


def test_a_long_text_gives_no_more_than_its_share():
    assert len(bigrams(LONG)) == MOST


def test_the_work_on_a_long_text_grows_with_its_length_and_not_with_its_square():
    assert not grows_with_the_square(lambda: bigrams(LONG), lambda: bigrams(LONG[:10_000]))


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("理财R2和R", ["理财", "r2"]), ("R2和R3产品", ["r3", "产品"]), ("2和R", []), ("r", ["r"]),
        ("信用卡", ["信用", "用卡"]), ("3.0", ["3", "0"]),
    ],
)  # fmt: skip
def test_a_word_is_looked_up_by_what_every_text_with_it_has(word, words):
    assert surely(word) == words
    assert set(words) <= set(bigrams(word))


def test_a_mixed_word_cut_anywhere_finds_its_text():
    text = "理财R2和R3产品的第12期"
    whole = set(bigrams(text))
    cuts = [text[first:last] for first in range(len(text)) for last in range(first + 2, len(text) + 1)]
    mixed = [cut for cut in cuts if re.search("[\u4e00-\u9fff]{2}", cut)]
    assert mixed and [cut for cut in mixed if not set(surely(cut)) <= whole] == []
