from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.template import TemplateDoesNotExist

from feedback.models import Feedback, Notice
from feedback.services import mark_read, notices, notify, notify_many, tell_customer, unread_for
from organization.models import User
from security.sealing import unseal
from tests.feedback.conftest import NOON, written

CASE = "C261123-0483175-9"


@pytest.fixture
def contact(entity) -> Feedback:
    return written(entity, phone="13800138000", email="someone@example.com")


def test_a_colleague_is_told_in_the_application_and_by_mail(recipient):
    notify("offer", to_user=recipient, about=CASE, at=NOON, key="offer:1", context={"state": "assigned"})

    in_app, mail = Notice.objects.order_by("pk")
    assert (in_app.channel, in_app.sent_at, in_app.key) == ("in_app", NOON, "offer:1:in_app")
    assert (mail.channel, mail.sent_at, mail.due_at) == ("email", None, NOON)
    assert {row.to_user for row in (in_app, mail)} == {recipient}
    assert in_app.context == {"state": "assigned"}


def test_without_an_address_it_stays_in_the_application(db):
    somebody = User.objects.create(username="somebody")

    notify("offer", to_user=somebody, about=CASE, at=NOON, key="offer:1")

    assert Notice.objects.get().channel == "in_app"


def test_the_same_key_tells_once(recipient):
    for _time in range(2):
        notify("breach", to_user=recipient, about=CASE, at=NOON, key="fire:1:3")

    assert Notice.objects.count() == 2  # in the application, by mail


def test_a_sweep_tells_many_in_one_statement(recipient, django_assert_num_queries):
    notify("reminder", to_user=recipient, about=CASE, at=NOON, key="fire:7")
    with django_assert_num_queries(1):
        notify_many(
            row
            for number in range(400)
            for row in notices("reminder", to_user=recipient, about=CASE, at=NOON, key=f"fire:{number}")
        )

    assert Notice.objects.count() == 800


def test_a_kind_without_words_is_refused_before_anything_is_written(recipient):
    with pytest.raises(TemplateDoesNotExist):
        notify("no_such_kind", to_user=recipient, about=CASE, at=NOON, key="x")

    assert not Notice.objects.exists()


def test_a_notice_has_exactly_one_recipient(recipient, contact):
    for recipients in ({}, {"to_user": recipient, "customer": contact.customer}):
        with pytest.raises(IntegrityError, match="notice_to_one_person"), transaction.atomic():
            Notice.objects.create(kind="offer", channel="email", about=CASE, key="x", created_at=NOON, due_at=NOON,
                                  **recipients)  # fmt: skip


def test_a_customer_is_told_by_a_way_of_ours_and_the_words_are_sealed(contact):
    notice = tell_customer("decision", contact, about=CASE, method="EMAIL", at=NOON, text="已为您补偿 100 元")

    stored = Notice.objects.get()
    assert stored == notice
    assert (stored.channel, stored.customer, stored.sent_at) == ("email", contact.customer, None)
    assert "补偿" not in str(Notice.objects.values().get())
    assert unseal(stored.words_sealed, row=stored.row_id, field="words") == "已为您补偿 100 元"


@pytest.mark.parametrize("method", ["PHONE", "POST", "IN_PERSON", "SMS", "in_app", "wechat"])
def test_a_colleague_tells_by_the_other_ways(contact, method):
    assert tell_customer("decision", contact, about=CASE, method=method, at=NOON, text="…") is None
    assert not Notice.objects.exists()


def test_nobody_and_somebody_without_address_are_not_written_to(entity):
    silent = written(entity, phone="13800138000")

    assert tell_customer("decision", None, about=CASE, method="EMAIL", at=NOON) is None
    assert tell_customer("decision", silent, about=CASE, method="EMAIL", at=NOON) is None


def test_two_replies_in_one_second_are_two_messages(contact):
    for text in ("一", "二"):
        tell_customer("reply", contact, about=CASE, method="EMAIL", at=NOON, text=text)

    assert Notice.objects.count() == 2


def test_people_read_their_own_notices_only(recipient):
    stranger = User.objects.create(username="stranger")
    for number in range(3):
        notify("offer", to_user=recipient, about=CASE, at=NOON, key=f"offer:{number}")
    unread = list(unread_for(recipient))

    assert [row.key for row in unread] == ["offer:2:in_app", "offer:1:in_app", "offer:0:in_app"]
    assert not unread_for(stranger)
    later = NOON + timedelta(minutes=5)
    assert mark_read(stranger, [row.pk for row in unread], at=later) == 0
    assert mark_read(recipient, [unread[0].pk], at=later) == 1
    assert mark_read(recipient, [row.pk for row in unread], at=later + timedelta(minutes=1)) == 2
    assert Notice.objects.get(pk=unread[0].pk).read_at == later
