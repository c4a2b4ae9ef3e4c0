"""回避: for whom a case concerns it does not exist: at no door, in no list, by no way around; and nobody asks them."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from complaints.desk.queue import TABS
from complaints.dossier import Dossier
from complaints.errors import ApprovalMissing, NamedInTheComplaint, NothingToTake, SecondPerson, WrongState
from complaints.models import Case, Link, State
from complaints.reading import reached
from complaints.services import taking
from complaints.services.telling import Recipients, level_up
from complaints.verb import VERBS
from complaints.verbs import (
    amending,
    answering,
    approving,
    closing,
    deciding,
    ending,
    escalation,
    handling,
    ownership,
    satisfaction,
)
from feedback import services as feedback
from feedback.models import Notice
from organization.models import Role, Team, Unit, User
from organization.rights import rights_of
from organization.services import create_unit, who_may
from quality.deadlines import counted_due, windows
from quality.scope import scope_of
from quality.upcoming import Soonest, upcoming
from sqm_site.errors import Invalid, NotFound
from tests.cases import CLASSIFIED, DECIDED, NOT_ENTITLED, SAID, TOLD, offered, taken
from tests.people import NOON, absent, hold, person

# Everybody who reads cases at all, wherever the case lies for them.
READERS = [role for role in Role if role not in {Role.INTEGRATION, Role.DISCIPLINE, Role.GROUP_ADMINISTRATOR}]
SAME = {"customer_no": "K-SAME", "name": "测试客户", "phone": "13800138000"}


def bar(case: Case, *people: User) -> Case:
    """As if the complaint concerned these people."""
    Case.objects.filter(pk=case.pk).update(barred=sorted(one.pk for one in people))
    return Case.objects.get(pk=case.pk)


def afresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def at_desk(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def in_state(case: Case, state: str, owner: User) -> Case:
    Case.objects.filter(pk=case.pk).update(state=state, owner=owner)
    return Case.objects.get(pk=case.pk)


@pytest.fixture
def reader(branch, team, institution) -> User:
    """Holds every role but those that others may not have beside theirs, in the branch and at the root."""
    user = person("reader", Role.HANDLER, branch, team)
    apart = {Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.HANDLER}
    for role in (one for one in READERS if one not in apart):
        hold(user, role, branch, team=team)
        hold(user, role, institution)
    return afresh(user)


class TestEveryDoor:
    @pytest.mark.parametrize("verb", list(VERBS))
    def test_a_verb_finds_no_case_and_within_one_is_refused(self, verb, case, reader):
        """F19: recusal worked in `assign` alone; whoever was named took, started, signed for and approved."""
        states = {edge.source for edge in getattr(Case, verb)._django_fsm.transitions.values()}
        in_state(case, min(states - {State.ASSIGNED}), reader)
        if verb in {"accept", "refuse"}:
            offered(case, to=reader)
        barred = bar(case, reader)
        one = VERBS[verb]
        with pytest.raises(NotFound):
            one.run(case.reference, actor=reader, at=NOON)
        refusal = one.closed(dossier_of(barred), actor=reader, at=NOON, given={})
        assert type(refusal) in {NamedInTheComplaint, WrongState, ApprovalMissing}, "out of turn is said first"
        client = at_desk(reader)
        sent = client.post(f"/api/v1/cases/{case.reference}/{verb}/", {}, content_type="application/json")
        assert sent.status_code in {400, 404}
        assert client.get(reverse("desk:verb", args=[case.reference, verb])).status_code == 404

    def test_the_queue_gives_it_to_somebody_else(self, case, handler, colleague):
        bar(case, handler)
        with pytest.raises(NothingToTake):
            taking.take_next(actor=handler, at=NOON)
        assert taking.take_next(actor=colleague, at=NOON) == case

    @pytest.mark.parametrize("verb", ["assign", "transfer"])
    def test_it_is_offered_to_nobody_whom_it_concerns(self, verb, owned, handler, lead, colleague):
        bar(owned, colleague)
        actor = lead if verb == "assign" else handler
        with pytest.raises(Invalid):
            getattr(ownership, verb)(owned.reference, actor=actor, at=NOON, to="colleague", reason="请接办")

    def test_an_offer_to_a_unit_goes_past_a_barred_lead_and_post(
        self, owned, handler, lead, receiver, branch, supervisor
    ):
        substitute = person("substitute", Role.DISPATCHER, branch)
        Unit.objects.filter(pk=branch.pk).update(substitute=substitute)
        bar(owned, lead, receiver)
        case = ownership.assign(owned.reference, actor=supervisor, at=NOON, unit="SH", team="一组")
        assert case.offered_to == substitute

    def test_the_first_owner_is_of_the_unit_above_when_its_post_is_barred(self, integration, receiver, institution):
        above = person("above", Role.DISPATCHER, institution)
        Unit.objects.filter(pk=institution.pk).update(receiver=above)
        case = taken(integration, named_staff=["receiver"])
        assert (case.owner, case.first_receiver) == (above, above)

    def test_a_round_that_begins_anew_finds_an_owner_whom_it_does_not_concern(self, decided, handler, lead, receiver):
        answering.notify(decided.reference, actor=handler, at=NOON, **TOLD)
        absent(handler, until=NOON + timedelta(days=9))
        bar(decided, receiver)
        case = closing.dispute(decided.reference, actor=lead, at=NOON, reason="金额不对")
        assert case.owner not in {handler, receiver}

    def test_an_approval_is_decided_by_somebody_else(self, owned, handler, lead, supervisor):
        ending.decline(owned.reference, actor=handler, at=NOON, **NOT_ENTITLED)
        bar(owned, lead)
        with pytest.raises(NotFound):
            approving.decide_approval(owned.reference, actor=lead, at=NOON, grant=True)
        case = approving.decide_approval(owned.reference, actor=supervisor, at=NOON, grant=True)
        assert case.approvals.get().decided_by == supervisor


def dossier_of(case: Case) -> Dossier:
    return Dossier(case)


class TestEveryList:
    @pytest.fixture
    def hidden(self, integration, reader) -> Case:
        """The reader owns it, is offered it and received it first; it is overdue, to be checked and to be approved."""
        case = in_state(taken(integration, customer=SAME, at=NOON - timedelta(days=40)), State.IN_PROGRESS, reader)
        Case.objects.filter(pk=case.pk).update(first_receiver=reader)
        return Case.objects.get(pk=case.pk)

    def test_it_is_in_none_of_them(self, hidden, reader, integration):
        other = taken(integration, customer=SAME)
        Link.objects.get_or_create(case=other, other=hidden, kind=Link.Kind.REPEAT_OF)
        assert hidden.reference in everywhere(reader, other), "else it could not vanish"
        bar(hidden, reader)
        assert hidden.reference not in everywhere(afresh(reader), other)

    @pytest.mark.parametrize("role", READERS)
    def test_no_role_opens_it_by_its_reference(self, role, case, branch, institution):
        somebody = person("somebody", role, institution)
        Case.objects.filter(pk=case.pk).update(owner=somebody, offered_to=somebody, offered_unit=branch)
        opens = reached(Case.objects.all(), case.reference, afresh(somebody)) is not None
        assert opens == rights_of(somebody).has("view")
        bar(case, somebody)
        somebody = afresh(somebody)
        assert reached(Case.objects.all(), case.reference, somebody) is None
        assert not Case.objects.reachable_by(somebody).exists() and not Case.objects.visible_to(somebody).exists()

    @pytest.mark.parametrize("tab", TABS, ids=lambda tab: tab.key)
    def test_no_tab_of_the_queue_has_it(self, tab, case, handler, reader, integration):
        lay_in(tab.key, case, reader, handler)
        assert case in tab.rows(reader, NOON), "else it could not vanish"
        bar(case, reader)
        assert case not in tab.rows(afresh(reader), NOON)

    def test_notices_of_before_lead_nowhere(self, case, reader):
        rows = feedback.notices("offer", to_user=reader, about=case.reference, context={}, at=NOON, key="before")
        feedback.notify_many(rows)
        page = at_desk(reader).get(reverse("desk:notices"))
        assert case.reference in page.content.decode()
        bar(case, reader)
        assert case.reference not in at_desk(reader).get(reverse("desk:notices")).content.decode()

    def test_what_they_were_told_before_counts_as_read_and_goes_out_by_no_mail(self, case, handler, supervisor):
        """Also what waits to be sent: a mail would tell them of it."""
        rows = feedback.notices("offer", to_user=handler, about=case.reference, context={}, at=NOON, key="before")
        feedback.notify_many(rows)
        assert Notice.objects.unread().filter(to_user=handler).count() == 1
        amending.amend(case.reference, actor=supervisor, at=NOON, reason="补充", named_staff=["handler"])
        assert not Notice.objects.unread().filter(to_user=handler).exists()
        assert not Notice.objects.due(NOON).filter(to_user=handler).exclude(channel="in_app").exists()

    def test_figures_of_deadlines_open_no_case_of_it(self, hidden, reader):
        at = NOON + timedelta(minutes=1)
        scope = scope_of(reader)
        assert hidden in windows(at)["overdue"].cases(reader, scope)
        assert sum(row["sum_overdue"] for row in counted_due(reader, scope, at)) == 1
        start, end = NOON - timedelta(days=60), NOON + timedelta(days=300)
        assert hidden in {clock.case for clock in Soonest(reader, end).first(upcoming(start, end), 50)}
        bar(hidden, reader)
        reader = afresh(reader)
        assert hidden not in windows(at)["overdue"].cases(reader, scope_of(reader))
        assert sum(row["sum_overdue"] for row in counted_due(reader, scope_of(reader), at)) == 0
        assert hidden not in {clock.case for clock in Soonest(reader, end).first(upcoming(start, end), 50)}


def everywhere(user: User, other: Case) -> str:
    """All that pages and the API show to somebody: lists, search, the tabs, what stands beside another case."""
    client = at_desk(user)
    shown = [client.get(f"{reverse('desk:queue')}?tab={tab.key}") for tab in TABS]
    shown += [client.get(reverse("desk:cases"), {"q": words}) for words in ("", SAID[:4], "13800138000")]
    shown += [
        client.get(reverse("desk:cases"), {"ordering": "next_due_at"}),
        client.get(reverse("desk:case", args=[other.reference])),
    ]
    shown += [client.get("/api/v1/cases/", given) for given in ({}, {"q": SAID[:4]}, {"ordering": "next_due_at"})]
    assert {answer.status_code for answer in shown} == {200}
    return "".join(answer.content.decode() for answer in shown)


def lay_in(key: str, case: Case, user: User, handler: User) -> None:
    """Bring the case where a tab of the user shows it."""
    columns = {
        "mine": {"owner": user},
        "offered": {"offered_to": user, "offered_unit": case.handling_unit},
        "team": {"team": Team.objects.get()},
        "waiting": {"owner": user, "state": State.WAITING_CUSTOMER},
        "check": {"owner": handler, "state": State.PENDING_APPROVAL},
        "watched": {"watchers": [user.pk]},
        "overdue": {"next_due_at": NOON - timedelta(days=1)},
        "unsigned": {"next_due_at": NOON - timedelta(days=1)},
    }
    if key == "unsigned":
        hour = {"started_at": NOON - timedelta(days=2), "due_at": NOON - timedelta(days=1)}
        case.clocks.filter(kind="sign_off").update(**hour)
    if key == "escalated":
        case.escalations.create(by=handler, to=user, at=NOON, event_sequence=1)
    if key == "sample":
        case.spot_checks.create(round=case.current_round, settler=User.system(), drawn_by=User.system(), drawn_at=NOON)
    if key == "groups":
        case.group_signs.create(complainants=5, found_at=NOON, event_sequence=1)
    if key == "approve":
        ownership.take_next(case.reference, actor=handler, at=NOON)
        ending.decline(case.reference, actor=handler, at=NOON, **NOT_ENTITLED)
    Case.objects.filter(pk=case.pk).update(**columns.get(key, {}))


class TestNobodyAsksThem:
    def test_upward_the_next_one_is_asked(self, case, lead, supervisor, branch):
        """F20: what is asked upward came back to who asked, or to whom it concerned."""
        asked = [Role.TEAM_LEAD, Role.SUPERVISOR]
        assert level_up(case, asked, at=NOON, verb="decide_approval") == lead
        assert level_up(bar(case, lead), asked, at=NOON, verb="decide_approval") == supervisor
        assert level_up(case, asked, at=NOON, verb="decide_approval", but_not={lead.pk, supervisor.pk}) is None

    def test_a_lead_who_asks_is_not_asked(self, case, lead, supervisor):
        """F20: the lead's own declining was asked of the lead, his escalation went to himself."""
        ownership.take_next(case.reference, actor=lead, at=NOON)
        ending.decline(case.reference, actor=lead, at=NOON, **NOT_ENTITLED)
        escalation.escalate(case.reference, actor=lead, at=NOON, reason="请督办")
        assert told(case, "approval_asked") == told(case, "escalation") == {"supervisor"}

    def test_a_lead_of_the_unit_above_decides_as_if_it_were_theirs(self, owned, handler, institution, other_branch):
        """F20: nobody above in the unit itself: the next unit up."""
        above = person("lead.above", Role.TEAM_LEAD, institution)
        person("lead.elsewhere", Role.TEAM_LEAD, other_branch)
        ending.decline(owned.reference, actor=handler, at=NOON, **NOT_ENTITLED)
        assert told(owned, "approval_asked") == {"lead.above"}
        case = approving.decide_approval(owned.reference, actor=above, at=NOON, grant=True)
        assert case.approvals.get().decided_by == above

    def test_at_the_root_consumer_protection_is_asked_whatever_the_roles(self, case, lead, institution):
        protection = person("protection", Role.CONSUMER_PROTECTION, institution)
        assert level_up(case, [Role.TEAM_LEAD], at=NOON, verb="decide_approval", but_not={lead.pk}) == protection
        assert level_up(bar(case, protection), [], at=NOON, verb="decide_approval") is None

    @pytest.mark.parametrize("level", ["owner", *Recipients.LEVELS])
    def test_no_rung_reaches_them(self, level, case, branch, team, lead, supervisor, institution, receiver):
        everybody = [lead, supervisor, receiver, person("protection", Role.CONSUMER_PROTECTION, institution)]
        for role in (Role.UNIT_HEAD, Role.DEPARTMENT_HEAD, Role.LINE_MANAGER):
            everybody.append(person(f"{role}", role, branch))
        Unit.objects.filter(pk=branch.pk).update(head=everybody[-3])
        Case.objects.filter(pk=case.pk).update(team=team)
        for _turn in everybody:
            chosen = Recipients([Case.objects.get(pk=case.pk)], at=NOON).of(level, Case.objects.get(pk=case.pk))
            if chosen.is_service:
                break  # the unmanned post: nobody is left
            assert chosen.pk not in Case.objects.get(pk=case.pk).barred
            bar(case, *User.objects.filter(pk__in=Case.objects.get(pk=case.pk).barred), chosen)

    def test_a_barred_first_receiver_is_replaced_by_the_post(self, decided, handler, lead, receiver, institution):
        above = person("above", Role.DISPATCHER, institution)
        Unit.objects.filter(pk=institution.pk).update(receiver=above)
        bar(decided, receiver)
        before = told(decided, "first_receiver")
        answering.notify(decided.reference, actor=handler, at=NOON, **TOLD)
        assert told(decided, "first_receiver") - before == {"above"}

    def test_whom_it_concerns_hears_nothing(self, case, receiver, handler):
        bar(case, receiver)
        escalation.chase(case.reference, actor=handler, at=NOON)
        assert told(case, "chase") == set()

    def test_no_right_of_theirs_is_found_upward(self, case, supervisor):
        assert who_may("escalate", case, at=NOON) == supervisor
        assert who_may("escalate", bar(case, supervisor), at=NOON) is None


