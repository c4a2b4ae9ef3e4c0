"""A backup under load, and a life after it in a fresh home (O2, O3)."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile
from pathlib import Path

import pytest

from sqm_site.embedded.lifecycle import remove, running
from tests.faults.conftest import ROOT, House
from tests.processes import eventually

PHONES = [f"1380013{number:04d}" for number in range(20)]
SEAL = "from complaints.tasks import seal_new_events; seal_new_events()"
FILE = """
from django.utils import timezone
from complaints.services.attaching import hand_over
from organization.models import ApiClient
hand_over(b"evidence of a backup", name="letter.txt", by=ApiClient.objects.first().user, at=timezone.now())
"""
OPEN = """
from feedback.models import Customer
from security.blind import blind_index
from security.sealing import unseal
rows = Customer.objects.exclude(phone_sealed="")
print("opened", *sorted({unseal(row.phone.token, row=row.row_id, field="phone") for row in rows}))
print("found", Customer.objects.filter(phone_index=blind_index("phone", "13800130007")).count())
"""


class Posting(threading.Thread):
    """A channel that goes on sending until it is told to stop."""

    def __init__(self, house: House) -> None:
        super().__init__()
        self.house, self.log, self.enough = house, [], threading.Event()

    def run(self) -> None:
        while not self.enough.is_set():
            self.log.append(self.house.deliver(f"backup-{len(self.log):04d}"))


@pytest.fixture(scope="module")
def written(house, web):
    """Backups with and without secrets, taken while messages come in; and what was acknowledged before they began."""
    for phone in PHONES:
        house.deliver(f"backup-customer-{phone}", customer={"phone": phone})
    house.manage("shell", "-c", SEAL)
    house.manage("shell", "-c", FILE)
    folder = Path(tempfile.mkdtemp(prefix="sqm-backup-", dir="/tmp"))
    posting = Posting(house)
    posting.start()
    try:
        eventually(lambda: len(posting.log) >= 20)
        acknowledged = house.stored("")
        house.manage("backup", str(folder / "whole.zip"), "--with-secrets")
        house.manage("backup", str(folder / "bare.zip"))
    finally:
        posting.enough.set()
        posting.join()
    yield folder, acknowledged
    shutil.rmtree(folder)


@pytest.fixture
def fresh():
    folder = Path(tempfile.mkdtemp(prefix="sqm-restored-", dir="/tmp"))
    yield House(folder / "home")
    remove(folder / "home")
    shutil.rmtree(folder)


def refused(house, file):
    """What a restore says that does not take place."""
    done = subprocess.run(
        [sys.executable, "manage.py", "restore", str(file)],
        cwd=ROOT,
        env=house.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    return done.stderr


def test_nothing_acknowledged_is_missing_after_a_restore_and_all_of_it_works(written, fresh):
    """O2: the documented backup did not run, and no restore was described."""
    folder, acknowledged = written
    said = fresh.manage("restore", str(folder / "whole.zip"))
    assert "All chains, the cases they tell of, the seals and the anchor agree." in said and "verified, in " in said
    assert "1 files open, and their content is that of the log." in said
    kept = [path for path in (fresh.home / "files").rglob("*") if path.is_file()]
    assert [path.stat().st_mode & 0o777 for path in kept] == [0o600]
    with running(fresh.home, "DATABASE_URL"):
        assert len(acknowledged) >= 40
        assert set(acknowledged) <= set(fresh.stored(""))
        opened, found = fresh.manage("shell", "-v", "0", "-c", OPEN).splitlines()
        assert set(PHONES) <= set(opened.split())
        assert found == "found 1"
        fresh.manage("migrate", "--check")
        fresh.manage("setup")
        assert "is not empty" in refused(fresh, folder / "whole.zip")
    assert (fresh.home / "anchor.log").read_text().count("\n") >= 1
    assert (fresh.home / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_a_restore_without_the_keys_is_refused_before_anything_is_made(written, fresh):
    """O3: it became a ready service that opened no sealed value and made known customers anew."""
    folder, _ = written
    said = refused(fresh, folder / "bare.zip")
    assert "INDEX_KEY" in said and f"Put the secrets.json of the old home into {fresh.home}" in said
    assert [file.name for file in fresh.home.iterdir()] == ["secrets.json"]


def test_the_file_is_its_owners_and_names_what_is_in_it(written, house):
    folder, _ = written
    assert [file.stat().st_mode & 0o777 for file in sorted(folder.iterdir())] == [0o600, 0o600]
    with zipfile.ZipFile(folder / "bare.zip") as archive:
        manifest = json.loads(archive.read("manifest.json"))
        assert "secrets.json" not in archive.namelist()
    secrets = json.loads((house.home / "secrets.json").read_text())
    assert not any(secret.encode() in (folder / "bare.zip").read_bytes() for secret in secrets.values())
    assert manifest["rows"]["complaints_case"] >= 40
    assert manifest["files"] == manifest["rows"]["complaints_attachment"] == 1
    assert b"evidence of a backup" not in (folder / "bare.zip").read_bytes()
    assert "security.0001_initial" in manifest["migrations"]
    assert set(manifest["keys"]) == {"index", "seal:k1"}


@pytest.mark.parametrize("damage", ["cut", "changed", "nothing", "newer"])
def test_a_damaged_or_foreign_file_is_refused(written, fresh, damage, tmp_path):
    folder, _ = written
    file = tmp_path / "backup.zip"
    content = (folder / "whole.zip").read_bytes()
    middle = len(content) // 2
    if damage == "cut":
        file.write_bytes(content[:middle])
    elif damage == "changed":
        file.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    elif damage == "newer":
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("manifest.json", json.dumps({"format": 1, "migrations": ["sla.9999_later"], "keys": {}}))
    sentences = {"cut": "cannot be read", "changed": "is damaged", "nothing": "cannot be read", "newer": "9999_later"}
    assert sentences[damage] in refused(fresh, file)


def test_a_backup_replaces_nothing(written, house):
    folder, _ = written
    before = (folder / "bare.zip").read_bytes()
    with pytest.raises(subprocess.CalledProcessError) as failed:
        house.manage("backup", str(folder / "bare.zip"))
    assert "is there already. Give another name." in failed.value.stderr
    assert (folder / "bare.zip").read_bytes() == before
    with pytest.raises(subprocess.CalledProcessError) as failed:
        house.manage("backup", os.devnull + "/x.zip")
    assert "Traceback" not in failed.value.stderr
