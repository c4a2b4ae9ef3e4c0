"""Every refusal of the API as one problem document (RFC 9457), whoever raised it."""

import json
import sys
from collections.abc import Iterator, Mapping
from functools import singledispatch
from http import HTTPStatus
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.serializers.json import DjangoJSONEncoder
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions

from sqm_site.errorpages import error_page
from sqm_site.errors import DomainError, Invalid, Unavailable, cause

RETRY_SECONDS = 5
# PostgreSQL: lock_not_available, deadlock_detected, serialization_failure. The row is being changed by another.
BUSY = {"55P03", "40P01", "40001"}
QUERY_CANCELED = "57014"

# status -> code for programs, sentence for people
KNOWN: dict[int, tuple[str, Any]] = {
    400: ("malformed", _("The request cannot be read. Correct it and send it again.")),
    401: ("unauthenticated", _("Send a valid API key: Authorization: Bearer KEY.")),
    403: ("forbidden", _("You may not do this. Ask your team lead or supervisor.")),
    404: ("not-found", _("There is nothing with this address, or it is not in your area.")),
    405: ("method", _("This address does not take this method; see the Allow header.")),
    406: ("not-acceptable", _("This address answers in JSON only. Send Accept: application/json.")),
    408: ("timeout", _("The body did not arrive completely. Send the request again.")),
    409: ("conflict", _("This is not possible now.")),
    411: ("length-required", _("Send the length of the body in Content-Length, not in chunks.")),
    413: ("too-large", _("The body is too large. Send less at a time.")),
    415: ("media-type", _("Send application/json in UTF-8, not compressed.")),
    429: ("rate-limited", _("Too many requests. Wait as long as Retry-After says.")),
    500: ("internal", _("Something went wrong here. Nothing was stored; tell the administrator the request id.")),
    503: ("unavailable", Unavailable.message),
}

# Framework errors that our views raise with a sentence of their own.
SPEAKING = (
    exceptions.ParseError,
    exceptions.AuthenticationFailed,
    exceptions.PermissionDenied,
    exceptions.NotFound,
)

log = structlog.get_logger(__name__)


class FactEncoder(DjangoJSONEncoder):
    def default(self, o: Any) -> Any:
        try:
            return super().default(o)
        except TypeError:
            return str(o)  # what the sentence shows too


def problem(
    status: int, code: str, detail: object, /, errors: list[dict[str, str]] | None = None, **facts: Any
) -> HttpResponse:
    """Build the document; `facts` become members beside the standard ones and never replace them."""
    body = facts | {
        "type": f"urn:sqm:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": str(detail),
        "errors": errors or [],
        "request_id": structlog.contextvars.get_contextvars().get("request_id", ""),
    }
    content = json.dumps(body, cls=FactEncoder, ensure_ascii=False).encode(errors="replace")
    response = HttpResponse(content, status=status, content_type="application/problem+json")
    response.headers["Content-Length"] = str(len(content))
    return response


def known_problem(status: int, detail: object = None, errors: list[dict[str, str]] | None = None) -> HttpResponse:
    """The document for a refusal that is fully said by its status."""
    code, sentence = KNOWN[status]
    return problem(status, code, detail or sentence, errors)


def try_again(response: HttpResponse, seconds: float) -> HttpResponse:
    response.headers["Retry-After"] = str(max(1, round(seconds)))
    return response


# --- what views raise: settings.REST_FRAMEWORK["EXCEPTION_HANDLER"] -----------------------------------


@singledispatch
def problem_response(exc: Exception, context: Mapping[str, Any]) -> HttpResponse | None:
    """Answer an exception of a view by its type. None: nobody expected it, and `handler500` answers."""
    return None


@problem_response.register
def _refused(exc: DomainError, context: Mapping[str, Any]) -> HttpResponse:
    response = problem(exc.status_code, exc.code, exc, getattr(exc, "causes", None), **exc.facts)
    seconds = exc.facts.get("retry_after", RETRY_SECONDS if exc.status_code == HTTPStatus.SERVICE_UNAVAILABLE else 0)
    return try_again(response, seconds) if seconds else response


