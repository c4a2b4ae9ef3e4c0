"""Ctrl-C and SIGTERM at any moment, sent to real processes (O1)."""

import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from sqm_site.embedded.lifecycle import remove, status
from tests.processes import bare, children, eventually

ROOT = Path(__file__).resolve().parents[2]
TRIES = 30
END_SECONDS = 45
# Nearly all the time it stands in a finalizer, where Python drops every exception.
BUSY = """
import time
from sqm_site import stopping

class Slow:
    def __del__(self):
        time.sleep(0.005)

with stopping.until_stopped():
    print("go", flush=True)
    while True:
        Slow()
        stopping.check()
print("ended in order", flush=True)
"""
HELD = """
import sys, threading, time
from pathlib import Path
from sqm_site import stopping

with stopping.until_stopped(), stopping.at_once(lambda: Path(sys.argv[1]).write_text("called")):
    print("go", flush=True)
    time.sleep(300)  # as inside a driver: nothing looks at the flag
"""


def started(code, *arguments):
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout.readline() == "go\n"
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_never_lost(number):
    """O1: raised in a finalizer, the request to end was lost for good."""
    chance = random.Random(f"signals {number}")
    for _ in range(TRIES // 3):
        with started(BUSY) as process:
            time.sleep(chance.random() * 0.03)
            process.send_signal(number)
            said, _ = process.communicate(timeout=10)
        assert (process.returncode, said) == (0, "ended in order\n")


def test_a_second_signal_ends_at_once_whatever_goes_on(tmp_path):
    """O1: only kill -9 ended what did not listen. The echo of `timeout` to the whole group is no second one."""
    with started(HELD, tmp_path / "act") as process:
        for number in (signal.SIGTERM, signal.SIGTERM):
            process.send_signal(number)
            time.sleep(0.05)
        time.sleep(0.6)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(2) == 130
    assert (tmp_path / "act").read_text() == "called"


@pytest.fixture(scope="module")
def home():
    folder = Path(tempfile.mkdtemp(prefix="sqm-stop-", dir="/tmp"))
    yield folder
    remove(folder)
    folder.rmdir()


def end_at(home, port, seconds, numbers):
    """Start everything, send the signals a second apart after so many seconds, and see that nothing is left of it."""
    with subprocess.Popen(
        [sys.executable, "manage.py", "up"],
        cwd=ROOT,
        env=bare(home, port),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        time.sleep(seconds)
        below = children(process.pid)
        for number in numbers:
            process.send_signal(number)
            time.sleep(1)
        process.wait(END_SECONDS)
    eventually(lambda: not [pid for pid in below if Path(f"/proc/{pid}/cmdline").exists()], 10)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize("seconds", [1.5, 6])
def test_up_ends_in_order_at_any_moment_of_its_start(home, seconds):
    """O1: one of five tries left an `up` that only kill -9 ended."""
    end_at(home, free_port(), seconds, [signal.SIGTERM])
    assert not any(status(home).values())


def test_up_ends_at_once_at_a_second_signal_and_leaves_nothing_running(home):
    """O1: the parts end with it, and the engines are told to."""
    begun = time.monotonic()
    end_at(home, free_port(), 4, [signal.SIGINT, signal.SIGINT])
    assert time.monotonic() - begun < 20
    eventually(lambda: not any(status(home).values()), 10)


@pytest.mark.nightly
@pytest.mark.timeout(1800)
def test_up_ends_at_every_moment(home):
    """O1, many tries: both signals, at random moments of start-up and of work."""
    chance = random.Random(os.environ.get("SEED", "up"))
    for _ in range(20):
        number = chance.choice([signal.SIGINT, signal.SIGTERM])
        end_at(home, free_port(), chance.random() * 15, [number])
        assert not any(status(home).values())
