"""Secrets of a development or demo home: made once, kept in a file only its owner can read."""

import json
import os
import secrets
from base64 import urlsafe_b64encode
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

NAMES = {"SECRET_KEY": "SECRET_KEY", "SEAL_KEYS": "SEAL_KEY", "INDEX_KEY": "INDEX_KEY"}  # setting: key in the file


def local_secrets(home: Path, *, production: bool) -> dict[str, str]:
    """Return the local defaults of the secret settings; empty ones where the environment must bring them."""
    given = all(name in os.environ or f"{name}_FILE" in os.environ for name in NAMES)
    if production or given:
        return dict.fromkeys(NAMES.values(), "")
    file = home / "secrets.json"
    try:
        if not file.exists():
            _make(file)
        return json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise ImproperlyConfigured(
            f"SQM_HOME: cannot keep the local secrets in {file} ({error}). Set SQM_HOME to a folder you may write, "
            f"or set {', '.join(NAMES)}."
        ) from error


def _make(file: Path) -> None:
    """Write the file under its final name only when it is whole; of two processes the first one wins."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = {"SECRET_KEY": secrets.token_urlsafe(48), "SEAL_KEY": f"k1:{_key()}", "INDEX_KEY": _key()}
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        json.dump(made, out)
        out.flush()
        os.fsync(out.fileno())
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _key() -> str:
    return urlsafe_b64encode(secrets.token_bytes(32)).decode()
