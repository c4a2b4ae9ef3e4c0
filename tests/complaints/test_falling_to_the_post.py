"""归岗: a case whose owner is barred, has left or has no role left for it falls to the post; or stands in an alarm."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from complaints.errors import NotAllowed
from complaints.locks import lock
from complaints.models import Case, Offer, Recheck, RoleChange, State
from complaints.services import taking
from complaints.services.escalating import fire_due
from complaints.services.rechecking import alarm, keep_people
from complaints.services.replaying import differences
from complaints.verbs import amending, closing, contacting, deciding, ending, handling, ownership
from complaints.verbs import recusal as naming
from feedback.models import Notice
from organization.models import Role, Team, Unit, User
from organization.rights import rights_of
from sqm_site.errors import DomainError, NotFound
from sqm_site.models import Heartbeat
from tests.cases import CLASSIFIED, DECIDED, NOT_ENTITLED, take_back, taken
from tests.people import NOON, absent, hold, person
from tests.processes import eventually

DAY = timedelta(days=1)
SOON = timedelta(hours=1)  # the triggers write the database's own time, which the tests of NOON are ahead of


def swept(at=None) -> dict[str, int]:
    """What is due by now, and by NOON: changes of roles carry the time of the database."""
    return keep_people(at=at or max(timezone.now(), NOON) + SOON)


def settled() -> None:
    """The people of the test are there: nothing waits."""
    swept()
    assert not Recheck.objects.exclude(alarms=[]).exists()


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def falls(case: Case) -> list:
    return list(case.events.filter(verb="fall_to_post").order_by("sequence"))


@pytest.fixture
def above(institution) -> User:
    """Holds the complaint post of the root."""
    user = person("above", Role.DISPATCHER, institution)
    Unit.objects.filter(pk=institution.pk).update(receiver=user)
    return user


@pytest.fixture
def protection(institution) -> User:
    return person("protection", Role.CONSUMER_PROTECTION, institution)


class TestInTheSameAct:
    def test_an_owner_who_is_confirmed_as_the_named_loses_it_at_once(self, integration, handler, receiver, supervisor):
        """F19: and signs nothing: the post does, by a clock of its own; the state stays."""
        case = taken(integration, named_staff=["姓王的"])
        taking.take_next(actor=handler, at=NOON)
        case = naming.confirm_named(case.reference, actor=supervisor, at=NOON, person="handler")
        assert (case.owner, case.state) == (receiver, State.IN_PROGRESS)
        (event,) = falls(case)
        assert event.actor == User.system()
        assert (event.before, event.after, event.details["from"]) == ("in_progress", "in_progress", handler.pk)
        clock = case.clocks.get(kind="sign_off", stopped_at=None)
        assert (clock.subject, clock.started_at) == (f"event:{event.sequence}", NOON)
        assert Notice.objects.filter(to_user=receiver, about=case.reference, kind="offer").exists()
        assert [*differences(fresh(case))] == []

    def test_working_on_it_is_signing_for_it(self, owned, handler, receiver, supervisor):
        amending.amend(owned.reference, actor=supervisor, at=NOON, reason="补充", named_staff=["handler"])
        hold(receiver, Role.HANDLER, owned.handling_unit)
        receiver = User.objects.get(pk=receiver.pk)
        contact = {"method": "PHONE", "result": "CONNECTED", "gist": "核实"}
        case = contacting.log_contact(owned.reference, actor=receiver, at=NOON, **contact)
        assert not case.clocks.filter(kind="sign_off", stopped_at=None).exists()
        assert [*differences(fresh(case))] == []

    def test_a_post_that_is_barred_too_or_away_is_passed_over(self, owned, receiver, branch, above, supervisor):
        substitute = person("substitute", Role.DISPATCHER, branch)
        Unit.objects.filter(pk=branch.pk).update(substitute=substitute)
        absent(substitute, until=NOON + DAY)
        named = {"named_staff": ["handler", "receiver"]}
        case = amending.amend(owned.reference, actor=supervisor, at=NOON, reason="补充", **named)
        assert case.owner == above

    def test_a_post_without_a_role_for_cases_is_passed_over(self, owned, receiver, above, supervisor):
        receiver.memberships.update(role=Role.QUALITY_ANALYST)
        case = amending.amend(owned.reference, actor=supervisor, at=NOON, reason="补充", named_staff=["handler"])
        assert case.owner == above

    def test_at_the_root_consumer_protection_gets_it(self, owned, receiver, protection, supervisor):
        named = {"named_staff": ["handler", "receiver"]}
        case = amending.amend(owned.reference, actor=supervisor, at=NOON, reason="补充", **named)
        assert case.owner == protection

    def test_a_tip_off_falls_to_discipline(self, integration, institution, protection, receiver):
        first, second = (person(name, Role.DISCIPLINE, institution) for name in ("first", "second"))
        case = taken(integration, nature="tip_off")
        owner, other = (first, second) if case.owner == first else (second, first)
        by = User.objects.get(pk=other.pk)
        case = amending.amend(case.reference, actor=by, at=NOON, reason="补充", named_staff=[owner.username])
        assert case.owner == other

    def test_an_offer_to_whom_it_concerns_goes_to_the_post_and_back_to_where_it_came_from(
        self, case, dispatcher, handler, receiver, branch, supervisor
    ):
        substitute = person("substitute", Role.DISPATCHER, branch)
        Unit.objects.filter(pk=branch.pk).update(substitute=substitute)
        ownership.assign(case.reference, actor=dispatcher, at=NOON, to="handler")
        case = amending.amend(case.reference, actor=supervisor, at=NOON, reason="补充", named_staff=["handler"])
        assert (case.state, case.offered_to, case.owner) == (State.ASSIGNED, receiver, receiver)
        outcomes = list(Offer.objects.filter(case=case).order_by("number").values_list("outcome", "from_state"))
        assert outcomes == [("superseded", "received"), ("", "received")]
        assert [*differences(fresh(case))] == []
        assert ownership.refuse(case.reference, actor=receiver, at=NOON, reason="重新分派").state == State.RECEIVED

    def test_an_ended_case_falls_nowhere_and_a_reopened_one_does(self, decided, handler, lead, receiver, supervisor):
        take_back(decided, actor=handler, second=supervisor)
        case = amending.amend(decided.reference, actor=supervisor, at=NOON, reason="补充", named_staff=["handler"])
        assert (case.owner, falls(case)) == (handler, [])
        Case.objects.filter(pk=case.pk).update(barred=[])  # as of one that was laid down as a finished fact
        case = closing.reopen(case.reference, actor=supervisor, at=NOON, reason="有误")
        assert (case.owner, len(falls(case))) == (receiver, 1)


ENDS = {
    "leaves": lambda user: User.objects.filter(pk=user.pk).update(is_active=False),
    "loses the role": lambda user: user.memberships.all().delete(),
    "gets another one": lambda user: user.memberships.update(role=Role.QUALITY_ANALYST),
    "role ends today": lambda user: user.memberships.update(valid_until=timezone.localdate() - DAY),
}


class TestBySweep:
    @pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
    def test_an_owner_whose_last_role_is_gone_has_it_no_longer(self, end, owned, handler, receiver):
        settled()
        end(handler)
        assert swept()["fallen"] == 1
        case = fresh(owned)
        assert (case.owner, case.state, len(falls(case))) == (receiver, State.IN_PROGRESS, 1)
        assert [*differences(case)] == []
        assert swept().get("fallen", 0) == 0, "once"
        assert not RoleChange.objects.filter(due_at__lte=timezone.now()).exists() and not Recheck.objects.exists()

    def test_a_role_that_ends_by_date_ends_the_ownership_on_the_day_after(self, owned, handler, receiver):
        """The row waits since the date was entered: nobody looks for it meanwhile."""
        settled()
        last = timezone.localdate() + 3 * DAY
        handler.memberships.update(valid_until=last)
        swept()
        assert fresh(owned).owner == handler
        (change,) = RoleChange.objects.filter(user_id=handler.pk, due_at__gt=timezone.now() + DAY)
        assert timezone.localtime(change.due_at).date() == last + DAY
        assert timezone.localtime(change.due_at).hour == 0
        swept(at=change.due_at - timedelta(seconds=1))
        assert fresh(owned).owner == handler
        swept(at=change.due_at)
        assert fresh(owned).owner == receiver

    def test_one_of_two_roles_that_is_left_is_enough(self, owned, handler, branch):
        settled()
        hold(handler, Role.DISPATCHER, branch)
        handler.memberships.filter(role=Role.HANDLER).delete()
        swept()
        assert fresh(owned).owner == handler

    def test_an_offer_to_somebody_who_left_goes_to_the_post(self, case, dispatcher, handler, receiver):
        ownership.assign(case.reference, actor=dispatcher, at=NOON, to="handler")
        settled()
        ENDS["leaves"](handler)
        swept()
        assert (fresh(case).state, fresh(case).offered_to) == (State.ASSIGNED, receiver)

    def test_a_new_superior_is_barred_and_the_former_one_is_not(self, integration, team, branch, lead):
        """By the lead of the team, by the head of the unit, and by a change of the person's own team."""
        clerk = person("clerk", Role.HANDLER, branch, team)
        case = taken(integration, named_staff=["clerk"])
        settled()
        assert set(fresh(case).barred) == {clerk.pk, lead.pk}
        other = person("other", Role.TEAM_LEAD, branch, team)
        Team.objects.filter(pk=team.pk).update(lead=other)
        swept()
        assert set(fresh(case).barred) == {clerk.pk, other.pk}
        assert case.events.latest("sequence").verb == "recuse"
        clerk.memberships.update(team=None)
        Unit.objects.filter(pk=branch.pk).update(head=lead)
        swept()
        assert set(fresh(case).barred) == {clerk.pk, lead.pk}
        assert [*differences(fresh(case))] == []

    def test_who_joins_the_unit_complained_of_is_barred_and_who_leaves_it_is_not(self, integration, branch, above):
        case = taken(integration, reason="C01")
        amending.amend(case.reference, actor=boss(branch.parent), at=NOON, reason="网点", complained_unit=branch.code)
        settled()
        newcomer = person("newcomer", Role.HANDLER, branch)
        swept()
        assert newcomer.pk in fresh(case).barred
        newcomer.memberships.all().delete()
        swept()
        assert newcomer.pk not in fresh(case).barred

    def test_a_sweep_with_nothing_to_do_asks_twice_and_beats(self, case):
        settled()
        with CaptureQueriesContext(connection) as seen:
            keep_people(at=timezone.now())
        assert len([row for row in seen if row["sql"].startswith("SELECT")]) == 2
        assert {"hear of roles", "keep people"} <= set(Heartbeat.objects.values_list("name", flat=True))

    def test_a_case_that_cannot_be_looked_at_stops_none_of_the_others(self, integration, handler, receiver):
        cases = [ownership.take_next(taken(integration).reference, actor=handler, at=NOON) for _ in range(3)]
        settled()
        ENDS["leaves"](handler)
        broken = cases[1]
        with connection.cursor() as cursor:
            cursor.execute(
                f"CREATE FUNCTION refuse_one() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                f" IF NEW.id = {broken.pk} THEN RAISE EXCEPTION 'broken'; END IF; RETURN NEW; END $$"
            )
            cursor.execute(
                "CREATE TRIGGER refuse_one BEFORE UPDATE ON complaints_case FOR EACH ROW EXECUTE FUNCTION refuse_one()"
            )
        swept()
        assert [fresh(one).owner for one in cases] == [receiver, handler, receiver]
        assert Heartbeat.objects.get(name="keep people").isolated


