import signal
from collections.abc import Iterator

import pytest
from django.utils import translation


@pytest.fixture
def english():
    """Sentences as the source has them."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def signals_are_heard() -> Iterator[None]:
    """A run with nohup or in the background ignores them, and the programs that a test starts would do so too."""
    heard = {signal.SIGINT: signal.default_int_handler, signal.SIGHUP: signal.SIG_DFL}
    ignored = [number for number in heard if signal.getsignal(number) == signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, heard[number])
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)
