"""What breaches, and why: the clock and the reason in words, in the lists of whoever answers for others."""

from datetime import timedelta

import pytest
from django.db.models import Q
from django.utils import timezone

from complaints.desk import queue
from complaints.desk.watching import as_watch_rows, watched
from complaints.models import Case, Clock
from complaints.services.escalating import fire_due
from complaints.services.rechecking import keep_people
from complaints.verbs import contacting, deciding, ending, escalation, handling, ownership
from organization.models import Role, User
from sla import services as sla
from tests.cases import CALLED, CLASSIFIED, DECIDED, NOT_ENTITLED, taken
from tests.people import NOON, person

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HTMX = {"HX-Request": "true"}


def reasons(case: Case, user: User, **pressing) -> str:
    (row,) = as_watch_rows(watched(Case.objects.filter(pk=case.pk)), user, NOON, **pressing)
    return " · ".join(row.reasons)


@pytest.fixture
def due(institution):
    return sla.working_deadline(NOON, 240, entity=institution.legal_entity_id)


class TestReasons:
    """D14"""

    def test_who_has_not_signed_and_how_often_it_came_back(self, case, receiver, handler, colleague, lead):
        """D14: 33 cases in the list of what breaches, and of none was said why."""
        assert "尚未分派" in reasons(case, lead)
        ownership.assign(case.reference, actor=receiver, at=NOON, to="colleague")
        ownership.refuse(case.reference, actor=colleague, at=NOON, reason="不熟悉")
        ownership.assign(case.reference, actor=receiver, at=NOON, to="handler")
        assert reasons(case, lead) == "待 Handler 签收，自 2026-11-23 12:00 · 退单 1 次 · 尚未首次联系"
        ownership.accept(case.reference, actor=handler, at=NOON)
        assert reasons(case, lead) == "尚未首次联系"

    def test_what_fell_to_the_post_waits_for_its_holder(self, owned, handler, receiver, supervisor):
        User.objects.filter(pk=handler.pk).update(is_active=False)
        handler.memberships.all().delete()
        keep_people(at=max(timezone.now(), NOON) + HOUR)  # changes of roles carry the time of the database
        assert "待 Receiver 签收，自 " in reasons(Case.objects.get(), supervisor)

    def test_the_customer_the_checker_and_the_second_person(self, owned, handler, lead):
        contacting.log_contact(owned.reference, actor=handler, at=NOON, **CALLED)
        assert reasons(owned, lead) == ""
        contacting.ask_customer(owned.reference, actor=handler, at=NOON, method="PHONE", text="请补材料")
        assert reasons(owned, lead) == "待客户补充，自 2026-11-23 12:00"
        handling.resume(owned.reference, actor=handler, at=NOON)
        handling.classify(owned.reference, actor=handler, at=NOON, **CLASSIFIED)
        deciding.draft_decision(owned.reference, actor=handler, at=NOON, **DECIDED)
        assert reasons(owned, lead) == "待审核，自 2026-11-23 12:00"
        deciding.return_decision(owned.reference, actor=lead, at=NOON, reason="补充依据")
        assert reasons(owned, lead) == "审核退回 1 次"
        ending.decline(owned.reference, actor=handler, at=NOON, **NOT_ENTITLED)
        assert reasons(owned, lead) == "审核退回 1 次 · “不予办理”待审批，自 2026-11-23 12:00"

    def test_the_clock_is_the_one_the_list_is_about(self, owned, lead):
        """D14: a case stood there for its deadline of the law, and its row told of another clock."""
        (row,) = as_watch_rows(watched(Case.objects.all()), lead, NOON)
        assert row.clock.kind == "first_contact"
        (row,) = as_watch_rows(watched(Case.objects.all()), lead, NOON, pressing=Q(basis="statutory"))
        assert row.clock.kind == "decision"
        assert row.left.due_at == Clock.objects.get(kind="decision").due_at

    @pytest.mark.parametrize("count", [1, 8])
    def test_they_cost_the_same_for_any_number(
        self, count, integration, lead, nothing_expires, django_assert_num_queries
    ):
        for _number in range(count):
            taken(integration)
        rows = list(watched(Case.objects.all()))
        as_watch_rows(rows, lead, NOON)
        with django_assert_num_queries(5):
            as_watch_rows(rows, lead, NOON)