def boss(unit: Unit) -> User:
    return person("boss", Role.SUPERVISOR, unit)


class TestNobodyLeft:
    @pytest.fixture
    def stranded(self, owned, receiver, supervisor) -> Case:
        """Its owner and the only post are named; nobody else is there."""
        named = {"named_staff": ["handler", "receiver"]}
        return amending.amend(owned.reference, actor=supervisor, at=NOON, reason="补充", **named)

    def test_it_keeps_its_owner_hidden_from_them_and_is_an_alarm(self, stranded, handler, client):
        assert (stranded.owner, falls(stranded)) == (handler, [])
        with pytest.raises(NotFound):
            handling.note(stranded.reference, actor=handler, at=NOON, text="还是我")
        swept()
        assert alarm() == f"nobody may handle: {stranded.reference}"
        answer = Client().get("/readyz").json()
        assert (answer["status"], answer["checks"]["people"]) == ("degraded", alarm())

    def test_who_comes_gets_it_within_a_minute(self, stranded, institution):
        at = timezone.now() + SOON
        swept(at)
        protection = person("protection", Role.CONSUMER_PROTECTION, institution)
        swept(at + timedelta(minutes=1))
        assert (fresh(stranded).owner, alarm()) == (protection, "ready")
        assert not Recheck.objects.exists()

    def test_one_that_comes_in_so_is_owned_by_the_unmanned_post_until_somebody_comes(
        self, integration, receiver, institution
    ):
        case = taken(integration, named_staff=["receiver"])
        assert case.owner.is_service
        at = timezone.now() + SOON
        swept(at)
        assert alarm() == f"nobody may handle: {case.reference}"
        protection = person("protection", Role.CONSUMER_PROTECTION, institution)
        swept(at + timedelta(minutes=1))
        assert (fresh(case).owner, alarm()) == (protection, "ready")

    def test_its_rungs_go_to_somebody_else(self, stranded, handler, receiver):
        fire_due(at=NOON + 20 * DAY)
        assert not {handler.pk, receiver.pk} & set(stranded.firings.values_list("recipient_id", flat=True))

    def test_a_draft_that_nobody_may_check_is_named(self, owned, handler, branch):
        """F20: what nobody could be asked for was asked of the post, or of who asked; now it is an alarm."""
        handling.classify(owned.reference, actor=handler, at=NOON, **CLASSIFIED)
        case = deciding.draft_decision(owned.reference, actor=handler, at=NOON, **DECIDED)
        swept()
        assert alarm() == f"nobody may check: {case.reference}"
        checker = person("checker", Role.APPROVER, branch)
        swept(timezone.now() + 2 * SOON)
        assert alarm() == "ready"
        assert deciding.approve_decision(case.reference, actor=checker, at=NOON).state == State.DECIDED

    def test_what_is_asked_for_and_nobody_may_decide_is_named(self, owned, handler, branch):
        """F20: the declining of a case that only its asker could decide."""
        swept()
        assert not Recheck.objects.filter(case_id=owned.pk).exists()
        ending.decline(owned.reference, actor=handler, at=timezone.now(), **NOT_ENTITLED)
        swept()
        assert alarm() == f"nobody may check: {owned.reference}"
        person("decider", Role.APPROVER, branch)
        swept(timezone.now() + 2 * SOON)
        assert alarm() == "ready"


