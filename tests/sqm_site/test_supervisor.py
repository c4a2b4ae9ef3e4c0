"""What `up` does with a part or an engine that ends by itself (O5, O6)."""

import os
import signal
import sys
import time

import pytest

from sqm_site.embedded.engine import command_of
from sqm_site.embedded.errors import EngineError
from sqm_site.embedded.lifecycle import revive
from sqm_site.pauses import Pauses
from sqm_site.processes import serving
from sqm_site.troubles import Troubles
from sqm_site.watching import GIVE_UP_AFTER, Watch
from tests.processes import children, eventually

IDLE = [sys.executable, "-c", "import time; time.sleep(300)"]
ENDS = [sys.executable, "-c", "print('the reason'); raise SystemExit(3)"]
LEAVES = [sys.executable, "-c", "import subprocess, time; subprocess.Popen(['sleep', '299']); time.sleep(298)"]


def running(supervisor, word="time.sleep"):
    return [pid for pid, command in children(supervisor.pid).items() if word in command and " -m " not in command]


def test_a_part_that_is_killed_starts_again_and_the_others_stay(capfd, settings):
    """O5: the end of the worker stopped the web server, and intake was closed."""
    with serving({"web": IDLE, "worker": LEAVES}, essential=["web"]) as supervisor:
        eventually(lambda: len(running(supervisor)) == 2 and running(supervisor, "sleep 299"))
        worker = running(supervisor, "time.sleep(298)")[0]
        web, left = running(supervisor, "time.sleep(300)"), running(supervisor, "sleep 299")
        os.kill(worker, signal.SIGKILL)
        eventually(lambda: "worker" in Troubles(settings.SQM_HOME).found())
        eventually(lambda: running(supervisor, "time.sleep(298)") not in ([], [worker]))
        assert running(supervisor, "time.sleep(300)") == web
        assert [command_of(pid) for pid in left] == [""], "what it left behind ends with it"
    assert "ended by itself (code -9, time 1 in a row); it starts again in 1 s." in capfd.readouterr().out
    assert Troubles(settings.SQM_HOME).found() == {}


def test_a_web_server_that_never_came_up_ends_all_with_an_error(capfd):
    """O5: only what nothing works without ends the rest, and its last words stand in the log."""
    with serving({"web": ENDS, "worker": IDLE}, essential=["web"]) as supervisor:
        assert supervisor.wait(30) == 1
    log = capfd.readouterr().out
    assert log.index("the reason") < log.index("ended by itself (code 3); nothing works without it.")


def test_a_reader_that_holds_the_log_does_not_hold_the_watch():
    """O1: a terminal that was stopped with Ctrl-S kept `up` from ending."""
    chatty = [sys.executable, "-c", "print('x' * 70 + '\\n' * 20000 + 'x' * 200000); import time; time.sleep(300)"]
    inner, outer = os.pipe()
    kept = os.dup(1)
    os.dup2(outer, 1)
    try:
        with serving({"web": chatty}) as supervisor:
            eventually(lambda: running(supervisor))
            time.sleep(1)
            begun = time.monotonic()
            supervisor.terminate()
            supervisor.wait(20)
    finally:
        os.dup2(kept, 1)
        for end in (inner, outer, kept):
            os.close(end)
    assert time.monotonic() - begun < 10


def test_pauses_grow_to_a_minute_and_begin_anew_after_a_healthy_life():
    """O5: neither a storm of starts nor a wait without end."""
    pauses = Pauses()
    assert [pauses.fail() for _ in range(9)] == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    pauses.began_at -= 60
    assert (pauses.fail(), pauses.failures) == (1, 1)


@pytest.mark.parametrize(("setting", "given_up"), [("DATABASE_URL", True), ("REDIS_URL", False)])
def test_an_engine_that_never_starts_is_given_up_with_its_reason_if_nothing_works_without_it(
    tmp_path, setting, given_up
):
    """O6: a limit, and the reason. Without Redis intake stays open, so that one is tried for ever."""
    said = []
    watch = Watch(tmp_path / "gone", [setting], say=said.append)  # a home without data: nothing may be made anew
    reasons = [reason for _ in range(GIVE_UP_AFTER + 5) if (reason := watch.look(61))]
    assert bool(reasons) is given_up
    assert all("The data of" in sentence for sentence in [*reasons, said[-1]])
    assert not (tmp_path / "gone").exists()


def test_only_what_was_there_is_started_again(tmp_path):
    """O6: a home that was deleted under `up` is not made anew, empty."""
    with pytest.raises(EngineError, match="is gone"):
        revive(tmp_path, "DATABASE_URL")
    assert list(tmp_path.iterdir()) == []
