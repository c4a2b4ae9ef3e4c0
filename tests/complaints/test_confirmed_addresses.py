"""确认联系方式: an answer goes to a later address only where a person wrote it down, and a second one agreed."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError
from django.urls import reverse

from complaints.errors import GateNotMet, NotAllowed, SecondPerson
from complaints.models import Address, Approval, Case, CaseText, CaseWords
from complaints.services.replaying import differences
from complaints.verbs import VERBS, addressing, answering, approving, contacting
from feedback.delivery import deliver_due
from feedback.models import Notice
from security.models import AuditRow
from tests.cases import grant, taken
from tests.people import NOON

OLD, NEW = "lan@example.com", "lan.new@example.com"
SHOWN = {"reason": "客户回电，报出了卡号后四位和开户日期"}


@pytest.fixture
def wrote(integration, handler) -> Case:
    """Came by mail, and the handler has it."""
    case = taken(integration, customer={"customer_no": "K000777", "name": "测试客户", "email": OLD})
    return VERBS["take_next"](case.reference, actor=handler, at=NOON)


def asked(case: Case, *, by, **address: str) -> Case:
    return addressing.confirm_address(case.reference, actor=by, at=NOON, **SHOWN, **address)


def confirmed(case: Case, *, by, second, **address: str) -> Case:
    asked(case, by=by, **address)
    return grant(case, by=second)


def answered(case: Case, handler, words: str = "已为您退回年费") -> list[list[str]]:
    contacting.reply(case.reference, actor=handler, at=NOON, method="EMAIL", text=words)
    deliver_due(NOON)
    return [message.to for message in mail.outbox if words in message.body]


def test_an_answer_goes_where_a_person_and_a_second_one_confirmed(wrote, handler, lead):
    """S3: there was no way to send an answer to the address that a customer gave later."""
    asked(wrote, by=handler, email=NEW)
    assert answered(wrote, handler, "先按原地址") == [[OLD]], "it was only asked for"
    grant(wrote, by=lead)
    assert answered(wrote, handler) == [[NEW]]
    assert [*differences(Case.objects.get(pk=wrote.pk))] == []


def test_whoever_has_had_the_case_confirms_nothing_alone(wrote, handler, supervisor, lead):
    """S3: an owner who writes down an address of their own hears in the customer's place."""
    asked(wrote, by=handler, email=NEW)
    assert Approval.objects.get().asked_by == handler
    with pytest.raises((SecondPerson, NotAllowed)):
        approving.decide_approval(wrote.reference, actor=handler, at=NOON, grant=True)
    approving.decide_approval(wrote.reference, actor=lead, at=NOON, grant=False)
    assert not Address.objects.exists()
    asked(wrote, by=supervisor, email=NEW)
    assert not Address.objects.exists(), "they may take the case later, and hear in the customer's place"
    grant(wrote, by=lead)
    assert Address.objects.get().email.masked == "l***@example.com"


@pytest.mark.parametrize(
    ("nature", "days", "promised"),
    [("complaint", 0, "2026-12-08"), ("complaint", 20, ""), ("enquiry", 0, "")],
)
def test_whoever_is_acknowledged_is_told_the_last_day_of_the_law(integration, handler, nature, days, promised):
    """W: the fifteenth day from receipt; of an enquiry, or when it has passed, no day is promised."""
    case = taken(integration, nature=nature, customer={"name": "测试客户", "email": OLD})
    VERBS["take_next"](case.reference, actor=handler, at=NOON)
    at = NOON + timedelta(days=days)
    contacting.acknowledge(case.reference, actor=handler, at=at, method="EMAIL")
    deliver_due(at)
    (body,) = [message.body for message in mail.outbox if message.to == [OLD]]
    assert f"最迟于 {promised} 告知" in body if promised else "最迟" not in body


def test_the_decision_and_the_survey_go_there_too(decided, handler, supervisor, lead):
    """A message without any address is answered by mail once there is one."""
    confirmed(decided, by=supervisor, second=lead, email=NEW)
    answering.notify(decided.reference, actor=handler, at=NOON, method="EMAIL", text="已退回年费")
    deliver_due(NOON)
    assert sorted(notice.kind for notice in Notice.objects.exclude(address_sealed="")) == ["decision", "survey"]
    assert [message.to for message in mail.outbox if message.to == [NEW]] == [[NEW], [NEW]]
    assert decided.current_round.satisfaction_asked_at is None
    assert Case.objects.get(pk=decided.pk).current_round.satisfaction_asked_at == NOON


def test_who_gave_no_name_is_answered_as_well(integration, handler, supervisor, lead):
    """Nobody is known by that case: the notice has an address and no customer."""
    case = taken(integration, customer={})
    assert case.customer is None
    VERBS["take_next"](case.reference, actor=handler, at=NOON)
    confirmed(case, by=supervisor, second=lead, email=NEW)
    assert answered(case, handler) == [[NEW]]


