"""One line of the log for each request: who asked for what kind of thing, and what became of it.

The route stands there and not the path, which may hold a reference, a token or a number; no query, no header, no body.
What a stranger writes reaches the line nowhere but as the request id, which has a closed form.
"""

import time
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import SimpleLazyObject

from sqm_site.logs import route_of

PROBES = frozenset({"/healthz", "/readyz", "/metrics"})  # asked every few seconds by machines
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

log = structlog.get_logger(__name__)


class RequestLine:
    """Stands inside RequestId, whose id is on every line, and outside everything that answers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        response = self.get_response(request)
        if is_logged(request):
            ms = round(1000 * (time.perf_counter() - began), 1)
            log.info("request", **log_fields(request, response), ms=ms)
        return response


def is_logged(request: HttpRequest) -> bool:
    return request.path_info not in PROBES and not request.path_info.startswith(settings.STATIC_URL)


def log_fields(request: HttpRequest, response: HttpResponseBase) -> dict[str, Any]:
    """actor: id of the person or service account; client: id of the API client. Neither is read for this."""
    return {
        "method": request.method if request.method in METHODS else "other",
        "route": route_of(request),
        "status": response.status_code,
        "actor": actor_of(request),
        "client": getattr(getattr(request, "auth", None), "pk", None),
        "bytes": size_of(response),
    }


def actor_of(request: HttpRequest) -> int | None:
    """Who asks, where something has found that out already: the line costs no query."""
    known = vars(request)
    user = known.get("user")
    if isinstance(user, SimpleLazyObject) or user is None:
        user = known.get("_cached_user")
    return getattr(user, "pk", None)


def size_of(response: HttpResponseBase) -> int | None:
    """Bytes of the body; None for a stream that does not say."""
    if length := response.headers.get("Content-Length"):
        return int(length)
    return None if response.streaming else len(response.content)  # type: ignore[attr-defined]
