"""A small ClamAV daemon on a unix socket, which answers as a test says, never, or not as it should."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

Says = Callable[[bytes], bytes | None]
EICAR = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"


class Daemon:
    """Speaks the protocol of clamd on a socket of a folder; `says` answers for a file, None: never."""

    def __init__(self, path: Path, says: Says) -> None:
        self.says, self.heard = says, list[bytes]()
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(str(path))
        self.server.listen()
        self.ended = threading.Event()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            try:
                link, _address = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self.spoken_to, args=[link], daemon=True).start()

    def spoken_to(self, link: socket.socket) -> None:
        with link, suppress(OSError):
            self.speak(link)

    def speak(self, link: socket.socket) -> None:
        command = b""
        while not command.endswith(b"\0"):
            command += link.recv(1)
        if command == b"zPING\0":
            link.sendall(b"PONG\0")
            return
        assert command == b"zINSTREAM\0"
        content = b""
        while length := int.from_bytes(self.whole(link, 4), "big"):
            content += self.whole(link, length)
        self.heard.append(content)
        said = self.says(content)
        if said is None:
            self.ended.wait(10)
        else:
            link.sendall(said)

    @staticmethod
    def whole(link: socket.socket, length: int) -> bytes:
        found = b""
        while len(found) < length:
            piece = link.recv(length - len(found))
            if not piece:
                raise ConnectionError
            found += piece
        return found

    def stop(self) -> None:
        self.ended.set()
        self.server.close()


def by_content(content: bytes) -> bytes:
    return b"stream: Eicar-Test-Signature FOUND\0" if EICAR in content else b"stream: OK\0"


@pytest.fixture
def daemon(tmp_path, settings) -> Iterator[Callable[[Says], Daemon]]:
    running = list[Daemon]()

    def start(says: Says = by_content) -> Daemon:
        path = tmp_path / f"clamd{len(running)}"
        settings.SCANNER = f"clamd:unix:{path}"
        running.append(Daemon(path, says))
        return running[-1]

    yield start
    for one in running:
        one.stop()
