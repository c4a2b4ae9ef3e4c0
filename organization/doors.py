"""What all doors of the API share: the right to enter, the rate limit, and answering a repeated POST once."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import Throttled
from rest_framework.permissions import BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from organization import idempotency, limits
from organization.authentication import actor_of
from organization.models import ApiClient, User
from organization.rights import rights_of
from sqm_site.contract import IDEMPOTENCY_KEY
from sqm_site.errors import Forbidden

REPLAYED = "Idempotent-Replayed"
NO_SCOPE = _("This key lacks the scope {scope}. Ask the administrator for it.")


def scope_required(scope: str) -> type[BasePermission]:
    """A permission class for one scope of clients. People need a role that reads cases; the verb judges the rest."""

    class HasScope(BasePermission):
        def has_permission(self, request: Request, view: APIView) -> bool:
            if isinstance(request.auth, ApiClient):
                self.code, self.message = "scope", str(NO_SCOPE).format(scope=scope)
                return scope in request.auth.scopes
            self.code, self.message = "role", str(Forbidden.message)
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
    """A POST with an Idempotency-Key is worked once; its bytes are stored with what it changed and replayed.

    The key belongs to the account that sends it, a client's or a person's. If-Match is a part of the request: the
    same key with another one is another request.
    """

    parameters: tuple[Any, ...] = (IDEMPOTENCY_KEY,)
    answers: tuple[str, ...] = ("Replayed",)
    refusals: tuple[int, ...] = (409, 422)

    def once(self, request: Request, work: Callable[[], tuple[int, dict[str, Any]]]) -> HttpResponse:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            status, body = work()
            return self.answer(status, JSONRenderer().render(body), body)
        asked = [request.path, self.body_of(request), request.headers.get("If-Match", "")]
        with transaction.atomic():
            row = idempotency.begin(actor_of(request), key, asked, at=timezone.now())
            if row.status is not None:
                stored = bytes(row.body)
                replayed = self.answer(row.status, stored, json.loads(stored))
                replayed[REPLAYED] = "true"
                return replayed
            status, body = work()
            rendered = JSONRenderer().render(body)
            idempotency.finish(row, status=status, body=rendered)
        return self.answer(status, rendered, body)

    def body_of(self, request: Request) -> Any:
        """What makes it the same request again: the body, and of a form with files their content."""
        files = [(name, file) for name, several in request.FILES.lists() for file in several]
        if not files:
            return request.data
        told = [[name, file.name, hashlib.sha256(file.read()).hexdigest()] for name, file in files]
        for _name, file in files:
            file.seek(0)
        return [sorted(request.POST.items()), told]

    def answer(self, status: int, rendered: bytes, body: Mapping[str, Any]) -> HttpResponse:
        headers = self.headers_of(body)
        return HttpResponse(rendered, status=status, content_type="application/json", headers=headers)

    def headers_of(self, body: Mapping[str, Any]) -> dict[str, str]:
        """The headers that go with an answer: the same for the first one and for its replays."""
        return {}
