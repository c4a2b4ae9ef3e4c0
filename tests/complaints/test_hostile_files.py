"""S19, T1-T50 of the table of hostile files: what is sent to POST /attachments/, and what the sender hears."""

import hashlib
import io
import zipfile
from typing import Any

import pytest
from django.conf import settings
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from complaints.models import Attachment
from complaints.services import attaching
from feedback import services as feedback
from sqm_site.storing import MEGABYTE
from tests.files import GOOD, archive, gif, jpeg, office, pdf, png, stream

pytestmark = pytest.mark.django_db
URL = "/api/v1/attachments/"
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><rect/></svg>'


class Sender:
    """Hands files over as an integration."""

    def __init__(self, key: str) -> None:
        self.client, self.key = Client(), key

    def __call__(
        self, content: bytes, name: str = "a.pdf", *, said: str = "application/octet-stream", **more: Any
    ) -> Any:
        headers = {"Authorization": f"Bearer {self.key}", **more.pop("headers", {})}
        return self.client.post(URL, {"file": SimpleUploadedFile(name, content, said), **more}, headers=headers)

    def raw(self, body: bytes, boundary: str = "b", **headers: str) -> Any:
        headers = {"Authorization": f"Bearer {self.key}", **headers}
        return self.client.generic("POST", URL, body, f"multipart/form-data; boundary={boundary}", headers=headers)


@pytest.fixture
def hand_over(client_and_key) -> Sender:
    return Sender(client_and_key[1])


@pytest.fixture
def at_work(handler) -> Client:
    client = Client()
    client.force_login(handler, backend="organization.backends.RoleBackend")
    return client


def entry(name: str, *, link: bool = False) -> bytes:
    """A Word file with one entry more, of this very name."""
    written = io.BytesIO(office())
    with zipfile.ZipFile(written, "a") as file:
        info = zipfile.ZipInfo(name)
        info.external_attr = (0o120777 if link else 0o100644) << 16
        file.writestr(info, b"x")
    return written.getvalue()


def many() -> bytes:
    written = io.BytesIO(office())
    with zipfile.ZipFile(written, "a") as file:
        for number in range(10_001):
            file.writestr(f"word/{number}", b"")
    return written.getvalue()


def overlapping() -> bytes:
    """Two entries that say they are at the same place: each unpacks what the other holds."""
    content = bytearray(office(parts={"word/a.xml": bytes(1_000), "word/b.xml": bytes(1_000)}))
    listed = [place for place in range(len(content)) if content[place : place + 4] == b"PK\x01\x02"]
    content[listed[-1] + 42 : listed[-1] + 46] = content[listed[-2] + 42 : listed[-2] + 46]
    return bytes(content)


