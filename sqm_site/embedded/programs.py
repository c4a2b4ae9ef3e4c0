"""The server programs inside the wheels, made readable for the account that runs them."""

import contextlib
import os
import platform
import shutil
import signal
import subprocess
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqm_site.embedded.errors import EngineError
from sqm_site.embedded.place import Place

RUNNING: set[subprocess.Popen[str]] = set()
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}  # nothing of ours (PGPORT, PGOPTIONS) reaches a server


def run(here: Place, *command: object) -> subprocess.CompletedProcess[str]:
    """Run a program as the servers' account. Daemons it leaves behind write to their log, so they hold no pipe."""
    drop: dict[str, Any] = {}
    if here.owner:
        drop = {"user": here.owner[0], "group": here.owner[1], "extra_groups": []}
    with subprocess.Popen(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        cwd="/",
        env=ENVIRONMENT,
        start_new_session=True,  # Ctrl-C reaches only whoever called it: half a start is worse than a late end
        **drop,
    ) as process:
        RUNNING.add(process)
        try:
            out, error = process.communicate()
        finally:
            RUNNING.discard(process)
    return subprocess.CompletedProcess(process.args, process.returncode, out, error)


def interrupt() -> None:
    """Ask every program that `run` waits for to end; initdb and pg_ctl then undo what they have begun."""
    for process in list(RUNNING):
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGINT)


def program(here: Place, package: str, wheel: str, pattern: str, setting: str) -> Path:
    """Return the path of a program of a wheel, of a copy when the servers' account cannot read the wheel."""
    spec = find_spec(package)
    folder = Path(spec.origin).parent if spec and spec.origin else None
    found = next(folder.glob(pattern), None) if folder else None
    machine = f"{platform.system()} {platform.machine()}"
    if folder is None or found is None:
        raise EngineError(f"{wheel} has no server for {machine}. Set {setting} to a server of your own.")
    if _runs(here, found):
        return found
    copied = _copy(here, folder, wheel) / found.relative_to(folder)
    if not _runs(here, copied):
        raise EngineError(f"The server of {wheel} does not run on {machine}. Set {setting} to a server of your own.")
    return copied


def _runs(here: Place, path: Path) -> bool:
    try:
        return run(here, path, "--version").returncode == 0
    except OSError:
        return False


def _copy(here: Place, folder: Path, wheel: str) -> Path:
    """Copy a package with the libraries beside it: its programs find them by their relative path."""
    target = here.engines / f"{wheel}-{version(wheel)}"
    if not target.exists():
        draft = here.engines / f"{target.name}.new"
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(folder, draft / folder.name, symlinks=True)
        libraries = folder.with_name(f"{folder.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name)
        draft.chmod(0o755)
        draft.rename(target)
    return target / folder.name
