"""案卷: what an inspector is given of a case, and how it is verified without us."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypdf
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse

from complaints import bundles
from complaints.jobs import JOBS
from complaints.models import Attachment, Case, CaseEvent
from complaints.services.attaching import hand_over
from complaints.verbs import VERBS
from organization.models import Job, Role, User
from organization.services import jobs
from security.models import AuditRow
from tests.append_only import tamper
from tests.complaints.positions import at, who
from tests.complaints.test_ledgers import signed_in
from tests.files import pdf
from tests.people import NOON, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(house) -> Case:
    """Told, with two letters' worth of history, a file, an identity document, and one in quarantine."""
    case = at(house, "told, and a regulator waits")
    VERBS["issue_letter"](case.reference, actor=who("handler"), at=NOON, kind="registration")
    for name, document, state in (("流水", "STATEMENT", ""), ("证件", "ID_CARD", ""), ("病毒", "OTHER", "infected")):
        row, _new = hand_over(pdf(name.encode()), name=f"{name}.pdf", by=who("handler"), at=NOON, document=document)
        VERBS["attach"](case.reference, actor=who("handler"), at=NOON, attachments=[row.pk])
        if state:
            Attachment.objects.filter(pk=row.pk).update(state=state, finding="Eicar-Signature")
    return Case.objects.get(pk=case.pk)


@pytest.fixture
def inspected(case) -> zipfile.ZipFile:
    return opened(exported(who("protection"), case))


def exported(user: User, *cases: Case) -> Job:
    """As its worker writes it."""
    arguments = {"references": [case.reference for case in cases]}
    job = jobs.ask(JOBS["dossier"], arguments, by=user, at=NOON)
    jobs.work([job.pk], JOBS)
    return Job.objects.select_related("asked_by").get(pk=job.pk)


def opened(job: Job) -> zipfile.ZipFile:
    assert job.state == Job.State.DONE, job.fault
    return zipfile.ZipFile(io.BytesIO(jobs.given_out(job, JOBS["dossier"], at=NOON)))


def manifest_of(archive: zipfile.ZipFile) -> Any:
    return json.loads(archive.read("MANIFEST.json"))


