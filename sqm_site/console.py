"""What commands write beside their output."""

import os
from pathlib import Path

from django.core.management.base import CommandError


def new_file(path: Path, content: bytes) -> None:
    """A new file that its owner alone reads. Raises CommandError."""
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
    except OSError as error:
        raise CommandError(f"{path} cannot be written ({error}). Give another name or place.") from error
