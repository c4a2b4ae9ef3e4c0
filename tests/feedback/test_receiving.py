import json
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connection, transaction

from feedback.errors import Repeated
from feedback.models import Customer, Feedback
from feedback.services import earlier, receive
from security.sealing import unseal
from tests.feedback.conftest import NOON


def received(entity, inbound):
    with transaction.atomic():
        return receive(inbound, client=None, legal_entity=entity, at=NOON)


def opened(feedback) -> str:
    return unseal(feedback.words_sealed, row=feedback.row_id, field="words")


def test_a_message_is_stored_as_it_came_and_its_original_is_sealed(entity, message):
    earlier_today = NOON - timedelta(hours=3)
    inbound = message(
        subject="吞卡", text="卡被吞了，请回电 13800138000", occurred_at=earlier_today, received_at=earlier_today,
        scores={"csat": 2}, metadata={"seat": "8005"}, thread="gh:oABC",
    )  # fmt: skip

    received(entity, inbound)

    stored = Feedback.objects.get()
    assert (stored.channel, stored.external_id, stored.nature) == ("phone", "1", "complaint")
    assert (stored.occurred_at, stored.received_at, stored.stored_at) == (earlier_today, earlier_today, NOON)
    assert (stored.subject, stored.text) == ("吞卡", "卡被吞了，请回电 ［电话］")
    assert stored.scores == {"csat": 2}
    sealed = unseal(stored.metadata_sealed, row=stored.row_id, field="metadata")
    assert json.loads(sealed) == {"seat": "8005"} and "8005" not in stored.metadata_sealed
    assert stored.content_hash == inbound.content_hash
    assert len(stored.thread) == 64
    assert opened(stored) == "吞卡\n卡被吞了，请回电 13800138000"


def test_what_the_customer_gave_is_taken_out_of_the_text(entity, message):
    inbound = message(name="示例甲", customer_no="T0001", subject="示例甲的投诉", text="我是示例甲，客户号T0001。")

    stored = received(entity, inbound).feedback

    assert "示例甲" not in stored.subject + stored.text
    assert "T0001" not in stored.text


def test_a_name_known_from_before_is_taken_out_too(entity, message):
    received(entity, message(name="示例甲", customer_no="T0001", phone="13800138000"))

    stored = received(entity, message(external_id="2", phone="13800138000", text="示例甲又来电，客户号 T0001")).feedback

    assert "示例甲" not in stored.text
    assert "T0001" not in stored.text


def test_a_subject_that_grows_by_its_tokens_is_cut_and_its_original_kept(entity, message):
    stored = received(entity, message(name="甲乙", subject="甲乙" * 100, text="")).feedback

    assert len(Feedback.objects.get().subject) == 200
    assert opened(stored) == "甲乙" * 100


def test_no_column_holds_what_is_sealed(entity, message):
    received(entity, message(name="示例甲", phone="13800138000", text="示例甲 13800138000 投诉"))

    rows = [*Feedback.objects.values(), *Customer.objects.values()]
    assert not any("示例甲" in str(value) or "13800138000" in str(value) for row in rows for value in row.values())


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "' OR 1=1--", "{{7*7}} ${jndi:x} %s%n", "=cmd|' /C calc'!A0", "𠮷👩‍👩‍👧"]
)
def test_odd_text_is_kept_verbatim(entity, message, text):
    stored = received(entity, message(text=text)).feedback

    assert Feedback.objects.get().text == text
    assert opened(stored) == text


def test_an_anonymous_message_has_no_customer(entity, message):
    assert received(entity, message()).customer is None


def test_scores_alone_are_a_message(entity, message):
    stored = received(entity, message(text="", scores={"nps": 9})).feedback

    assert (stored.text, stored.words.present, stored.scores) == ("", False, {"nps": 9})


def test_a_new_customer_is_told_apart_from_a_known_one(entity, message):
    assert received(entity, message(phone="13800138000")).new_customer
    assert not received(entity, message(phone="13800138000", external_id="2")).new_customer


def test_an_earlier_message_is_found_in_its_own_channel_and_entity_only(entity, other_entity, message):
    stored = received(entity, message()).feedback

    assert earlier(entity, "phone", "1") == stored
    assert earlier(entity, "app", "1") is None
    assert earlier(entity, "phone", "2") is None
    assert earlier(other_entity, "phone", "1") is None


def test_one_external_id_may_come_in_two_channels_and_two_entities(entity, other_entity, message):
    received(entity, message())
    received(entity, message(channel="app"))
    received(other_entity, message())

    assert Feedback.objects.count() == 3


def test_a_second_insert_is_a_repeat_and_leaves_nothing(entity, message):
    received(entity, message())

    with pytest.raises(Repeated):
        received(entity, message(phone="13800138000"))

    assert (Feedback.objects.count(), Customer.objects.count()) == (1, 0)


def test_another_broken_rule_is_no_repeat(entity, message):
    with pytest.raises(IntegrityError):
        received(entity, message(nature=None))


def test_a_message_takes_three_statements_from_a_new_customer_and_two_from_a_known_one(
    entity, message, django_assert_num_queries
):
    inbound = message(phone="13800138000", customer_no="T0001", name="示例甲")
    again = message(phone="13800138000", customer_no="T0001", name="示例甲", external_id="2")
    with django_assert_num_queries(1):
        earlier(entity, "phone", "1")
    with django_assert_num_queries(3):
        receive(inbound, client=None, legal_entity=entity, at=NOON)
    with django_assert_num_queries(2):
        receive(again, client=None, legal_entity=entity, at=NOON)


@pytest.mark.django_db(transaction=True)
def test_fifty_equal_posts_at_once_are_one_message_of_one_customer(entity, message):
    inbound = message(phone="13800138000", name="示例甲")
    together, outcomes = Barrier(50), []

    def post() -> None:
        try:
            together.wait()
            received(entity, inbound)
            outcomes.append("stored")
        except Repeated:
            outcomes.append("repeated" if earlier(entity, "phone", "1") else "lost")
        finally:
            connection.close()

    threads = [Thread(target=post) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["repeated"] * 49 + ["stored"]
    assert (Feedback.objects.count(), Customer.objects.count()) == (1, 1)
