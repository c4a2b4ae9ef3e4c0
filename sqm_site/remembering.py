"""What seldom changes and is asked for often, kept in this process for some seconds."""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

from cachetools import TTLCache

Value = TypeVar("Value")


def now() -> float:
    """Looked up at each call, so that a test may set the clock."""
    return time.monotonic()


class Memory(Generic[Value]):
    """Values by key, each for so many seconds; of the `most`, those used longest ago go first. Threads may share it."""

    def __init__(self, seconds: float, *, most: int = 2_048) -> None:
        self.kept: TTLCache[Hashable, Value] = TTLCache(most, seconds, timer=now)
        self.lock = threading.Lock()

    def get(self, key: Hashable, find: Callable[[], Value | None]) -> Value | None:
        """The value that is remembered, else what `find` gives. None is not remembered: it may be there in a moment."""
        with self.lock:
            if key in self.kept:
                return self.kept[key]
        found = find()
        if found is not None:
            with self.lock:
                self.kept[key] = found
        return found

    def forget(self, *_keys: Any) -> None:
        """Look everything up anew."""
        with self.lock:
            self.kept.clear()
