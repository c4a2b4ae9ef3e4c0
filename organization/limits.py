"""How many requests a client may send in a minute: one atomic call to Redis, or a count of this process without it.

Redis away never closes intake: then each process counts for itself and looks for Redis again after five seconds.
"""

import threading
import time
from collections import Counter
from datetime import datetime
from functools import cache

import redis
from django.conf import settings

from organization.models import ApiClient

WINDOW = 60  # seconds
TIMEOUT = 0.05  # seconds, for connecting and for answering
AWAY = 5.0  # seconds until Redis is tried again after a failure

# Count and set the end of the window in one step, so that no counter outlives its minute.
COUNT = """
local n = redis.call('INCR', KEYS[1])
if n == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return n
"""


class Local:
    """The count of this process, while Redis is away."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.window = 0
        self.counts: Counter[int | str] = Counter()
        self.until = 0.0  # monotonic moment until which Redis is left alone

    def count(self, client_id: int | str, window: int) -> int:
        with self.lock:
            if window > self.window:
                self.window, self.counts = window, Counter()
            self.counts[client_id] += 1
            return self.counts[client_id]


local = Local()


@cache
def server() -> redis.Redis:
    """The address may be in the form of redis-py or in Celery's, who writes a unix socket differently."""
    address = settings.REDIS_URL.replace("redis+socket://", "unix://", 1).replace("?virtual_host=", "?db=")
    return redis.Redis.from_url(address, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT, retry=None)


def allow(client: ApiClient, at: datetime) -> float | None:
    """Count one request. None: go on; else the seconds until the next minute begins. Never raises for Redis."""
    window, into = divmod(at.timestamp(), WINDOW)
    limit = settings.INTAKE_PER_MINUTE if client.per_minute is None else client.per_minute
    return None if counted(client.pk, int(window)) <= limit else WINDOW - into


def allow_person(user_id: int, what: str, *, most: int, at: datetime) -> bool:
    """Count one request of a person for something of which they may ask so much in a minute."""
    return counted(f"{what}:{user_id}", int(at.timestamp()) // WINDOW) <= most


def counted(client_id: int | str, window: int) -> int:
    if time.monotonic() < local.until:
        return local.count(client_id, window)
    try:
        return int(server().eval(COUNT, 1, f"sqm:limit:{client_id}:{window}", 2 * WINDOW))  # type: ignore[arg-type]
    except (redis.RedisError, OSError):
        local.until = time.monotonic() + AWAY
        return local.count(client_id, window)
