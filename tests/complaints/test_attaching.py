"""Files of a case: what customers sent, what colleagues attach, and who opens which."""

from typing import Any

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from complaints.errors import FileThere, GateNotMet, NoRoomForFiles, NotAllowed, TooManyFiles
from complaints.models import Attachment, Case, State
from complaints.services.attaching import hand_over
from complaints.services.replaying import differences
from complaints.verbs import VERBS
from organization.models import User
from security.models import AuditRow
from sqm_site.errors import NotFound
from tests.cases import body, taken
from tests.files import pdf, png
from tests.people import NOON

pytestmark = pytest.mark.django_db
attach = VERBS["attach"]
URL = "/api/v1/attachments/"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="organization.backends.RoleBackend")
    return client


def handed(user: User, content: bytes = b"", name: str = "evidence.pdf", **more: Any) -> Attachment:
    return hand_over(content or pdf(), name=name, by=user, at=NOON, **more)[0]


def attached(case: Case, user: User, *rows: Attachment, **more: Any) -> Case:
    return attach(case.reference, actor=user, at=NOON, attachments=[row.pk for row in rows], **more)


def upload(name: str = "evidence.pdf", content: bytes = b"") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content or pdf())


def page(case: Case) -> str:
    return reverse("desk:attach", args=[case.reference])


def file_page(case: Case, row: Attachment) -> str:
    return reverse("desk:download", args=[case.reference, row.pk])


class TestTheVerb:
    def test_it_adds_files_and_moves_nothing(self, owned, handler):
        row = handed(handler, name="13800138000.pdf")
        case = attached(owned, handler, row, remark="客户来信")
        event, row = case.events.latest("sequence"), Attachment.objects.get()
        assert (case.state, case.version) == (owned.state, owned.version)
        assert (event.verb, event.before, event.after) == ("attach", owned.state, owned.state)
        assert (row.case, row.feedback, row.by, row.title) == (case, None, handler, "［电话］.pdf")
        assert event.details["attachments"][str(row.pk)]["sha256"] == row.sha256
        assert "13800138000" not in str(event.details) and "客户来信" not in str(event.details)
        assert list(differences(case)) == []

    @pytest.mark.parametrize("state", [State.WAITING_CUSTOMER, State.CLOSED, State.MERGED])
    def test_it_does_so_in_any_state(self, owned, handler, state):
        """T35"""
        Case.objects.filter(pk=owned.pk).update(state=state)
        assert attached(owned, handler, handed(handler)).state == state

    def test_a_file_is_named_once_and_by_whoever_handed_it_over(self, owned, handler, lead):
        row, other = handed(handler), handed(lead, png(), "a.png")
        attached(owned, handler, row)
        for named in (row.pk, other.pk, 10**9):
            with pytest.raises(GateNotMet):
                attach(owned.reference, actor=handler, at=NOON, attachments=[named])

    def test_the_same_file_stands_on_a_case_once(self, owned, handler):
        """T34"""
        attached(owned, handler, handed(handler))
        with pytest.raises(FileThere):
            attached(owned, handler, handed(handler))

    def test_a_case_takes_so_many_files_and_so_much(self, owned, handler, settings):
        """T33, T42: the row of the case is locked while they are counted."""
        settings.CASE_ATTACHMENTS, settings.CASE_ATTACHMENT_BYTES = 2, 1_000
        attached(owned, handler, handed(handler), handed(handler, png(), "a.png"))
        with pytest.raises(TooManyFiles):
            attached(owned, handler, handed(handler, b"text", "a.txt"))
        settings.CASE_ATTACHMENTS = 3
        with pytest.raises(NoRoomForFiles):
            attached(owned, handler, handed(handler, b"a" * 1_000, "a.txt"))

    def test_who_may_not_is_refused(self, owned, outsider, auditor, lead):
        """T35"""
        with pytest.raises(NotFound):
            attached(owned, outsider, handed(outsider))
        with pytest.raises(NotAllowed):
            attached(owned, auditor, handed(auditor))
        assert attached(owned, lead, handed(lead)).attachments.count() == 1


