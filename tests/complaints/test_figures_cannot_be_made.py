"""Who is measured cannot make the measure: each trick of the table is refused, or counts against its author."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from complaints.errors import GateNotMet, NotAllowed, SecondPerson
from complaints.models import Case, State
from complaints.services import escalating
from complaints.verbs import VERBS, approving, closing, ending, ownership
from organization.models import ApiClient, User
from quality import cells, figures
from quality.figures import added, sums_of
from quality.kpis import Kpi
from quality.scope import scope_of
from quality.series import nothing
from sqm_site.errors import DomainError
from tests.cases import CALLED, CLASSIFIED, TAKEN_BACK, TOLD, taken
from tests.complaints.outcomes import DAY, YEAR, due_fifteen_days_after_receipt
from tests.complaints.positions import POSITIONS, at, who
from tests.complaints.tricks import HOUR, TRICKS, WAYS, Trick
from tests.people import NOON

LATER = NOON + 16 * DAY


def of(*rows: str) -> pytest.MarkDecorator:
    """The tricks of some rows."""
    return pytest.mark.parametrize(
        "trick", [pytest.param(one, id=name) for name, one in TRICKS.items() if one.rows in rows]
    )


@pytest.fixture
def tried(house, monkeypatch):
    """Lead a case to the position of a trick, and try it."""

    def of_trick(trick: Trick) -> None:
        for position, way in WAYS.items():
            monkeypatch.setitem(POSITIONS, position, ({}, way))
        case = at(house, trick.position)
        *before, last = trick.acts
        for one in before:
            attempt(case, one)
        trick.outcome(Case.objects.get(pk=case.pk), lambda: attempt(case, last))

    return of_trick


def attempt(case: Case, act: tuple[str, dict[str, Any], timedelta]) -> Case:
    name, given, after = act
    return VERBS[name](case.reference, actor=who("handler"), at=NOON + after, **VERBS[name].form.read(given))


@of("N24")
def test_promising(trick, tried):
    """承诺: who promised it does not say alone that it was kept, nor is it put off or forgotten."""
    tried(trick)


@of("help")
def test_asking_for_help(trick, tried):
    """协办: nobody asks or answers themselves, nor by it has more time."""
    tried(trick)


@of("F1", "F26")
def test_telling(trick, tried):
    """F1: a breach was wiped by an earlier time of telling. F26: a telling without evidence was one."""
    tried(trick)


@of("F3", "F4", "F5")
def test_settling(trick, tried):
    """F3: after a check, in round 2 and on day 14. F4: without consent. F5: the limit stood on the disputed amount."""
    tried(trick)


@of("F6", "F17", "F18")
def test_ending_and_coming_back(trick, tried):
    """F6: each return began fifteen new days. F17: declined on grounds no law knows. F18: withdrawn by one alone."""
    tried(trick)


@of("F15", "F16", "F23")
def test_weighing(trick, tried):
    """F15: the receipt could not be corrected. F16: nor the nature. F23: the owner lowered the level alone."""
    tried(trick)


@of("F8", "F9", "F10", "F11", "F22")
def test_asking_the_customer(trick, tried):
    """F8 F9 F10 F11 F22: rejected and filed, written over, not asked, waived alone, called by whom it measures."""
    tried(trick)


@of("F38")
def test_first_contact(trick, tried):
    """F38: an acknowledgement, and the customer's own call, counted as ours."""
    tried(trick)


@of("N2")
def test_extending(trick, tried):
    """N2: an extension without approval or telling moves nothing, nor does one past the last day of the law."""
    tried(trick)


@of("N11")
def test_reviewing(trick, tried):
    """N11: a review wins no time, comes in no later than the law has it, and is not made by whom it is about."""
    tried(trick)


@of("N10")
def test_giving_redress(trick, tried):
    """N10: more than one may give alone, in one sum or in parts; paid, or taken back, by whoever promised it."""
    tried(trick)


def test_every_trick_is_tried():
    tried = "R13 N2 N10 N11 F1 F3 F4 F5 F6 F8 F9 F10 F11 F15 F16 F17 F18 F22 F23 F24 F26 F32 F38 help N24"
    assert {trick.rows for trick in TRICKS.values()} == set(tried.split())


def test_a_case_withdrawn_and_reopened_keeps_its_deadline(house: ApiClient):
    """F6: withdrawn on day 14 and reopened an hour later, a case had fifteen new days, and asked nobody."""
    case = at(house, "in progress")
    ending.withdraw(case.reference, actor=who("handler"), at=NOON + 14 * DAY, **TAKEN_BACK)
    approving.decide_approval(case.reference, actor=who("lead"), at=NOON + 14 * DAY, grant=True)
    closing.reopen(case.reference, actor=who("lead"), at=NOON + 14 * DAY + HOUR, reason="客户反悔")
    case = Case.objects.get(pk=case.pk)
    assert case.round == 2 and due_fifteen_days_after_receipt(case)
    escalating.fire_due(at=LATER)
    assert case.clocks.get(round__number=2, kind="decision").breached_at is not None


