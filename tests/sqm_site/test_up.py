"""`manage.py up` that does not come up, and what it is made of; its life is in tests/faults/test_healing.py."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from sqm_site.embedded.engine import command_of
from sqm_site.embedded.lifecycle import remove, status
from sqm_site.processes import serving
from tests.processes import bare, children, eventually

ROOT = Path(__file__).resolve().parents[2]
IDLE = [sys.executable, "-c", "import time; time.sleep(300)"]


def idling(pid):
    return [child for child, command in children(pid).items() if "time.sleep" in command and " -m " not in command]


def test_the_end_of_the_block_ends_every_part():
    with serving({"first": IDLE, "second": IDLE}) as supervisor:
        eventually(lambda: len(idling(supervisor.pid)) == 2)
        parts = idling(supervisor.pid)
    assert [command_of(part) for part in parts] == ["", ""]


def test_parts_end_when_their_starter_is_killed():
    code = f"""if True:
        import time
        import django
        django.setup()
        from sqm_site.processes import serving
        with serving({{"only": {IDLE!r}}}) as supervisor:
            print(supervisor.pid, flush=True)
            time.sleep(300)
    """
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "sqm_site.settings"}
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment, stdout=subprocess.PIPE) as starter:
        supervisor = int(starter.stdout.readline())
        eventually(lambda: idling(supervisor))
        (part,) = idling(supervisor)
        starter.kill()
    eventually(lambda: command_of(part) == "" and command_of(supervisor) == "")


@pytest.fixture
def home():
    folder = Path(tempfile.mkdtemp(prefix="sqm-up-", dir="/tmp"))
    yield folder
    remove(folder)
    shutil.rmtree(folder)


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def service(home, port):
    with subprocess.Popen(
        [sys.executable, "manage.py", "up"],
        cwd=ROOT,
        env=bare(home, port),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        yield process
        process.terminate()


@pytest.fixture
def taken(port):
    with socket.create_server(("127.0.0.1", port)):
        yield port


def test_a_taken_port_is_told_before_anything_starts(taken, service, home):
    log = service.communicate(timeout=60)[0].decode()
    assert service.returncode == 1
    assert f"127.0.0.1:{taken} cannot be used (Address already in use). Set PORT to a free one." in log
    assert not any(status(home).values())


def test_the_engines_can_be_started_looked_at_and_removed_by_hand(home):
    def engines(action):
        command = [sys.executable, "manage.py", "engines", action]
        environment = {**os.environ, "SQM_HOME": str(home), "DJANGO_SETTINGS_MODULE": "sqm_site.settings"}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        return done.stdout

    assert engines("start") == engines("status") == "DATABASE_URL: running\nREDIS_URL: running\n"
    assert engines("stop") == "DATABASE_URL: stopped\nREDIS_URL: stopped\n"
    engines("remove")
    assert list(home.iterdir()) == []