# what: content, name, status, and what the answer says of it: the kind, or a part of the sentence
TABLE: dict[str, tuple[bytes, str, int, str]] = {
    "T01 nothing": (b"", "a.pdf", 400, "empty"),
    "T03 no ending": (pdf(), "letter", 400, "ending"),
    "T03 two endings": (jpeg(), "a.jpg.exe", 400, "jpg"),
    "T03 a program under another name": (b"MZ\x90\0\x03" + bytes(200), "a.jpg", 400, "not taken"),
    "T04 capitals": (pdf(), "A.PDF", 201, "pdf"),
    "T04 mixed": (jpeg(), "a.jpEg", 201, "jpeg"),
    "T06 a page as a picture": (b"<html><script>1</script>", "a.png", 400, "not taken"),
    "T07 SVG with a script": (b'<svg onload="alert(1)"/>', "a.svg", 400, "not taken"),
    "T07 SVG with shapes": (SVG, "a.svg", 400, "not taken"),
    "T07 SVG behind a remark": (b"<!-- x -->" + SVG, "a.txt", 400, "not taken"),
    "T07 SVG behind a mark and blanks": (b"\xef\xbb\xbf \n" + SVG, "a.txt", 400, "not taken"),
    "T08 HTML": (b"<!DOCTYPE html><p>hi", "a.html", 400, "not taken"),
    "T08 HTML as text": (b"hi <script>alert(1)</script>", "a.txt", 400, "not taken"),
    "T08 HTML in UTF-16": ("<html>".encode("utf-16"), "a.txt", 400, "not taken"),
    "T08 XML": (b"<?xml version='1.0'?><a/>", "a.xml", 400, "not taken"),
    "T08 Flash": (b"CWS\x0a" + bytes(50), "a.swf", 400, "not taken"),
    "T08 a link of Windows": (b"L\0\0\0\x01\x14\x02\0" + bytes(60), "a.lnk", 400, "not taken"),
    "T08 a script of Windows": (b"MsgBox 1", "a.vbs", 400, "Name it .txt"),
    "T08 MHTML": (b"MIME-Version: 1.0\r\n\r\nx", "a.mht", 400, "Name it .txt"),
    "T11 a script in a picture": (gif(comment=b"<script>alert(1)</script>"), "a.gif", 201, "gif"),
    "T11 a picture that is a script": (b"GIF89a/*" + b"*/=1;alert(1)", "a.gif", 400, "picture"),
    "T12 an archive behind a picture": (jpeg() + archive({"a": "b"}), "a.jpg", 400, "behind the end"),
    "T12 a page behind a PDF": (pdf() + b"<html>", "a.pdf", 400, "behind the end"),
    "T12 a PDF that begins later": (b"x\n" + pdf(), "a.pdf", 400, "Name it .txt"),
    "T13 the head of a picture": (png()[:33], "a.png", 400, "damaged"),
    "T13 half a picture": (jpeg()[:-20], "a.jpg", 400, "damaged"),
    "T13 a wrong checksum": (png()[:-5] + b"\0" + png()[-4:], "a.png", 400, "damaged"),
    "T14 100 million pixels": (png(10_000, 10_000), "a.png", 400, "pixels"),
    "T15 201 frames": (gif(201), "a.gif", 400, "frames"),
    "T16 where it was taken": (jpeg(notes=b"GPS 31.2304 N"), "a.jpg", 201, "jpeg"),
    "T17 HEIC": (GOOD["heic"][0], "a.heic", 201, "heic"),
    "T17 a voice message": (GOOD["amr"][0], "a.amr", 201, "amr"),
    "T18 a script in a PDF": (pdf(b"<< /S /JavaScript >>"), "a.pdf", 201, "active"),
    "T19 a PDF with a password": (pdf(b"<< /Encrypt 2 0 R >>"), "a.pdf", 201, "locked"),
    "T19 a PDF that unpacks to 300 MB": (pdf(*[stream(bytes(100 * MEGABYTE))] * 3), "a.pdf", 400, "unpacks"),
    "T20 macros": (office("docm"), "a.docx", 400, "macros"),
    "T20 macros that nobody lists": (office(parts={"word/vbaProject.bin": b"x"}), "a.docx", 400, "macros"),
    "T20 DDE": (office(parts={"word/document.xml": "DDEAUTO"}), "a.docx", 201, "active"),
    "T21 an archive": (archive({"a.txt": "b"}), "a.zip", 400, "not taken"),
    "T21 an archive as a document": (archive({"a.txt": "b"}), "a.docx", 400, "not taken"),
    "T21 RAR": (b"Rar!\x1a\x07\x01\0" + bytes(50), "a.rar", 400, "not taken"),
    "T22 a bomb": (office(parts={"word/a.xml": bytes(80 * MEGABYTE)}), "a.docx", 400, "unpacks"),
    "T22 entries in the same place": (overlapping(), "a.docx", 400, "unpacks"),
    "T23 60 MB of cells": (office("xlsx", {"xl/s.xml": bytes(60 * MEGABYTE)}), "a.xlsx", 201, "xlsx"),
    "T24 an entry above": (entry("../../x"), "a.docx", 400, "archive"),
    "T24 an entry at the top": (entry("/etc/x"), "a.docx", 400, "archive"),
    "T24 an entry of a drive": (entry("C:x"), "a.docx", 400, "archive"),
    "T24 a link": (entry("word/x", link=True), "a.docx", 400, "archive"),
    "T24 the same name twice": (entry("WORD/Document.xml"), "a.docx", 400, "archive"),
    "T24 10,004 entries": (many(), "a.docx", 400, "archive"),
    "T25 two lists of entries": (office() + office(), "a.docx", 400, "behind the end"),
    "T25 something before the archive": (b"PK\x03\x04" + office(), "a.docx", 400, "archive"),
    "T45 no samples a second": (
        GOOD["wav"][0].replace((8000).to_bytes(4, "little"), bytes(4)),
        "a.wav",
        400,
        "damaged",
    ),
    "T46 UTF-16": ("来信".encode("utf-16"), "a.txt", 201, "txt"),
    "T46 a NUL in a text": (b"a\0b", "a.txt", 400, "not taken"),
    "T46 one line of 10 MB": (b"a" * 10 * MEGABYTE, "a.txt", 201, "txt"),
    "T47 formulas": (b"=cmd|' /C calc'!A0,1", "a.csv", 201, "txt"),
}


