"""后台任务: asked for once, done step by step, given to nobody but who asked, and gone after seven days."""

from datetime import timedelta
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.core.files.storage import storages
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from complaints import tasks
from complaints.jobs import JOBS, case_list
from complaints.services.orphans import remove_orphans
from organization.errors import FileGone, JobOver, RightsChanged, TooManyJobs
from organization.jobs import JobKind, Run, TooMuch, Unwanted
from organization.models import Job, Membership, Role, User
from organization.services import jobs
from security.errors import DamagedFile
from security.models import AuditRow
from sqm_site.errors import Forbidden
from sqm_site.models import Heartbeat
from tests.cases import taken
from tests.elsewhere import elsewhere
from tests.people import person
from tests.sheets import cells, opened

pytestmark = pytest.mark.django_db
State, Fault = Job.State, Job.Fault
DAY = timedelta(days=1)


class Counting(JobKind):
    """Ten steps; what happens in the middle of them is the test's."""

    key, content = "counting", b"ten"

    def __init__(self, meanwhile: Any = None) -> None:
        self.meanwhile = meanwhile

    def read(self, given: QueryDict, user: User) -> dict[str, Any]:
        return {"to": given.get("to", "10")}

    def titled(self, arguments: Any) -> str:
        return "counting"

    def named(self, job: Job) -> str:
        return "ten.xlsx"

    def write(self, run: Run) -> bytes:
        for batch in run.batches(range(10), 2):
            if 4 in batch and self.meanwhile:
                self.meanwhile(run)
        return self.content


def asked(by: User, kind: JobKind | None = None, **arguments: Any) -> Job:
    return jobs.ask(kind or Counting(), arguments, by=by, at=timezone.now())


def done(job: Job, meanwhile: Any = None) -> Job:
    jobs.run_due({"counting": Counting(meanwhile)})
    return Job.objects.get(pk=job.pk)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="organization.backends.RoleBackend")
    return client


def raising(error: Exception) -> Any:
    def meanwhile(run: Run) -> None:
        raise error

    return meanwhile


def test_a_job_is_done_step_by_step_and_stands_on_record(supervisor):
    seen: list[tuple[int, int]] = []
    job = asked(supervisor, what="x")
    job = done(job, lambda run: seen.append(Job.objects.values_list("done", "total").get(pk=job.pk)))
    assert seen == [(4, 10)]
    assert (job.state, job.done, job.total, job.runs) == (State.DONE, 10, 10, 1)
    assert job.expires_at - job.ended_at == 7 * DAY
    row = AuditRow.objects.get(verb="export")
    assert (row.actor_id, row.subject) == (supervisor.pk, f"job:{job.pk}")
    assert row.details == {"kind": "counting", "arguments": {"what": "x"}, "rows": 10, "sha256": job.sha256}
    with storages["files"].open(job.stored) as file:
        assert b"ten" not in file.read(), "sealed"


def test_the_same_asked_for_twice_is_one_job_until_it_is_done(supervisor):
    first = asked(supervisor, what="x")
    assert asked(supervisor, what="x") == first
    done(first)
    assert asked(supervisor, what="x") != first


def test_nobody_has_more_than_three_under_way(supervisor, auditor):
    for number in range(jobs.MOST_UNFINISHED):
        job = asked(supervisor, number=number)
    with pytest.raises(TooManyJobs, match="3"):
        asked(supervisor, number=99)
    asked(auditor, number=99)
    jobs.cancel(job, at=timezone.now())
    asked(supervisor, number=99)


def test_a_cancelled_job_stops_at_the_next_step_and_leaves_nothing(supervisor):
    job = asked(supervisor)
    job = done(job, lambda run: jobs.cancel(job, at=timezone.now()))
    assert (job.state, job.stored, job.done) == (State.CANCELLED, "", 4)
    assert not AuditRow.objects.filter(verb="export").exists()
    with pytest.raises(JobOver):
        jobs.cancel(job, at=timezone.now())


def test_a_job_whose_worker_was_killed_is_begun_again_and_given_up_after_three_times(supervisor):
    """F01: what no worker says anything of any more."""
    job = asked(supervisor)
    for runs in (1, 2, 3):
        assert jobs.begun(job.pk) is not None  # and the worker is gone
        assert done(job).runs == runs, "its heart still beats"
        Job.objects.update(heartbeat_at=timezone.now() - jobs.LOST_AFTER - timedelta(seconds=1))
    job = done(job)
    assert (job.state, job.fault) == (State.FAILED, Fault.LOST)