class TestWithAMessage:
    def test_a_program_hands_over_first_and_names_them(self, post, integration):
        row = handed(integration.user, name="letter.pdf")
        sent = body(attachments=[row.pk])
        answers = [post(sent), post(sent)]
        assert [one.status_code for one in answers] == [201, 200]
        case, row = Case.objects.get(), Attachment.objects.get()
        assert (row.case, row.feedback_id) == (case, answers[0].json()["id"])
        assert case.events.get().details["files"] == 1
        assert list(differences(case)) == []

    def test_a_further_message_brings_more(self, post, integration, case):
        row = handed(integration.user)
        assert post(body(case=case.reference, attachments=[row.pk])).status_code == 201
        row.refresh_from_db()
        assert row.case == case and row.feedback is not None
        assert list(differences(Case.objects.get(pk=case.pk))) == []

    def test_scores_alone_keep_theirs_without_a_case(self, post, integration):
        row = handed(integration.user)
        sent = {"channel": "app", "external_id": "s-1", "scores": {"csat": 1}, "attachments": [row.pk]}
        assert post(sent).status_code == 201
        row.refresh_from_db()
        assert row.case is None and row.feedback is not None

    @pytest.mark.parametrize("whose", ["handler", "nobody"])
    def test_what_somebody_else_handed_over_is_not_there(self, post, request, whose):
        named = handed(request.getfixturevalue("handler")).pk if whose == "handler" else 10**9
        answer = post(body(attachments=[named]))
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "attachments")
        assert not Case.objects.exists()


class TestOpening:
    def test_a_download_is_a_file_to_keep_and_on_record(self, owned, handler):
        """T37, SR23"""
        row = handed(handler, name="来信 1.pdf")
        attached(owned, handler, row)
        asked = {"Range": "bytes=0-0,1-1", "If-None-Match": "*", "Accept": "text/html"}
        answer = signed_in(handler).get(file_page(owned, row), headers=asked)
        assert (answer.status_code, answer.content) == (200, pdf())
        wanted = {
            "Content-Type": "application/pdf",
            "Content-Disposition": "attachment; filename=\"file.pdf\"; filename*=UTF-8''%E6%9D%A5%E4%BF%A1%201.pdf",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
        }
        assert {name: answer[name] for name in wanted} == wanted
        assert "no-store" in answer["Cache-Control"]
        for _again in range(2):
            signed_in(handler).get(file_page(owned, row))
        seen = AuditRow.objects.filter(actor=handler, verb="read", subject=f"attachment:{row.pk}")
        assert [one.details["case"] for one in seen] == [owned.reference] * 3

    def test_an_identity_document_is_opened_for_a_reason(self, owned, handler, auditor, supervisor):
        """T50: as any value in clear, by whoever may see one."""
        row = handed(handler, document="ID_CARD")
        attached(owned, handler, row)
        at_work, address = signed_in(handler), file_page(owned, row)
        shown = at_work.get(address)
        assert shown.status_code == 200 and "核实投诉人身份" in shown.content.decode()
        assert at_work.post(address, {"reason": " ? "}).status_code == 400
        assert not AuditRow.objects.filter(subject=f"attachment:{row.pk}").exists()
        answer = at_work.post(address, {"reason": "核对 13800138000 的证件"})
        assert (answer.status_code, answer.content) == (200, pdf())
        seen = AuditRow.objects.get(subject=f"attachment:{row.pk}")
        assert (seen.verb, seen.actor, seen.details["field"]) == ("reveal", handler, "file")
        assert "13800138000" not in seen.reason
        answer = at_work.get(f"{URL}{row.pk}/content/")
        assert (answer.status_code, answer.json()["code"]) == (403, "reason-missing")

    def test_whoever_may_not_see_values_sees_no_identity_document(self, owned, handler, dispatcher):
        row = handed(handler, document="PASSPORT")
        attached(owned, handler, row)
        for ask in (signed_in(dispatcher).get, signed_in(dispatcher).post):
            answer = ask(file_page(owned, row))
            assert (answer.status_code, pdf() in answer.content) == (403, False)

    @pytest.mark.parametrize(
        ("state", "status", "code"),
        [
            ("received", 409, "not-scanned"),
            ("infected", 403, "quarantined"),
            ("rejected", 403, "quarantined"),
        ],
    )
    def test_what_is_in_quarantine_is_given_to_nobody(self, owned, handler, state, status, code):
        """T36, T39"""
        row = handed(handler)
        attached(owned, handler, row)
        Attachment.objects.update(state=state)
        at_work = signed_in(handler)
        answer = at_work.get(f"{URL}{row.pk}/content/")
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        answer = at_work.get(file_page(owned, row))
        assert (answer.status_code, pdf() in answer.content) == (status, False)
        assert file_page(owned, row) not in at_work.get(reverse("desk:case", args=[owned.reference])).content.decode()

    def test_it_is_not_there_for_strangers_the_barred_and_other_programs(self, owned, handler, outsider, supervisor):
        """T36: 404, as for what is not there."""
        row, waiting = handed(handler), handed(handler, png(), "a.png")
        attached(owned, handler, row)
        Case.objects.filter(pk=owned.pk).update(barred=[supervisor.pk])
        for stranger in (outsider, supervisor):
            client = signed_in(stranger)
            assert client.get(file_page(owned, row)).status_code == 404
            for part in ("", "content/"):
                assert client.get(f"{URL}{row.pk}/{part}").status_code == 404
                assert client.get(f"{URL}{waiting.pk}/{part}").status_code == 404
                assert client.get(f"{URL}{10**12}/{part}").status_code == 404

    def test_a_file_is_not_opened_by_way_of_another_case(self, owned, handler, integration):
        other = taken(integration)
        row = handed(handler)
        attached(owned, handler, row)
        assert signed_in(handler).get(file_page(other, row)).status_code == 404

    def test_a_program_reads_what_it_handed_over_and_no_evidence_of_ours(self, owned, handler, post, integration):
        ours, theirs = handed(handler), handed(integration.user, png(), "a.png")
        attached(owned, handler, ours)
        attach(owned.reference, actor=integration.user, at=NOON, attachments=[theirs.pk])
        key = {"Authorization": f"Bearer {post.key}"}
        listed = post.client.get(f"/api/v1/cases/{owned.reference}/attachments/", headers=key)
        assert [row["id"] for row in listed.json()] == [theirs.pk]
        assert post.client.get(f"{URL}{ours.pk}/", headers=key).status_code == 404
        assert post.client.get(f"{URL}{theirs.pk}/content/", headers=key).content == png()
        mine = signed_in(handler).get(f"/api/v1/cases/{owned.reference}/attachments/")
        assert [row["id"] for row in mine.json()] == [ours.pk, theirs.pk]

    @pytest.mark.parametrize("spoil", ["gone", "changed", "another"])
    def test_what_was_changed_in_the_storage_is_not_given_out(self, owned, handler, spoil):
        row, other = handed(handler), handed(handler, png(), "a.png")
        attached(owned, handler, row, other)
        files = storages["files"]
        if spoil == "gone":
            files.delete(row.stored)
        else:
            with files.open(row.stored if spoil == "changed" else other.stored) as file:
                content = file.read()
            files.delete(row.stored)
            with files.open(row.stored, "wb") as file:
                file.write(content[:-1] + bytes([content[-1] ^ 1]) if spoil == "changed" else content)
        answer = signed_in(handler).get(f"{URL}{row.pk}/content/")
        assert (answer.status_code, answer.json()["code"]) == (500, "file-unreadable")