class TestUnsigned:
    """F29b"""

    @pytest.fixture
    def there(self, other_branch) -> User:
        other_branch.receiver = person("post", Role.DISPATCHER, other_branch)
        other_branch.save()
        return person("there", Role.SUPERVISOR, other_branch)

    def test_it_is_listed_after_its_hour_for_both_sides(self, case, receiver, supervisor, there, outsider, due):
        """F29b: nobody saw what lay unsigned."""
        ownership.assign(case.reference, actor=receiver, at=NOON, unit="BJ")
        for reader in (supervisor, there):
            assert list(queue.unsigned(reader, due)) == []
            assert list(queue.unsigned(reader, due + timedelta(seconds=1))) == [case]
        ownership.accept(case.reference, actor=User.objects.get(username="post"), at=due + HOUR)
        for reader in (supervisor, there):
            assert list(queue.unsigned(reader, due + 2 * HOUR)) == []

    def test_what_nobody_dispatched_is_listed_too(self, case, supervisor, there, due):
        assert list(queue.unsigned(supervisor, due + HOUR)) == [case]
        assert list(queue.unsigned(there, due + HOUR)) == []

    def test_whom_it_concerns_does_not_see_it(self, integration, supervisor, due):
        taken(integration, named_staff=["supervisor"])
        assert list(queue.unsigned(supervisor, due + HOUR)) == []

    def test_it_is_chased_and_given_away_from_the_list(self, client, case, receiver, supervisor, handler):
        client.force_login(supervisor)
        page = client.get("/desk/", {"tab": "unsigned"})
        body = page.content.decode()
        assert [row.case for row in page.context["rows"]] == [case]
        assert "尚未分派" in body and "签收" in body
        back = {"back": "/desk/?tab=unsigned"}
        done = client.post(f"/desk/cases/{case.reference}/chase/", back, headers=HTMX)
        assert done["HX-Redirect"] == back["back"]
        assert "催办" in client.get(back["back"]).content.decode()
        assert Case.objects.get().chased_at is not None
        dialog = client.get(f"/desk/cases/{case.reference}/assign/", back, headers=HTMX)
        assert 'name="back" value="/desk/?tab=unsigned"' in dialog.content.decode()
        done = client.post(f"/desk/cases/{case.reference}/assign/", back | {"to": "handler"})
        assert (done.status_code, done.url) == (302, back["back"])
        assert Case.objects.get().offered_to == handler

    @pytest.mark.parametrize("elsewhere", ["https://elsewhere.test/", "//elsewhere.test/", "javascript:alert(1)", ""])
    def test_nobody_is_led_elsewhere(self, elsewhere, client, case, supervisor):
        client.force_login(supervisor)
        done = client.post(f"/desk/cases/{case.reference}/chase/", {"back": elsewhere})
        assert done.url == f"/desk/cases/{case.reference}/"

    def test_a_button_is_offered_to_whom_the_door_lets_in(self, owned, handler, colleague, auditor, receiver):
        def acts(user: User) -> set[str]:
            (row,) = as_watch_rows(watched(Case.objects.all()), user, NOON)
            return set(row.acts)

        assert acts(handler) == set()  # nobody chases what is theirs
        assert acts(colleague) == {"chase"}
        assert acts(auditor) == set()
        assert acts(receiver) == {"chase", "assign"}


class TestOverdue:
    """D14"""

    @pytest.mark.parametrize(("who", "acts"), [("handler", set()), ("supervisor", {"chase", "assign"})])
    def test_it_names_the_clock_and_why_the_case_stands_still(self, client, owned, who, acts, request):
        """D14: the tab that a supervisor begins with said no more than how late a case was."""
        client.force_login(request.getfixturevalue(who))
        page = client.get("/desk/", {"tab": "overdue"})
        (row,) = page.context["rows"]
        assert (row.case, row.clock.kind, set(row.acts)) == (owned, "first_contact", acts)
        body = page.content.decode()
        assert "首次联系" in body and "尚未首次联系" in body


