from datetime import timedelta
from decimal import Decimal

import pytest

from feedback.services import content_hash, key_indexes, thread_key
from sqm_site.errors import Invalid
from tests.feedback.conftest import NOON

BODY = {"channel": "phone", "external_id": "1", "text": "卡被吞了", "amount": Decimal("1200.50"), "scores": {"nps": 3}}


def test_the_order_of_names_makes_no_other_content():
    assert content_hash(BODY) == content_hash(dict(reversed(BODY.items())))


def test_metadata_and_the_senders_clock_make_no_other_content():
    later = BODY | {"occurred_at": NOON + timedelta(hours=1), "metadata": {"attempt": 2}}

    assert content_hash(later) == content_hash(BODY | {"occurred_at": NOON})


@pytest.mark.parametrize(
    "change", [{"text": "卡被吞了。"}, {"amount": Decimal("1200.51")}, {"scores": {"nps": 4}}, {"subject": "卡"}]
)
def test_any_other_value_is_other_content(change):
    assert content_hash(BODY | change) != content_hash(BODY)


def test_a_content_hash_cannot_be_made_without_the_key(settings):
    known = content_hash(BODY)
    settings.INDEX_KEY = "A" * 43

    assert content_hash(BODY) != known


def test_keys_are_indexed_strongest_first():
    given = {"email": "a@example.com", "phone": "13800138000", "name": "示例甲", "customer_no": "T1", "openid": ""}

    assert list(key_indexes(given)) == ["customer_no", "phone", "email"]


def test_bad_keys_are_all_named_and_never_repeated():
    given = {"phone": "abc", "email": "a@b", "id_no": "110101199001011234", "customer_no": "T1"}

    with pytest.raises(Invalid) as refused:
        key_indexes(given)

    assert set(refused.value.fields) == {"customer.phone", "customer.email", "customer.id_no"}
    said = " ".join(str(sentence) for sentences in refused.value.fields.values() for sentence in sentences)
    assert not any(value in said for value in ("abc", "a@b", "110101199001011234"))


def test_an_inbound_does_not_exist_with_a_bad_key(message):
    with pytest.raises(Invalid):
        message(phone="13800138000" * 3)


def test_an_inbound_in_a_log_shows_nothing_personal(message):
    shown = repr(message(phone="13800138000", name="示例甲", subject="主题", text="密码", thread="oABC"))

    assert not any(value in shown for value in ("13800138000", "示例甲", "主题", "密码", "oABC"))


def test_a_conversation_is_kept_as_a_hash_of_its_own_channel_and_entity():
    keys = {thread_key(1, "wechat", "gh:o1"), thread_key(2, "wechat", "gh:o1"), thread_key(1, "app", "gh:o1")}

    assert len(keys) == 3
    assert all(len(key) == 64 and "gh" not in key for key in keys)
    assert thread_key(1, "wechat", "") == ""