@pytest.mark.parametrize("what", TABLE)
def test_a_hostile_file(hand_over, what):
    content, name, status, said = TABLE[what]
    answer = hand_over(content, name, headers={"Accept-Language": "en"})
    told = answer.json()
    assert answer.status_code == status, told
    assert Attachment.objects.count() == (status == 201)
    if status == 201:
        assert said in {told["kind"], told["caution"]}
    else:
        assert said in told["errors"][0]["detail"], told
        assert told["errors"][0]["field"] == "file"


# what is sent: the name that stands there afterwards; None: it is refused
NAMES: dict[str, str | None] = {
    "../../../etc/passwd.pdf": "passwd.pdf",  # T26
    "..\\..\\x.pdf": "x.pdf",
    "/abs.pdf": "abs.pdf",
    "C:\\x.pdf": "x.pdf",
    "CON.pdf": "_CON.pdf",  # T27
    "aux.txt.pdf": "_aux.txt.pdf",
    "a:b.pdf": "a_b.pdf",
    "a.pdf. ": "a.pdf",
    "-rf.pdf": "rf.pdf",
    ".htaccess.pdf": "htaccess.pdf",
    ".htaccess": None,
    "quo;te%22.pdf": "quo;te%22.pdf",  # T28: browsers write a quote so
    "a%0d%0aSet-Cookie: x=1.pdf": "a%0d%0aSet-Cookie_ x=1.pdf",
    "abc\u202efdp.exe": None,  # T29
    "abc\u202egpj.pdf": "abcgpj.pdf",
    "n" * 256 + ".pdf": "n" * 156 + ".pdf",  # T30
    "n" * 5_000 + ".pdf": "n" * 156 + ".pdf",
    "信" * 300 + ".pdf": "信" * 79 + ".pdf",
    "😀.pdf": "😀.pdf",  # T31
    "e\u0301.pdf": "é.pdf",
    "<img src=x onerror=alert(1)>.pdf": "_img src=x onerror=alert(1)_.pdf",  # T32
    "a\u200bb.pdf": "ab.pdf",
    "a\tb.pdf": "ab.pdf",
    ".pdf": None,
    "...": None,
}


@pytest.mark.parametrize("given", NAMES, ids=lambda name: name.encode("ascii", "backslashreplace").decode()[:30])
def test_a_hostile_name(hand_over, given):
    """The name is sealed as it is then, and what is shown is its redacted copy."""
    answer = hand_over(pdf(), given)
    if NAMES[given] is None:
        assert (answer.status_code, Attachment.objects.count()) == (400, 0)
        return
    assert answer.status_code == 201, answer.json()
    row = Attachment.objects.get()
    assert feedback.opened(row.name) == NAMES[given]
    assert row.stored.isascii() and str(given) not in row.stored


def part(disposition: str, content: bytes = b"") -> bytes:
    head = f"--b\r\nContent-Disposition: form-data; {disposition}\r\n\r\n".encode()
    return head + content + b"\r\n"


def test_a_name_in_another_encoding_is_refused(hand_over):
    """T31"""
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="' + "来信.pdf".encode("gbk") + b'"\r\n\r\n'
    assert hand_over.raw(head + pdf() + b"\r\n--b--\r\n").status_code == 400


def test_of_two_names_the_encoded_one_counts(hand_over):
    """T48"""
    both = 'name="file"; filename="a.exe"; filename*=UTF-8\'\'%E4%BF%A1.pdf'
    answer = hand_over.raw(part(both, pdf()) + b"--b--\r\n")
    assert (answer.status_code, answer.json()["name"]) == (201, "信.pdf")


