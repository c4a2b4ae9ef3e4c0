"""Two at once around a merger: cases are locked in the order of their keys, and one of two is told why not."""

from functools import partial
from typing import Any

from complaints.api.intake import FeedbackInput, incoming
from complaints.models import Case, Link
from complaints.services.intake import take_in
from complaints.verbs import approving, ending, handling, linking, merging
from organization.models import Role, User
from tests.cases import CLASSIFIED, TAKEN_BACK, body, taken
from tests.complaints.mergers import APART, SAME, WHO, fresh, whole
from tests.complaints.test_races import at_once, house, is_refusal  # noqa: F401
from tests.nights import either
from tests.people import NOON, person


def two(house: Any) -> tuple[Case, Case, User]:  # noqa: F811
    """Two cases of one customer, and somebody who had no part in either."""
    chief = User.objects.filter(username="chief").first() or person("chief", Role.SUPERVISOR, house.unit.parent)
    number = {**WHO, "customer_no": f"K{Case.objects.count()}"}
    return taken(house, customer=number), taken(house, customer=number), chief


def merge(case: Case, into: Case, by: User) -> Case:
    return merging.merge(case.reference, actor=by, at=NOON, into=into.reference, **SAME)


def said(house: Any, case: Case) -> Case | None:  # noqa: F811
    sent = FeedbackInput.read(body(case=case.reference, text="还没人联系我"))
    return take_in(incoming(sent, house, at=NOON), at=NOON).case


def test_of_two_that_merge_each_into_the_other_one_wins(house):  # noqa: F811
    """F17, D23"""
    for _time in either(day=range(5), night=range(100)):
        one, other, chief = two(house)
        outcomes = at_once(partial(merge, one, other, chief), partial(merge, other, one, chief))
        assert sorted(map(is_refusal, outcomes)) == [False, True]
        (refusal,) = [outcome for outcome in outcomes if is_refusal(outcome)]
        assert refusal.status_code == 409
        assert sorted([fresh(one).state, fresh(other).state]) == ["merged", "received"]
        assert Link.objects.merged().filter(case__in=[one, other]).count() == 1
        whole(one, other)


def test_a_message_finds_the_case_however_it_meets_the_merger(house):  # noqa: F811
    for _time in either(day=range(3), night=range(50)):
        one, other, chief = two(house)
        joined, _merged = at_once(partial(said, house, one), partial(merge, one, other, chief))
        assert joined in {one, other} and not is_refusal(_merged)
        if joined == one:  # it came first, and is in the case that was merged then
            assert fresh(one).messages.count() == 2
        whole(one, other)


def test_a_message_and_the_undoing_take_turns(house):  # noqa: F811
    for _time in either(day=range(3), night=range(50)):
        one, other, chief = two(house)
        merge(one, other, chief)
        undo = partial(merging.unmerge, one.reference, actor=chief, at=NOON, **APART)
        joined, undone = at_once(partial(said, house, one), undo)
        assert joined in {one, other} and not is_refusal(undone)
        assert fresh(one).state == "received"
        whole(one, other)


def test_what_ends_meanwhile_takes_nothing_in(house):  # noqa: F811
    for _time in either(day=range(3), night=range(50)):
        one, other, chief = two(house)
        end = partial(ending.withdraw, other.reference, actor=User.system(), at=NOON, **TAKEN_BACK)
        merged, ended = at_once(partial(merge, one, other, chief), end)
        assert not is_refusal(ended)
        assert fresh(one).state == ("received" if is_refusal(merged) else "merged")
        whole(one, other)


def test_two_grants_of_opposite_mergers(house):  # noqa: F811
    """Asked for by somebody with a part in both, and granted at once."""
    for _time in either(day=range(3), night=range(50)):
        one, other, chief = two(house)
        boss = User.objects.filter(username="boss").first() or person("boss", Role.SUPERVISOR, house.unit.parent)
        for case, into in ((one, other), (other, one)):
            handling.classify(case.reference, actor=boss, at=NOON, **CLASSIFIED)
            assert merge(case, into, boss).state == "received"
        grants = [
            partial(approving.decide_approval, case.reference, actor=chief, at=NOON, grant=True)
            for case in (one, other)
        ]
        outcomes = at_once(*grants)
        assert sorted(map(is_refusal, outcomes)) == [False, True]
        whole(one, other)


def test_one_pair_is_linked_once(house):  # noqa: F811
    for _time in either(day=range(3), night=range(50)):
        one, other, chief = two(house)
        said_twice = [
            partial(linking.link, case.reference, actor=chief, at=NOON, other=there.reference, kind="related")
            for case, there in ((one, other), (other, one))
        ]
        assert sorted(map(is_refusal, at_once(*said_twice))) == [False, True]
        whole(one, other)
