"""The one sweep: what is due is worked in batches, and one bad row never stops the others."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, TypeVar

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError, transaction

from sqm_site.clock import database_now
from sqm_site.models import Heartbeat

RETRY = timedelta(hours=1)  # so long what was put aside is left alone
QUERY_CANCELED = "57014"  # what PostgreSQL says after statement_timeout
MOST_SHOWN = 20  # of what stands aside, in the heartbeat; all of it is in the log

log = structlog.get_logger(__name__)
Key = TypeVar("Key")
Value = TypeVar("Value")
Work = Callable[[Sequence[Key]], Mapping[str, int]]


def sweep(
    name: str, claim: Iterable[Sequence[Key]], work: Work[Key], isolate: Callable[[Key, Exception], datetime]
) -> Counter[str]:
    """Work through all batches of `claim`, leave a heartbeat under `name`, and return what was done, by name.

    claim    keys of what is due, a batch at a time, read without locks
    work     does one batch in a transaction of its own and counts; it asks again what is due, and what it raises
             leaves nothing behind. A batch that fails is split, down to the bad key
    isolate  puts the bad key aside, as a rule for RETRY, and returns until when claims leave it alone
    Raises what is no row's fault: no database, no clock, a lock that nobody lets go. The next tick tries again.
    """
    began = time.perf_counter()
    done: Counter[str] = Counter()
    for batch in claim:
        for key, error in worked(batch, work, done):
            log.error("put aside", sweep=name, key=key, exc_info=error)
            show(name, key, error, until=isolate(key, error))
    Heartbeat.beat(name, done, took=time.perf_counter() - began)
    return done


def worked(batch: Sequence[Key], work: Work[Key], done: Counter[str]) -> Iterable[tuple[Key, Exception]]:
    """Do a batch, by halves where it fails; add to `done`, and give each bad key with what it raised."""
    waiting = [batch]
    while waiting:
        part = waiting.pop()
        try:
            done.update(work(part))
        except Exception as error:
            if passes_by_itself(error):
                raise
            middle = len(part) // 2
            if middle:
                waiting += [part[middle:], part[:middle]]
            else:
                yield part[0], error


def passes_by_itself(error: Exception) -> bool:
    """Whether the same work may succeed at the next tick, because nothing is wrong with its rows."""
    if isinstance(error, OperationalError):
        return getattr(error.__cause__, "pgcode", None) != QUERY_CANCELED
    return isinstance(error, (InterfaceError, SoftTimeLimitExceeded))


@transaction.atomic
def show(name: str, key: Any, error: Exception, *, until: datetime) -> None:
    """Keep in the heartbeat that this stands aside, and what else does, the newest of it."""
    at = database_now()
    beat, _is_new = Heartbeat.objects.select_for_update().get_or_create(name=name, defaults={"beat_at": at})
    aside = beat.aside(at) | {str(key): {"error": type(error).__name__, "until": until.isoformat()}}
    beat.isolated = dict([*aside.items()][-MOST_SHOWN:])
    beat.save(update_fields=["isolated"])


def batched(values: Iterable[Value], size: int) -> Iterator[list[Value]]:
    """So many at a time, the last ones fewer."""
    rest = iter(values)
    while batch := list(islice(rest, size)):
        yield batch
