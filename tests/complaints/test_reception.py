"""F32, F33, F34: what comes in at the counter, by letter or from a body outside, and whom it is about."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from complaints.errors import GateNotMet
from complaints.models import Case, ExternalReference
from complaints.services.registering import register
from complaints.services.replaying import differences
from complaints.verbs import amending, answering, deciding, handling, ownership
from organization.models import BusinessLine
from organization.services import create_unit
from tests.cases import CLASSIFIED, DECIDED, SETTLED, body, taken
from tests.people import NOON

REGISTER = "/desk/register/"
SHANGHAI = ZoneInfo("Asia/Shanghai")
UNIT = CLASSIFIED["complained_unit"]
FORM = {
    "form": "1",
    "channel": "letter",
    "nature": "complaint",
    "name": "测试客户",
    "words": "贵行提前收取了房贷违约金，请说明依据并退还。",
    "answer_required": "on",
}
UNCLASSIFIED = {name: code for name, code in CLASSIFIED.items() if name != "complained_unit"}


@pytest.fixture
def at_desk(client, handler, receiver):
    client.force_login(handler)
    return client


def last_friday() -> datetime:
    today = timezone.localdate()
    return datetime.combine(today - timedelta(days=(today.weekday() - 4) % 7 or 7), NOON.time(), SHANGHAI)


class TestLetter:
    """F33: counter and letter are daily work in every branch."""

    def test_counts_from_the_day_it_came(self, at_desk):
        """F33: registered with last Friday's date, its deadlines are those of Friday."""
        came = last_friday()
        sent = {**FORM, "received_at": f"{came:%Y-%m-%dT%H:%M}", "receipt_evidence": "挂号 XA12345678901"}
        at_desk.post(REGISTER, sent)
        case = Case.objects.get()
        due_on = timezone.localdate(case.clocks.get(basis="statutory").due_at)
        assert (case.channel, case.received_at) == ("letter", came)
        assert due_on == came.date() + timedelta(days=15)
        assert [*differences(case)] == []

    def test_shows_what_proves_that_day(self, at_desk):
        sent = {**FORM, "received_at": f"{last_friday():%Y-%m-%dT%H:%M}"}
        answer = at_desk.post(REGISTER, sent)
        assert answer.status_code == 400
        assert not Case.objects.exists()
        at_desk.post(REGISTER, {**sent, "receipt_evidence": "邮戳 11 月 20 日"})
        assert Case.objects.get().texts.get(kind="evidence").text == "邮戳 11 月 20 日"

    @pytest.mark.parametrize("channel", ["counter", "letter", "email", "media"])
    def test_of_today_needs_no_more_than_it_says(self, at_desk, channel):
        at_desk.post(REGISTER, {**FORM, "channel": channel})
        assert Case.objects.get().channel == channel


class TestTransfer:
    """F33: a regulator's letter or an order of the hotline is typed in with its number, in one act."""

    SENT = {**FORM, "channel": "regulator", "body": "12363", "number": "PBOC-2026-00123"}

    def test_is_a_case_with_its_reference(self, at_desk, handler):
        ordered = timezone.localdate() + timedelta(days=14)
        at_desk.post(REGISTER, {**self.SENT, "ordered_on": str(ordered)})
        case, row = Case.objects.get(), ExternalReference.objects.get()
        assert (row.case, row.body, timezone.localdate(row.due_as_ordered)) == (case, "12363", ordered)
        assert (row.received_at, case.source, case.level, case.owner) == (
            case.received_at,
            "12363",
            "important",
            handler,
        )
        kinds = sorted(case.clocks.filter(basis__in=["statutory", "ordered"]).values_list("kind", flat=True))
        assert kinds == ["decision", "regulator_answer", "transfer"]
        assert case.clocks.get(kind="resolution").target.policy.key == "transferred"
        assert [*differences(case)] == []

    @pytest.mark.parametrize("name", ["body", "number", "ordered_on"])
    def test_needs_who_wants_what_by_when(self, at_desk, name):
        sent = {**self.SENT, "ordered_on": str(timezone.localdate() + timedelta(days=14))}
        answer = at_desk.post(REGISTER, {**sent, name: ""})
        shown = {one.name: one.errors for fold in answer.context["folds"] for one in fold["controls"]}
        assert answer.status_code == 400
        assert shown[name]
        assert answer.context["folds"][0]["open"]
        assert not Case.objects.exists()

    def test_of_the_hotline_is_from_the_hotline(self, at_desk):
        sent = {**FORM, "channel": "hotline", "number": "20261123000171", "answer_required": ""}
        at_desk.post(REGISTER, sent)
        row = ExternalReference.objects.get()
        assert (row.body, row.answer_required, row.due_as_ordered) == ("12345", False, None)

    def test_with_a_number_that_is_taken_is_not_registered_half(self, at_desk):
        sent = {**self.SENT, "ordered_on": str(timezone.localdate() + timedelta(days=14))}
        at_desk.post(REGISTER, sent)
        answer = at_desk.post(REGISTER, {**sent, "form": "2"})
        assert answer.status_code == 422
        assert Case.objects.get().reference in answer.content.decode()

    def test_that_is_a_tip_off_has_its_number_too(self, handler, receiver):
        said = {
            "channel": "regulator",
            "nature": "tip_off",
            "text": "举报柜员私售产品。",
            "subject": "",
            "customer": {},
        }
        transfer = {"body": "12378", "number": "NFRA-2026-9", "ordered_on": date(2026, 12, 7)}
        case = register(said, actor=handler, form="1", transfer=transfer, at=NOON)
        assert case.nature == "tip_off"
        assert ExternalReference.objects.get().case_id == case.pk

    def test_cannot_be_settled_in_the_same_form(self, at_desk):
        sent = {**self.SENT, "ordered_on": str(timezone.localdate() + timedelta(days=14))}
        answer = at_desk.post(REGISTER, {**sent, **SETTLED, "settle": "1"})
        assert answer.status_code == 422
        assert not Case.objects.exists()