def test_a_worker_that_was_given_up_writes_nothing_any_more(supervisor):
    job = asked(supervisor)
    late = jobs.begun(job.pk)
    Job.objects.update(heartbeat_at=timezone.now() - jobs.LOST_AFTER - timedelta(seconds=1))
    assert done(job).state == State.DONE
    with pytest.raises(Unwanted):
        late.reach(10)
    with pytest.raises(Unwanted):
        jobs.finish(late, Counting(), b"another")
    assert AuditRow.objects.filter(verb="export").count() == 1


@pytest.mark.parametrize(
    ("error", "fault"),
    [(TooMuch(), Fault.TOO_MUCH), (SoftTimeLimitExceeded(), Fault.TOO_LONG), (ValueError("x"), Fault.BROKEN)],
)
def test_what_goes_wrong_is_said_and_not_tried_for_ever(error, fault, supervisor):
    job = done(asked(supervisor), raising(error))
    assert (job.state, job.fault, job.stored) == (State.FAILED, fault, "")
    assert bool(Heartbeat.objects.get(name="run jobs").isolated) == (fault == Fault.BROKEN)
    assert done(job).runs == 1


def test_who_may_not_export_asks_for_nothing_and_rights_are_asked_again_when_it_begins(supervisor, handler):
    with pytest.raises(Forbidden):
        asked(handler)
    job = asked(supervisor)
    Membership.objects.filter(user=supervisor).delete()
    job = done(job)
    assert (job.state, job.fault) == (State.FAILED, Fault.REFUSED)


def test_a_file_is_gone_after_seven_days_and_its_key_with_it(supervisor):
    job = done(asked(supervisor))
    over = job.expires_at
    job.asked_by = supervisor
    assert jobs.given_out(job, Counting(), at=over - timedelta(seconds=1)) == b"ten"
    with pytest.raises(FileGone):
        jobs.given_out(job, Counting(), at=over)
    stored = job.stored
    remove_orphans(at=over - timedelta(seconds=1))
    assert storages["files"].exists(stored), "it has a row"
    remove_orphans(at=over)
    job = Job.objects.get(pk=job.pk)
    assert (job.state, job.stored, job.key_sealed) == (State.DONE, "", "")
    assert not storages["files"].exists(stored)
    with pytest.raises(FileGone):
        jobs.given_out(job, Counting(), at=over)


def test_with_other_units_or_roles_than_then_the_file_is_not_given_out(supervisor, other_branch):
    job = done(asked(supervisor))
    Membership.objects.filter(user=supervisor).update(unit=other_branch)
    job.asked_by = User.objects.get(pk=supervisor.pk)
    with pytest.raises(RightsChanged):
        jobs.given_out(job, Counting(), at=timezone.now())
    Membership.objects.filter(user=supervisor).delete()
    job.asked_by = User.objects.get(pk=supervisor.pk)
    with pytest.raises(Forbidden):
        jobs.given_out(job, Counting(), at=timezone.now())
    assert not AuditRow.objects.filter(verb="read").exists()


def test_a_file_that_was_changed_in_its_storage_is_not_given_out(supervisor):
    job = done(asked(supervisor))
    with storages["files"].open(job.stored, "wb") as file:
        file.write(b"v1:" + b"x" * 60)
    job.asked_by = supervisor
    with pytest.raises(DamagedFile):
        jobs.given_out(job, Counting(), at=timezone.now())


def test_one_job_at_a_time(transactional_db, supervisor):
    def busy() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('run jobs', 0))")

    job = asked(supervisor)
    with elsewhere(busy):
        assert done(job).state == State.QUEUED
    assert done(job).state == State.DONE


# --- the page, with the list of cases -----------------------------------------------------------------


@pytest.fixture
def listed(case, integration, supervisor) -> Client:
    taken(integration, subject="=1+1", nature="enquiry")
    return signed_in(supervisor)


def exported(client: Client, **filters: str) -> list[dict[str, Any]]:
    """The rows of the file, as whoever asks at the page of the list gets it."""
    page = client.get(reverse("desk:cases"), filters).context["exported"]
    assert client.post(reverse("desk:job-ask", args=["case_list"]), dict(page)).status_code == 302
    tasks.run_jobs()
    job = client.get(reverse("desk:jobs")).context["lines"][0]["job"]
    assert job.state == State.DONE
    return cells(client.get(reverse("desk:job-file", args=[job.pk])).content)


