"""The packages that know holidays are read when a calendar is set up, and by nothing that serves or sweeps."""

import subprocess
import sys

LOAD = """
import sys, django
django.setup()
import sqm_site.urls, sqm_site.celery
from sqm_site.celery import app
app.loader.import_default_modules()
print(len(app.tasks), [name for name in sys.modules if name.split(".")[0] in {"holidays", "chinese_calendar"}])
"""


def test_no_door_and_no_task_imports_the_packages_of_holidays():
    told = subprocess.run([sys.executable, "-c", LOAD], capture_output=True, text=True, check=True).stdout

    tasks, found = told.split(" ", 1)
    assert int(tasks) > 10
    assert found.strip() == "[]"
