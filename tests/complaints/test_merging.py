"""合并: one matter in two cases is handled in one, no later than either was due; taken apart, both are as before."""

import pytest

from complaints.desk import queue
from complaints.errors import NotAllowed
from complaints.models import DeadlineMove
from complaints.services.escalating import fire_due
from complaints.verbs import approving, grading, handling, ownership
from feedback.models import Notice
from organization.models import Role
from sla.services import restate
from tests.cases import CLASSIFIED, taken
from tests.complaints.mergers import (
    DAY,
    HOUR,
    POSITIONS,
    WHO,
    apart,
    chief,
    due,
    fresh,
    merge,
    merged,
    newer,
    older,
    staff,
    walked,
    whole,
    without,
)
from tests.people import NOON, person
from tests.wholes import state_of

__all__ = ["chief", "newer", "older", "staff"]


def test_a_repeat_is_handled_in_the_first_case(older, newer, supervisor, receiver):
    case = merge(newer, older, by=supervisor)

    assert (case.state, case.close_reason, case.current_round.ended_as) == ("merged", "MERGED", "merged")
    assert (case.merged.other, case.merged.from_state) == (older, "received")
    assert case.next_due_at is None and not case.clocks.filter(stopped_at=None).exists()
    assert due(older) == (older.promised_due_at)
    assert [event.verb for event in older.events.order_by("sequence")] == ["take_in", "absorb"]
    told = Notice.objects.filter(to_user=receiver, kind__in=["merged", "absorbed"])
    assert {(one.about, one.kind) for one in told} == {(newer.reference, "merged"), (older.reference, "absorbed")}
    whole(older, newer)


def test_what_rests_was_neither_met_nor_missed(client, older, newer, supervisor):
    """The page and the API of a merged case said that its deadlines had been met."""
    case = merge(newer, older, by=supervisor)
    client.force_login(supervisor, backend="organization.backends.RoleBackend")
    told = client.get(f"/api/v1/cases/{case.reference}/clocks/").json()
    assert {row["state"] for row in told} == {"resting"}
    shown = client.get(f"/desk/cases/{case.reference}/", headers={"Accept-Language": "en"}).context["clocks"]
    assert {one.left.text for one in shown} == {"Rests"}


def test_the_earlier_deadline_governs_the_surviving_case(older, newer, supervisor, chief):
    """N6: merged into the newer case, the older one would have gained two days."""
    was = due(newer)
    assert merge(older, newer, by=supervisor).state == "received"  # a second person is asked
    approving.decide_approval(older.reference, actor=chief, at=NOON, grant=True)

    assert (fresh(older).state, due(newer), fresh(newer).promised_due_at) == ("merged", due(older), due(older))
    move = DeadlineMove.objects.get(clock__case=newer, clock__kind="decision")
    assert (move.cause, move.was, move.now, move.evidence) == ("merge", was, due(older), f"case:{older.pk}")
    whole(older, newer)

    apart(older, by=supervisor, second=chief, at=NOON + DAY)
    assert (due(newer), fresh(newer).promised_due_at) == (was, was)
    assert fresh(older).state == "received"
    whole(older, newer)


def test_a_repeat_of_a_third_person_waits_for_no_second(older, newer, handler, lead, chief):
    """Whoever had a part in either asks; whoever only leads the two does not."""
    ownership.take_next(older.reference, actor=handler, at=NOON)
    handling.classify(older.reference, actor=lead, at=NOON, **CLASSIFIED)
    with pytest.raises(NotAllowed):
        merge(newer, older, by=handler)
    assert merge(newer, older, by=lead).state == "received"
    approving.decide_approval(newer.reference, actor=chief, at=NOON, grant=False)
    assert merge(newer, older, by=chief).state == "merged"