def test_a_case_reopened_after_its_deadline_is_late_at_once(house: ApiClient):
    """F6"""
    case = at(house, "declined")
    closing.reopen(case.reference, actor=who("lead"), at=LATER, reason="有授权书")
    escalating.fire_due(at=LATER)
    clock = Case.objects.get(pk=case.pk).current_round.clocks.get(kind="decision")
    assert (clock.due_at.date(), clock.breached_at is not None) == ((NOON + 15 * DAY).date(), True)


def test_what_was_no_complaint_has_its_deadline_from_receipt(house: ApiClient):
    """F16: what a channel sent as an enquiry had no deadline of the law for ever; there and back, it is the old one."""
    case = at(house, "received, an enquiry")
    reclassify = VERBS["reclassify"]
    reclassify(case.reference, actor=who("supervisor"), at=NOON + 3 * DAY, nature="complaint", reason="要求赔偿")
    case = Case.objects.get(pk=case.pk)
    assert due_fifteen_days_after_receipt(case)
    reclassify(case.reference, actor=who("supervisor"), at=NOON + 4 * DAY, nature="enquiry", reason="只是咨询")
    approving.decide_approval(case.reference, actor=who("lead"), at=NOON + 4 * DAY, grant=True)
    case = Case.objects.get(pk=case.pk)
    assert not case.clocks.filter(basis="statutory", stopped_at=None).exists()
    reclassify(case.reference, actor=who("supervisor"), at=NOON + 5 * DAY, nature="complaint", reason="仍要求赔偿")
    assert due_fifteen_days_after_receipt(Case.objects.get(pk=case.pk))


def test_a_decided_enquiry_that_is_a_complaint_is_worked_on_again(house: ApiClient):
    """F16"""
    case = at(house, "told")
    Case.objects.filter(pk=case.pk).update(nature="enquiry")
    case = VERBS["reclassify"](case.reference, actor=who("lead"), at=NOON, nature="complaint", reason="不满答复")
    assert (case.state, case.round, case.nature) == (State.IN_PROGRESS, 2, "complaint")


def test_new_material_counts_the_time_anew_once_a_second_person_agreed(house: ApiClient):
    """F6: the only way to a later deadline: new facts within the period, seen by a second person, and told."""
    case = at(house, "in progress")
    restart, asked_for = VERBS["restart"], {"material": "M-00001", "reason": "客户补交了新的凭证"}
    restart(case.reference, actor=who("handler"), at=NOON + 2 * DAY, **asked_for)
    approving.decide_approval(case.reference, actor=who("lead"), at=NOON + 2 * DAY, grant=True)
    assert due_fifteen_days_after_receipt(Case.objects.get(pk=case.pk))
    told = {**TOLD, "text": "期限自收到新材料之日起重新计算"}
    case = restart(case.reference, actor=who("handler"), at=NOON + 2 * DAY, **told)
    (move,) = case.clocks.get(kind="decision").moves.all()
    assert (move.cause, move.now.date()) == ("restart", (NOON + 17 * DAY).date())
    with pytest.raises(DomainError):  # the grant is used up, and nothing new was named
        restart(case.reference, actor=who("handler"), at=NOON + 2 * DAY, **told)


def test_a_call_that_reached_nobody_brings_no_answer(house: ApiClient):
    """F10: the customer counts as asked where a message was left or somebody spoke with them."""
    case = at(house, "told")
    missed = {**CALLED, "result": "NO_ANSWER"}
    with pytest.raises(DomainError, match="未联系上"):
        VERBS["follow_up"](case.reference, actor=who("lead"), at=NOON, **missed, satisfaction="satisfied")
    VERBS["follow_up"](case.reference, actor=who("lead"), at=NOON, **missed, satisfaction="not_obtained")
    assert not Case.objects.get(pk=case.pk).current_round.satisfaction_asked


def test_who_handed_the_case_on_still_does_not_ask_how_it_was_answered(house: ApiClient):
    """F22"""
    case = at(house, "told")
    ownership.transfer(case.reference, actor=who("handler"), at=NOON, to="colleague", reason="换人回访")
    ownership.accept(case.reference, actor=who("colleague"), at=NOON)
    for one in ("handler", "colleague"):
        with pytest.raises(SecondPerson):
            VERBS["follow_up"](case.reference, actor=who(one), at=NOON, **CALLED)