class TestSecondPersons:
    def test_who_worked_in_an_earlier_round_does_not_check(self, decided, handler, lead, colleague, supervisor):
        """F21: only the round was looked at: the author of round 1 checked round 2."""
        answering.notify(decided.reference, actor=handler, at=NOON, **TOLD)
        closing.dispute(decided.reference, actor=lead, at=NOON, reason="金额不对")
        ownership.assign(decided.reference, actor=lead, at=NOON, to="colleague")
        ownership.accept(decided.reference, actor=colleague, at=NOON)
        handling.classify(decided.reference, actor=colleague, at=NOON, **CLASSIFIED)
        deciding.draft_decision(decided.reference, actor=colleague, at=NOON, **DECIDED)
        with pytest.raises(SecondPerson):
            deciding.approve_decision(decided.reference, actor=handler, at=NOON)
        assert deciding.approve_decision(decided.reference, actor=lead, at=NOON).state == State.DECIDED

    def test_the_owner_makes_no_follow_up_call(self, decided, handler, colleague):
        """F22: the owner called and scored themselves."""
        answering.notify(decided.reference, actor=handler, at=NOON, **TOLD)
        call = {"method": "PHONE", "result": "CONNECTED", "gist": "满意"}
        with pytest.raises(SecondPerson):
            satisfaction.follow_up(decided.reference, actor=handler, at=NOON, **call)
        satisfaction.follow_up(decided.reference, actor=colleague, at=NOON, **call)

    def test_who_bars_themselves_by_what_they_write_is_answered_once_more(self, owned, handler, supervisor):
        client = at_desk(supervisor)
        sent = {"reason": "更正", "named_staff": ["supervisor"]}
        address = f"/api/v1/cases/{owned.reference}/"
        answer = client.post(f"{address}amend/", sent, content_type="application/json")
        assert (answer.status_code, answer.json()["allowed_verbs"]) == (200, [])
        assert client.get(address).status_code == 404

    def test_at_the_desk_they_are_led_back_to_their_queue(self, owned, supervisor):
        sent = {"reason": "更正", "named_staff": "supervisor", "version": str(owned.version)}
        answer = at_desk(supervisor).post(reverse("desk:verb", args=[owned.reference, "amend"]), sent)
        assert (answer.status_code, answer["Location"]) == (302, reverse("desk:queue"))


def told(case: Case, kind: str) -> set[str]:
    rows = Notice.objects.filter(about=case.reference, kind=kind, to_user__isnull=False)
    return set(rows.values_list("to_user__username", flat=True))


def test_a_sub_branch_is_reached_by_nobody_barred_above_it(integration, branch, supervisor):
    """By the road of several units, too."""
    below = create_unit("SH-1", name="支行", kind=Unit.Kind.SUB_BRANCH, parent=branch)
    cases = [taken(integration) for _ in range(3)]
    Case.objects.filter(pk__in=[cases[0].pk, cases[1].pk]).update(handling_unit=below)
    bar(cases[1], supervisor)
    listed = at_desk(supervisor).get("/api/v1/cases/").json()["results"]
    assert {row["reference"] for row in listed} == {cases[0].reference, cases[2].reference}