class TestComplainedUnit:
    """F32: without it no branch can be assessed."""

    def test_is_proposed_at_a_branch(self, at_desk):
        shown = {one.name: one.value for one in at_desk.get(REGISTER).context["register"]}
        assert shown["complained_unit"] == UNIT

    def test_is_needed_before_a_decision(self, owned, handler):
        """F32: and the page says by which verb."""
        handling.classify(owned.reference, actor=handler, at=NOON, **UNCLASSIFIED)
        with pytest.raises(GateNotMet, match="被投诉单位"):
            deciding.draft_decision(owned.reference, actor=handler, at=NOON, **DECIDED)
        handling.classify(owned.reference, actor=handler, at=NOON, **CLASSIFIED)
        assert deciding.draft_decision(owned.reference, actor=handler, at=NOON, **DECIDED).complained_unit.code == UNIT
        assert [*differences(Case.objects.get(pk=owned.pk))] == []

    def test_is_needed_to_settle(self, owned, handler):
        given = {name: value for name, value in SETTLED.items() if name != "complained_unit"}
        with pytest.raises(GateNotMet):
            answering.settle(owned.reference, actor=handler, at=NOON, **given)
        assert answering.settle(owned.reference, actor=handler, at=NOON, **SETTLED).complained_unit.code == UNIT

    def test_of_another_kind_of_matter_is_not_asked(self, integration, handler):
        case = taken(integration, nature="enquiry")
        ownership.take_next(case.reference, actor=handler, at=NOON)
        assert deciding.draft_decision(case.reference, actor=handler, at=NOON, **DECIDED).complained_unit is None

    @pytest.mark.parametrize("unit", ["SH", "BJ"])
    def test_about_somebodys_conduct_one_settles_nothing(self, unit, owned, handler, other_branch):
        """A settlement has no checker, and whoever settles could name another unit than his own."""
        with pytest.raises(GateNotMet, match="行为"):
            answering.settle(
                owned.reference, actor=handler, at=NOON, **{**SETTLED, "reason": "C01", "complained_unit": unit}
            )

    def test_comes_with_the_message_of_a_program(self, post, other_branch):
        answer = post(body(complained_unit=other_branch.code, complainant_type="ORG"))
        case = Case.objects.get(reference=answer.json()["reference"])
        assert (case.complained_unit, case.complainant_type) == (other_branch, "ORG")
        assert [*differences(case)] == []
        assert (
            post.client.get(f"/api/v1/cases/{case.reference}/", headers={"Authorization": f"Bearer {post.key}"}).json()[
                "complained_unit"
            ]
            == other_branch.code
        )

    def test_of_nowhere_is_told_to_the_program(self, post):
        answer = post(body(complained_unit="NOWHERE"))
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["field"] == "complained_unit"
        assert not Case.objects.exists()

    def test_is_put_right(self, owned, handler, institution):
        unit = create_unit("SH01", name="外滩支行", kind="sub_branch", parent=institution)
        case = amending.amend(owned.reference, actor=handler, at=NOON, reason="客户更正", complained_unit="SH01")
        assert case.complained_unit == unit


def test_the_form_asks_for_eight_things_at_most(at_desk):
    """F34: the rest stands in folds, and what is required is three."""
    context = at_desk.get(REGISTER).context
    assert len(context["register"]) == 8
    assert {one.name for one in context["register"] if one.starred} == {"words"}
    folded = {one.name for fold in context["folds"] for one in fold["controls"]}
    assert {"named_staff", "business_line", "demand", "urgent", "complainants", "complainant_type"} <= folded


def test_the_form_takes_all_of_it(at_desk):
    """F34: named staff, demand, line, number of complainants, who acts for them and by what."""
    more = {
        "business_line": "corporate",
        "named_staff": "柜员甲",
        "demand": "REFUND",
        "complainants": "3",
        "capacity": "AGENT",
        "representative_name": "赵测试",
        "representative_phone": "13900139000",
        "authority": "MANDATE",
        "complained_unit": UNIT,
        "urgent": "on",
    }
    at_desk.post(REGISTER, {**FORM, **more})
    case = Case.objects.get()
    assert (case.business_line.code, case.named_staff, case.demand, case.complainants) == (
        "corporate",
        ["柜员甲"],
        "REFUND",
        3,
    )
    row = case.representatives.get()
    assert (case.complainant_type, row.authority, str(row), case.urgent) == (
        "REPRESENTATIVE",
        "MANDATE",
        "赵** 139****9000",
        True,
    )


def test_the_lines_of_business_have_those_of_companies_and_of_the_electronic_bank(institution):
    """F48: the seed named them, and setup laid none down."""
    names = dict(BusinessLine.objects.values_list("code", "name"))
    assert (names["corporate"], names["electronic"]) == ("公司金融", "电子银行")
