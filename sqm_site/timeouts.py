"""How long the database lets a process wait, in milliseconds. It belongs to the process, not to a statement."""

LIMITS = {"lock_timeout": 3_000}
SERVING = {"statement_timeout": 10_000, "idle_in_transaction_session_timeout": 60_000}


def serve() -> None:
    """For web and worker, before Django is set up: no request and no sweep hangs on a plan gone wrong.

    Commands have no such limit: an index of a migration or a check of the whole log takes as long as it takes.
    """
    LIMITS.update(SERVING)


def options() -> str:
    """The limits as PostgreSQL takes them with a connection."""
    return " ".join(f"-c {name}={value}" for name, value in LIMITS.items())
