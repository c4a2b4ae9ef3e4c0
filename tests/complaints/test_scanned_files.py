"""Files in quarantine: what the scanner says of them, what is given out without one, and what is dropped."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import call_command
from django.utils import timezone

from complaints.models import Attachment, Case
from complaints.services import scanning
from complaints.services.attaching import hand_over
from complaints.services.orphans import remove_orphans
from complaints.services.replaying import differences
from complaints.services.scanning import alarm, scan_waiting
from complaints.tasks import remove_orphans as orphans_task
from complaints.tasks import scan_attachments
from complaints.verbs import VERBS
from feedback.models import Notice
from organization.models import User
from security.rotation import rotate
from security.sealing import boxes, key_ring
from sqm_site.models import Heartbeat
from tests.clamd import EICAR
from tests.files import GOOD, office, pdf, png
from tests.people import NOON

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=1)
ages: dict[str, timedelta] = {}  # of files, where a test says so


@pytest.fixture(autouse=True)
def empty_storage(settings):
    settings.STORAGES = {**settings.STORAGES}


def handed(user: User, content: bytes = b"", name: str = "evidence.pdf") -> Attachment:
    return hand_over(content or pdf(), name=name, by=user, at=NOON)[0]


def attached(case: Case, user: User, *rows: Attachment) -> Case:
    return VERBS["attach"](case.reference, actor=user, at=NOON, attachments=[row.pk for row in rows])


def states() -> list[str]:
    return list(Attachment.objects.order_by("pk").values_list("state", flat=True))


@pytest.mark.parametrize("ending", GOOD)
def test_without_a_scanner_what_cannot_act_is_given_out(handler, ending):
    """The list of docs/attachments.md: Word and Excel stay in quarantine, and so does a PDF that acts."""
    row = handed(handler, GOOD[ending][0], f"a.{ending}")
    assert row.state == ("received" if ending in {"docx", "xlsx"} else "unscanned")


@pytest.mark.parametrize("content", [pdf(b"<< /S /JavaScript >>"), pdf(b"<< /Encrypt 2 0 R >>")])
def test_without_a_scanner_what_acts_or_is_locked_is_not(handler, content):
    assert handed(handler, content).state == "received"
    assert scan_waiting(at=LATER) == 0 and alarm() == "ready"


def test_the_scanner_decides_and_the_log_of_the_case_says_so(owned, handler, daemon):
    """T09: what it finds is given to nobody, and whoever has the case hears of it."""
    daemon()
    good, bad = handed(handler), handed(handler, b"text " + EICAR, "a.txt")
    attached(owned, handler, good, bad)
    assert states() == ["received", "received"]
    assert scan_waiting(at=LATER) == 2
    assert states() == ["clean", "infected"]
    case = Case.objects.get(pk=owned.pk)
    events = case.events.filter(verb="scan").order_by("sequence")
    assert [event.details["verdict"] for event in events] == ["clean", "infected"]
    assert {event.actor for event in events} == {User.system()} and case.version == owned.version
    assert list(differences(case)) == []
    told = Notice.objects.get(kind="quarantined", channel="in_app")
    assert (told.to_user, told.about) == (handler, case.reference)
    assert Attachment.objects.get(pk=bad.pk).finding == "Eicar-Test-Signature"
    assert scan_waiting(at=LATER) == 0


def test_a_file_is_scanned_before_anything_names_it(owned, handler, daemon):
    daemon()
    row = handed(handler)
    assert scan_waiting(at=LATER) == 1
    case = attached(owned, handler, row)
    assert states() == ["clean"] and not case.events.filter(verb="scan").exists()
    assert list(differences(case)) == []


def test_all_who_share_a_file_share_the_verdict(owned, handler, integration, daemon):
    asked = daemon()
    first, second = handed(handler, EICAR, "a.txt"), handed(integration.user, EICAR, "b.txt")
    attached(owned, handler, first)
    assert scan_waiting(at=LATER) == 1 and states() == ["infected", "infected"]
    assert len(asked.heard) == 1 and second.stored == first.stored
    assert handed(handler, EICAR, "c.txt").state == "infected"  # known since


def test_what_was_given_out_unscanned_is_scanned_once_there_is_a_scanner(owned, handler, daemon):
    attached(owned, handler, handed(handler, EICAR, "a.txt"))
    assert states() == ["unscanned"]
    daemon()
    scan_waiting(at=LATER)
    assert states() == ["infected"]


def test_what_it_cannot_look_through_stays_in_quarantine(owned, handler, daemon):
    daemon(lambda _content: b"stream: Heuristics.Limits.Exceeded.MaxScanSize FOUND\0")
    attached(owned, handler, handed(handler, office(), "a.docx"))
    scan_waiting(at=LATER)
    assert states() == ["rejected"]


@pytest.mark.parametrize("said", [None, b"", b"what? ERROR\0"], ids=["hangs", "closes", "errs"])
def test_a_scanner_that_does_not_answer_is_asked_again_and_alarms(owned, handler, daemon, monkeypatch, said):
    """T39: the first silence ends the tick, so that it is not waited for once a file."""
    monkeypatch.setattr("security.scanning.ANSWER_SECONDS", 0.2)
    asked = daemon(lambda _content: said)
    attached(owned, handler, handed(handler), handed(handler, png(), "a.png"))
    assert scan_waiting(at=LATER) == 0 and states() == ["received", "received"]
    assert len(asked.heard) == 1
    assert scan_waiting(at=LATER) == 0 and len(asked.heard) == 2  # the other one
    assert scan_waiting(at=LATER) == 0 and len(asked.heard) == 2
    assert alarm().startswith("files wait for the scanner since 2026-11-23T12:00")
    asked.says = lambda _content: b"stream: OK\0"
    assert scan_waiting(at=LATER + scanning.AGAIN) == 2
    assert states() == ["clean", "clean"] and alarm() == "ready"


def test_a_file_that_is_gone_is_not_clean(owned, handler, daemon):
    daemon()
    row = handed(handler)
    attached(owned, handler, row)
    storages["files"].delete(row.stored)
    scan_waiting(at=LATER)
    assert states() == ["rejected"]


def test_the_ticks_do_their_work(owned, handler, daemon):
    daemon()
    attached(owned, handler, handed(handler))
    scan_attachments()
    orphans_task()
    assert states() == ["clean"]
    assert Heartbeat.objects.get(name=scanning.NAME).beat_at


TODAY = timezone.localdate(NOON)


class TestOrphans:
    def put(self, name: str, *, age: timedelta) -> None:
        storages["files"].save(name, ContentFile(b"x"))
        ages[name] = age

    @pytest.fixture(autouse=True)
    def clock(self, monkeypatch):
        """The storage of tests keeps times of its own: here they are what a test says, else now."""
        ages.clear()
        monkeypatch.setattr(
            type(storages["files"]),
            "get_modified_time",
            lambda _storage, name: NOON - ages.get(name, timedelta(0)),
        )

    def test_a_crash_leaves_a_file_without_a_row_that_is_removed_when_it_is_a_day_old(self, owned, handler):
        """T43"""
        row = handed(handler)
        attached(owned, handler, row)
        ages[row.stored] = timedelta(days=99)
        self.put(f"{TODAY}/1/old", age=timedelta(days=1, seconds=1))
        self.put(f"{TODAY}/1/new", age=timedelta(hours=23))
        assert remove_orphans(at=NOON) == {"rows": 0, "files": 1}
        files = storages["files"]
        assert [files.exists(name) for name in (f"{TODAY}/1/old", f"{TODAY}/1/new", row.stored)] == [False, True, True]

    def test_the_folders_of_long_ago_are_not_looked_through(self, monkeypatch):
        """A million cases have as many files: an hour's sweep lists those of a month."""
        storage, listed = storages["files"], list[str]()
        days = [TODAY - timedelta(days=back) for back in (0, 31, 33, 400)]
        for day in days:
            self.put(f"{day}/1/left", age=timedelta(days=2))
        look = type(storage).listdir
        monkeypatch.setattr(
            type(storage), "listdir", lambda self, folder: (listed.append(folder), look(self, folder))[1]
        )
        assert remove_orphans(at=NOON)["files"] == 2
        assert {folder.partition("/")[0] for folder in listed if folder} == {str(day) for day in days[:2]}

    def test_what_nothing_names_within_a_day_is_dropped_with_its_file(self, owned, handler):
        """But for a file that another row shares."""
        shared, alone = handed(handler), handed(handler, png(), "a.png")
        attached(owned, handler, shared)
        handed(handler, name="again.pdf")
        day = timedelta(days=1)
        assert remove_orphans(at=NOON + day) == {"rows": 0, "files": 0}
        assert remove_orphans(at=NOON + day + timedelta(seconds=1)) == {"rows": 2, "files": 1}
        assert storages["files"].exists(shared.stored) and not storages["files"].exists(alone.stored)