def test_the_file_has_the_rows_of_the_list_in_its_order(listed, case):
    """E24, E26: names are masked, times are times."""
    rows = exported(listed)
    assert [row["工单"] for row in rows] == [
        row.case.reference for row in listed.get(reverse("desk:cases")).context["rows"]
    ]
    row = next(row for row in rows if row["工单"] == case.reference)
    assert row["客户"] == "测***"
    assert row["收到时间"] == timezone.localtime(case.received_at).replace(tzinfo=None)
    assert row["轮次"] == 1
    assert [row["标题"] for row in exported(listed, nature="enquiry")] == ["=1+1"]
    assert {row["性质"] for row in exported(listed, nature="complaint", state="received")} == {"投诉"}
    by_deadline = exported(listed, ordering="next_due_at")
    shown = listed.get(reverse("desk:cases"), {"ordering": "next_due_at"}).context["rows"]
    assert [row["工单"] for row in by_deadline] == [row.case.reference for row in shown]


def test_no_text_becomes_a_formula(listed):
    """E01, E20"""
    exported(listed)
    job = Job.objects.latest("pk")
    job.asked_by = User.objects.get(pk=job.asked_by_id)
    sheet = opened(jobs.given_out(job, JOBS["case_list"], at=timezone.now()))
    cell = next(cell for line in sheet.iter_rows() for cell in line if cell.value == "=1+1")
    assert (cell.data_type, cell.quotePrefix) == ("s", True)
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert sheet.freeze_panes == "B4"


def test_what_lies_elsewhere_is_in_no_file(listed, case, other_branch):
    away = signed_in(person("elsewhere", Role.SUPERVISOR, other_branch))
    assert away.get(reverse("desk:cases")).context["exported"] == []
    assert away.post(reverse("desk:job-ask", args=["case_list"])).status_code == 302
    tasks.run_jobs()
    job = Job.objects.get()
    assert cells(away.get(reverse("desk:job-file", args=[job.pk])).content) == []
    for page in ("job-file", "job-cancel"):
        ask = listed.post if page == "job-cancel" else listed.get
        assert ask(reverse(f"desk:{page}", args=[job.pk])).status_code == 404, "of somebody else"


def test_what_was_searched_for_is_not_exported(listed):
    """A name or a number of a customer would stand in the row of the job, and in the log."""
    assert listed.get(reverse("desk:cases"), {"q": "年费"}).context["exported"] == []
    answer = listed.post(reverse("desk:job-ask", args=["case_list"]), {"q": "13800138000"})
    assert answer.status_code == 400 and "筛选" in answer.content.decode()
    assert listed.post(reverse("desk:job-ask", args=["case_list"]), {"state": "x"}).status_code == 400
    assert not Job.objects.exists()


def test_every_filter_of_the_list_has_a_name_in_the_file(listed):
    assert {*case_list.FILTERS} == {*case_list.CALLED}
    exported(listed, state="received", owner="receiver")
    line = listed.get(reverse("desk:jobs")).context["lines"][0]
    assert line["what"] == "工单清单 (状态: 待分派; 承办人: receiver)"


def test_more_rows_than_a_file_takes_are_refused(listed, monkeypatch):
    monkeypatch.setattr(case_list, "MOST_ROWS", 1)
    listed.post(reverse("desk:job-ask", args=["case_list"]))
    tasks.run_jobs()
    assert Job.objects.get().fault == Fault.TOO_MUCH


def test_the_page_tells_how_far_it_is_and_asks_again_while_something_is_under_way(listed):
    page = reverse("desk:jobs")
    assert "every 3s" not in listed.get(page).content.decode()
    listed.post(reverse("desk:job-ask", args=["case_list"]))
    told = listed.get(page, headers={"HX-Request": "true"}).content.decode()
    assert "排队中" in told and 'hx-trigger="every 3s"' in told
    key = Job.objects.get().pk
    assert listed.get(reverse("desk:job-file", args=[key])).status_code == 410
    assert listed.post(reverse("desk:job-cancel", args=[key])).status_code == 302
    assert listed.post(reverse("desk:job-cancel", args=[key])).status_code == 409
    assert "已取消" in listed.get(page).content.decode()