def somebody_waits() -> bool:
    """Whether another connection waits for a row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone() != (0,)


@pytest.mark.django_db(transaction=True)
class TestMeanwhile:
    @pytest.mark.parametrize("how", ["role ends", "is named"])
    def test_an_owner_who_acts_at_the_same_moment_acts_before_or_not_at_all(self, how, owned, handler, receiver):
        """The owner waits for the row, and what has become of it meanwhile counts."""
        swept()
        as_before = rights_of(handler)
        found: list[object] = []
        contact = {"method": "PHONE", "result": "CONNECTED", "gist": "核实"}

        def act() -> None:
            user = User.objects.get(pk=handler.pk)
            user.read_rights = as_before  # read as the request began
            try:
                found.append(contacting.log_contact(owned.reference, actor=user, at=NOON, **contact))
            except DomainError as error:
                found.append(error)
            finally:
                connection.close()

        with transaction.atomic():
            lock(owned.reference, User.system())
            thread = threading.Thread(target=act)
            thread.start()
            eventually(somebody_waits)
            if how == "role ends":
                handler.memberships.all().delete()
                swept()
            else:
                named = {"reason": "补充", "named_staff": ["handler"]}
                amending.amend.within(fresh(owned), actor=User.system(), at=NOON, **named)
        thread.join(20)
        assert [type(one) for one in found] == [NotAllowed if how == "role ends" else NotFound]
        assert fresh(owned).owner == receiver

    def test_a_case_in_other_hands_is_left_and_falls_at_the_next_tick(self, owned, handler, receiver):
        swept()
        ENDS["leaves"](handler)
        begun, ended = threading.Event(), threading.Event()

        def hold_it() -> None:
            with transaction.atomic():
                lock(owned.reference, User.system())
                begun.set()
                ended.wait(20)
            connection.close()

        thread = threading.Thread(target=hold_it)
        thread.start()
        assert begun.wait(20)
        swept()
        assert (fresh(owned).owner, Recheck.objects.count()) == (handler, 1)
        ended.set()
        thread.join(20)
        swept()
        assert (fresh(owned).owner, Recheck.objects.count()) == (receiver, 0)
