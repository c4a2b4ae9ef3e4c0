"""Where the engines of one `SQM_HOME` live, and as whom they run."""

import hashlib
import os
import pwd
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from sqm_site.embedded.errors import EngineError

# of the whole path of a socket; the kernel takes 107, and Valkey adds a few for its temporary name
SOCKET_PATH_BYTES = 100
PLAIN_PATH = re.compile(r"[A-Za-z0-9._/-]+")
# PostgreSQL refuses to run as root; the first of these that exists runs both engines then
SERVER_USERS = ("postgres", "nobody")
# beginnings of what a home may hold when its engines are made; anything else belongs to somebody else
OURS = ("secrets.json", "engines", "static", "anchor.log", "prepare.lock", "troubles", "lost+found")


@dataclass(frozen=True)
class Place:
    """Folders of the engines. `owner` is (uid, gid) to drop to, or None when they run as whoever starts them."""

    home: Path
    engines: Path
    owner: tuple[int, int] | None

    @property
    def identity(self) -> Path:
        """File with the token by which a server that answers is known to be ours."""
        return self.engines / "identity"

    @property
    def sockets(self) -> Path:
        """Return a folder whose name neither the kernel nor an address (comma, space, %) can stumble over."""
        folder = self.engines / "run"
        if len(os.fsencode(folder / ".s.PGSQL.5432")) <= SOCKET_PATH_BYTES and PLAIN_PATH.fullmatch(str(folder)):
            return folder
        return Path("/tmp") / f"sqm-{_short(self.home)}"  # not tempfile: every process must find the same one

    def make(self, folder: Path) -> None:
        """Make a folder that only the servers' account may enter; refuse one that somebody else made."""
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            info = folder.lstat()
            if not stat.S_ISDIR(info.st_mode) or info.st_uid not in {os.geteuid(), *(self.owner or ())[:1]}:
                raise EngineError(f"{folder} belongs to somebody else. Remove it, or set SQM_HOME to another folder.")
            if self.owner:
                os.chown(folder, *self.owner)
            folder.chmod(0o700)
        except OSError as error:
            raise EngineError(f"{folder} cannot be made ({error}). Set SQM_HOME to a folder you may write.") from error


def place(home: Path) -> Place:
    """Decide from what stands on the disk; nothing is made or changed."""
    engines = home / "engines"
    if os.geteuid() != 0:
        return Place(home, engines, None)
    owner = _server_owner(engines / "postgres")
    if not all(_may_enter(parent, owner) for parent in home.parents):
        engines = Path("/var/lib/sqm") / _short(home)  # a closed parent stays closed: we never chmod one
    return Place(home, engines, owner)


def claim(here: Place) -> None:
    """Take the home for our engines, once; refuse one that holds other things."""
    if not here.identity.exists():
        try:
            strangers = sorted(entry.name for entry in here.home.iterdir() if not entry.name.startswith(OURS))
        except FileNotFoundError:
            strangers = []
        except OSError as error:
            raise EngineError(f"SQM_HOME: {here.home} cannot be used ({error}). Choose another folder.") from error
        if strangers:
            raise EngineError(f"SQM_HOME: {here.home} already holds {strangers[0]}. Choose an empty folder.")
    if here.engines.parent == here.home:
        _let_in(here)
    here.make(here.engines)


def _let_in(here: Place) -> None:
    """Give a closed home to the servers' account: root still may enter, and no mode is loosened."""
    if here.owner is None:
        return
    if not here.home.exists():
        here.make(here.home)
    elif not _may_enter(here.home, here.owner):
        os.chown(here.home, *here.owner)


def _server_owner(data: Path) -> tuple[int, int]:
    """Return whoever owns the data already, else the first account made for servers."""
    if data.exists() and data.stat().st_uid:
        return data.stat().st_uid, data.stat().st_gid
    for name in SERVER_USERS:
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        return account.pw_uid, account.pw_gid
    return 65534, 65534


def _may_enter(folder: Path, owner: tuple[int, int]) -> bool:
    if not folder.exists():
        return True  # it is made with the modes that are needed
    info = folder.stat()
    if info.st_uid == owner[0]:
        return bool(info.st_mode & stat.S_IXUSR)
    if info.st_gid == owner[1]:
        return bool(info.st_mode & stat.S_IXGRP)
    return bool(info.st_mode & stat.S_IXOTH)


def _short(home: Path) -> str:
    return hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
