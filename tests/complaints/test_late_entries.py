"""补录确认: what was entered late is decided a day at a time, by somebody else, case by case."""

from datetime import timedelta

import pytest
from django.utils import timezone

from complaints.models import Approval
from complaints.services.taking import take_next
from complaints.verbs import approving, contacting
from organization.models import Role
from tests.cases import taken
from tests.people import person

DAY = timedelta(days=1)
CALL = {"method": "PHONE", "result": "CONNECTED", "gist": "客户称已收到短信"}


@pytest.fixture
def seen_by(client):
    def ask(user, address: str = "late/", **posted):
        client.force_login(user, backend="organization.backends.RoleBackend")
        send = client.post if posted else client.get
        return send(f"/desk/{address}", posted or None, follow=True, headers={"accept-language": "en"})

    return ask


@pytest.fixture
def entered_late(integration, handler, lead):
    """So many calls of three days ago that the handler typed in now."""

    def of(number: int) -> list[Approval]:
        now = timezone.now()
        for _one in range(number):
            taken(integration, at=now - 4 * DAY)
            case = take_next(actor=handler, at=now - 4 * DAY)
            contacting.log_contact(case.reference, actor=handler, at=now, happened_at=now - 3 * DAY, **CALL)
        return list(Approval.objects.order_by("-pk")[:number])

    return of


def test_the_lead_sees_them_with_what_proves_the_time(seen_by, entered_late, handler, lead, other_branch):
    entered_late(2)
    page = seen_by(lead).content.decode()
    assert page.count('name="approval"') == 2
    assert "客户称已收到短信" in page and "Log contact" in page and "+3 d" in page
    assert seen_by(lead, "").content.decode().count("Late entries: 2") == 1
    elsewhere = person("elsewhere", Role.TEAM_LEAD, other_branch)
    assert "No late entry waits for you" in seen_by(elsewhere).content.decode()
    assert seen_by(handler).status_code == 403


def test_those_of_a_day_are_agreed_to_in_one_act(seen_by, entered_late, lead):
    rows = entered_late(3)
    page = seen_by(lead, "late/decide/", grant="yes", remark="已核对话单", approval=[row.pk for row in rows[:2]])
    assert "2 late entries agreed to." in page.content.decode()
    assert [Approval.objects.get(pk=row.pk).status for row in rows] == ["granted", "granted", "asked"]
    for row in rows[:2]:
        clock = row.case.clocks.get(kind="first_contact")
        assert clock.stopped_at == row.case.contacts.get().happened_at
        assert row.case.texts.filter(kind="remark", text="已核对话单").exists()


def test_what_cannot_be_decided_any_more_holds_up_none_of_the_others(seen_by, entered_late, lead, supervisor):
    first, second = entered_late(2)
    approving.decide_approval(first.case.reference, actor=supervisor, grant=False)
    page = seen_by(lead, "late/decide/", grant="no", approval=[first.pk, second.pk]).content.decode()
    assert "1 late entry refused." in page and "1 of those chosen is as it was." in page
    assert Approval.objects.get(pk=second.pk).status == "refused"


def test_nobody_agrees_to_their_own_or_to_those_of_another_branch(seen_by, entered_late, lead, other_branch):
    (row,) = entered_late(1)
    Approval.objects.filter(pk=row.pk).update(asked_by=lead)
    elsewhere = person("elsewhere", Role.TEAM_LEAD, other_branch)
    for user in (lead, elsewhere):
        seen_by(user, "late/decide/", grant="yes", approval=[row.pk])
        assert Approval.objects.get(pk=row.pk).status == "asked"


@pytest.mark.parametrize("sent", [{"grant": "maybe"}, {"grant": "yes", "remark": "长" * 5_001}])
def test_what_makes_no_sense_is_refused(seen_by, entered_late, lead, sent):
    assert seen_by(lead, "late/decide/", approval="1", **sent).status_code == 400


@pytest.mark.parametrize("chosen", [[], ["x"], ["9" * 30], ["1"]])
def test_a_choice_of_nothing_changes_nothing(seen_by, entered_late, lead, chosen):
    (row,) = entered_late(1)
    assert seen_by(lead, "late/decide/", grant="yes", approval=chosen).status_code == 200
    assert Approval.objects.get(pk=row.pk).status == "asked"


def test_twenty_take_as_few_statements_as_two(seen_by, entered_late, lead, django_assert_max_num_queries):
    entered_late(2)
    seen_by(lead)
    entered_late(10)
    with django_assert_max_num_queries(14):
        seen_by(lead)
