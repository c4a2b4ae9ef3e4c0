"""Sessions of people: over after half an hour without a request, and after a working day whatever happens.

A row of the database each. The row is written anew at most once a minute, so that reading costs nothing more.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

BEGAN = "began"  # when somebody logged in, ISO text
RENEWED_EVERY = timedelta(minutes=1)


class SessionStore(DatabaseStore):
    """`settings.SESSION_COOKIE_AGE` is how long a session lives without a request, SESSION_LONGEST how long at most."""

    ends_at: datetime | None = None

    @classmethod
    def get_model_class(cls) -> Any:
        return DatabaseStore.get_model_class()

    def _get_session_from_db(self) -> Any:
        row = super()._get_session_from_db()  # type: ignore[misc]  # none whose time is over
        self.ends_at = row.expire_date if row is not None else None
        return row

    def load(self) -> dict[str, Any]:
        found: dict[str, Any] = super().load()
        began = found.get(BEGAN)
        if began and timezone.now() - datetime.fromisoformat(began) >= timedelta(seconds=settings.SESSION_LONGEST):
            self._session_key = None
            return {}
        return found

    def save(self, must_create: bool = False) -> None:
        if SESSION_KEY in self and BEGAN not in self:
            self[BEGAN] = timezone.now().isoformat()
        super().save(must_create)

    @property
    def to_be_renewed(self) -> bool:
        """Whether this request is the first for a minute of somebody who is logged in."""
        if self.ends_at is None or SESSION_KEY not in self:
            return False
        left = self.ends_at - timezone.now()
        return left <= timedelta(seconds=settings.SESSION_COOKIE_AGE) - RENEWED_EVERY


class KeepAlive:
    """Stands inside SessionMiddleware, which stores what it marks.

    A request that asks for no person renews nothing, nor does what a page that was left makes by itself (`unattended`).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        session: Any = request.session
        if session.accessed and session.to_be_renewed and not getattr(request, "unattended", False):
            session.modified = True
        return response
