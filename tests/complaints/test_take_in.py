"""Taking in: a message becomes a case with reference, owner, clocks and event, once."""

from datetime import UTC, datetime, timedelta

import pytest

from complaints.models import Case, CaseEvent, Clock, State, Unread
from complaints.verbs import ending
from feedback.models import Customer, Feedback, Notice
from organization.models import User
from security.chain import verify_chain
from tests.cases import SAID, TAKEN_BACK, body, taken
from tests.people import NOON


def test_it_opens_a_case_with_owner_deadline_and_event(integration, receiver):
    case = taken(integration)

    assert (case.state, case.owner, case.first_receiver) == (State.RECEIVED, receiver, receiver)
    assert case.promised_due_at == datetime(2026, 12, 8, 15, 59, 59, tzinfo=UTC)  # the 15th day, 24:00 in Shanghai
    assert {clock.kind for clock in case.clocks.all()} == {"decision", "sign_off", "first_contact", "resolution"}
    assert case.next_due_at == min(case.clocks.values_list("due_at", flat=True))
    event = case.events.get()
    assert (event.verb, event.before, event.after, event.actor) == ("take_in", "", "received", integration.user)
    assert verify_chain([event], CaseEvent.payload) == []
    assert Unread.objects.filter(case_id=event.case_id, sequence=event.sequence).count() == 2


def test_it_answers_201_with_reference_owner_and_statutory_deadline(post, receiver):
    answer = post(body())

    assert answer.status_code == 201, answer.content
    told = answer.json()
    case = Case.objects.get()
    assert told["reference"] == told["case"]["reference"] == case.reference
    assert told["case"]["owner"] == receiver.display_name
    assert datetime.fromisoformat(told["case"]["due_at"]) == case.promised_due_at


def test_a_repeat_is_answered_with_the_same_ids_and_stores_nothing(post):
    sent = body()
    first = post(sent)
    again = post({**sent, "metadata": {"try": 2}})

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert (Case.objects.count(), Feedback.objects.count(), CaseEvent.objects.count()) == (1, 1, 1)


def test_other_content_under_the_same_external_id_is_refused(post):
    sent = body()
    post(sent)
    answer = post({**sent, "text": "完全不同的内容"})

    assert answer.status_code == 409
    assert answer.json()["code"] == "conflict"
    assert Feedback.objects.count() == 1


def test_words_are_sealed_and_the_readable_copy_is_redacted(integration):
    case = taken(integration, text=f"{SAID}请回电13912345678，我是测试客户。")

    text = case.words.get().text
    assert "13912345678" not in text and "测试客户" not in text
    assert "［电话］" in text
    assert SAID not in Feedback.objects.get().words_sealed


def test_a_message_with_a_reference_joins_its_case(post):
    first = post(body()).json()
    answer = post(body(case=first["reference"], text="补充：昨天又扣了一次。"))

    assert answer.status_code == 201
    assert answer.json()["reference"] == first["reference"]
    assert Case.objects.count() == 1
    assert [event.verb for event in Case.objects.get().events.order_by("sequence")] == ["take_in", "join"]


def test_a_message_on_a_filed_case_opens_another_one(post):
    """B10: it was attached to the filed case, answered 201, and lay there; its owner was told that it came back."""
    first = post(body()).json()["reference"]
    ending.withdraw(first, actor=User.system(), at=NOON, **TAKEN_BACK)
    Notice.objects.all().delete()
    answers = [post(body(case=first, text=text)).json() for text in ("又扣了一次。", "还没有人联系我。")]

    assert len({answer["reference"] for answer in answers} - {first}) == 1
    again = Case.objects.get(reference=answers[0]["reference"])
    assert (again.state, again.next_due_at is not None) == ("received", True)
    assert [(link.other.reference, link.kind) for link in again.links.all()] == [(first, "repeat_of")]
    assert [event.verb for event in again.events.order_by("sequence")] == ["take_in", "join"]
    assert Case.objects.get(reference=first).events.latest("sequence").verb == "withdraw"
    assert not Notice.objects.filter(kind="reopened").exists()


def test_a_conversation_joins_its_open_case(post):
    thread = {"channel": "wechat", "thread": "gh_1:oUser"}
    first = post(body(**thread)).json()
    second = post(body(**thread, text="在吗？")).json()

    assert first["reference"] == second["reference"]


def test_a_strangers_case_cannot_be_joined(post):
    answer = post(body(case="C261123-0483175-0"))
    assert answer.status_code == 400
    assert Feedback.objects.count() == 0


def test_scores_without_words_open_no_case(post):
    sent = body(scores={"csat": 5})
    del sent["text"], sent["subject"]
    answer = post(sent)

    assert answer.status_code == 201
    assert answer.json()["case"] is None
    assert Case.objects.count() == 0


def test_a_second_complaint_of_the_same_customer_is_linked_as_possible_duplicate(integration):
    who = {"customer_no": "K1", "phone": "13800138000"}
    first, second = taken(integration, customer=who), taken(integration, customer=who)

    assert Customer.objects.count() == 1
    assert [link.other for link in second.links.all()] == [first]


def test_a_late_report_starts_its_clocks_when_the_customer_spoke(integration):
    case = taken(integration, occurred_at=(NOON - timedelta(days=20)).isoformat())

    assert case.received_at == NOON - timedelta(days=20)
    assert Clock.objects.filter(case=case, kind="decision", due_at__lt=NOON).exists()


@pytest.mark.parametrize("channel", ["phone", "wechat", "app", "web"])
def test_all_four_channels_are_taken_in(post, channel):
    assert post(body(channel=channel)).status_code == 201


def test_it_takes_at_most_twelve_statements(post, django_assert_max_num_queries):
    post(body())
    with django_assert_max_num_queries(12):
        post(body())
