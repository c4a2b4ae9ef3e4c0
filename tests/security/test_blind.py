import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from security.blind import FORMS, MESSAGES, blind_index, normalise, phone_tail_index
from security.masking import MASKS
from sqm_site.errors import Invalid
from tests.security.conftest import forget, key

SAME = [
    ("phone", "１３８００１３８０００", "+8613800138000"),  # input row R28
    ("phone", "+86-138-0013-8000", "+8613800138000"),  # input row R36
    ("phone", "0086 138 0013 8000", "+8613800138000"),
    ("phone", "8613800138000", "+8613800138000"),
    ("phone", "013800138000", "+8613800138000"),
    ("phone", " 138\u200b00138000 ", "+8613800138000"),
    ("phone", "（010）8888 6666", "+861088886666"),
    ("phone", "+86 10 88886666", "+861088886666"),
    ("phone", "0755-88886666转801", "+8675588886666"),
    ("phone", "0755-88886666 ext. 801", "+8675588886666"),
    ("phone", "+852 2345 6789", "+85223456789"),
    ("phone", "001 415 555 2671", "+14155552671"),
    ("phone", "88886666", "88886666"),
    ("phone", "12378", "12378"),
    ("id_no", "11010519491231002x", "11010519491231002X"),  # input row R37
    ("id_no", "110105 19491231 002X", "11010519491231002X"),
    ("id_no", "110105491231002", "11010519491231002X"),
    ("id_no", "91350100M000100Y43", "91350100M000100Y43"),
    ("id_no", "e12345678", "E12345678"),
    ("id_no", "H1234567(8)", "H1234567(8)"),
    ("email", "Zhang.San@Example.COM", "zhang.san@example.com"),
    ("email", "zhang@例子.测试", "zhang@xn--fsqu00a.xn--0zwm56d"),  # input row R38
    ("name", "  张 三 ", "张三"),
    ("name", "阿卜杜拉•买买提", "阿卜杜拉·买买提"),
    ("name", "John  SMITH", "john smith"),
    ("name", "𠮷田", "𠮷田"),
    ("openid", "oABC-_d", "oABC-_d"),
    ("customer_no", "CN-00１2", "CN-0012"),
    ("card", "6222 0213-4567 8903", "6222021345678903"),
]
REFUSED = [
    ("phone", "abc"),
    ("phone", "1" * 25),
    ("phone", "1234"),
    ("phone", "13800138000\r\n"),
    ("phone", "+86"),
    ("phone", ""),
    ("id_no", "110105194912310021"),
    ("id_no", "990105194912310028"),
    ("id_no", "110105194913310020"),
    ("id_no", "91350100M000100Y44"),
    ("id_no", "110105491331002"),
    ("id_no", "1"),
    ("email", "a@b"),
    ("email", "a@localhost"),
    ("email", "a@example.com\r\nBcc: b@example.com"),
    ("email", "a" * 309 + "@example.com"),
    ("email", "a@" + "b" * 64 + ".com"),
    ("email", "example.org"),
    ("name", "  "),
    ("name", "\u200b"),
    ("name", "张\x00三"),
    ("name", "a" * 201),
    ("openid", "o ABC"),
    ("customer_no", "CN 1"),
    ("customer_no", "1" * 65),
    ("card", "1234567"),
]


@pytest.mark.parametrize(("kind", "written", "normal"), SAME)
def test_ways_of_writing_become_one(kind, written, normal):
    assert normalise(kind, written) == normal
    assert blind_index(kind, written) == blind_index(kind, normal)


@pytest.mark.parametrize(("kind", "written"), REFUSED)
def test_it_refuses_what_is_no_such_value_without_repeating_it(kind, written):
    with pytest.raises(Invalid) as refusal:
        normalise(kind, written)

    assert refusal.value.fields == {kind: [MESSAGES[kind]]}
    assert len(written.strip()) < 5 or written not in f"{refusal.value} {MESSAGES[kind]}"


@given(kind=st.sampled_from(sorted(FORMS)), written=st.text(st.characters(codec="utf-8"), max_size=30))
@example(kind="name", written="Õ¯")
def test_the_normal_form_of_a_normal_form_is_itself(kind, written):
    try:
        normal = normalise(kind, written)
    except Invalid:
        return
    assert normalise(kind, normal) == normal


def test_every_kind_that_is_found_can_be_masked_and_has_its_sentence():
    assert set(FORMS) == set(MESSAGES) == set(MASKS) - {"text"}


def test_numbers_of_other_systems_are_never_edited():
    assert blind_index("customer_no", "1-23") != blind_index("customer_no", "12-3")
    assert blind_index("customer_no", "a1") != blind_index("customer_no", "A1")


def test_equal_words_of_two_kinds_have_different_indexes():
    assert len({blind_index(kind, "12345678") for kind in ("phone", "card", "customer_no", "name")}) == 4


def test_the_index_depends_on_its_own_key_and_not_on_those_that_seal(keys, settings):
    before = blind_index("phone", "13800138000")
    keys(f"k2:{key('b')}")
    assert blind_index("phone", "13800138000") == before

    settings.INDEX_KEY = key("j")
    forget()
    assert blind_index("phone", "13800138000") != before
    assert len(before) == 32


def test_phones_that_end_alike_share_their_tail():
    assert phone_tail_index("138 0013 8000") == phone_tail_index("010-66668000")
    assert phone_tail_index("13800138000") != phone_tail_index("13800138001")
