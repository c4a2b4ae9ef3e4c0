"""What a request calls has room on the stack, at whatever depth it stands."""

import resource
from collections.abc import Callable

from sqm_site.frames import with_room
from sqm_site.middleware import RequestId

DEPTHS, CALLS = 200, 300


def page_faults() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def loop() -> None:
    for _call in range(CALLS):
        page_faults()


def at_depth(depth: int) -> None:
    if depth:
        at_depth(depth - 1)
    else:
        loop()


def worst() -> int:
    """The most page faults that one loop costs at any depth."""
    faults = []
    for depth in range(DEPTHS):
        before = page_faults()
        at_depth(depth)
        faults.append(page_faults() - before)
    return max(faults)


@with_room
def roomy(doing: Callable[[], int]) -> int:
    return doing()


def test_no_depth_costs_a_page_at_each_call():
    """P13: lists took half as long again at one depth of the stack, for a page fault at each call."""
    assert roomy(worst) < CALLS / 3


def test_every_request_has_it():
    assert RequestId.__call__.__code__.co_stacksize == roomy.__code__.co_stacksize
