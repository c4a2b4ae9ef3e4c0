"""Acts that were refused for want of a right, on record: every answer 403 to somebody who is signed in.

Of the same refusal there is one row a person and day: whoever repeats it writes no second one. What stands in a row is
from closed lists (routes, methods, verbs, words of refusals) and the case, where the door found that it is theirs to
see; nothing that the sender made up, so that nobody fills the log by asking for what is not there.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from organization.models import User
from security.models import AuditRow, Kind
from security.services import record

FORBIDDEN = 403
NOTED = "sqm_refused"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Refusals:
    """Outside every transaction of a view: what is refused is rolled back, and its record is not."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code == FORBIDDEN and isinstance(request.user, User):
            record_refusal(request, request.user, at=timezone.now())
        return response


def refused(request: Any, subject: str, **details: str) -> None:
    """A door that refuses says what it is about: a subject that exists for who asks, and words from closed lists.

    request  of Django or of REST framework
    """
    setattr(getattr(request, "_request", request), NOTED, (subject, details))


def record_refusal(request: HttpRequest, user: User, *, at: datetime) -> AuditRow | None:
    match = request.resolver_match
    route = match.route if match else ""
    subject, details = getattr(request, NOTED, (f"page:{route}", {}))
    method = request.method if request.method in METHODS else "other"
    told = {"route": route, "method": method, **details}
    today = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    same = AuditRow.objects.filter(subject=subject, at__gte=today, actor=user, verb=Kind.REFUSED, details=told)
    return None if same.exists() else record(Kind.REFUSED, actor=user, subject=subject, at=at, details=told)
