"""What every request meets first: an id, the rules of the wire, and headers that hold pages together."""

import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from sqm_site.api import handler400, is_api, known_problem, problem
from sqm_site.errorpages import error_page
from sqm_site.fields import number
from sqm_site.frames import with_room
from sqm_site.storing import MEGABYTE

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)
CHARSET = re.compile(r';\s*charset\s*=\s*"?([^";\s]*)', re.IGNORECASE)
CHANGING = {"POST", "PUT", "PATCH", "DELETE"}
NUL = "\x00"  # PostgreSQL has no such character: nothing that carries one can be stored or found
LONGEST_LENGTH = 12  # digits of a Content-Length

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

# What a page of ours never asks a browser for.
NOT_NEEDED = ("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "microphone", "payment", "usb")
PERMISSIONS = ", ".join(f"{name}=()" for name in NOT_NEEDED)

Handler = Callable[[HttpRequest], HttpResponseBase]


class RequestId:
    """Name the request in its answer and in every log line written meanwhile."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    @with_room
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
        if NUL in request.path_info:
            raise Http404
        response = refused(request) or self.get_response(request)
        policy = next((policy for prefix, policy in POLICIES if request.path_info.startswith(prefix)), ANSWERS)
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Hold the body to what its view takes: `max_body_bytes` of the view class or the page, else the setting.

        A page's form is looked through for NUL; JSON is, where it is parsed.
        """
        view_class = getattr(view, "cls", None)
        usual = settings.DATA_UPLOAD_MAX_MEMORY_SIZE if view_class is None else settings.MAX_BODY_BYTES
        most = int(getattr(view_class or view, "max_body_bytes", usual))
        if content_length(request) > most:
            return too_large(request, most)
        return form_refused(request) if view_class is None else None


def too_large(request: HttpRequest, most: int) -> HttpResponse:
    """Before a byte of the body is read."""
    if is_api(request):
        return known_problem(413, _("The body is too large. This address takes {most} bytes.").format(most=most))
    return error_page(413, _("What you sent is too large: at most {most} MB at a time.").format(most=most // MEGABYTE))


def refused(request: HttpRequest) -> HttpResponse | None:
    """The problem with this request's line and headers, if any."""
    if not request.META.get("PATH_INFO", "/").startswith("/"):  # OPTIONS *, CONNECT host:443
        return known_problem(400, _("Name a path that begins with a slash."))
    query, headers = request.META.get("QUERY_STRING", ""), carried(request)
    if "%00" in query or NUL in query or any(NUL in text for text in headers):
        return nul_refused(request)
    return body_refused(request) if request.method in CHANGING else None


def carried(request: HttpRequest) -> Iterator[str]:
    """Every header as it came, and the cookies as they are read: a quoted one may write NUL as \\000."""
    for name, value in request.META.items():
        if name.startswith("HTTP_") or name == "CONTENT_TYPE":
            yield value
    for name, value in request.COOKIES.items():
        yield name
        yield value


def nul_refused(request: HttpRequest) -> HttpResponse:
    if is_api(request):
        return problem(400, "validation", _("Take the NUL character out of the request."))
    return handler400(request, SuspiciousOperation("NUL"))


def form_refused(request: HttpRequest) -> HttpResponse | None:
    """The problem with what a page's form brings, if any."""
    if request.method not in CHANGING:
        return None
    try:
        texts = (text for name, values in request.POST.lists() for text in (name, *values))
        return nul_refused(request) if any(NUL in text for text in texts) else None
    except UnreadablePostError:
        return known_problem(408)


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
    """Bytes of the body as announced: no number is none."""
    return number(request.META.get("CONTENT_LENGTH") or "", digits=LONGEST_LENGTH) or 0
