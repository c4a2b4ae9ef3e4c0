"""The programs of the demonstration, against a server that does not always answer."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from demo import doors


class Moody(BaseHTTPRequestHandler):
    """Answers what the list says next: a status, or None to hang up."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        status = self.server.answers.pop(0)
        if status is None:
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("Retry-After", "0")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(settings, monkeypatch):
    with HTTPServer(("127.0.0.1", 0), Moody) as running:
        running.bodies, running.answers = [], []
        settings.PORT = running.server_address[1]
        monkeypatch.setattr(doors, "line", doors.Line())
        monkeypatch.setattr(doors.time, "sleep", lambda seconds: None)
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield running
        doors.line.drop()
        running.shutdown()
        thread.join()


def test_a_message_is_sent_until_it_is_taken(server):
    server.answers = [503, None, 429, 201]
    assert doors.Program("key").post({"external_id": "m-1"}).status == 201
    assert [json.loads(body) for body in server.bodies] == [{"external_id": "m-1"}] * 4


def test_an_answer_that_is_lost_makes_it_send_again(server):
    server.answers = [201, 200]
    assert doors.Program("key").post({"external_id": "m-1"}, lose_answer=True).status == 200
    assert len(server.bodies) == 2


def test_a_refusal_ends_the_demonstration_with_what_was_said(server):
    server.answers = [409]
    with pytest.raises(doors.DoorError, match="message m-1: 409"):
        doors.Program("key").post({"external_id": "m-1"})


def test_it_does_not_try_for_ever(server):
    server.answers = [503] * doors.TRIES
    with pytest.raises(doors.DoorError, match="not taken"):
        doors.Program("key").post({"external_id": "m-1"})
