"""Where moves of a deadline meet: each keeps to its own law, and none grants more than somebody granted."""

from datetime import datetime
from typing import Any

import pytest

from complaints.errors import NotOfTheRoute
from complaints.models import Case, DeadlineMove
from complaints.services.escalating import fire_due
from complaints.services.replaying import retold_otherwise
from complaints.verbs import VERBS, extending, restarting
from organization.models import Role, User
from tests.cases import TOLD, TRANSFERRED
from tests.complaints.test_excluding import MEDIATION, approver, day, decide, resume, suspend  # noqa: F401
from tests.complaints.test_extending import ask, due_days, refused, tell
from tests.people import NOON, person


@pytest.fixture
def transferred(owned, supervisor) -> Case:
    """Five days after its receipt the central bank passed it on: its deadline is the twentieth day."""
    VERBS["add_reference"](owned.reference, actor=supervisor, at=day(5), **TRANSFERRED)
    return owned


def anew(case: Case, *, by: User, second: User, at: datetime) -> None:
    restarting.restart(case.reference, actor=by, at=at, material="M-1", reason="新凭证")
    decide(case, by=second, at=at)
    restarting.restart(case.reference, actor=by, at=at, **TOLD)


def test_of_two_laws_the_missed_one_is_extended_no_more(transferred, handler, supervisor):
    given: dict[str, Any] = {"by": handler, "at": day(16), "days": 5}
    refused(lambda: ask(transferred, rule="CBIRC-2020-3", **given), "时限已过")
    ask(transferred, rule="PBOC-2020-5", **given)


def test_of_two_laws_the_missed_one_is_not_moved_by_a_mediation(transferred, lead, approver):  # noqa: F811
    fire_due(at=day(16))
    suspend(transferred, by=lead, at=day(16), until=20, **MEDIATION)
    decide(transferred, by=approver, at=day(16))
    assert (due_days(transferred), due_days(transferred, "transfer")) == (15, 24)


def test_a_telling_without_words_or_proof_moves_nothing(owned, handler, supervisor):
    ask(owned, by=handler)
    decide(owned, by=supervisor)
    refused(lambda: extending.extend(owned.reference, actor=handler, at=NOON), "如何告知")
    refused(lambda: tell(owned, by=handler, evidence=""), "录音")


def test_a_deadline_that_has_moved_past_the_day_that_was_granted_stays(owned, handler, supervisor):
    ask(owned, by=handler, at=day(10), days=3)
    decide(owned, by=supervisor, at=day(10))
    anew(owned, by=handler, second=supervisor, at=day(10))
    refused(lambda: tell(owned, by=handler, at=day(10)), "时限已有变动")
    assert due_days(owned) == 25


def test_who_heads_a_branch_is_no_senior_manager_of_the_head_office(owned, handler, branch):
    ask(owned, by=handler, days=16)
    with pytest.raises(NotOfTheRoute):
        decide(owned, by=person("branch-head", Role.UNIT_HEAD, branch))


def test_a_limit_that_begins_anew_has_the_days_left_of_a_mediation(
    owned,
    lead,
    handler,
    supervisor,
    approver,  # noqa: F811
):
    suspend(owned, by=lead, at=day(5), until=12, **MEDIATION)
    decide(owned, by=approver, at=day(5))
    anew(owned, by=handler, second=supervisor, at=day(6))
    assert due_days(owned) == 6 + 15 + 6
    assert due_days(resume(owned, by=handler, at=day(8))) == 6 + 15 + 2
    assert not [*retold_otherwise(Case.objects.all())]


def test_a_corrected_receipt_leaves_a_limit_that_began_anew(owned, handler, supervisor):
    anew(owned, by=handler, second=supervisor, at=day(6))
    paper = {"received_at": day(-2), "evidence": "EMS-1", "reason": "邮戳"}
    VERBS["amend"](owned.reference, actor=handler, at=day(7), **paper)
    decide(owned, by=supervisor, at=day(7))
    assert due_days(owned) == 21


def test_a_mediation_moves_the_day_of_an_extension_along(owned, lead, handler, supervisor, approver):  # noqa: F811
    ask(owned, by=handler)
    decide(owned, by=supervisor)
    tell(owned, by=handler)
    suspend(owned, by=lead, at=day(20), until=24, **MEDIATION)
    decide(owned, by=approver, at=day(20))
    assert due_days(owned) == 34
    causes = DeadlineMove.objects.filter(clock__kind="decision").order_by("pk").values_list("cause", "days")
    assert [*causes] == [("extension", 15), ("exclusion", 4)]
    refused(lambda: ask(owned, by=handler, at=day(20), days=31), "1 至 30 天")  # to the sixtieth that counts
