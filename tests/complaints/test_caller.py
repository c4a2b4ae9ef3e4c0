"""Whose number it is: asked while it is typed, masked, on record, and never guessed where the names differ."""

import pytest
from django.urls import reverse

from complaints.desk import caller
from complaints.models import Case
from feedback.models import Customer
from feedback.services import opened
from organization.services import create_entity
from security.models import Opening
from tests.cases import taken
from tests.people import person

PHONE = "13912345678"
KNOWN = {"name": "欧阳测试", "phone": PHONE}


@pytest.fixture
def at_desk(client, handler, integration):
    taken(integration, customer=KNOWN)
    client.force_login(handler)
    return client


def asks(client, phone: str = PHONE):
    return client.post(reverse("desk:caller"), {"phone": phone}, headers={"Accept-Language": "zh-hans"})


def registers(client, **fields):
    said = {"form": "f" * 32, "channel": "phone", "words": "客户来电。", "nature": "complaint", "phone": PHONE}
    answer = client.post(reverse("desk:register"), said | fields)
    return answer, Case.objects.order_by("pk").last()


def test_the_question_names_nobody_in_clear_and_stands_on_record(at_desk, handler):
    """D5: the customer was known only after saving."""
    page = asks(at_desk, "139 1234 5678").content.decode()
    assert "139****5678" in page and "欧**" in page and "是本人" in page
    assert PHONE not in page and "欧阳测试" not in page
    assert Case.objects.get().reference in page
    subject = f"customer:{Customer.objects.get().pk}"
    assert Opening.objects.filter(actor=handler, subject=subject).exists()


@pytest.mark.parametrize("phone", ["", "1391234567", "13900000000", "abc", "139123456780000000000"])
def test_a_number_of_nobody_asks_nothing(at_desk, phone):
    assert asks(at_desk, phone).content.decode().strip() == ""


def test_nobody_of_another_entity_and_nobody_who_registers_nothing(at_desk, auditor):
    abroad = create_entity("other", name="另一机构", root="OTHER", root_name="另一机构总部")
    at_desk.force_login(person("abroad", "handler", abroad))
    assert asks(at_desk).content.decode().strip() == ""
    at_desk.force_login(auditor)
    assert asks(at_desk).status_code == 403


def test_numbers_are_not_tried_one_after_the_other(at_desk, monkeypatch):
    monkeypatch.setattr(caller, "MOST", 2)
    monkeypatch.setattr(caller, "allow_person", lambda *_who, most, at, seen=[]: seen.append(1) or len(seen) <= most)
    assert [asks(at_desk).status_code for _time in range(3)] == [200, 200, 429]


def test_another_name_is_asked_about_before_anything_is_stored(at_desk):
    """D5: the case belonged to the known customer, and the name given was nowhere."""
    answer, _case = registers(at_desk, name="王五")
    assert answer.status_code == 400 and Case.objects.count() == 1
    assert answer.context["known"].customer == Customer.objects.get()


@pytest.mark.parametrize("name", ["", "欧阳测试", "欧阳 测试"])
def test_the_same_name_or_none_asks_nothing(at_desk, name):
    answer, case = registers(at_desk, name=name)
    assert (answer.status_code, case.customer) == (302, Customer.objects.get())


@pytest.mark.parametrize(
    ("answer", "kind", "customers"),
    [("self", "PERSON", 1), ("representative", "REPRESENTATIVE", 1), ("new", "PERSON", 2)],
)
def test_the_name_given_is_kept_whoever_speaks(at_desk, answer, kind, customers):
    _sent, case = registers(at_desk, name="王五", caller=answer)
    assert (Customer.objects.count(), case.complainant_type) == (customers, kind)
    assert (case.customer == Customer.objects.earliest("pk")) is (customers == 1)
    message = case.messages.get().feedback
    assert opened(message.name) == "王五" and message.name_masked == "王*"
    page = at_desk.get(reverse("desk:case", args=[case.reference])).content.decode()
    assert "王*" in page


def test_a_new_customer_of_a_shared_phone_takes_nothing_from_who_was_known_by_it(at_desk, integration):
    first = Customer.objects.get()
    _sent, case = registers(at_desk, name="王五", caller="new")
    assert opened(case.customer.phone) == PHONE and opened(case.customer.name) == "王五"
    assert taken(integration, customer={"phone": PHONE}).customer == first
    again, _newest = registers(at_desk, name="王五", caller="new")
    assert again.headers["Location"] == reverse("desk:case", args=[case.reference])
    assert Customer.objects.count() == 2