def test_a_change_of_keys_seals_no_file_anew_and_all_of_them_open(owned, handler, settings):
    """The key of a file stands sealed in its row."""
    row = handed(handler)
    attached(owned, handler, row)
    with storages["files"].open(row.stored) as file:
        before = file.read()
    settings.SEAL_KEYS = [f"k9:{'A' * 42}E", *settings.SEAL_KEYS]
    for made in (boxes, key_ring):
        made.cache_clear()
    try:
        assert list(rotate(Attachment)) == [1]
        row.refresh_from_db()
        assert ":k9:" in row.key_sealed and ":k9:" in row.name_sealed
        assert scanning.content_of(row) == pdf()
        assert list(differences(Case.objects.get(pk=owned.pk))) == []
        with storages["files"].open(row.stored) as file:
            assert file.read() == before
    finally:
        for made in (boxes, key_ring):
            made.cache_clear()


def test_the_files_are_proven_too(owned, handler, capsys):
    """`verify_audit --files` opens every one; without it the rows alone are."""
    row = handed(handler)
    attached(owned, handler, row)
    call_command("verify_audit", files=True)
    assert "1 files" in capsys.readouterr().out
    storages["files"].delete(row.stored)
    call_command("verify_audit")
    with pytest.raises(Exception, match="1 faults"):
        call_command("verify_audit", files=True)
    assert row.stored in capsys.readouterr().err