class TestThePage:
    def test_a_colleague_chooses_files_and_sees_them(self, owned, handler):
        sent = {
            "file": [upload("信.pdf"), upload("a.png", png())],
            "document": "LETTER",
            "remark": "两份",
            "whole": "1",
        }
        answer = signed_in(handler).post(page(owned), sent, follow=True)
        shown = answer.content.decode()
        assert answer.redirect_chain == [(reverse("desk:case", args=[owned.reference]), 302)]
        assert "信.pdf" in shown and "a.png" in shown and "来信、申请书" in shown
        assert owned.attachments.count() == 2

    @pytest.mark.parametrize(
        ("sent", "status"),
        [
            ({"whole": "1"}, 422),
            ({"file": [upload()]}, 422),  # the last field did not arrive
            ({"file": [upload("a.exe")], "whole": "1", "remark": "两份原件"}, 400),
            ({"file": [upload(), upload("b.svg", b"<svg/>")], "whole": "1"}, 400),
            ({"file": [upload()], "document": "NONE", "whole": "1"}, 400),
            ({"file": [upload(f"{number}.txt", b"%d" % number) for number in range(21)], "whole": "1"}, 422),
        ],
    )
    def test_what_cannot_be_taken_is_said_and_nothing_is_attached(self, owned, handler, sent, status):
        answer = signed_in(handler).post(page(owned), sent)
        assert answer.status_code == status
        assert 'role="alert"' in answer.content.decode()
        assert sent.get("remark", "") in answer.content.decode()
        assert not owned.attachments.exists()

    def test_who_may_not_is_shown_no_form(self, owned, auditor, handler):
        client = signed_in(auditor)
        assert "data-files" not in client.get(page(owned)).content.decode()
        assert client.post(page(owned), {"file": [upload()], "whole": "1"}).status_code == 403
        assert "data-drop" not in client.get(reverse("desk:case", args=[owned.reference])).content.decode()
        assert "data-drop" in signed_in(handler).get(reverse("desk:case", args=[owned.reference])).content.decode()

    def test_a_name_is_text_and_nothing_else(self, owned, handler):
        """T32"""
        row = handed(handler, name="_img src=x onerror=alert(1)_.pdf")
        Attachment.objects.filter(pk=row.pk).update(title="<img src=x>.pdf")
        attached(owned, handler, row)
        Attachment.objects.update(title="<img src=x>.pdf")
        shown = signed_in(handler).get(reverse("desk:case", args=[owned.reference])).content.decode()
        assert "<img src=x>" not in shown and "&lt;img src=x&gt;.pdf" in shown
