"""The first start on a home: alone, twice at once, on what is not writable, on what an earlier life left."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest

from sqm_site.embedded.errors import EngineError
from sqm_site.embedded.lifecycle import remove, running, status
from sqm_site.embedded.place import claim, place

ROOT = Path(__file__).resolve().parents[2]
PREPARE = """
import django
django.setup()
from sqm_site.grounding import prepare
prepare(lambda said: print(said, flush=True))
"""


@pytest.fixture
def empty_database():
    """The address of a database of its own on the server of the test run."""
    server = psycopg2.connect(os.environ["DATABASE_URL"])
    server.autocommit = True
    with server.cursor() as cursor:
        cursor.execute("DROP DATABASE IF EXISTS twice")
        cursor.execute("CREATE DATABASE twice")
        host, _, query = os.environ["DATABASE_URL"].partition("?")
        yield host.rpartition("/")[0] + "/twice" + (f"?{query}" if query else "")
        cursor.execute("DROP DATABASE twice WITH (FORCE)")
    server.close()


def test_two_first_starts_at_once_both_end_in_order(empty_database, tmp_path):
    """O7: the second one ended with a traceback from the middle of the migrations."""
    home = tmp_path / "home"
    given = os.environ | {"SQM_HOME": str(home), "DATABASE_URL": empty_database}
    given["DJANGO_SETTINGS_MODULE"] = "sqm_site.settings"
    command = [sys.executable, "-c", PREPARE]
    both = [
        subprocess.Popen(command, cwd=ROOT, env=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(2)
    ]
    logs = [process.communicate(timeout=120)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], logs
    assert sum(f"Another start prepares {home} (process " in log for log in logs) == 1, logs


def test_a_home_that_cannot_be_written_is_told_in_one_sentence():
    """O13: a good sentence stood behind a traceback."""
    given = os.environ | {"SQM_HOME": "/dev/null/home", "DJANGO_SETTINGS_MODULE": "sqm_site.settings"}
    for command in ("up", "check"):
        done = subprocess.run(
            [sys.executable, "manage.py", command], cwd=ROOT, env=given, capture_output=True, text=True, check=False
        )
        assert done.returncode == 1
        (line,) = done.stderr.splitlines()
        assert line.startswith("SQM_HOME: ") and "Set SQM_HOME to a folder you may write" in line


def test_a_home_with_an_anchor_and_no_engines_is_ours(tmp_path):
    """O4: a restored home, and one that had DATABASE_URL before, were refused."""
    home = tmp_path / "home"
    home.mkdir()
    for name in ("anchor.log", "secrets.json", "prepare.lock"):
        (home / name).write_text("")
    claim(place(home))
    (place(home).engines).rmdir()
    (home / "letters.txt").write_text("")
    with pytest.raises(EngineError, match=r"already holds letters\.txt"):
        claim(place(home))


def test_engines_that_somebody_uses_are_neither_stopped_nor_removed_by_hand(tmp_path):
    """O6: `up` would start them again at once, and a removed home would be damaged under it."""
    with running(tmp_path, "REDIS_URL"):
        for action in ("stop", "remove"):
            command, given = [sys.executable, "manage.py", "engines", action], os.environ | {"SQM_HOME": str(tmp_path)}
            done = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, check=False)
            assert "A program works with the engines of" in done.stderr
        assert status(tmp_path)["REDIS_URL"]
    remove(tmp_path)