class TestInbox:
    """D17"""

    def test_what_waits_for_my_plan_is_answered_in_the_list(self, client, owned, handler, lead, supervisor):
        """D17: a lead dug through 99 notices for what had been escalated to them."""
        escalation.escalate(owned.reference, actor=handler, at=NOON, reason="客户情绪激动")
        client.force_login(supervisor)
        assert client.get("/desk/", {"tab": "escalated"}).context["rows"] == []
        client.force_login(lead)
        page = client.get("/desk/", {"tab": "escalated"})
        assert "客户情绪激动" in page.content.decode()
        assert dict((tab.key, count) for tab, count in page.context["tabs"])["escalated"] == "1"
        plan = {"plan": "今日会商", "until": f"{timezone.localdate() + DAY}", "back": "/desk/?tab=escalated"}
        done = client.post(f"/desk/cases/{owned.reference}/acknowledge_escalation/", plan, headers=HTMX)
        assert done["HX-Redirect"] == plan["back"]
        assert client.get("/desk/", {"tab": "escalated"}).context["rows"] == []

    def test_it_says_which_rungs_reached_me_and_leaves_reminders_out(self, client, owned, lead, handler):
        fire_due(at=NOON + 30 * DAY)
        told = {firing.recipient for firing in owned.firings.exclude(kind="reminder")}
        assert {handler, lead} <= told
        for reader in (handler, lead):
            client.force_login(reader)
            (row,) = client.get("/desk/", {"tab": "escalated"}).context["rows"]
            mine = owned.firings.filter(recipient=reader).exclude(kind="reminder")
            assert len(row.plan.put) == mine.count()
            assert 0 < mine.count() < owned.firings.filter(recipient=reader).count() or reader == lead

    def test_the_watching_tabs_cost_the_same_for_any_number(
        self, client, integration, owned, handler, lead, django_assert_max_num_queries
    ):
        escalation.escalate(owned.reference, actor=handler, at=NOON, reason="客户情绪激动")
        client.force_login(lead)
        for tab in ("escalated", "unsigned"):
            for _number in range(4):
                taken(integration)
            with django_assert_max_num_queries(16):
                client.get("/desk/", {"tab": tab})


class TestWhatLeavesTheArea:
    """Whoever sent a case back to another branch got an error, although it was done; over REST it was undone by it."""

    @pytest.fixture
    def lying(self, case, receiver, other_branch) -> Case:
        other_branch.receiver = person("post", Role.DISPATCHER, other_branch)
        other_branch.save()
        return ownership.assign(case.reference, actor=receiver, at=timezone.now(), unit="BJ")

    def test_on_the_page_one_goes_on_with_the_list(self, client, lying):
        client.force_login(User.objects.get(username="post"))
        address = f"/desk/cases/{lying.reference}/refuse/"
        done = client.post(address, {"version": lying.version, "reason": "不属于本行"}, headers=HTMX)
        assert (done.status_code, done["HX-Redirect"], done["X-Fragment"]) == (200, "/desk/", "done")
        assert Case.objects.get().open_offer is None
        assert "已不在您的权限范围" in client.get("/desk/").content.decode()

    @pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "refusal-0001"}])
    def test_the_api_answers_with_the_case_as_it_is_then(self, headers, client, lying):
        client.force_login(User.objects.get(username="post"), backend="organization.backends.RoleBackend")
        address = f"/api/v1/cases/{lying.reference}/refuse/"
        done = client.post(address, {"reason": "不属于本行"}, "application/json", headers=headers)
        assert (done.status_code, done.json()["state"]) == (200, "received")
        assert Case.objects.get().open_offer is None
        assert client.get(f"/api/v1/cases/{lying.reference}/").status_code == 404
