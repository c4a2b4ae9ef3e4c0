"""What a dialog shows of its verb: what is wanted, what its button does, and in which order."""

import pytest
from django.urls import reverse
from django.utils import timezone

from complaints.desk.forms import Control, paired
from complaints.models import Code
from complaints.services import taxonomy
from complaints.verbs import deciding, ending, handling, ownership, restarting
from tests.cases import CLASSIFIED, DECIDED, NOT_ENTITLED, grant, taken
from tests.people import NOON

HTMX = {"HX-Request": "true"}
TELLING = {"method", "evidence", "text"}


@pytest.fixture
def dialog_of(client, handler):
    client.force_login(handler)

    def open_(case, verb):
        shown = client.get(reverse("desk:verb", args=[case.reference, verb]), headers=HTMX).context
        return {one.name: one for one in shown["controls"]}, shown["sending"].says

    return open_


def starred(controls) -> set[str]:
    return {name for name, one in controls.items() if one.starred}


def test_what_came_of_a_call_is_one_press(dialog_of, owned):
    """Clumsy 5: it was a list to open after every call, and is longer than what is mostly shown whole."""
    result = dialog_of(owned, "follow_up")[0]["result"]
    assert (result.widget, len(result.groups[0][1])) == ("radios", 6)


def test_declining_asks_a_second_person_first_and_then_how_it_was_told(dialog_of, owned, handler, lead):
    controls, button = dialog_of(owned, "decline")
    assert (starred(controls), button) == ({"decline_reason", "reason"}, "提请审批：不予办理")
    ending.decline(owned.reference, actor=handler, **NOT_ENTITLED)
    grant(owned, by=lead, at=timezone.now())
    controls, button = dialog_of(owned, "decline")
    assert (starred(controls), button) == (TELLING, "不予办理")


def test_what_counts_a_deadline_anew_is_wanted_in_both_steps(dialog_of, fresh, handler, lead):
    controls, button = dialog_of(fresh, "restart")
    assert (starred(controls), button) == ({"material", "reason"}, "提请审批：期限重新计算")
    restarting.restart(fresh.reference, actor=handler, material="M-00001", reason="新的凭证")
    grant(fresh, by=lead, at=timezone.now())
    assert starred(dialog_of(fresh, "restart")[0]) == TELLING


def test_the_evidence_of_a_telling_is_wanted(dialog_of, decided, owned):
    assert starred(dialog_of(decided, "notify")[0]) == TELLING


def test_when_it_happened_stands_last_for_it_mostly_happens_now(dialog_of, owned):
    controls, button = dialog_of(owned, "withdraw")
    assert list(controls)[-1] == "happened_at"
    assert starred(controls) == {"evidence_kind", "evidence", "root_cause"}
    assert button == "提请审批：撤回"


def test_what_needs_no_second_person_is_called_by_its_name(dialog_of, owned):
    assert dialog_of(owned, "set_level")[1] == "定级"


def test_a_field_without_a_neighbour_takes_the_whole_row():
    widgets = ["line", "line", "line", "lines", "select", "radios", "line", "line", "tick"]
    rows = paired([Control(name=str(number), label="", widget=widget) for number, widget in enumerate(widgets)])
    assert [row.name for row in rows if row.alone] == ["2", "4", "8"]


def test_a_classification_begins_with_the_category_of_the_business_line(dialog_of, integration, handler):
    for line, category in (("insurance", "B0501"), ("cards", ""), ("deposits", "B01")):
        case = taken(integration, business_line=line)
        ownership.take_next(case.reference, actor=handler, at=NOON)
        assert dialog_of(case, "classify")[0]["category"].value == category
    handling.classify(case.reference, actor=handler, at=NOON, **CLASSIFIED)
    assert dialog_of(case, "classify")[0]["category"].value == CLASSIFIED["category"]


def test_a_decision_begins_with_what_is_usual_of_its_category_and_anew_with_the_one_before(
    dialog_of, owned, handler, lead
):
    """Clumsy 9: both boxes were empty each time, also when a decision came back."""
    Code.objects.filter(dimension="business_category_B", code="B0202").update(basis="收费公示第三条。", outcome="上级")
    Code.objects.filter(dimension="business_category_B", code="B020204").update(outcome="退回多收的费用。")
    taxonomy.TABLES.forget()
    handling.classify(owned.reference, actor=handler, at=NOON, **CLASSIFIED)
    begun = {name: one.value for name, one in dialog_of(owned, "draft_decision")[0].items()}
    assert (begun["findings"], begun["basis"], begun["outcome"]) == ("", "收费公示第三条。", "退回多收的费用。")
    deciding.draft_decision(owned.reference, actor=handler, at=NOON, **DECIDED)
    deciding.return_decision(owned.reference, actor=lead, at=NOON, reason="补充依据")
    begun = {name: one.value for name, one in dialog_of(owned, "draft_decision")[0].items()}
    assert begun == DECIDED
    taxonomy.TABLES.forget()
