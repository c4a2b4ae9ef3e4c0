"""What the institution has of a caller is shown while a case is registered: masked, on record, and never in the way."""

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from complaints.desk import held
from complaints.models import Case
from feedback.services.lookups import look_up
from organization.services import create_entity
from security.blind import blind_index
from security.models import AuditRow
from tests.people import person

PHONE = "13912345678"
DOWN = "客户信息系统未应答"


@pytest.fixture
def at_desk(client, handler):
    client.force_login(handler)
    return client


def asks(client, **fields):
    return client.post(reverse("desk:held"), {"phone": PHONE, **fields}, headers={"Accept-Language": "zh-hans"})


def test_it_shows_class_and_branch_and_nothing_in_clear(at_desk, register):
    register()
    page = asks(at_desk).content.decode()
    assert "欧***" in page and "139****5678" in page
    assert "私人银行客户" in page and "示范分行营业部" in page
    assert "欧阳测试" not in page and PHONE not in page


def test_each_question_stands_on_record_by_the_digest_of_the_number_and_once_a_minute(at_desk, handler, register):
    server = register()
    asks(at_desk)
    asks(at_desk, phone="139 1234 5678")
    row = AuditRow.objects.get(actor=handler, subject="lookup:phone")
    assert row.details == {"index": blind_index("phone", PHONE)}
    assert len(server.asked) == 1


def test_the_customer_number_is_asked_before_the_phone(at_desk, register):
    server = register()
    asks(at_desk, customer_no="80012345")
    assert [asked for _path, asked, _key in server.asked] == [{"customer_no": "80012345"}]


def test_the_form_works_without_it_and_says_so(at_desk, register):
    register(lambda handler, asked: handler.say(503, b""))
    answer = asks(at_desk)
    assert answer.status_code == 200
    assert DOWN in answer.content.decode()
    sent = {"form": "f" * 32, "channel": "phone", "words": "客户来电。", "nature": "complaint", "phone": PHONE}
    assert at_desk.post(reverse("desk:register"), sent).status_code == 302
    assert Case.objects.count() == 1


@pytest.mark.parametrize("phone", ["", "abc", "13900000000"])
def test_a_number_of_nobody_shows_nothing(at_desk, register, phone):
    register()
    assert asks(at_desk, phone=phone).content.decode().strip() == ""


def test_only_who_registers_asks_and_only_their_own_institution(at_desk, register, auditor):
    server = register()
    abroad = create_entity("other", name="另一机构", root="OTHER", root_name="另一机构总部")
    at_desk.force_login(person("abroad", "handler", abroad))
    assert asks(at_desk).content.decode().strip() == ""
    at_desk.force_login(auditor)
    assert asks(at_desk).status_code == 403
    assert server.asked == []


def test_numbers_are_not_tried_one_after_the_other(at_desk, register, monkeypatch):
    register()
    monkeypatch.setattr(held, "allow_person", lambda *_who, most, at, seen=[]: seen.append(1) or len(seen) <= 2)
    assert [asks(at_desk).status_code for _time in range(3)] == [200, 200, 429]


def test_the_page_asks_only_where_there_is_a_register(at_desk, register):
    assert reverse("desk:held") not in at_desk.get(reverse("desk:register")).content.decode()
    register()
    assert reverse("desk:held") in at_desk.get(reverse("desk:register")).content.decode()


@pytest.mark.django_db(transaction=True)
def test_it_is_never_asked_in_a_transaction(handler, register):
    server = register()
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        look_up({"phone": PHONE}, actor=handler, at=timezone.now())
    assert server.asked == []
    assert look_up({"phone": PHONE}, actor=handler, at=timezone.now()).held is not None