@problem_response.register
def _invalid(exc: Invalid, context: Mapping[str, Any]) -> HttpResponse:
    errors = [
        {"field": name, "code": "invalid", "detail": str(sentence)}
        for name, sentences in exc.fields.items()
        for sentence in sentences
    ]
    return problem(exc.status_code, exc.code, exc, errors, **exc.facts)


@problem_response.register
def _not_valid(exc: exceptions.ValidationError, context: Mapping[str, Any]) -> HttpResponse:
    return problem(exc.status_code, Invalid.code, Invalid.message, list(flat(exc.detail)))


@problem_response.register
def _framework(exc: exceptions.APIException, context: Mapping[str, Any]) -> HttpResponse:
    own_words = isinstance(exc, SPEAKING) and exc.detail != exc.default_detail
    if exc.status_code in KNOWN:
        response = known_problem(exc.status_code, exc.detail if own_words else None, causes_of(exc))
    else:
        response = problem(exc.status_code, str(exc.default_code), exc.detail)
    if header := getattr(exc, "auth_header", None):
        response.headers["WWW-Authenticate"] = header
    wait = getattr(exc, "wait", None)
    return try_again(response, wait) if wait else response


def causes_of(exc: exceptions.APIException) -> list[dict[str, str]]:
    """Why a permission of ours said no, where it has a word of its own for that."""
    word = getattr(exc.detail, "code", "")
    if not isinstance(exc, exceptions.PermissionDenied) or word == exc.default_code:
        return []
    return [cause("", str(word), exc.detail)]


@problem_response.register
def _absent(exc: Http404, context: Mapping[str, Any]) -> HttpResponse:
    return known_problem(404)


@problem_response.register
def _denied(exc: PermissionDenied, context: Mapping[str, Any]) -> HttpResponse:
    return known_problem(403)


@problem_response.register
def _cut_off(exc: UnreadablePostError, context: Mapping[str, Any]) -> HttpResponse:
    return known_problem(408)


@problem_response.register(OperationalError)
@problem_response.register(InterfaceError)
def _database(exc: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """The database is away, too slow, or somebody else holds the row.

    A program that posts a message must try again, so it hears 503; 409 tells a person that the case named in
    the address is in other hands this moment.
    """
    pgcode = getattr(exc.__cause__, "pgcode", None)
    log.warning("database_error", error=type(exc).__name__, pgcode=pgcode)
    if pgcode in BUSY and "reference" in (context.get("kwargs") or {}):
        sentence = _("Somebody else is changing this case at the moment. Try again in a few seconds.")
        return try_again(problem(409, "in-progress", sentence), 1)
    if pgcode == QUERY_CANCELED:
        sentence = _("This took too long and was stopped. Ask for less, or try again later.")
        return try_again(known_problem(503, sentence), RETRY_SECONDS)
    return try_again(known_problem(503), RETRY_SECONDS)


def flat(detail: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Turn the nested detail of a ValidationError into rows: field path, code, sentence."""
    if isinstance(detail, (str, Promise)):  # an ErrorDetail is a text that knows its code
        yield {"field": path, "code": str(getattr(detail, "code", "invalid")), "detail": str(detail)}
    elif isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from flat(inner, path if name == "non_field_errors" else f"{path}.{name}".lstrip("."))
    else:
        for index, inner in enumerate(detail):
            yield from flat(inner, path if isinstance(inner, str) else f"{path}.{index}".lstrip("."))


# --- what is raised outside views: handler400 ... handler500 of sqm_site.urls --------------------------


def is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")


def handler400(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return known_problem(413 if isinstance(exception, RequestDataTooBig) else 400)
    return error_page(400)


def handler403(request: HttpRequest, exception: Exception) -> HttpResponse:
    return known_problem(403) if is_api(request) else error_page(403)


def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:
    return known_problem(404) if is_api(request) else error_page(404)


def handler500(request: HttpRequest) -> HttpResponse:
    """Django calls this while it handles the exception, so a database that is away can still be told as such."""
    away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    if is_api(request):
        return try_again(known_problem(503), RETRY_SECONDS) if away else known_problem(500)
    return try_again(error_page(503), RETRY_SECONDS) if away else error_page(500)
