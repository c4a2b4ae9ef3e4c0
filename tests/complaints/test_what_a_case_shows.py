"""What a case page and a queue tell at a glance: why it came back, what waits, who wrote, what is wanted."""

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from complaints.desk.notices import SHOWN
from complaints.models import Case
from complaints.verbs import answering, closing, ending, handling, satisfaction
from feedback import services as feedback
from feedback.models import Notice
from tests.cases import TOLD, content, taken
from tests.people import NOON
from tests.plans import reads_of, rows_of

HTMX = {"HX-Request": "true"}


@pytest.fixture
def at_desk(client, handler):
    client.force_login(handler)
    return client


def page_of(case: Case) -> str:
    return reverse("desk:case", args=[case.reference])


def test_a_case_that_came_back_says_why_above_everything_else(at_desk, decided, handler):
    """D22: the reason stood below the fold, among the steps of the first round."""
    assert at_desk.get(page_of(decided)).context["came_back"] is None
    answering.notify(decided.reference, actor=handler, at=NOON, **TOLD)
    closing.dispute(decided.reference, actor=handler, at=timezone.now(), reason="承诺的退款没有到账")
    page = at_desk.get(page_of(decided))
    assert page.context["came_back"].words == ["承诺的退款没有到账"]
    body = page.content.decode()
    assert body.index("承诺的退款没有到账") < body.index('id="cf-timeline"')


def test_what_was_handed_on_in_the_same_words_stands_above_it_once(at_desk, decided, handler, lead):
    """The customer's view and the reopening that follows from it say the same."""
    answering.notify(decided.reference, actor=handler, at=NOON, **TOLD)
    content(decided, caller=lead, at=NOON)
    closing.close(decided.reference, actor=handler, at=NOON, root_cause="R07")
    view = {"satisfaction": "dissatisfied", "accepts": False, "comment": "没有退钱"}
    satisfaction.record_feedback(decided.reference, actor=lead, at=timezone.now(), **view)
    assert at_desk.get(page_of(decided)).context["came_back"].words == ["没有退钱"]


def test_steps_without_words_are_one_line_and_days_are_parted(at_desk, decided, handler):
    days = at_desk.get(page_of(decided)).context["timeline"].days
    groups = [group for _day, groups in days for group in groups]
    assert all(item.is_bare for group in groups if len(group) > 1 for item in group)
    assert sum(map(len, groups)) == len(at_desk.get(page_of(decided)).context["timeline"].items)
    handling.note(decided.reference, actor=handler, at=timezone.now(), text="今天的记录")
    assert len(at_desk.get(page_of(decided)).context["timeline"].days) == len(days) + 1


def test_a_row_says_that_the_customer_has_written(at_desk, owned, integration, handler):
    """D23: a reply of the customer changed nothing in the queue, and an open page never noticed."""

    def flagged() -> bool:
        return "客户新消息" in at_desk.get("/desk/").content.decode()

    news, seen = reverse("desk:news", args=[owned.reference]), Case.objects.get().event_count
    assert not flagged()
    assert at_desk.get(news, {"sequence": seen}).status_code == 204
    taken(integration, case=owned.reference, text="材料已经发到邮箱了。")
    assert flagged()
    assert "客户又发来消息" in at_desk.get(news, {"sequence": seen}).content.decode()
    handling.note(owned.reference, actor=handler, text="已看到")
    assert not flagged()


def test_what_one_did_oneself_is_no_news(at_desk, owned, handler):
    news, seen = reverse("desk:news", args=[owned.reference]), Case.objects.get().event_count
    handling.note(owned.reference, actor=handler, at=NOON, text="自己写的")
    assert at_desk.get(news, {"sequence": seen}).status_code == 204


