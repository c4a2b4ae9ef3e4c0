"""One case on one page: its cost, what it lets people do, and what it never does."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from complaints.desk.forms import controls, given
from complaints.models import Case, Level, State
from complaints.services import taking
from complaints.services.replaying import retold_otherwise
from complaints.verbs import VERBS, allowed_verbs, answering, contacting, deciding, escalation, handling
from security.models import AuditRow
from tests.cases import CLASSIFIED, DECIDED, TOLD, content, taken
from tests.people import NOON

MOST = 20  # statements of the page, session and user included
HTMX = {"HX-Request": "true"}


@pytest.fixture
def at_desk(client, handler) -> Client:
    client.force_login(handler)
    return client


def page_of(case: Case) -> str:
    return reverse("desk:case", args=[case.reference])


def verb_of(case: Case, name: str) -> str:
    return reverse("desk:verb", args=[case.reference, name])


@pytest.mark.usefixtures("nothing_expires")
def test_it_costs_the_same_however_long_the_story(at_desk, owned, handler, django_assert_max_num_queries):
    for number in range(150):
        handling.note(owned.reference, actor=handler, at=NOON, text=f"第 {number} 条")
    at_desk.get(page_of(owned))  # what a process remembers for some seconds is read
    with django_assert_max_num_queries(MOST):
        page = at_desk.get(page_of(owned))
    assert page.context["timeline"].earlier
    assert "第 149 条" in page.content.decode()
    assert "第 0 条" not in page.content.decode()
    assert "第 0 条" in at_desk.get(page_of(owned), {"all": "1"}).content.decode()


@pytest.mark.usefixtures("nothing_expires")
def test_a_decided_case_with_everything_on_it_costs_no_more(
    at_desk, decided, integration, django_assert_max_num_queries
):
    taken(integration, customer={"customer_no": "K1", "name": "测试客户", "phone": "13800138000"})
    at_desk.get(page_of(decided))  # what a process remembers for some seconds is read
    with django_assert_max_num_queries(MOST):
        assert at_desk.get(page_of(decided)).status_code == 200


def test_only_the_verbs_that_are_possible_are_buttons(at_desk, owned, handler):
    steps = at_desk.get(page_of(owned)).context["steps"]
    shown = {verb.name for verb in [steps.main, *steps.buttons, *steps.rest]} | {one.verb.name for one in steps.panels}
    allowed, why_not = allowed_verbs(Case.objects.get(), handler)
    assert shown == set(allowed)
    assert sum(len(labels) for _reason, labels in steps.closed) == len(why_not)


def test_the_next_step_leads_through_the_case(at_desk, owned, handler, lead, client):
    def next_step() -> str:
        main = at_desk.get(page_of(owned)).context["steps"].main
        return main.name if main else ""

    assert next_step() == "acknowledge"
    contacting.acknowledge(owned.reference, actor=handler, at=NOON, method="PHONE")
    assert next_step() == "classify"
    handling.classify(owned.reference, actor=handler, at=NOON, **CLASSIFIED)
    assert next_step() == "draft_decision"
    deciding.draft_decision(owned.reference, actor=handler, at=NOON, **DECIDED)
    client.force_login(lead)
    assert next_step() == "approve_decision"
    deciding.approve_decision(owned.reference, actor=lead, at=NOON)
    client.force_login(handler)
    assert next_step() == "notify"
    answering.notify(owned.reference, actor=handler, at=NOON, **TOLD)
    assert next_step() == ""  # a colleague asks how it was answered
    client.force_login(lead)
    assert next_step() == "follow_up"
    content(owned, caller=lead)
    client.force_login(handler)
    assert next_step() == "close"


def test_a_case_out_of_scope_is_not_there(client, owned, outsider):
    client.force_login(outsider)
    for address in (page_of(owned), verb_of(owned, "note"), reverse("desk:reveal", args=[owned.reference])):
        assert client.get(address).status_code == 404
    assert client.post(verb_of(owned, "note"), {"text": "x"}).status_code == 404
    assert client.get("/desk/cases/nonsense/").status_code == 404


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_has_a_dialog_whose_fields_its_form_takes(at_desk, owned, name):
    answer = at_desk.get(verb_of(owned, name), headers=HTMX)
    assert answer.status_code == 200
    assert answer.headers["X-Fragment"]
    assert {control.name for control in controls(VERBS[name].form, {})} >= {
        field for field, one in VERBS[name].form().fields.items() if one.required
    }


def test_a_verb_that_is_not_allowed_changes_nothing(at_desk, owned):
    answer = at_desk.post(verb_of(owned, "close"), {"root_cause": "R07", "close_reason": "DECIDED"}, headers=HTMX)
    assert answer.status_code == 409
    assert "办理中" in answer.content.decode()
    assert Case.objects.get().state == State.IN_PROGRESS


def test_looking_at_a_dialog_changes_nothing(at_desk, owned):
    before = Case.objects.get().event_count
    for name in VERBS:
        at_desk.get(verb_of(owned, name), headers=HTMX)
    assert Case.objects.get().event_count == before


def test_a_dialog_does_its_verb_and_gives_the_case_back(at_desk, owned):
    sent = {"version": Case.objects.get().version, "method": "PHONE", "text": "已受理。"}
    answer = at_desk.post(verb_of(owned, "acknowledge"), sent, headers=HTMX)
    assert (answer.status_code, answer.headers["X-Fragment"], answer.headers["HX-Retarget"]) == (200, "done", "#case")
    assert "已受理。" in answer.content.decode()
    assert Case.objects.get().acknowledged_at


def test_without_scripts_the_dialog_works_too(at_desk, owned):
    page = at_desk.get(verb_of(owned, "acknowledge"))
    assert 'id="cf-drawer"' in page.content.decode()
    answer = at_desk.post(verb_of(owned, "acknowledge"), {"method": "PHONE"})
    assert answer.url == page_of(owned)
    assert Case.objects.get().acknowledged_at


def test_what_is_missing_is_said_under_its_field(at_desk, owned):
    answer = at_desk.post(verb_of(owned, "reply"), {"method": "", "text": ""}, headers=HTMX)
    assert answer.status_code == 400
    errors = {control.name: control.errors for control in answer.context["controls"]}
    assert errors["method"]
    assert errors["text"]
    assert 'aria-invalid="true"' in answer.content.decode()


def test_a_stale_form_is_refused_and_keeps_its_text(at_desk, owned, handler):
    seen = Case.objects.get().version
    escalation.chase(owned.reference, actor=handler, at=NOON, text="客户再次来电")
    answer = at_desk.post(
        verb_of(owned, "reply"), {"version": seen, "method": "PHONE", "text": "我写的回复"}, headers=HTMX
    )
    page = answer.content.decode()
    assert answer.status_code == 412
    assert "我写的回复" in page
    assert "客户再次来电" in page
    fresh = {"version": Case.objects.get().version, "method": "PHONE", "text": "我写的回复"}
    assert at_desk.post(verb_of(owned, "reply"), fresh, headers=HTMX).status_code == 200


def test_a_note_contradicts_nothing_and_is_never_stale(at_desk, owned, handler):
    escalation.chase(owned.reference, actor=handler, at=NOON)
    assert at_desk.post(verb_of(owned, "note"), {"version": "1", "text": "记录"}, headers=HTMX).status_code == 200


def test_without_a_token_nothing_is_written(owned, handler):
    client = Client(enforce_csrf_checks=True)
    client.force_login(handler)
    before = Case.objects.get().event_count
    assert client.post(verb_of(owned, "note"), {"text": "x"}).status_code == 403
    assert client.post(reverse("desk:take")).status_code == 403
    assert Case.objects.get().event_count == before


HOSTILE = "<img src=x onerror=alert(1)>{{ 7|add:7 }}"


def test_what_people_write_is_text_and_nothing_else(at_desk, integration, handler, owned):
    handling.note(owned.reference, actor=handler, at=NOON, text=HOSTILE)
    Case.objects.update(subject=HOSTILE, product=HOSTILE, named_staff=[HOSTILE[:30]])
    page = at_desk.get(page_of(owned)).content.decode()
    assert "<img src=x" not in page
    assert page.count("&lt;img src=x") >= 3
    assert "{{ 7|add:7 }}" in page


def test_a_message_without_a_title_is_called_by_its_opening(at_desk, owned, integration):
    """A WeChat message has none: the page says the same as the queue, and says it as text."""
    case = taken(integration, subject="", text="<b>卡被吞了</b>" + "快" * 100)
    page = at_desk.get(page_of(case)).content.decode()
    assert "<h2>&lt;b&gt;卡被吞了&lt;/b&gt;快快" in page and "快" * 80 not in page.split("</h2>")[0]
    Case.objects.update(subject="")
    assert "<h2>(no subject)</h2>" in at_desk.get(page_of(owned), headers={"Accept-Language": "en"}).content.decode()


def test_pages_carry_no_script_and_no_style_of_their_own(at_desk, owned):
    page = at_desk.get(page_of(owned)).content.decode()
    own = page[page.index('<div class="cf">') : page.index('id="cf-words"')]
    assert "<script" not in own
    assert "style=" not in own
    assert "onclick" not in own


def test_the_customer_is_masked_until_a_reason_is_given(at_desk, owned, handler):
    page = at_desk.get(page_of(owned)).content.decode()
    assert "13800138000" not in page
    assert "138****8000" in page
    address = reverse("desk:reveal", args=[owned.reference])
    refused = at_desk.post(address, {"value": "phone", "reason": " "}, headers=HTMX)
    assert refused.status_code == 400
    reveals = AuditRow.objects.filter(verb="reveal")
    assert not reveals.exists()
    shown = at_desk.post(address, {"value": "phone", "reason": "回拨客户"}, headers=HTMX)
    assert "13800138000" in shown.content.decode()
    record = reveals.get()
    assert (record.actor, record.verb, record.reason) == (handler, "reveal", "回拨客户")


def test_who_may_not_reveal_is_refused(client, owned, colleague):
    client.force_login(colleague)
    assert client.get(reverse("desk:reveal", args=[owned.reference])).status_code == 403
    assert client.get(page_of(owned)).context["may_reveal"] is False


def test_settling_at_once_is_one_form(at_desk, integration, handler):
    owned = taken(integration, at=timezone.now())
    taking.take_next(actor=handler)
    sent = {
        **CLASSIFIED,
        "finding": "SUBSTANTIATED",
        "demand_met": "MET",
        "method": "PHONE",
        "evidence": "REC-2",
        "text": "当场解释并退回。",
        "satisfaction": "satisfied",
    }
    assert at_desk.post(verb_of(owned, "settle"), sent, headers=HTMX).status_code == 200
    case = Case.objects.get()
    assert (case.state, case.current_round.settled, case.current_round.satisfaction) == (
        State.NOTIFIED,
        True,
        "satisfied",
    )


def test_typed_values_come_back_as_the_forms_take_them(at_desk, owned):
    sent = {"reason": "更正", "amount": "1200.50", "complainants": "3", "named_staff": "张三、李四"}
    assert at_desk.post(verb_of(owned, "amend"), sent, headers=HTMX).status_code == 200
    case = Case.objects.get()
    assert (str(case.amount), case.complainants, case.named_staff) == ("1200.50", 3, ["张三", "李四"])


def test_a_tick_that_is_absent_is_a_no(rf):
    posted = rf.post("/", {"level": Level.MAJOR, "reason": "涉及多人"}).POST
    assert given(VERBS["set_level"].form, posted) == {"level": "major", "urgent": False, "reason": "涉及多人"}


def test_a_moment_gets_the_offset_of_the_page(rf):
    posted = rf.post("/", {**TOLD, "told_at": "2026-11-23T12:00"}).POST
    assert given(VERBS["notify"].form, posted)["told_at"] == "2026-11-23T12:00:00+08:00"


def test_a_further_message_stands_in_the_timeline(at_desk, integration, owned):
    taken(integration, case=owned.reference, subject="", text="材料已经发到邮箱了。")
    assert Case.objects.count() == 1
    kinds = [
        (item.kind, item.texts[0][1]) for item in at_desk.get(page_of(owned)).context["timeline"].items if item.texts
    ]
    assert ("customer", "材料已经发到邮箱了。") in kinds


def test_the_notification_begins_with_the_words_of_the_decision(at_desk, decided):
    text = at_desk.get(verb_of(decided, "notify"), headers=HTMX).context["controls"][2]
    assert text.value == f"{DECIDED['outcome']}\n{DECIDED['remedies']}"


def test_both_clocks_say_why_they_are_due_then(at_desk, owned):
    clocks = at_desk.get(page_of(owned)).context["clocks"]
    assert clocks[0].clock.basis == "statutory"
    assert {shown.clock.basis for shown in clocks} == {"statutory", "internal"}
    assert all(shown.why for shown in clocks)


def test_a_conversation_that_came_in_in_disorder_reads_as_it_was_written(at_desk, integration, handler):
    """D21: the title was that of whatever came first, and the page told when we stored a message, in that order."""
    wechat = {"channel": "wechat", "thread": "gh_1:oUser", "subject": ""}
    yesterday, early = NOON - timedelta(days=1), NOON - timedelta(hours=3)
    asked = {"text": "请问我反映的问题有进展了吗？", "occurred_at": (NOON - timedelta(hours=2)).isoformat()}
    case = taken(integration, **wechat, **asked)
    assert Case.objects.get().subject == asked["text"]
    said = {"text": "年费重复扣收。", "occurred_at": yesterday.isoformat()}
    taken(integration, **wechat, at=NOON + timedelta(minutes=5), **said)
    taken(integration, **wechat, at=NOON + timedelta(minutes=6), text="附上截图。", occurred_at=early.isoformat())
    taking.take_next(actor=handler, at=NOON + timedelta(minutes=7))
    late = {"text": "昨晚还写过一条。", "occurred_at": (yesterday + timedelta(hours=1)).isoformat()}
    taken(integration, **wechat, at=NOON + timedelta(minutes=8), **late)
    page = at_desk.get(page_of(case))
    assert case.subject != Case.objects.get().subject == said["text"]
    assert f"<h2>{said['text']}</h2>" in page.content.decode()
    items = page.context["timeline"].items
    written = [item.texts[0][1] for item in items if item.texts]
    assert written == [said["text"], "附上截图。", asked["text"], late["text"]]  # the last one nobody had who took it
    first = next(item for item in items if item.texts)
    assert (first.at, first.stored_at) == (yesterday, NOON + timedelta(minutes=5))
    days = [day for day, _groups in page.context["timeline"].days]
    assert days == sorted(set(days))
    assert "11-23 12:05 入库" in page.content.decode()
    assert [*retold_otherwise(Case.objects.all())] == []


def test_a_message_of_somebody_else_names_no_case(integration, owned):
    """Only of a conversation: what another program or a colleague adds by reference changes no title."""
    before = (NOON - timedelta(days=2)).isoformat()
    taken(integration, case=owned.reference, subject="别的标题", text="更早的话", occurred_at=before)
    assert Case.objects.get().subject == owned.subject
