"""A reference register of customers on loopback: what an institution puts before its CRM, and what can go wrong.

POST {"phone": ...} or {"customer_no": ...} with `Authorization: Bearer KEY`; 200 with the customer, 404 for nobody.
"""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from feedback import lookup
from feedback.services import lookups

KEY = "key-of-the-register"
CUSTOMERS = [
    {
        "customer_no": "80012345",
        "name": "欧阳测试",
        "phone": "+8613912345678",
        "customer_class": "私人银行客户",
        "branch": "示范分行营业部",
    }
]


class Handler(BaseHTTPRequestHandler):
    server: Any

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, asked, self.headers["Authorization"]))
        self.server.answers(self, asked)

    def say(self, status: int, content: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: Any) -> None:
        """Tests print nothing."""


def knows(handler: Handler, asked: dict[str, str]) -> None:
    if handler.headers["Authorization"] != f"Bearer {KEY}":
        return handler.say(401, b"{}")
    found = [one for one in CUSTOMERS if asked.items() <= one.items()]
    return handler.say(200, json.dumps(found[0]).encode()) if found else handler.say(404, b"{}")


@pytest.fixture
def register(settings, institution) -> Iterator[Callable[..., ThreadingHTTPServer]]:
    """Start one, for the first legal entity; `answers` says how it behaves."""
    running = list[ThreadingHTTPServer]()

    def start(answers: Callable[[Handler, dict[str, str]], None] = knows, **chosen: Any) -> ThreadingHTTPServer:
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.answers, server.asked = answers, []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        running.append(server)
        address = chosen.get("url", "http://127.0.0.1:{port}/customers?v=1").format(port=server.server_port)
        settings.CUSTOMER_LOOKUPS = {institution.legal_entity.code: address}
        settings.CUSTOMER_LOOKUP_KEYS = {institution.legal_entity.code: KEY}
        settings.CUSTOMER_LOOKUP_SECONDS = chosen.get("seconds", 2)
        return server

    lookups.TOLD.forget()
    yield start
    lookup.http_lookup.cache_clear()
    for one in running:
        one.shutdown()
        one.server_close()
