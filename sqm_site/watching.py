"""The engines under `up`: one that dies is started again, and whoever looks is told."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from sqm_site.embedded.errors import EngineError
from sqm_site.embedded.lifecycle import ENGINES, dead, revive
from sqm_site.pauses import Pauses
from sqm_site.troubles import Troubles

LOOK_SECONDS = 0.5
GIVE_UP_AFTER = 10  # ends in a row: some six minutes
RECORD = "DATABASE_URL"  # without the place of record nothing can be served; without Redis intake stays open


class Watch:
    """Looks at engines, one pass a call of `look`."""

    def __init__(self, home: Path, engines: Sequence[str], *, say: Callable[[str], object]) -> None:
        self.home, self.say = home, say
        self.pauses = {setting: Pauses() for setting in engines}
        self.waits: dict[str, float] = {}  # seconds of pause of what is down
        self.troubles = Troubles(home)

    def look(self, seconds: float) -> str:
        """Start again what died, each at its own pace. Return why the service must be given up, or nothing.

        seconds  since the last look
        """
        down = dead(self.home, *self.pauses)
        return next((reason for setting in down if (reason := self._mend(setting, seconds))), "")

    def _mend(self, setting: str, seconds: float) -> str:
        name, pauses = ENGINES[setting].name, self.pauses[setting]
        if setting not in self.waits:
            pause = pauses.fail()
            self.waits[setting] = pause if pauses.failures > 1 else 0
            self._tell(name, "ended by itself and is started again")
        self.waits[setting] -= seconds
        if self.waits[setting] > 0:
            return ""
        try:
            revive(self.home, setting)
        except (EngineError, OSError) as error:
            pauses.begin()
            self.waits[setting] = pauses.fail()
            self._tell(name, f"does not start: {error}")
            hopeless = setting == RECORD and pauses.failures >= GIVE_UP_AFTER
            return f"{name} was given up after {pauses.failures} failures in a row. {error}" if hopeless else ""
        del self.waits[setting]
        pauses.begin()
        self.troubles.end(name)
        self.say(f"{name}: works again.")
        return ""

    def _tell(self, name: str, sentence: str) -> None:
        self.troubles.tell(name, sentence)
        self.say(f"{name}: {sentence.rstrip('.')}.")


@contextlib.contextmanager
def watching(
    home: Path, engines: Sequence[str], *, say: Callable[[str], object], give_up: Callable[[str], object]
) -> Iterator[None]:
    """Watch the engines of these settings while the block runs; `give_up` is told the reason when it is hopeless."""
    enough = threading.Event()
    watch = Watch(home, engines, say=say)

    def run() -> None:
        while engines and not enough.wait(LOOK_SECONDS):
            if reason := watch.look(LOOK_SECONDS):
                give_up(reason)
                return

    thread = threading.Thread(target=run, daemon=True, name="engines")
    thread.start()
    try:
        yield
    finally:
        enough.set()
        thread.join()  # a start that goes on must end before the engines are stopped
