"""What is not well under `up`, a file a thing in `SQM_HOME/troubles`: whoever watches it writes, readiness reads."""

import contextlib
from pathlib import Path

FOLDER = "troubles"


class Troubles:
    """The folder of one home. Each name has one writer; nothing here may stop whoever watches."""

    def __init__(self, home: Path) -> None:
        self.folder = home / FOLDER

    def tell(self, name: str, sentence: str) -> None:
        """Write down what is wrong with `name`. A disk that is full must not stop the watch."""
        with contextlib.suppress(OSError):
            self.folder.mkdir(mode=0o700, exist_ok=True)
            (self.folder / name).write_text(sentence)

    def end(self, name: str) -> None:
        """It is well again."""
        with contextlib.suppress(OSError):
            (self.folder / name).unlink(missing_ok=True)

    def found(self) -> dict[str, str]:
        """Return the sentences by name; none when nobody watches this home."""
        try:
            return {file.name: file.read_text(errors="replace") for file in sorted(self.folder.iterdir())}
        except OSError:
            return {}

    def clear(self) -> None:
        """Forget what an earlier run left behind."""
        for name in self.found():
            self.end(name)
