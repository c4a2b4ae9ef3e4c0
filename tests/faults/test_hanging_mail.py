"""A mail server that takes connections and never answers."""

import contextlib
import select
import socket
import threading

import pytest

from tests.processes import eventually

DUE_CASES = 20
QUEUE = """
from django.utils import timezone
from feedback.models import Notice
from organization.models import User
person, at = User.objects.create(username="reader", email="reader@example.com"), timezone.now()
Notice.objects.bulk_create(
    Notice(kind="offer", channel="email", to_user=person, about="x", key=f"hanging-{n}", created_at=at, due_at=at)
    for n in range(60)
)
"""


class Hanging(threading.Thread):
    """It accepts and says nothing. `most` is how many waited for it at once."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.server = socket.create_server(("127.0.0.1", 0))
        self.held: list[socket.socket] = []
        self.most = 0

    @property
    def address(self) -> str:
        return f"smtp://127.0.0.1:{self.server.getsockname()[1]}"

    def run(self) -> None:
        with contextlib.suppress(OSError):  # closed at the end of the test
            while True:
                self.held.append(self.server.accept()[0])
                self.most = max(self.most, self.waiting())

    def end(self) -> None:
        """Go away: who waits hears it at once, and so ends at once when it is told to."""
        if self.server.fileno() != -1:
            self.server.shutdown(socket.SHUT_RDWR)  # alone this wakes the thread that accepts
            self.join()
            self.server.close()
            for one in self.held:
                one.close()

    def waiting(self) -> int:
        """How many are still there: a client of mail speaks second, so what can be read of one is its end."""
        return len(self.held) - len(select.select(self.held, [], [], 0)[0])


@pytest.fixture
def mail():
    hanging = Hanging()
    hanging.start()
    yield hanging
    hanging.end()


def test_rungs_cells_and_seals_go_on_while_a_mail_server_hangs(house, web, mail):
    """B24, O8: rungs and cells were quiet for 28 s, seals for 91 s; each tick put one more worker before the server."""

    def undone():
        due = "SELECT count(*) FROM complaints_clock WHERE next_fire_at <= now()"
        unread = "SELECT count(*) FROM complaints_unread"
        return house.ask(f"SELECT ({due}), ({unread})")[0]

    house.manage("shell", "-c", QUEUE)
    with house.program("worker"), house.program("outside", EMAIL_URL=mail.address), house.program("beat"):
        eventually(lambda: mail.waiting() == 1)
        house.deliver_all([f"meanwhile-{number}" for number in range(DUE_CASES)], days_ago=18)
        eventually(lambda: undone() == (0, 0))
        eventually(lambda: mail.waiting() == 1)
        mail.end()
    fired = "SELECT count(DISTINCT f.case_id) FROM complaints_firing f JOIN complaints_message m USING (case_id)"
    meanwhile = f"{fired} JOIN feedback_feedback b ON b.id = m.feedback_id WHERE b.external_id LIKE 'meanwhile-%'"
    assert house.ask(meanwhile) == [(DUE_CASES,)]
    assert mail.most == 1