def test_a_body_that_was_cut_off_is_none(hand_over):
    """Text may end anywhere: what did not arrive up to its last boundary is refused."""
    whole = part('name="file"; filename="a.txt"', b"all of it, and no less") + b"--b--\r\n"
    assert hand_over.raw(whole).status_code == 201
    assert hand_over.raw(whole[:-12]).status_code == 408
    assert hand_over.raw(whole[: len(whole) // 2]).status_code == 408


def test_two_files_none_or_one_in_another_field_are_refused(hand_over):
    one = part('name="file"; filename="a.pdf"', pdf())
    other = part('name="more"; filename="a.pdf"', pdf())
    for body in (one + one, b"", one + other, other):
        assert hand_over.raw(body + b"--b--\r\n").status_code == 400
    assert not Attachment.objects.exists()


def test_other_fields_and_addresses_of_files_are_refused(hand_over, post):
    """T49"""
    assert hand_over(pdf(), attachment_url="http://x.test/a.pdf").status_code == 400
    assert hand_over(pdf(), document="NO_SUCH").status_code == 400
    sent = {"channel": "phone", "external_id": "x", "text": "x", "attachment_url": "http://x.test/a.pdf"}
    assert post(sent).status_code == 400


def test_the_type_is_that_of_the_bytes(hand_over):
    """T05"""
    assert hand_over(png(), "a.png", said="text/html").json()["kind"] == "png"


def test_a_file_may_be_as_large_as_the_setting_says(hand_over, settings):
    """T02"""
    settings.ATTACHMENT_BYTES = MEGABYTE
    assert hand_over(b"a" * MEGABYTE, "a.txt").status_code == 201
    assert hand_over(b"a" * (MEGABYTE + 1), "b.txt").status_code == 413


def test_two_gigabytes_are_refused_before_they_are_read(client_and_key, at_work, case):
    """By the API as a problem, by the page as a page."""
    length = {"CONTENT_LENGTH": str(2 * 1024 * MEGABYTE), "CONTENT_TYPE": "multipart/form-data; boundary=b"}

    class Unread(io.RawIOBase):
        def read(self, *_size: int) -> bytes:
            raise AssertionError("the body was read")

    sent = {"wsgi.input": Unread(), **length, "REQUEST_METHOD": "POST"}
    answer = Client().request(PATH_INFO=URL, HTTP_AUTHORIZATION=f"Bearer {client_and_key[1]}", **sent)
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
    for page in (f"/desk/cases/{case.reference}/attach/", "/admin/login/"):
        answer = at_work.request(PATH_INFO=page, **sent)
        assert (answer.status_code, answer["Content-Type"]) == (413, "text/html; charset=utf-8")


def test_what_is_declared_holds(hand_over):
    """T41"""
    assert hand_over(pdf(), sha256=hashlib.sha256(pdf()).hexdigest().upper()).status_code == 201
    assert hand_over(pdf(b"<< /A 1 >>"), sha256="0" * 64).status_code == 400


def test_a_full_disk_is_told_as_such_and_nothing_is_stored(hand_over, monkeypatch):
    """T44"""

    def full(*_args: Any, **_named: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(storages["files"]), "_save", full)
    answer = hand_over(pdf())
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert not Attachment.objects.exists()


def test_what_is_handed_over_and_never_named_is_limited(hand_over, settings):
    """T33: else an account fills the disk."""
    settings.CASE_ATTACHMENTS = 1
    for number in range(attaching.MOST_WAITING):
        assert hand_over(b"text %d" % number, "a.txt").status_code == 201
    answer = hand_over(b"one more", "a.txt")
    assert (answer.status_code, answer.json()["code"]) == (429, "too-many-waiting")


def test_two_that_are_the_same_lie_there_once_and_not_across_the_wall(hand_over, at_work, integration):
    """T34: one file for a legal entity; the name in the storage tells nobody what it is."""
    first, again = hand_over(pdf(), "a.pdf"), hand_over(pdf(), "a.pdf")
    assert (first.status_code, again.status_code, again.json()["id"]) == (201, 200, first.json()["id"])
    other = hand_over(pdf(), "b.pdf")
    rows = Attachment.objects.order_by("pk")
    assert other.status_code == 201 and len({row.stored for row in rows}) == 1 < len(rows)
    digest = rows[0].sha256
    assert f"/{integration.legal_entity_id}/" in rows[0].stored and digest not in rows[0].stored
    with storages["files"].open(rows[0].stored) as file:
        assert pdf() not in (sealed := file.read()) and b"%PDF" not in sealed


def test_the_same_key_gets_the_same_answer(hand_over):
    key = {"headers": {"Idempotency-Key": "k-1"}}
    answers = [hand_over(pdf(), **key) for _try in range(2)]
    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].content == answers[1].content and answers[1]["Idempotent-Replayed"] == "true"
    assert hand_over(pdf(b"<< /A 1 >>"), **key).status_code == 422


def test_people_hand_over_where_they_may_attach(at_work, auditor, handler):
    answer = at_work.post(URL, {"file": SimpleUploadedFile("a.pdf", pdf())})
    assert answer.status_code == 201 and Attachment.objects.get().by == handler
    watcher = Client()
    watcher.force_login(auditor, backend="organization.backends.RoleBackend")
    assert watcher.post(URL, {"file": SimpleUploadedFile("a.pdf", pdf())}).status_code == 403


def test_the_limits_are_the_settings():
    assert settings.ATTACHMENT_BYTES == 20 * MEGABYTE
    assert (settings.CASE_ATTACHMENT_BYTES, settings.CASE_ATTACHMENTS) == (100 * MEGABYTE, 50)