def verified(archive: zipfile.ZipFile) -> list[str]:
    """What an inspector does by the words of the manifest alone: what is wrong."""
    wrong = []
    for entry in manifest_of(archive)["cases"]:
        for file in entry["files"]:
            content = archive.read(f"{entry['reference']}/{file['name']}")
            if (hashlib.sha256(content).hexdigest(), len(content)) != (file["sha256"], file["bytes"]):
                wrong.append(file["name"])
        previous = "0" * 64
        for line in archive.read(f"{entry['reference']}/events.jsonl").splitlines():
            row = json.loads(line)
            payload = json.dumps(row["payload"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            previous = hashlib.sha256((previous + payload).encode()).hexdigest()
            if previous != row["hash"]:
                wrong.append(f"event {row['payload']['sequence']}")
        if previous != entry["head"]:
            wrong.append("head")
    return wrong


def test_an_inspector_verifies_every_file_and_the_chain(inspected, case):
    assert verified(inspected) == []
    (entry,) = manifest_of(inspected)["cases"]
    assert (entry["reference"], entry["state"], entry["chain"]) == (case.reference, "notified", "verified")
    assert (entry["events"], entry["head"]) == (case.events.count(), case.last_hash)
    there = {name.removeprefix(f"{case.reference}/") for name in inspected.namelist()}
    assert there == {file["name"] for file in entry["files"]} | {"MANIFEST.json"}


def test_the_index_tells_the_case(inspected, case):
    text = inspected.read(f"{case.reference}/index.html").decode()
    for words in (
        case.reference,
        "人行转办编号",
        "年费确有重复扣收。",
        "12-08 23:59",
        "消费投诉登记表",
        case.last_hash,
    ):
        assert words in text
    for event in case.events.all():
        assert str(VERBS[event.verb].label if event.verb in VERBS else "") in text


def test_what_is_masked_elsewhere_is_masked_here(inspected, case):
    """E26: in every file of the zip, the letters included."""
    every = b"".join(inspected.read(name) for name in inspected.namelist()).decode(errors="ignore")
    every += "".join(
        page.extract_text()
        for name in inspected.namelist()
        if "/letters/" in name
        for page in pypdf.PdfReader(io.BytesIO(inspected.read(name))).pages
    )
    assert "测***" in every and "投诉人" in every
    assert "测试客户" not in every and "13800138000" not in every


def test_only_what_is_given_out_lies_in_it_and_the_rest_is_named(inspected, case):
    (entry,) = manifest_of(inspected)["cases"]
    (statement,) = [name for name in inspected.namelist() if "/files/" in name]
    assert statement.endswith("流水.pdf") and inspected.read(statement) == pdf("流水".encode())
    left_out = {row["name"].rpartition("-")[2]: row["why"] for row in entry["left_out"]}
    assert left_out.keys() == {"证件.pdf", "病毒.pdf"}
    assert "身份证件" in left_out["证件.pdf"] and "Eicar-Signature" in left_out["病毒.pdf"]
    index = inspected.read(f"{case.reference}/index.html").decode()
    assert all(words in index for words in left_out.values())


def test_a_dossier_stands_on_record_under_each_case_and_file(case):
    job = exported(who("protection"), case)
    rows = AuditRow.objects.filter(verb="export", actor=who("protection"))
    file = case.attachments.get(document="STATEMENT")
    subjects = {f"job:{job.pk}", f"case:{case.reference}", f"attachment:{file.pk}"}
    assert {row.subject for row in rows} == subjects
    assert {row.details["sha256"] for row in rows} == {job.sha256}


def test_a_changed_event_is_told(case):
    tamper(f"UPDATE {CaseEvent._meta.db_table} SET verb = 'note' WHERE case_id = {case.pk} AND sequence = 2")
    archive = opened(exported(who("protection"), case))
    (entry,) = manifest_of(archive)["cases"]
    assert "2" in entry["chain"][0] and verified(archive)[0] == "event 2"
    assert "校验不通过" in archive.read(f"{case.reference}/index.html").decode()


def test_files_that_do_not_fit_any_more_are_named(case, monkeypatch):
    monkeypatch.setattr(bundles, "FULL", "满")
    row = case.attachments.get(document="STATEMENT")
    Attachment.objects.filter(pk=row.pk).update(size=bundles.MOST_BYTES)
    (entry,) = manifest_of(opened(exported(who("protection"), case)))["cases"]
    assert {"name": f"files/{row.pk}-流水.pdf", "why": "满"} in entry["left_out"]


def test_whoever_loses_a_case_meanwhile_is_given_nothing_of_it(case):
    arguments = {"references": [case.reference]}
    job = jobs.ask(JOBS["dossier"], arguments, by=who("protection"), at=NOON)
    Case.objects.filter(pk=case.pk).update(barred=[who("protection").pk])
    jobs.work([job.pk], JOBS)
    job = Job.objects.get(pk=job.pk)
    assert (job.state, job.fault) == (Job.State.FAILED, Job.Fault.REFUSED)
    assert not AuditRow.objects.filter(verb="export").exists()


# --- the doors --------------------------------------------------------------------------------------------

ASK = "/desk/jobs/dossier/"


def test_it_is_asked_for_on_the_page_of_the_case(case):
    client = signed_in(who("supervisor"))
    page = client.get(reverse("desk:case", args=[case.reference])).content.decode()
    assert "导出案卷" in page
    spelled = f" {case.reference.lower()}，{case.reference}\n"
    assert client.post(ASK, {"references": spelled}).status_code == 302
    assert Job.objects.get().arguments == {"references": [case.reference]}
    assert f"案卷 {case.reference}" in client.get(reverse("desk:jobs")).content.decode()
    assert "导出案卷" not in signed_in(who("handler")).get(reverse("desk:case", args=[case.reference])).content.decode()


def test_only_cases_that_one_may_export_are_taken(case, other_branch):
    away = signed_in(person("away", Role.SUPERVISOR, other_branch))
    for references, status, said in (
        (case.reference, 404, "没有您可以导出的工单"),
        ("C261123-0000000-0", 400, "C261123-0000000-0"),
        ("", 400, "1 至 100"),
        ("\n".join([case.reference] * 101), 400, "1 至 100"),
    ):
        answer = away.post(ASK, {"references": references})
        assert answer.status_code == status and said in answer.content.decode()
    assert not Job.objects.exists()


@pytest.fixture
def command(tmp_path) -> Callable[..., Path]:
    def run(*references: str, by: str = "protection", to: str = "dossier.zip") -> Path:
        call_command("export_dossier", *references, to=tmp_path / to, by=by)
        return tmp_path / to

    return run


def test_the_command_writes_the_same_for_whoever_may(case, command):
    path = command(case.reference)
    assert verified(zipfile.ZipFile(path)) == [] and path.stat().st_mode & 0o777 == 0o600
    row = AuditRow.objects.get(verb="export", subject=f"case:{case.reference}")
    assert (row.actor, row.details) == (who("protection"), {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()})


def test_the_command_refuses_whom_the_page_refuses(case, command):
    for given, said in (
        ({"by": "handler"}, "may export nothing"),
        ({"by": "nobody"}, "may export nothing"),
    ):
        with pytest.raises(CommandError, match=said):
            command(case.reference, **given)
    with pytest.raises(CommandError, match="没有您可以导出的工单|no case"):
        command("C261123-0483175-9")
    command(case.reference)
    with pytest.raises(CommandError, match="cannot be written"):
        command(case.reference)
    assert AuditRow.objects.filter(verb="export", subject=f"case:{case.reference}").count() == 1
