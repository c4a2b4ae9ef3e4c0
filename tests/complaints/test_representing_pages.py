"""代理人 at the desk: registered with the message in a fold, shown masked beside the customer, opened for a reason."""

import pytest
from django.urls import reverse
from django.utils import timezone

from complaints.models import Approval, Case, Representative
from complaints.services.replaying import differences
from complaints.verbs import VERBS
from organization.models import Role
from tests.cases import taken
from tests.people import NOON, person

REGISTER = "/desk/register/"
FORM = {
    "form": "1",
    "channel": "counter",
    "nature": "complaint",
    "name": "测试客户",
    "words": "受托人来访，反映年费重复扣收。",
    "answer_required": "on",
}
AGENT = {"capacity": "AGENT", "representative_name": "赵测试", "representative_phone": "13900139000"}
PAPER = {"authority": "MANDATE", "seen": "ORIGINAL", "kept_as": "WT-2026-0001", "identity_seen": "on"}
ACTING = {"complainant_type": "REPRESENTATIVE"}


def sent(**more: str) -> dict[str, str]:
    return {**FORM, **AGENT, **PAPER, "signed_on": str(timezone.localdate()), **more}


@pytest.fixture
def at_desk(client, handler, receiver):
    client.force_login(handler, "organization.backends.RoleBackend")
    return client


def test_whoever_registers_it_and_has_it_asks_a_second_person(at_desk, handler):
    assert at_desk.post(REGISTER, sent()).status_code == 302
    case, row = Case.objects.get(), Representative.objects.get()
    assert (case.owner, case.complainant_type, row.raised, row.seen) == (handler, "REPRESENTATIVE", True, "")
    assert Approval.objects.get().verb == "verify_authority"
    assert [*differences(case)] == []


def test_who_takes_it_in_for_others_has_seen_the_paper(client, branch, receiver):
    client.force_login(person("clerk", Role.DISPATCHER, branch), "organization.backends.RoleBackend")
    assert client.post(REGISTER, sent()).status_code == 302
    row = Representative.objects.get()
    assert (row.seen, row.seen_by.username, row.kept_as) == ("ORIGINAL", "clerk", "WT-2026-0001")
    assert not row.case.clocks.filter(kind="authority", stopped_at=None).exists()


@pytest.mark.parametrize(
    ("without", "field"),
    [
        ("representative_name", "representative_name"),
        ("representative_phone", "representative_phone"),
        ("kept_as", "kept_as"),
        ("signed_on", "signed_on"),
        ("identity_seen", "identity_seen"),
    ],
)
def test_what_is_missing_is_said_at_its_field_and_nothing_is_stored(at_desk, without, field):
    answer = at_desk.post(REGISTER, sent(**{without: ""}))
    shown = {one.name: one.errors for fold in answer.context["folds"] for one in fold["controls"]}
    assert (answer.status_code, bool(shown[field])) == (400, True)
    assert answer.context["folds"][-1]["open"]
    assert not Case.objects.exists()


def test_the_form_asks_for_no_more_than_before(at_desk):
    context = at_desk.get(REGISTER).context
    assert len(context["register"]) == 8
    assert not context["folds"][-1]["open"] and not [one for one in context["folds"][-1]["controls"] if one.starred]


class TestCasePage:
    @pytest.fixture
    def raised(self, integration, handler) -> Case:
        return VERBS["take_next"](taken(integration, **ACTING).reference, actor=handler, at=NOON)

    def test_says_that_nobody_may_hear_of_it_and_who_speaks(self, at_desk, raised, handler, colleague):
        address = reverse("desk:case", args=[raised.reference])
        assert "不得告知处理情况" in at_desk.get(address).content.decode()
        given = {"capacity": "AGENT", "representative_name": "赵测试", "phone": "+8613900139000"}
        VERBS["add_representative"](raised.reference, actor=handler, **given)
        page = at_desk.get(address).content.decode()
        assert "赵**" in page and "授权待核验" in page and "赵测试" not in page and "13900139000" not in page
        begun = at_desk.get(reverse("desk:verb", args=[raised.reference, "verify_authority"])).context["controls"]
        assert {one.name: one.value for one in begun}["authority"] == "MANDATE"
        paper = {"authority": "MANDATE", "signed_on": timezone.localdate(), "seen": "CERTIFIED_COPY"}
        shown = {"evidence": "WT-2026-0001", "identity_seen": True}
        VERBS["verify_authority"](raised.reference, actor=colleague, **paper, **shown)
        page = at_desk.get(address).content.decode()
        assert "授权已核验" in page and "WT-2026-0001" in page and "不得告知处理情况" not in page

    def test_opens_name_and_number_for_a_reason(self, at_desk, raised, handler):
        given = {"capacity": "AGENT", "representative_name": "赵测试", "phone": "+8613900139000"}
        VERBS["add_representative"](raised.reference, actor=handler, **given)
        address = reverse("desk:reveal", args=[raised.reference])
        assert "赵**" in at_desk.get(address).content.decode()
        opened = at_desk.post(address, {"value": ["representative_name", "representative_phone"], "reason": "回电"})
        assert "赵测试" in opened.content.decode() and "+8613900139000" in opened.content.decode()

    def test_asks_who_is_told_only_where_somebody_speaks(self, at_desk, raised, decided):
        dialog = at_desk.get(reverse("desk:verb", args=[decided.reference, "notify"]))
        assert "told_to" not in {one.name for one in dialog.context["controls"]}
        Case.objects.filter(pk=decided.pk).update(**ACTING)
        dialog = at_desk.get(reverse("desk:verb", args=[decided.reference, "notify"]))
        (asked,) = [one for one in dialog.context["controls"] if one.name == "told_to"]
        assert (asked.value, asked.starred, asked.widget) == ("complainant", True, "radios")

    def test_costs_a_page_no_more_than_others(self, at_desk, raised, handler, django_assert_max_num_queries):
        given = {"capacity": "AGENT", "representative_name": "赵测试", "phone": "+8613900139000"}
        VERBS["add_representative"](raised.reference, actor=handler, **given)
        address = reverse("desk:case", args=[raised.reference])
        at_desk.get(address)
        with django_assert_max_num_queries(20):
            assert "赵**" in at_desk.get(address).content.decode()


def test_over_the_api_masked_and_only_for_people(client, post, integration, handler):
    sent = {"capacity": "AGENT", "name": "赵测试", "phone": "13900139000", "authority": "MANDATE"}
    case = taken(integration, representatives=[sent])
    address = f"/api/v1/cases/{case.reference}/"
    key = {"Authorization": f"Bearer {post.key}"}
    assert post.client.get(address, headers=key).json()["representatives"] == []
    client.force_login(handler, "organization.backends.RoleBackend")
    (row,) = client.get(address).json()["representatives"]
    assert (row["name"], row["phone"], row["authority"], row["seen"]) == ("赵**", "139****9000", "MANDATE", "")
    assert row["entry"] == Representative.objects.get().event_sequence