def test_a_corrected_receipt_moves_what_counts_from_it(house: ApiClient):
    """F15: a letter of Friday that was typed on Monday was due three days late, and nobody could mend it."""
    case = at(house, "in progress")
    friday = NOON - 3 * DAY
    given = {"received_at": friday, "evidence": "EMS-20261120", "reason": "邮戳为周五"}
    VERBS["amend"](case.reference, actor=who("handler"), at=NOON, **given)
    approving.decide_approval(case.reference, actor=who("lead"), at=NOON, grant=True)
    case = Case.objects.get(pk=case.pk)
    clock = case.clocks.get(kind="decision")
    assert (case.received_at, clock.due_at.date()) == (friday, (friday + 15 * DAY).date())
    assert [move.cause for move in clock.moves.all()] == ["correction"]
    assert set(case.words.values_list("received_at", flat=True)) == {friday}


def again(house: ApiClient, case: Case, *, since: datetime = NOON) -> Case:
    """The customer of a case raises something once more."""
    customer = {"customer_no": "K-twice", "name": "测试客户", "phone": "13800138000"}
    other = taken(house, customer=customer, at=since)
    Case.objects.filter(pk=case.pk).update(customer=other.customer)
    return other


def figure(key: str) -> tuple[int, int | None]:
    cells.refresh_all()
    kpi = Kpi.registry[key]
    rows = figures.read(scope_of(User.system()), [kpi], YEAR, today=YEAR.end)
    counted = kpi.figure(sums_of(added([nothing(kpi), *rows])))
    return counted.numerator, counted.denominator


def merge(case: Case, into: Case, *, by: str, at_: datetime) -> Case:
    given = {"into": into.reference, "reason": "同一事项"}
    return VERBS["merge"](case.reference, actor=who(by), at=at_, **given)


def test_whoever_is_measured_merges_nothing_alone(house: ApiClient):
    """N6: a hard case into an easy one, one that will be late, one whose customer is angry: a second person sees it."""
    case = at(house, "in progress")
    other = again(house, case)
    with pytest.raises(NotAllowed):
        merge(case, other, by="handler", at_=NOON)
    VERBS["classify"](case.reference, actor=who("lead"), at=NOON, **CLASSIFIED)
    for one, into in ((case, other), (other, case)):
        assert merge(one, into, by="lead", at_=NOON).state != State.MERGED
        with pytest.raises(DomainError):
            approving.decide_approval(one.reference, actor=who("lead"), at=NOON, grant=True)


def test_what_is_late_is_not_merged_away(house: ApiClient):
    """N6: it stays late in the figures, and is asked for even by somebody without a part; so is an older one."""
    case = at(house, "received")
    other = again(house, case, since=NOON + 2 * DAY)
    assert merge(case, other, by="supervisor", at_=LATER).state == State.RECEIVED
    approving.decide_approval(case.reference, actor=who("lead"), at=LATER, grant=True)
    assert Case.objects.get(pk=case.pk).state == State.MERGED
    assert figure("on_time_rate") == (0, 2)  # the other one is due when this one was
    assert figure("complaint_volume") == (2, None)
    assert figure("resolution_rate")[1] == 0


def test_a_merged_complaint_is_neither_settled_nor_content(house: ApiClient):
    """N6: it came in, and one customer is told once: nothing better comes of it."""
    case = at(house, "told")
    counted = {key: figure(key) for key in ("satisfaction", "resolution_rate", "on_time_rate")}
    first, second = again(house, case), again(house, case)
    merge(second, first, by="supervisor", at_=NOON)
    volume, _none = figure("complaint_volume")
    assert volume == 3
    assert {key: figure(key) for key in ("satisfaction", "resolution_rate")} == {
        key: counted[key] for key in ("satisfaction", "resolution_rate")
    }


def test_taken_apart_after_the_telling_it_is_a_second_persons_word(house: ApiClient):
    """N6: the deadline of the other one goes back, which may make it in time; who asked for it does not decide it."""
    case = at(house, "received")
    other = again(house, case, since=NOON + 2 * DAY)
    assert merge(case, other, by="supervisor", at_=NOON + 2 * DAY).state == State.RECEIVED
    approving.decide_approval(case.reference, actor=who("lead"), at=NOON + 2 * DAY, grant=True)
    undone = VERBS["unmerge"](case.reference, actor=who("supervisor"), at=LATER, reason="两件事")
    assert undone.state == State.MERGED and undone.approvals.filter(status="asked").count() == 1


def test_nobody_transfers_to_whoever_has_it_and_begins_the_hour_of_signing_anew(house):
    case = at(house, "in progress, classified")
    for name in ("handler", "supervisor"):
        with pytest.raises(GateNotMet, match="承办"):
            ownership.transfer(case.reference, actor=who(name), at=NOON, to="handler", reason="再签收一次")
