"""The application behind a real socket, in a thread of the test: what a generated client needs."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.core.wsgi import get_wsgi_application
from django.db import OperationalError
from django.http import HttpRequest


class Quiet(WSGIRequestHandler):
    def log_message(self, *_args: Any) -> None:
        pass


class DatabaseAway:
    """A middleware in front of ours: while `times` lasts, the database is away."""

    times = 0

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        if DatabaseAway.times:
            DatabaseAway.times -= 1
            raise OperationalError("the server closed the connection")
        return self.get_response(request)


@contextmanager
def served() -> Iterator[str]:
    """The address of the application; the settings are read when it begins."""
    server = make_server("127.0.0.1", 0, get_wsgi_application(), WSGIServer, Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
