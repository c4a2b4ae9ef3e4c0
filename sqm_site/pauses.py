"""How long to wait before something that ended by itself is started again."""

import time

FIRST_SECONDS, LONGEST_SECONDS = 1.0, 60.0
HEALTHY_SECONDS = 60.0  # who lived so long is well: its next end counts as the first


class Pauses:
    """Growing pauses, 1 s to 60 s; the count starts anew once it lived for a minute."""

    def __init__(self) -> None:
        self.failures = 0
        self.began_at = time.monotonic()

    def begin(self) -> None:
        """It was started."""
        self.began_at = time.monotonic()

    def lived(self) -> float:
        """Return how many seconds ago it was started."""
        return time.monotonic() - self.began_at

    def fail(self) -> float:
        """It ended, or did not start. Return the seconds to wait."""
        self.failures = 1 if self.lived() >= HEALTHY_SECONDS else self.failures + 1
        return min(FIRST_SECONDS * 2 ** (self.failures - 1), LONGEST_SECONDS)
