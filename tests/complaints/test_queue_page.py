"""我的待办: what a handler lands on, and that its cost does not grow with the cases."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from complaints.errors import NothingToTake
from complaints.models import Case, Level, State
from complaints.verbs import VERBS, answering, closing, escalation, handling, ownership, transferring
from feedback.models import Notice
from organization.models import Membership, User
from tests.cases import ANSWERED, SETTLED, TRANSFERRED, take_back, taken
from tests.people import NOON

QUEUE = "/desk/"
MINUTE = timedelta(minutes=1)
# Tuesday 2026-12-08, the last second; the first reminder five working days before, at nine: 7, 4, 3, 2, 1
DUE, FIRST = datetime(2026, 12, 8, 15, 59, 59, tzinfo=UTC), datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
MOST = 10  # statements of the page, session and user included


def copies(case: Case, count: int) -> None:
    """Many cases like this one, owned like it."""
    rows = []
    for number in range(count):
        row = Case.objects.get(pk=case.pk)
        row.pk, row.reference = None, f"C261123-{number:07d}-X"
        row.next_due_at = NOON + timedelta(minutes=number)
        rows.append(row)
    Case.objects.bulk_create(rows)


@pytest.fixture
def at_desk(client, handler):
    client.force_login(handler)
    return client


@pytest.mark.usefixtures("nothing_expires")
@pytest.mark.parametrize("count", [10, 1000])
def test_it_costs_the_same_with_ten_cases_and_a_thousand(at_desk, owned, count, django_assert_max_num_queries):
    copies(owned, count)
    with django_assert_max_num_queries(MOST):
        page = at_desk.get(QUEUE)
    assert page.status_code == 200


def test_the_most_urgent_case_stands_first(at_desk, owned):
    copies(owned, 3)
    urgent = Case.objects.filter(reference="C261123-0000002-X")
    urgent.update(next_due_at=NOON - timedelta(days=1), subject="最急的一件")
    rows = at_desk.get(QUEUE).context["rows"]
    assert rows[0].case.subject == "最急的一件"
    assert [row.case.next_due_at for row in rows] == sorted(row.case.next_due_at for row in rows)


def test_more_brings_the_rest_without_a_gap(at_desk, owned):
    copies(owned, 120)
    seen, address = [], QUEUE
    while address:
        page = at_desk.get(address, headers={"HX-Request": "true"})
        seen += [row.case.pk for row in page.context["rows"]]
        address = page.context["more"]
    assert len(seen) == len(set(seen)) == 121


def test_whose_customer_has_written_stands_first_on_any_number_of_pages(at_desk, owned, integration, handler):
    """D23b: the row stayed where its deadline had put it, below the fold."""
    copies(owned, 120)
    taken(integration, case=owned.reference, text="材料已经发到邮箱了。")
    Case.objects.filter(pk=owned.pk).update(next_due_at=NOON + timedelta(days=30))
    assert at_desk.get(QUEUE).context["rows"][0].case.pk == owned.pk
    Case.objects.filter(reference__endswith="0-X").update(unanswered_since=NOON)
    for size in (5, 50, 200):
        seen, address = [], f"{QUEUE}?page_size={size}"
        while address:
            page = at_desk.get(address, headers={"HX-Request": "true"})
            seen += [row.case for row in page.context["rows"]]
            address = page.context["more"]
        assert len(seen) == len({case.pk for case in seen}) == 121
        assert seen == sorted(seen, key=lambda case: (case.unanswered_since is None, case.next_due_at, case.pk))


def test_the_customer_waits_until_somebody_answers_not_until_the_case_changes_hands(
    at_desk, owned, integration, handler, lead
):
    taken(integration, case=owned.reference, text="材料已经发到邮箱了。")
    taken(integration, case=owned.reference, at=NOON + MINUTE, text="还在吗？")
    ownership.assign(owned.reference, actor=lead, at=NOON, to="handler")
    ownership.accept(owned.reference, actor=handler, at=NOON)
    assert Case.objects.get().unanswered_since == NOON
    handling.note(owned.reference, actor=lead, at=NOON, text="已看到")
    assert Case.objects.get().unanswered_since is None


def test_a_cursor_of_another_list_starts_again(at_desk, owned):
    assert at_desk.get(QUEUE, {"cursor": "invented"}).status_code == 200


@pytest.mark.parametrize(
    ("seen_at", "tone"),
    [(FIRST - MINUTE, "ok"), (FIRST + MINUTE, "risk"), (DUE - MINUTE, "risk"), (DUE + MINUTE, "late")],
)
def test_at_risk_begins_with_the_first_reminder(at_desk, handler, owned, time_machine, seen_at, tone):
    """B22: the page and its script had a rule of their own, four hours, and repainted what the ladder called urgent."""
    owned.clocks.exclude(kind="decision").update(stopped_at=NOON)
    owned.clocks.filter(kind="decision").update(due_at=DUE)
    Case.objects.update(next_due_at=DUE)
    time_machine.move_to(seen_at)
    at_desk.force_login(handler)
    page = at_desk.get(QUEUE).content.decode()
    assert f"cf-sla-{tone}" in page
    assert f'data-risk="{timezone.localtime(FIRST).isoformat()}"' in page


def test_the_time_left_is_said_in_words(at_desk, owned):
    # half a minute more: the page is read a moment later
    for minutes, words in [(90.5, "剩余 1 小时 30 分"), (60 * 30 + 0.5, "剩余 1 天 6 小时"), (-10.5, "逾期 10 分")]:
        Case.objects.update(next_due_at=timezone.now() + timedelta(minutes=minutes))
        assert words in at_desk.get(QUEUE).content.decode()


def test_a_title_from_a_customer_is_text_and_nothing_else(at_desk, owned):
    Case.objects.update(subject="<script>alert(1)</script>")
    page = at_desk.get(QUEUE).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_take_makes_the_most_urgent_waiting_case_mine(at_desk, case, handler):
    answer = at_desk.post(reverse("desk:take"))
    case = Case.objects.get()
    assert (case.owner, case.state) == (handler, State.IN_PROGRESS)
    assert answer.url == reverse("desk:case", args=[case.reference])


def test_take_with_an_empty_queue_says_so(at_desk):
    answer = at_desk.post(reverse("desk:take"), follow=True)
    assert str(NothingToTake()) in answer.content.decode()


def test_an_empty_desk_says_what_comes_next_and_what_was_done(at_desk, integration, handler):
    case = taken(integration, at=timezone.now())
    page = at_desk.get("/desk/?tab=mine").content.decode()
    assert "按 N 领取下一件" in page and case.reference in page and "今日已办结" not in page
    done = VERBS["take_next"](case.reference, actor=handler)
    answering.settle(done.reference, actor=handler, **SETTLED)
    closing.close(done.reference, actor=handler, root_cause="R08")
    page = at_desk.get("/desk/?tab=mine").content.decode()
    assert "团队也没有待领取的工单" in page and "您今日已办结 1 件" in page


def test_a_unit_that_all_rows_have_takes_no_column(at_desk, integration, owned, other_branch, supervisor, client):
    assert "承办单位" not in at_desk.get("/desk/?tab=mine").content.decode()
    taken(integration)
    client.force_login(supervisor)
    assert '<th scope="col">承办单位</th>' not in client.get("/desk/cases/").content.decode()
    Case.objects.filter(pk=owned.pk).update(handling_unit=other_branch)
    supervisor.memberships.update(unit=other_branch.parent)
    assert '<th scope="col">承办单位</th>' in client.get("/desk/cases/").content.decode()


def test_taking_is_never_a_get(at_desk, case):
    assert at_desk.get(reverse("desk:take")).status_code == 405
    assert Case.objects.get().state == State.RECEIVED


def tabs(page):
    return {tab.key: count for tab, count in page.context["tabs"]}


def test_tabs_count_what_waits_for_me(at_desk, client, integration, handler, dispatcher, owned):
    taken(integration)
    offered = taken(integration)
    ownership.assign(offered.reference, actor=dispatcher, at=NOON, to="handler")
    counts = tabs(at_desk.get(QUEUE))
    assert (counts["mine"], counts["offered"], counts["team"]) == ("1", "1", "1")


def test_what_i_drafted_does_not_wait_for_my_check(client, decided, handler, lead):
    client.force_login(handler)
    assert tabs(client.get(QUEUE))["check"] == "0"


def test_unread_notices_are_counted(at_desk, owned, handler):
    Notice.objects.all().delete()
    assert at_desk.get(QUEUE).context["unread"] == "0"
    escalation.chase(owned.reference, actor=handler, at=NOON)
    assert at_desk.get(QUEUE).context["unread"] == str(Notice.objects.unread().filter(to_user=handler).count())


def test_an_outsider_sees_nothing_of_another_branch(client, case, outsider):
    client.force_login(outsider)
    for tab in ("team", "all", "overdue"):
        assert list(client.get(QUEUE, {"tab": tab}).context["rows"]) == []


def test_without_login_the_way_leads_to_the_login_page(client):
    assert client.get(QUEUE).url.startswith("/admin/login/")


def test_whoever_reads_no_cases_is_refused(client, handler):
    Membership.objects.filter(user=handler).update(role="system_administrator")
    client.force_login(handler)
    assert client.get(QUEUE).status_code == 403


def test_the_list_finds_by_reference_by_words_and_by_phone(at_desk, integration, case):
    taken(integration, subject="别的事", text="柜台排队太久。", customer={"customer_no": "K9", "phone": "13900139000"})
    address = reverse("desk:cases")
    assert at_desk.get(address, {"q": case.reference.lower()}).url == reverse("desk:case", args=[case.reference])
    for words in ("年费", "13800138000", "8000"):
        assert [row.case.pk for row in at_desk.get(address, {"q": words}).context["rows"]] == [case.pk], words


def test_the_list_filters(at_desk, integration, case):
    other = taken(integration)
    Case.objects.filter(pk=other.pk).update(level=Level.MAJOR)
    found = at_desk.get(reverse("desk:cases"), {"level": "major", "q": "", "state": ""}).context["rows"]
    assert [row.case.pk for row in found] == [other.pk]


def test_notices_lead_to_their_case_and_are_marked_as_read(at_desk, owned, handler):
    handling.note(owned.reference, actor=handler, at=NOON, text="x")
    Notice.objects.filter(to_user=handler).update(read_at=None)
    ids = list(Notice.objects.unread().filter(to_user=handler).values_list("pk", flat=True))
    assert at_desk.get(reverse("desk:notices")).status_code == 200
    at_desk.post(reverse("desk:notices-read"), {"notice": ids})
    assert not Notice.objects.unread().filter(to_user=handler).exists()


def test_what_is_overdue_is_ones_own_for_who_handles_and_everybodys_for_who_leads(
    at_desk, client, owned, integration, lead
):
    other = taken(integration)
    Case.objects.update(next_due_at=timezone.now() - timedelta(hours=1))
    rows = at_desk.get(QUEUE, {"tab": "overdue"}).context["rows"]
    assert [row.case.reference for row in rows] == [owned.reference]
    client.force_login(lead)
    rows = client.get(QUEUE, {"tab": "overdue"}).context["rows"]
    assert {row.case.reference for row in rows} == {owned.reference, other.reference}


def test_what_is_over_with_the_customer_and_owed_to_a_regulator_stays_on_the_desk(
    at_desk, owned, lead, handler, client
):
    """The customer took it back, and the central bank still awaited its answer: no list told the day."""
    transferring.add_reference(owned.reference, actor=User.system(), at=NOON, **TRANSFERRED)
    case = take_back(owned, actor=handler, second=lead)
    assert case.state == State.WITHDRAWN and case.next_due_at is not None
    (row,) = at_desk.get(QUEUE, {"tab": "mine"}).context["rows"]
    assert (row.case, row.left.due_at) == (case, case.next_due_at)
    Case.objects.update(next_due_at=timezone.now() - MINUTE)
    for reader in (handler, lead):
        client.force_login(reader)
        assert [row.case for row in client.get(QUEUE, {"tab": "overdue"}).context["rows"]] == [case]
        assert [row.case for row in client.get("/desk/cases/?ordering=next_due_at").context["rows"]] == [case]
    assert client.get(QUEUE, {"tab": "all"}).context["rows"] == []
    transferring.answer_regulator(owned.reference, actor=handler, at=NOON, **ANSWERED)
    client.force_login(handler)
    assert client.get(QUEUE, {"tab": "mine"}).context["rows"] == []


def test_the_call_that_a_closed_case_still_owes_is_not_its_owners(at_desk, owned):
    """Whoever makes it is somebody else: it stands among what is due, and not on the owner's desk."""
    tampered = {"state": State.CLOSED, "next_due_at": timezone.now() - MINUTE}
    owned.clocks.update(stopped_at=NOON)
    Case.objects.update(**tampered)
    assert at_desk.get(QUEUE, {"tab": "mine"}).context["rows"] == []
