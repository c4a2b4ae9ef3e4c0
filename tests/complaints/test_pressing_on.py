"""Who is absent is not sent a case without a word, who is chased often is seen, and a plan answers what was asked."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from complaints.errors import GateNotMet
from complaints.models import Case, State
from complaints.services.pressing import awaiting_plan, waits_for
from complaints.services.replaying import retold_otherwise
from complaints.verbs import allowed_verbs, escalation, ownership
from feedback.models import IN_APP, Notice
from organization.models import User
from sla.models import RungKind
from tests.cases import taken
from tests.people import NOON, absent

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TOMORROW = timezone.localdate(NOON + DAY)


class TestSomebodyWhoIsAway:
    """F47"""

    def test_is_not_sent_a_case_without_a_word(self, case, dispatcher, colleague, lead):
        """F47: an absent person was assigned to, and it lay there."""
        absent(colleague, until=NOON + 3 * DAY)
        with pytest.raises(GateNotMet) as refused:
            ownership.assign(case.reference, actor=dispatcher, at=NOON, to="colleague")
        assert "Lead" in str(refused.value) and "（lead）" in str(refused.value) and "2026-11-26" in str(refused.value)
        assert Case.objects.get().offered_to is None
        sent = ownership.assign(case.reference, actor=dispatcher, at=NOON, to="colleague", although_absent=True)
        assert (sent.state, sent.offered_to) == (State.ASSIGNED, colleague)

    def test_nor_by_the_owner_who_stays_responsible(self, owned, handler, colleague, lead):
        absent(colleague, until=NOON + 3 * DAY)
        words = {"to": "colleague", "reason": "请代办"}
        with pytest.raises(GateNotMet):
            ownership.transfer(owned.reference, actor=handler, at=NOON, **words)
        case = ownership.transfer(owned.reference, actor=handler, at=NOON, **words, although_absent=True)
        assert case.owner == handler

    def test_is_stood_in_for_by_the_substitute_of_their_post(self, case, dispatcher, receiver, colleague, branch):
        branch.substitute = colleague
        branch.save()
        absent(receiver, until=NOON + 3 * DAY)
        with pytest.raises(GateNotMet, match="Colleague"):
            ownership.assign(case.reference, actor=dispatcher, at=NOON, to="receiver")

    def test_and_by_nobody_who_is_away_too_or_whom_it_concerns(self, integration, dispatcher, colleague, lead):
        case = taken(integration, named_staff=["lead"])
        absent(colleague, until=NOON + 3 * DAY)
        with pytest.raises(GateNotMet) as refused:
            ownership.assign(case.reference, actor=dispatcher, at=NOON, to="colleague")
        assert "（lead）" not in str(refused.value)

    @pytest.mark.parametrize("days", [0, -1])
    def test_is_back_from_the_moment_on(self, days, case, dispatcher, colleague):
        absent(colleague, until=NOON + days * DAY)
        assert ownership.assign(case.reference, actor=dispatcher, at=NOON, to="colleague").offered_to == colleague

    def test_the_page_says_the_same_and_goes_on_with_a_tick(self, client, case, dispatcher, colleague, lead):
        absent(colleague, until=timezone.now() + DAY)
        client.force_login(dispatcher)
        address = f"/desk/cases/{case.reference}/assign/"
        sent = {"version": Case.objects.get().version, "to": "colleague"}
        refused = client.post(address, sent, headers={"HX-Request": "true"})
        assert refused.status_code == 422
        assert "不在岗" in refused.content.decode() and "although_absent" in refused.content.decode()
        assert "assign" in allowed_verbs(Case.objects.get(), dispatcher)[0]
        done = client.post(address, sent | {"although_absent": "on"}, headers={"HX-Request": "true"})
        assert done.status_code == 200
        assert Case.objects.get().offered_to == colleague

    def test_the_api_says_the_same(self, client, case, dispatcher, colleague, lead):
        absent(colleague, until=timezone.now() + DAY)
        client.force_login(dispatcher)
        address = f"/api/v1/cases/{case.reference}/assign/"
        refused = client.post(address, {"to": "colleague"}, "application/json")
        assert (refused.status_code, refused.json()["code"]) == (422, "gate")
        sent = client.post(address, {"to": "colleague", "although_absent": True}, "application/json")
        assert sent.status_code == 200


def chased(case: Case, person: User, *moments) -> Case:
    for at in moments:
        case = escalation.chase(case.reference, actor=person, at=at)
    return case


def told(kind: str) -> list[User]:
    return [notice.to_user for notice in Notice.objects.filter(kind=kind, channel=IN_APP).order_by("pk")]


class TestChases:
    """F49"""

    def test_the_third_in_seven_days_marks_the_case_and_tells_the_lead(self, owned, handler, lead):
        """F49: a third chase in a week changed nothing."""
        case = chased(owned, handler, NOON, NOON + DAY)
        assert (case.pressed_at, told("pressed")) == (None, [])
        case = chased(owned, handler, NOON + 2 * DAY)
        assert case.pressed_at == NOON + 2 * DAY
        assert told("pressed") == [lead]
        assert list(retold_otherwise(Case.objects.all())) == []

    @pytest.mark.parametrize(("last", "marked"), [(timedelta(days=7, seconds=-1), True), (timedelta(days=7), False)])
    def test_seven_days_are_counted_to_the_moment(self, last, marked, owned, handler, lead):
        case = chased(owned, handler, NOON, NOON + DAY, NOON + last)
        assert (case.pressed_at is not None) is marked

    def test_whoever_is_the_lead_hears_of_those_that_others_enter(self, owned, lead, supervisor):
        chased(owned, lead, NOON, NOON, NOON)
        assert told("pressed") == [supervisor]

    def test_whoever_has_the_case_writes_down_that_the_customer_chases(self, client, owned, handler, lead):
        """W: a handler was offered to chase themselves."""
        for reader, words in ((handler, "登记客户催办"), (lead, "催办")):
            client.force_login(reader)
            page = client.get(f"/desk/cases/{owned.reference}/").content.decode()
            dialog = client.get(
                f"/desk/cases/{owned.reference}/chase/", headers={"hx-request": "true"}
            ).content.decode()
            assert f">{words}\n" in page and f">{words}</h2>" in dialog

    def test_lists_show_and_find_it(self, client, owned, handler, lead, integration):
        taken(integration)
        chased(owned, handler, NOON, NOON, NOON)
        client.force_login(lead)
        page = client.get("/desk/cases/", {"pressed": "true"})
        assert [row.case for row in page.context["rows"]] == [owned]
        assert "多次催办" in page.content.decode()
        rows = client.get("/api/v1/cases/", {"pressed": "true"}).json()["results"]
        assert [(row["reference"], row["pressed"]) for row in rows] == [(owned.reference, True)]


@pytest.mark.django_db(transaction=True)
def test_of_three_chases_at_once_one_is_the_third(owned, handler, lead):
    """F49: counted under the lock of the case."""
    meet = threading.Barrier(3)

    def press() -> None:
        meet.wait()
        try:
            escalation.chase(owned.reference, actor=User.objects.get(pk=handler.pk), at=NOON)
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _number in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert Case.objects.get().pressed_at == NOON
    assert told("pressed") == [lead]


class TestPlans:
    """D17"""

    def test_nobody_answers_what_was_not_put_to_them(self, owned, handler, lead, supervisor):
        """D17: on a case that never escalated a plan was accepted and logged."""
        plan = {"plan": "今日会商", "until": TOMORROW}
        with pytest.raises(GateNotMet, match="没有等待您"):
            escalation.acknowledge_escalation(owned.reference, actor=lead, at=NOON, **plan)
        escalation.escalate(owned.reference, actor=handler, at=NOON, reason="客户情绪激动")
        assert "acknowledge_escalation" in allowed_verbs(owned, lead, NOON)[0]
        assert "acknowledge_escalation" not in allowed_verbs(owned, supervisor, NOON)[0]
        case = escalation.acknowledge_escalation(owned.reference, actor=lead, at=NOON, **plan)
        assert case.escalations.get().acknowledged_at == NOON
        assert "acknowledge_escalation" not in allowed_verbs(case, lead, NOON)[0]
        assert list(retold_otherwise(Case.objects.all())) == []

    @pytest.mark.parametrize(("days", "fits"), [(-1, False), (0, True), (14, True), (15, False)])
    def test_a_plan_has_a_day(self, days, fits, owned, handler, lead):
        escalation.escalate(owned.reference, actor=handler, at=NOON, reason="客户情绪激动")
        plan = {"plan": "会商", "until": timezone.localdate(NOON) + timedelta(days=days)}
        if fits:
            escalation.acknowledge_escalation(owned.reference, actor=lead, at=NOON, **plan)
        else:
            with pytest.raises(GateNotMet):
                escalation.acknowledge_escalation(owned.reference, actor=lead, at=NOON, **plan)

    def test_what_waits_for_me_is_found(self, owned, handler, lead, supervisor):
        escalation.escalate(owned.reference, actor=handler, at=NOON, reason="客户情绪激动")
        assert Case.objects.filter(awaiting_plan(lead)).get() == owned
        assert not Case.objects.filter(awaiting_plan(supervisor)).exists()

    @pytest.mark.parametrize("kind", [*RungKind, "by a person"])
    @pytest.mark.parametrize("answered", [False, True])
    @pytest.mark.parametrize("over", [False, True])
    def test_the_list_holds_the_open_cases_on_which_something_waits(self, kind, answered, over, owned, handler, lead):
        """Of the owner and of another one: the list and the case say the same, by conditions of their own."""
        since = {"acknowledged_at": NOON, "acknowledged_by": lead} if answered else {}
        for position, person in enumerate([handler, lead]):
            if kind in RungKind:
                clock = owned.clocks.earliest("pk")
                told = {"position": position, "kind": kind, "level": "lead", "fired_at": NOON, "due_was": NOON}
                owned.firings.create(clock=clock, recipient=person, **told, **since)
            else:
                said = {"by": User.system(), "to": person, "at": NOON, "level": "lead", "event_sequence": position + 1}
                owned.escalations.create(acknowledged_at=NOON if answered else None, **said)
        if over:
            Case.objects.update(state=State.CLOSED)
        for person in (handler, lead):
            listed = Case.objects.filter(awaiting_plan(person)).exists()
            assert listed == (waits_for(owned, person) and not over)
        put_to_the_owner = kind == RungKind.BREACH and not answered
        assert waits_for(owned, handler) == put_to_the_owner
