"""协办 at the desk: what a unit is asked, one task with as much of its case as one needs, and what the case shows."""

from datetime import timedelta

import pytest
from django.utils import timezone

from complaints.api.cases import HANGING
from complaints.models import Case, Task
from complaints.verbs import VERBS, helping, overseeing, tasking
from feedback.models import Notice
from organization.models import Role, Unit, User
from security.models import Opening
from tests.cases import CLASSIFIED
from tests.people import person

SECRETS = ["测试客户", "测**户", "138****8000", "13800138000", "内部核对意见"]


@pytest.fixture
def post(other_branch) -> User:
    user = person("bj.post", Role.DISPATCHER, other_branch)
    Unit.objects.filter(pk=other_branch.pk).update(receiver=user)
    return user


@pytest.fixture
def asked(fresh, handler, post) -> Case:
    """Of the other branch; with a note of the handler's that is nobody's there."""
    VERBS["note"](fresh.reference, actor=handler, text="内部核对意见：客户测试客户情绪激动")
    return tasking.add_task(fresh.reference, actor=handler, unit="BJ", ask="请核实年费的入账时间")


def shown(client, user: User, address: str, **given) -> str:
    client.force_login(user)
    answer = client.get(address, given)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_the_list_of_what_ones_unit_is_asked_and_its_count(client, asked, post, outsider, handler, colleague):
    for reader in (post, outsider):
        page = shown(client, reader, "/desk/tasks/")
        assert f"{asked.reference} · 1" in page and "待签收" in page
        assert '<span class="cf-count">1</span>' in shown(client, reader, "/desk/?tab=mine")
    for reader in (handler, colleague):
        assert asked.reference not in shown(client, reader, "/desk/tasks/")
    assert f"{asked.reference} · 1" in shown(client, handler, "/desk/tasks/", which="sent")
    assert asked.reference not in shown(client, outsider, "/desk/tasks/", which="ended")


def test_whoever_is_asked_reads_what_is_asked_and_not_who_complains(client, asked, outsider):
    page = shown(client, outsider, f"/desk/cases/{asked.reference}/tasks/1/")
    assert "请核实年费的入账时间" in page and asked.subject in page and "上海分行" in page
    assert [secret for secret in SECRETS if secret in page] == []
    assert Opening.objects.filter(subject=f"case:{asked.reference}", actor=outsider).exists()


def test_the_address_of_the_case_leads_them_to_the_task_and_nobody_else(client, asked, outsider, other_branch, branch):
    client.force_login(outsider)
    answer = client.get(f"/desk/cases/{asked.reference}/")
    assert (answer.status_code, answer["Location"]) == (302, f"/desk/cases/{asked.reference}/tasks/1/")
    for address in ("timeline", "clocks", "stays", ""):
        assert client.get(f"/api/v1/cases/{asked.reference}/{address}/".replace("//", "/")).status_code == 404
    for address in ("note/", "news/", "stays/", "reveal/", "answer_task/"):
        assert client.get(f"/desk/cases/{asked.reference}/{address}").status_code == 404
    stranger = person("stranger", Role.QUALITY_ANALYST, other_branch)
    client.force_login(stranger)
    assert client.get(f"/desk/cases/{asked.reference}/").status_code == 404
    assert client.get(f"/desk/cases/{asked.reference}/tasks/1/").status_code == 404


def test_they_sign_for_it_and_answer_on_the_page(client, asked, outsider, handler):
    address = f"/desk/cases/{asked.reference}/tasks/1/"
    client.force_login(outsider)
    assert client.post(address, {"verb": "accept_task", "task": 1}).status_code == 302
    lacking = client.post(address, {"verb": "answer_task", "task": 1, "result": "answered", "answer": ""})
    assert lacking.status_code == 400 and "cf-error" in lacking.content.decode()
    assert client.post(address, {"verb": "note", "task": 1, "text": "x"}).status_code == 400
    done = client.post(address, {"verb": "answer_task", "task": 1, "result": "answered", "answer": "十一月三日入账"})
    assert (done.status_code, done["Location"]) == (302, "/desk/tasks/")
    task = Task.objects.get()
    assert (task.accepted_by, task.answered_by, task.ended_as) == (outsider, outsider, "answered")
    page = shown(client, outsider, address)
    assert "十一月三日入账" in page and 'name="verb" value="answer_task"' not in page
    assert "十一月三日入账" in shown(client, handler, f"/desk/cases/{asked.reference}/")


