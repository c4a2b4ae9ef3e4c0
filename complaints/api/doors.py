"""What all doors of the API share: the right to enter, the rate limit, and answering a repeated POST once."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.exceptions import Throttled
from rest_framework.permissions import BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from organization import idempotency, limits
from organization.models import ApiClient, User
from organization.rights import rights_of

REPLAYED = "Idempotent-Replayed"


def scope_required(scope: str) -> type[BasePermission]:
    """A permission class for one scope of API clients. People need a role that reads cases; the verb asks the rest."""

    class HasScope(BasePermission):
        def has_permission(self, request: Request, view: APIView) -> bool:
            if isinstance(request.auth, ApiClient):
                return scope in request.auth.scopes
            return isinstance(request.user, User) and rights_of(request.user).has("view")

    return HasScope


class LimitedDoor:
    """Counts a client's requests; 429 with Retry-After once its share of this minute is used up."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        if isinstance(request.auth, ApiClient):
            wait = limits.allow(request.auth, timezone.now())
            if wait is not None:
                raise Throttled(wait=wait)


class IdempotentDoor(LimitedDoor):
    """A POST with an Idempotency-Key is worked once; its bytes are stored with what it changed and replayed."""

    def once(self, request: Request, work: Callable[[], tuple[int, dict[str, Any]]]) -> Response | HttpResponse:
        key = request.headers.get("Idempotency-Key")
        if key is None or not isinstance(request.auth, ApiClient):
            status, body = work()
            return Response(body, status=status)
        with transaction.atomic():
            row = idempotency.begin(request.auth, key, [request.path, request.data], at=timezone.now())
            if row.status is not None:
                return answer(row.status, bytes(row.body), replayed=True)
            status, body = work()
            rendered = JSONRenderer().render(body)
            idempotency.finish(row, status=status, body=rendered)
        return answer(status, rendered, replayed=False)


def answer(status: int, body: bytes, *, replayed: bool) -> HttpResponse:
    response = HttpResponse(body, status=status, content_type="application/json")
    if replayed:
        response[REPLAYED] = "true"
    return response
