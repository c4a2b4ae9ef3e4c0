"""What every request meets first: an id, the rules of the wire, and headers that hold pages together."""

import re
import uuid
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from sqm_site.api import is_api, known_problem, problem

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)
CHARSET = re.compile(r';\s*charset\s*=\s*"?([^";\s]*)', re.IGNORECASE)
CHANGING = {"POST", "PUT", "PATCH", "DELETE"}

SAME_ORIGIN = (
    "default-src 'self'; script-src 'self'{script}; style-src 'self'{style}; img-src 'self' data:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
ANSWERS = "default-src 'none'; frame-ancestors 'none'"
DOCS = SAME_ORIGIN.format(script="", style=" 'unsafe-inline'")
PUBLIC = SAME_ORIGIN.format(script="", style="")
# The admin theme runs Alpine.js, which evaluates attributes, and writes its colours into a style element.
SIGNED_IN = SAME_ORIGIN.format(script=" 'unsafe-eval'", style=" 'unsafe-inline'")
# The first prefix that fits decides.
POLICIES = (
    ("/api/docs/", DOCS),
    ("/api/", ANSWERS),
    ("/feedback/", PUBLIC),
    ("/track/", PUBLIC),
    ("/survey/", PUBLIC),
    ("/", SIGNED_IN),
)

Handler = Callable[[HttpRequest], HttpResponseBase]


class RequestId:
    """Name the request in its answer and in every log line written meanwhile."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-Id", "")
        request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        response = self.get_response(request)
        response.headers["X-Request-Id"] = request_id
        return response


class Guard:
    """Refuse what the wire must not carry, before anything reads the body; seal the answer with headers."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "\x00" in request.path_info:  # PostgreSQL has no such character, so nothing has this address
            raise Http404
        response = refused(request) or self.get_response(request)
        policy = next(policy for prefix, policy in POLICIES if request.path_info.startswith(prefix))
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Hold the body to what its API view takes: `max_body_bytes` of the view class, else the setting."""
        view_class = getattr(view, "cls", None)
        most = int(getattr(view_class, "max_body_bytes", settings.MAX_BODY_BYTES))
        if view_class is None or content_length(request) <= most:
            return None
        return known_problem(413, _("The body is too large. This address takes {most} bytes.").format(most=most))


def refused(request: HttpRequest) -> HttpResponse | None:
    """The problem with this request's line and headers, if any."""
    if is_api(request) and "%00" in request.META.get("QUERY_STRING", ""):
        return problem(400, "validation", _("Take the NUL character out of the query."))
    return body_refused(request) if request.method in CHANGING else None


def body_refused(request: HttpRequest) -> HttpResponse | None:
    headers = request.META
    if not request.path_info.endswith("/"):
        return known_problem(404, _("Addresses end with a slash: add one."))
    if "HTTP_TRANSFER_ENCODING" in headers:  # Django takes the length from Content-Length and would see no body
        return known_problem(411)
    content_type = headers.get("CONTENT_TYPE", "")
    charset = CHARSET.search(content_type)
    if "HTTP_CONTENT_ENCODING" in headers or (charset and charset[1].lower() not in {"utf-8", "utf8"}):
        return known_problem(415)
    # A body that is announced and absent was lost on its way; a verb without arguments announces none.
    if content_type.startswith("application/json") and content_length(request) == 0:
        return known_problem(400, _("The body is empty. Send one JSON object."))
    return None


def content_length(request: HttpRequest) -> int:
    """Bytes of the body as Django counts them: no number is none."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