def test_what_was_typed_is_kept_where_somebody_else_was_quicker(client, asked, post, outsider):
    address = f"/desk/cases/{asked.reference}/tasks/1/"
    helping.answer_task(asked.reference, actor=post, answer="已答复")
    client.force_login(outsider)
    answer = client.post(address, {"verb": "answer_task", "task": 1, "answer": "我的答复"})
    assert answer.status_code == 409 and "不能办理" in answer.content.decode()


def test_the_page_of_the_case_shows_its_tasks_and_how_long_they_lay(client, asked, handler, outsider):
    page = shown(client, handler, f"/desk/cases/{asked.reference}/")
    assert "cf-tasks" in page and "北京分行" in page and "签收滞留" in page
    for name in ("chase_task", "withdraw_task"):
        assert f"/desk/cases/{asked.reference}/{name}/" in page
    assert f"/desk/cases/{asked.reference}/answer_task/" not in page


def test_the_dialog_asks_with_one_box_of_units_and_one_of_people(client, fresh, handler):
    page = shown(client, handler, f"/desk/cases/{fresh.reference}/add_task/")
    assert 'data-finds="/desk/units/"' in page and 'data-finds="/desk/people/"' in page


def test_the_dialog_of_a_decision_says_that_somebody_has_not_answered(client, asked, handler):
    VERBS["classify"](asked.reference, actor=handler, **CLASSIFIED)
    page = shown(client, handler, f"/desk/cases/{asked.reference}/draft_decision/")
    assert "协办 1 尚未答复：北京分行" in page


def test_through_the_api_whoever_is_asked_answers_and_reads_nothing_of_who_complains(client, asked, outsider):
    client.force_login(outsider)
    sent = {"answer": "十一月三日入账", "task": 1}
    answer = client.post(f"/api/v1/cases/{asked.reference}/answer_task/", sent, content_type="application/json")
    assert answer.status_code == 200, answer.content
    said = answer.json()
    assert (said["customer"], said["text"], said["tasks"][0]["ended_as"]) == (None, "", "answered")
    assert [said[name] for name in HANGING] == [[]] * len(HANGING)
    assert [secret for secret in SECRETS if secret in answer.content.decode()] == []


def test_the_case_tells_programs_of_people_its_tasks(client, asked, handler, outsider):
    helping.accept_task(asked.reference, actor=outsider)
    client.force_login(handler)
    (task,) = client.get(f"/api/v1/cases/{asked.reference}/").json()["tasks"]
    assert (task["number"], task["unit"], task["to"], task["asked_by"]) == (1, "BJ", "outsider", "handler")
    assert task["accepted_at"] and task["ended_at"] is None and task["ended_as"] == ""


def test_a_notice_about_a_task_leads_to_it(client, asked, post):
    page = shown(client, post, "/desk/notices/")
    assert "请您协办" in page
    client.get(f"/desk/cases/{asked.reference}/", follow=True)
    assert not Notice.objects.filter(to_user=post, read_at=None, channel="in_app").exists()


def test_whoever_is_away_from_the_case_by_now_finds_it_under_what_ended(client, asked, handler, outsider):
    overseeing.withdraw_task(asked.reference, actor=handler, reason="已核实")
    page = shown(client, outsider, "/desk/tasks/", which="ended")
    assert asked.reference in page and "已撤销" in page
    assert asked.reference not in shown(client, outsider, "/desk/tasks/")


def test_a_late_one_is_marked(client, asked, outsider):
    Task.objects.update(due_at=timezone.now() - timedelta(hours=1))
    asked.clocks.filter(kind="task").update(
        started_at=timezone.now() - timedelta(days=3), due_at=timezone.now() - timedelta(hours=1)
    )
    assert "逾期" in shown(client, outsider, "/desk/tasks/")