def test_the_newest_of_a_kind_is_used_and_the_others_stay(wrote, handler, supervisor, lead):
    confirmed(wrote, by=supervisor, second=lead, email="first@example.com")
    confirmed(wrote, by=supervisor, second=lead, phone="13912345678")
    confirmed(wrote, by=supervisor, second=lead, email=NEW)
    assert answered(wrote, handler) == [[NEW]]
    assert [str(row) for row in wrote.addresses.order_by("pk")] == [
        "f***@example.com",
        "139****5678",
        "l***@example.com",
    ]
    with pytest.raises(GateNotMet, match="已经确认"):
        asked(wrote, by=supervisor, email=NEW.upper())


@pytest.mark.parametrize("address", [{}, {"email": NEW, "phone": "13912345678"}])
def test_one_address_at_a_time(wrote, supervisor, address):
    with pytest.raises(GateNotMet):
        asked(wrote, by=supervisor, **address)


def test_none_of_the_three_is_marked_as_wanted_by_itself(wrote, handler, client):
    client.force_login(handler, "organization.backends.RoleBackend")
    dialog = client.get(reverse("desk:verb", args=[wrote.reference, "confirm_address"]))
    assert [one.name for one in dialog.context["controls"] if one.starred] == ["reason"]


def test_nothing_shows_more_than_the_mask(wrote, handler, lead):
    """S4: events, texts to read, words that are searched, and what the second person reads."""
    asked(wrote, by=handler, phone="87654321")  # which redaction takes for no telephone
    pending = CaseText.objects.filter(kind="phone").get()
    assert pending.text == "****4321"
    grant(wrote, by=lead)
    told = [str(event.details) for event in wrote.events.all()]
    read = [*CaseText.objects.values_list("text", flat=True), *CaseWords.objects.values_list("text", flat=True)]
    rows = [str(row) for row in Address.objects.values()]
    assert not [words for words in [*told, *read, *rows] if "87654321" in words]
    assert not CaseWords.objects.filter(case=wrote, kind="phone").exists()
    assert [*differences(Case.objects.get(pk=wrote.pk))] == []


def test_sending_opens_it_on_record(wrote, handler, supervisor, lead):
    confirmed(wrote, by=supervisor, second=lead, email=NEW)
    answered(wrote, handler)
    notice = Notice.objects.exclude(address_sealed="").get()
    assert AuditRow.objects.filter(verb="reveal", subject=f"notice:{notice.pk}", details={"field": "address"}).exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda row, other: setattr(row, "email", "attacker@example.com"),
        lambda row, other: setattr(row, "email_masked", "x***@example.com"),
        lambda row, other: setattr(row, "phone", "13912345678"),
        lambda row, other: setattr(row, "case_id", other.pk),
    ],
    ids=["value", "mask", "a second value", "another case"],
)
def test_an_address_that_was_changed_past_the_verb_is_named(wrote, integration, supervisor, lead, change):
    confirmed(wrote, by=supervisor, second=lead, email=NEW)
    row = Address.objects.get()
    change(row, taken(integration))
    row.save()
    assert [*differences(Case.objects.get(pk=wrote.pk))] != []


def test_a_colleague_has_no_address_beside_their_own(wrote, handler):
    notice = Notice(kind="chase", channel="email", to_user=handler, about="C", key="k", created_at=NOON, due_at=NOON)
    notice.address = NEW
    with pytest.raises(IntegrityError):
        notice.save()


def test_at_the_desk_and_by_the_api(wrote, handler, supervisor, lead, client):
    client.force_login(supervisor, "organization.backends.RoleBackend")
    dialog = reverse("desk:verb", args=[wrote.reference, "confirm_address"])
    refused = client.post(dialog, {"phone": "12", **SHOWN})
    assert refused.status_code == 400 and "13800138000" in refused.content.decode()
    assert client.post(dialog, {"email": NEW, **SHOWN}).status_code == 302
    grant(wrote, by=lead)
    page = client.get(reverse("desk:case", args=[wrote.reference])).content.decode()
    assert "此后确认：答复发往此处" in page and NEW not in page and page.count("l***@example.com") > 1
    opened = client.post(
        reverse("desk:reveal", args=[wrote.reference]), {"value": "confirmed_email", "reason": "寄送书面答复"}
    )
    assert NEW in opened.content.decode()
    address = f"/api/v1/cases/{wrote.reference}/confirm_address/"
    bad = client.post(address, {"openid": "有空格", **SHOWN}, content_type="application/json")
    assert (bad.status_code, [row["field"] for row in bad.json()["errors"]]) == (400, ["openid"])
    good = client.post(address, {"phone": "13912345678", **SHOWN}, content_type="application/json")
    assert (good.status_code, Approval.objects.get(status="asked").verb) == (200, "confirm_address")
