"""Room for the frames of all that a request calls, taken once.

CPython keeps the frames of a thread in chunks of 16 KiB. A call that does not fit in the last one asks the system for
the next, and gives it back when it returns (Python/pystate.c: push_chunk, _PyThreadState_PopFrame; seen in 3.11, 3.12
and 3.13). A loop that happens to stand at the end of a chunk does so at each of its calls: drawing the fifty rows of a
list took up to 2,700 page faults and twice as long, at one depth of the stack and not at the next one.
"""

from collections.abc import Callable
from types import FunctionType
from typing import Any, TypeVar, cast

SLOTS = 18_000  # of 8 bytes: a frame that needs a chunk of 256 KiB, and leaves 112 of them to those above it

Called = TypeVar("Called", bound=Callable[..., Any])


def with_room(function: Called) -> Called:
    """Let what this function calls lie in one chunk: its own frame is declared so large that it gets a large one."""
    plain = cast(FunctionType, function)
    plain.__code__ = plain.__code__.replace(co_stacksize=SLOTS)
    return function