def test_all_notices_are_marked_as_read_also_beyond_the_page(at_desk, handler):
    """D24: the button marked the hundred on the page, and the menu said 99+ as before."""
    rows = [
        Notice(kind="chase", channel="in_app", to_user=handler, about="C261123-0000010-4", key=f"n{number}",
               created_at=NOON, due_at=NOON)
        for number in range(SHOWN + 20)
    ]  # fmt: skip
    Notice.objects.bulk_create(rows)
    newest = at_desk.get("/desk/notices/").context["newest"]
    Notice(kind="chase", channel="in_app", to_user=handler, about="x", key="later", created_at=NOON, due_at=NOON).save()
    at_desk.post("/desk/notices/read/", {"notice": newest})
    assert [row.key for row in feedback.unread_for(handler)] == ["later"]


def test_the_page_of_notices_shows_the_newest_and_reads_no_more(at_desk, handler):
    """P7: it read all notices of all time, and whoever had read a hundred saw the oldest of them for ever."""
    notice = {"kind": "chase", "channel": "in_app", "to_user": handler, "about": "x", "due_at": NOON}
    rows = [
        Notice(**notice, key=f"n{number}", created_at=NOON, read_at=NOON if number < 2_990 else None)
        for number in range(3_000)
    ]
    Notice.objects.bulk_create(rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE feedback_notice; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    with reads_of("feedback_notice") as asked:
        shown = [row.key for row, *_rest in at_desk.get("/desk/notices/").context["notices"]]
    assert shown == [f"n{number}" for number in range(2_999, 2_899, -1)]
    assert rows_of([sql for sql in asked if "ORDER BY" in sql], "feedback_notice")[0] <= 2 * SHOWN


def test_whoever_looks_at_a_case_has_read_its_notices(at_desk, owned, handler):
    rows = {"kind": "chase", "channel": "in_app", "to_user": handler, "created_at": NOON, "due_at": NOON}
    for about in (owned.reference, "C261123-0000010-4"):
        Notice(about=about, key=about, **rows).save()
    at_desk.get(page_of(owned))
    assert "C261123-0000010-4" in [row.about for row in feedback.unread_for(handler)]
    assert owned.reference not in [row.about for row in feedback.unread_for(handler)]


def test_all_the_customer_said_is_opened_and_the_phone_is_chosen_already(at_desk, owned, integration):
    """D25: only the first message opened, and a number to dial took three clicks and a typed reason."""
    taken(integration, case=owned.reference, text="请再看一下第二笔。")
    address = reverse("desk:reveal", args=[owned.reference])
    chosen = {name: ticked for name, _label, _masked, ticked in at_desk.get(address, headers=HTMX).context["values"]}
    assert [name for name, ticked in chosen.items() if ticked] == ["given_phone"]
    shown = at_desk.post(address, {"value": "words", "ready": "回拨客户"}, headers=HTMX).content.decode()
    assert "重复扣了两次" in shown
    assert "请再看一下第二笔。" in shown


def test_what_a_gate_asks_for_is_marked_in_the_dialog(at_desk, decided, handler, lead):
    """D26: the cause of a complaint was compulsory at its filing, and carried no star."""
    answering.notify(decided.reference, actor=handler, at=NOON, **TOLD)
    content(decided, caller=lead)
    dialog = at_desk.get(reverse("desk:verb", args=[decided.reference, "close"]), headers=HTMX)
    starred = {one.name for one in dialog.context["controls"] if one.starred}
    assert "root_cause" in starred
    assert not {one.name for one in dialog.context["controls"] if one.required} & {"root_cause"}


def test_a_case_says_what_waits_for_a_second_person_and_so_does_the_dialog(at_desk, client, owned, handler, lead):
    """D30: nothing said that an approval was pending, and its dialog asked yes or no without the thing."""
    asked = {"decline_reason": "NOT_COMPLAINANT", "reason": "来电人不是投诉人"}
    ending.decline(owned.reference, actor=handler, **asked)
    page = at_desk.get(page_of(owned)).content.decode()
    assert "“不予办理”等待第二人审批" in page
    client.force_login(lead)
    dialog = client.get(reverse("desk:verb", args=[owned.reference, "decide_approval"]), headers=HTMX).content.decode()
    for words in ("不予办理", "非投诉人本人或其受托人提出", "来电人不是投诉人", str(handler)):
        assert words in dialog
