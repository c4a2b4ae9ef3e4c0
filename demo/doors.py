"""How the demonstration reaches the service: over HTTP, as programs with a key, people with a session, customers."""

import http.client
import json
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

from sqm_site.processes import address

ANSWER_SECONDS = 30
IDLE_SECONDS = 3  # the server closes a silent connection after 5
TRIES = 8
AGAIN = {429, 500, 502, 503, 504}
FIELD = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
JSON = {"Content-Type": "application/json", "Accept-Language": "en"}
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept-Language": "en"}


class DoorError(Exception):
    """The service answered what the demonstration did not expect."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def content(self) -> Any:
        return json.loads(self.body)

    def cookies(self) -> dict[str, str]:
        jar = SimpleCookie()
        for line in self.headers.get_all("Set-Cookie", []):
            jar.load(line)
        return {name: morsel.value for name, morsel in jar.items()}


class Line(threading.local):
    """One connection a thread, opened anew when it has been silent for so long that the server may hang up."""

    def __init__(self) -> None:
        self.connection = http.client.HTTPConnection(*address(), timeout=ANSWER_SECONDS)
        self.used = time.monotonic()

    def ask(self, method: str, path: str, body: bytes | None = None, *, headers: Mapping[str, str]) -> Answer:
        self.send(method, path, body, headers)
        response = self.connection.getresponse()
        answer = Answer(response.status, response.headers, response.read())
        self.used = time.monotonic()
        return answer

    def send(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> None:
        if time.monotonic() - self.used > IDLE_SECONDS:
            self.connection.close()
        self.connection.request(method, path, body, dict(headers))

    def drop(self) -> None:
        self.connection.close()


line = Line()


class Program:
    """A channel's program: sends a message until it is answered."""

    def __init__(self, key: str) -> None:
        self.headers = {**JSON, "Authorization": f"Bearer {key}"}

    def post(self, body: Mapping[str, Any], *, lose_answer: bool = False) -> Answer:
        """Send a message and return its answer, 200 or 201.

        lose_answer  hang up once before the answer comes, as a bad line does, and send again
        """
        raw = json.dumps(body, ensure_ascii=False).encode()
        if lose_answer:
            line.send("POST", "/api/v1/feedback/", raw, self.headers)
            line.drop()
        for number in range(TRIES):
            answer = self.once(raw)
            if answer is not None and answer.status not in AGAIN:
                return expected(answer, {200, 201}, f"message {body['external_id']}")
            wait = float(answer.headers.get("Retry-After", 0)) if answer else 0.0
            time.sleep(wait or 0.2 * 2**number)
        raise DoorError(f"message {body['external_id']} was not taken in {TRIES} tries")

    def act(self, reference: str, verb: str, body: Mapping[str, Any], *, refused: bool = False) -> None:
        """Use a verb on a case that came by this program, for its customer. Raises DoorError unless it was done."""
        use(self.headers, reference, verb, body, refused=refused, by="the customer")

    def hand_over(self, name: str, content: bytes, document: str) -> int:
        """Send a file, and give its id."""
        return sent(self.headers, name, content, document)

    def once(self, raw: bytes) -> Answer | None:
        """One try; None when the line broke."""
        try:
            return line.ask("POST", "/api/v1/feedback/", raw, headers=self.headers)
        except (OSError, http.client.HTTPException):
            line.drop()
            return None


class Person:
    """Somebody at work, signed in with their password."""

    def __init__(self, username: str, password: str) -> None:
        self.username = username
        page = line.ask("GET", "/admin/login/", headers=FORM)
        token = page.cookies()["csrftoken"]
        form = {"username": username, "password": password, "csrfmiddlewaretoken": token, "next": "/healthz"}
        headers = {**FORM, "Cookie": f"csrftoken={token}"}
        answer = line.ask("POST", "/admin/login/", urlencode(form).encode(), headers=headers)
        cookies = {"csrftoken": token} | expected(answer, {302}, f"login of {username}").cookies()
        sent = "; ".join(f"{name}={value}" for name, value in cookies.items())
        self.headers = {**JSON, "Cookie": sent, "X-CSRFToken": cookies["csrftoken"]}

    def act(self, reference: str, verb: str, body: Mapping[str, Any], *, refused: bool = False) -> None:
        """Use a verb on a case. Raises DoorError unless it was done, or refused where that is what must happen."""
        use(self.headers, reference, verb, body, refused=refused, by=self.username)

    def hand_over(self, name: str, content: bytes, document: str) -> int:
        """Send a file, and give its id."""
        return sent(self.headers, name, content, document)

    def sends(self, path: str, fields: Mapping[str, str], statuses: set[int]) -> None:
        """Fill in the form of a page. Raises DoorError for another status."""
        headers = {**self.headers, "Content-Type": FORM["Content-Type"]}
        expected(line.ask("POST", path, urlencode(fields).encode(), headers=headers), statuses, f"form of {path}")


def sent(headers: Mapping[str, str], name: str, content: bytes, document: str) -> int:
    """A form with one file, as a browser sends it."""
    mark = "sqm-demo-2f1c"
    field = f'--{mark}\r\nContent-Disposition: form-data; name="document"\r\n\r\n{document}\r\n'
    file = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    raw = b"".join((field.encode(), file.encode(), content, f"\r\n--{mark}--\r\n".encode()))
    form = {**headers, "Content-Type": f"multipart/form-data; boundary={mark}"}
    answer = expected(line.ask("POST", "/api/v1/attachments/", raw, headers=form), {200, 201}, f"file {name}")
    return int(answer.content["id"])


def use(
    headers: Mapping[str, str], reference: str, verb: str, body: Mapping[str, Any], *, refused: bool, by: str
) -> None:
    raw = json.dumps(body, ensure_ascii=False).encode()
    answer = line.ask("POST", f"/api/v1/cases/{reference}/{verb}/", raw, headers=headers)
    expected(answer, {422} if refused else {200}, f"{verb} of {by} on {reference}")


def answer_survey(token: str, satisfaction: str, comment: str) -> None:
    """The customer opens the link and answers."""
    path = f"/survey/{token}/"
    page = expected(line.ask("GET", path, headers=FORM), {200}, "survey")
    found = FIELD.search(page.body.decode())
    cookie = "; ".join(f"{name}={value}" for name, value in page.cookies().items())
    form = {"satisfaction": satisfaction, "comment": comment, "csrfmiddlewaretoken": found[1] if found else ""}
    answer = line.ask("POST", path, urlencode(form).encode(), headers={**FORM, "Cookie": cookie})
    expected(answer, {200}, "survey answer")


def expected(answer: Answer, statuses: set[int], what: str) -> Answer:
    if answer.status not in statuses:
        raise DoorError(f"{what}: {answer.status} {answer.body[:500].decode(errors='replace')}")
    return answer