@pytest.mark.parametrize("position", POSITIONS)
def test_taken_apart_both_are_as_they_were(position, older, newer, staff, supervisor, chief):
    """N6: state, owner, offer, draft, what was asked for and the clocks; the merged one older or newer."""
    case = walked(newer, position)
    grading.set_level(older.reference, actor=supervisor, at=NOON, level="important", reason="监管关注")
    was = state_of(case), state_of(older)
    for at in (NOON, NOON + HOUR):
        merged(case, older, by=supervisor, second=chief, at=at)
        assert (fresh(case).state, fresh(case).offered_to) == ("merged", None)
        apart(case, by=supervisor, second=chief, at=at)
        approvals = {row.verb for row in case.approvals.all()} & {"merge", "unmerge"}
        assert without(state_of(case), approvals) == without(was[0], approvals)
        assert state_of(older) == was[1]
    whole(older, case)


def test_what_was_merged_is_in_no_queue(older, newer, staff, supervisor, colleague, chief):
    walked(newer, "assigned")
    merged(newer, older, by=supervisor, second=chief)
    for tab in ("offered", "mine", "overdue"):
        assert not next(one for one in queue.TABS if one.key == tab).rows(colleague, NOON).filter(pk=newer.pk).exists()


def test_its_deadlines_ran_on_meanwhile(older, newer, supervisor, chief):
    """Nothing is heard of a merged case; taken apart after its deadline it is late at once."""
    merged(newer, older, by=supervisor, second=chief)
    last = NOON + 16 * DAY
    fire_due(at=last)
    assert not newer.firings.exists() and older.firings.exists()
    apart(newer, by=supervisor, second=chief, at=last)
    fire_due(at=last)
    assert newer.clocks.get(kind="decision").breached_at is not None
    assert newer.firings.filter(clock__kind="decision").exists()
    fire_due(at=last)
    whole(older, newer)


def test_a_breach_stays_a_breach(older, newer, staff, supervisor, chief):
    """F17: merged away after its deadline, it was late and stays so; the other one is late from then on, too."""
    late_at = NOON + 13 * DAY + 12 * HOUR
    fire_due(at=late_at)
    breached = older.clocks.get(kind="decision").breached_at
    assert breached is not None
    merged(older, newer, by=supervisor, second=chief, at=late_at)
    assert older.clocks.get(kind="decision").breached_at == breached
    fire_due(at=late_at)
    assert newer.clocks.get(kind="decision").breached_at is not None
    whole(older, newer)


def test_a_later_extension_stays_with_the_case_it_was_granted_to(older, newer, supervisor, chief, branch):
    """Apart again, the other one is due when it would be by itself: with what was granted meanwhile."""
    own = due(newer)
    merged(older, newer, by=supervisor, second=chief)
    person("deputy", Role.UNIT_HEAD, branch)
    clock = newer.clocks.get(kind="decision")
    restate(clock, due_at=clock.due_at + 15 * DAY, cause="restart", at=NOON)
    clock.save()
    DeadlineMove.objects.create(clock=clock, cause="restart", was=due(older), now=clock.due_at, days=15, at=NOON)
    apart(older, by=supervisor, second=chief)
    assert due(newer) == max(own, due(older) + 15 * DAY)


def test_two_merged_into_one_leave_it_one_after_the_other(integration, supervisor, chief):
    cases = [taken(integration, customer=WHO, at=NOON - days * DAY) for days in (3, 2, 0)]
    first, second, into = cases
    own = due(into)
    for one in (first, second):
        merged(one, into, by=supervisor, second=chief)
    assert due(into) == due(first)
    apart(first, by=supervisor, second=chief)
    assert due(into) == due(second)
    apart(second, by=supervisor, second=chief)
    assert due(into) == own
    whole(*cases)


def test_it_is_wrong_only_once(older, newer, supervisor, chief):
    """Merged, taken apart and merged again: one row of the pair, which stands again."""
    for _time in range(2):
        merged(newer, older, by=supervisor, second=chief)
        assert fresh(newer).merged.other == older
        apart(newer, by=supervisor, second=chief)
    assert newer.links.filter(kind="merged_into").count() == 1
    whole(older, newer)
