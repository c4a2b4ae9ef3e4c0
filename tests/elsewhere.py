"""What another connection does meanwhile, in a real thread and with rows that are committed."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction

PATIENCE = 20  # seconds


@contextmanager
def elsewhere(act: Callable[[], object]) -> Iterator[threading.Event]:
    """Another connection has done this, and has not committed yet; set the event to let it."""
    done, may_commit = threading.Event(), threading.Event()

    def run() -> None:
        with transaction.atomic():
            act()
            done.set()
            may_commit.wait(PATIENCE)
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert done.wait(PATIENCE)
    try:
        yield may_commit
    finally:
        may_commit.set()
        thread.join()


def without_waiting() -> None:
    """From here on, whoever waits for a lock fails. In a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = 500")
