"""S17: who may do what in the embedded PostgreSQL."""

import os
import shutil
import tempfile
from pathlib import Path

import psycopg2
import pytest

from sqm_site.embedded import database_url
from sqm_site.embedded.errors import EngineError
from sqm_site.embedded.lifecycle import remove, start, stop
from sqm_site.embedded.place import place


@pytest.fixture(scope="module")
def home():
    parent = Path(tempfile.mkdtemp(prefix="sqm-roles-", dir="/tmp"))
    parent.chmod(0o755)
    start(parent / "home", "DATABASE_URL")
    yield parent / "home"
    remove(parent / "home")
    shutil.rmtree(parent)


def ask(address, statement):
    server = psycopg2.connect(address)
    server.autocommit = True
    try:
        with server.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone() if cursor.description else None
    finally:
        server.close()


@pytest.mark.parametrize(
    "statement",
    [
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "COPY (SELECT '') TO '/tmp/anchor.log'",
        "SELECT pg_read_file('/etc/hostname')",
        "CREATE ROLE other SUPERUSER",
        "CREATE ROLE other",
        "ALTER ROLE sqm SUPERUSER",
        "ALTER SYSTEM SET fsync = off",
        "SET session_replication_role = replica",
    ],
)
def test_the_role_of_the_service_cannot_leave_its_database(home, statement):
    """S17: it was a superuser: SQL alone could run programs and write where the anchor lies."""
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        ask(database_url(home), statement)


def test_it_owns_its_database_and_may_make_others(home):
    ask(database_url(home), "CREATE TABLE made (id int)")
    ask(database_url(home), "CREATE DATABASE other")
    ask(database_url(home), "DROP DATABASE other WITH (FORCE)")


@pytest.mark.parametrize("password", ["", "password=guessed"])
def test_the_superuser_needs_its_secret(home, password):
    """S17: only the life cycle starts as superuser, with a file that only its account reads."""
    with pytest.raises(psycopg2.OperationalError, match="password"):
        ask(f"dbname=postgres user=postgres host={place(home).sockets} {password}", "SELECT 1")
    secret = place(home).engines / "superuser"
    assert (secret.stat().st_mode & 0o777, secret.stat().st_uid) == (0o600, os.geteuid())


def test_a_first_start_that_was_cut_off_is_finished_by_the_next(home):
    word = (place(home).engines / "superuser").read_text()
    ask(f"dbname=postgres user=postgres password={word} host={place(home).sockets}", "DROP DATABASE sqm")
    start(home, "DATABASE_URL")
    assert ask(database_url(home), "SELECT current_user, current_database()") == ("sqm", "sqm")


def test_a_home_of_the_earlier_kind_is_told(home):
    stop(home, "DATABASE_URL")
    secret = place(home).engines / "superuser"
    word = secret.read_text()
    secret.unlink()
    with pytest.raises(EngineError, match="made by an earlier version of SQM"):
        start(home, "DATABASE_URL")
    secret.write_text(word)
