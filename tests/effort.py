"""How much work something is: for comparing two sizes in one run, never with a number of seconds."""

import gc
import time
from collections.abc import Callable


def work(doing: Callable[[], object]) -> float:
    """Seconds of work of this thread, the least of three; what a long run has gathered is not walked."""
    gc.collect()
    gc.disable()
    try:
        took = []
        for _try in range(3):
            started = time.thread_time()
            doing()
            took.append(time.thread_time() - started)
    finally:
        gc.enable()
    return min(took)


def grows_with_the_square(ten_times: Callable[[], object], once: Callable[[], object]) -> bool:
    """Whether ten times the length is far more than ten times the work; of a square it is a hundred times."""
    return work(ten_times) > 30 * work(once) + 0.05
