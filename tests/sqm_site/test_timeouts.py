"""Who serves is held to ten seconds a statement; who keeps the house is not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
ASK = f"""
from django.db import connection
with connection.cursor() as cursor:
    for name in {NAMES}:
        cursor.execute("SHOW " + name)
        print(*cursor.fetchone())
"""
SERVING = ["10s", "3s", "1min"]


@pytest.mark.parametrize(
    ("process", "expected"),
    [
        (["-c", f"import sqm_site.wsgi\n{ASK}"], SERVING),
        (["-c", f"from sqm_site.celery import app\napp.loader.import_default_modules()\n{ASK}"], SERVING),
        (["manage.py", "shell", "--no-imports", "-c", ASK], ["0", "3s", "0"]),
    ],
    ids=["web", "worker", "command"],
)
def test_a_process_has_the_limits_of_its_kind(process, expected):
    """B9: the limit of a request also broke off migrations, the check of the log and the change of keys."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "sqm_site.settings"}
    command = [sys.executable, "-W", "ignore", *process]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    assert done.stdout.split() == expected
