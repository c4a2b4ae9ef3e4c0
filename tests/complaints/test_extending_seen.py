"""An extension on the pages and over the API: what is granted, and by whom; a typed body."""

from django.urls import reverse
from django.utils import timezone

from complaints.desk import queue
from complaints.desk.beginning import beginning
from complaints.verbs import VERBS
from tests.cases import MORE_TIME, TOLD
from tests.complaints.test_extending import above, ask, day, due_days, extended, head  # noqa: F401
from tests.people import NOON


def test_the_page_says_what_is_granted_and_by_whom_and_lists_it_where_it_is_decided(
    owned,
    handler,
    lead,
    supervisor,
    above,  # noqa: F811
    head,  # noqa: F811
    client,
    time_machine,
):
    time_machine.move_to(NOON)
    ask(owned, by=handler, at=timezone.now(), days=16)
    listed = {
        person.username: [*queue.to_approve(person, timezone.now())] for person in (lead, supervisor, above, head)
    }
    assert listed == {"lead": [], "supervisor": [], "above": [owned], "head": [owned]}
    client.force_login(above)
    page = client.get(reverse("desk:verb", args=[owned.reference, "decide_approval"]), headers={"HX-Request": "true"})
    for words in ("情况复杂", "延长 16 天", "2026-12-24", "上级机构或总行（总公司）高级管理人员", MORE_TIME["reason"]):
        assert words in page.content.decode()


def test_a_program_or_person_extends_over_the_api_with_a_typed_body(owned, handler, supervisor, client, time_machine):
    time_machine.move_to(NOON)
    address = f"/api/v1/cases/{owned.reference}"
    client.force_login(handler)
    wrong = client.post(f"{address}/extend/", {**MORE_TIME, "days": "15"}, content_type="application/json")
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "days")
    assert client.post(f"{address}/extend/", MORE_TIME, content_type="application/json").status_code == 200
    client.force_login(supervisor)
    client.post(f"{address}/decide_approval/", {"grant": True}, content_type="application/json")
    client.force_login(handler)
    answer = client.post(f"{address}/extend/", TOLD, content_type="application/json")
    assert (answer.status_code, due_days(owned)) == (200, 30)
    clocks = client.get(f"{address}/clocks/").json()
    (decision,) = (clock for clock in clocks if clock["kind"] == "decision")
    assert decision["due_at"][:10] == f"{timezone.localdate(day(30))}"
    assert decision["provenance"][-1]["reason"] == "extension"


def test_the_dialog_begins_with_the_days_of_the_nearest_step(owned, handler, supervisor, time_machine):
    time_machine.move_to(NOON, tick=False)
    assert beginning(owned, VERBS["extend"])["days"] == 15
    extended(owned, by=handler, second=supervisor, days=3)
    assert beginning(owned, VERBS["extend"])["days"] == 12  # to the thirtieth day
    extended(owned, by=handler, second=supervisor, days=12)
    assert beginning(owned, VERBS["extend"])["days"] == 30  # to the sixtieth


def test_no_way_of_telling_is_agreed_unasked(owned):
    """The dialog would bind everybody to telephone whoever agreed on a day."""
    assert "method" not in beginning(owned, VERBS["agree"])
    assert beginning(owned, VERBS["extend"])["method"] == "PHONE"
