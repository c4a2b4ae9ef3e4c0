"""Logins, logouts, failures and lock-outs, on record. django-axes calls its handler at each of them.

What fails is written by strangers, and the audit log is kept for ever, so of failures stands there what tells a story
and no more: of each account from each address the first of a series and the lock-out, once an hour, and of each account
at most MOST_FAILURES an hour, the last of which says that it is so. Tries for names that nobody has stand together, so
that made-up names and borrowed addresses cost an attacker work and us nothing. A login that succeeded is never left
out, and says how many tries failed before it; each single try is in the log lines.

A name that was tried is kept as a digest, also by django-axes: it may be a password, typed into the wrong field.
"""

from datetime import datetime, timedelta
from typing import Any

import structlog
from axes.handlers.database import AxesDatabaseHandler
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from organization.delays import delay
from organization.models import User
from security.models import AuditRow, Kind
from security.services import record

UNKNOWN = "login:unknown"  # the subject of tries for names that nobody has
MOST_FAILURES = 20  # rows of one account, and of all unknown names together
WINDOW = timedelta(hours=1)
FAILURES = (Kind.LOGIN_FAILED, Kind.LOCK_OUT)
DIGEST_LENGTH = 16  # hex digits: enough to see that the same name was tried again

log = structlog.get_logger(__name__)


class Handler(AxesDatabaseHandler):
    """Counts and locks as django-axes does, lets who failed wait, and puts on record what happened."""

    def is_allowed(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        """Whether the password is looked at at all."""
        if not super().is_allowed(request, credentials):
            return False
        waits = delay(
            kept_name(request, credentials),
            tried_name(request, credentials),
            getattr(request, "axes_ip_address", None),
            at=timezone.now(),
        )
        if waits:
            request.login_delay = waits  # type: ignore[attr-defined]
        return not waits

    def user_logged_in(self, sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
        failed = self.get_failures(request, {"username": user.get_username()})
        super().user_logged_in(sender, request, user, **kwargs)
        details = {"address": address_of(request), "failed_before": failed}
        record(Kind.LOGIN, actor=user, subject=subject_of(user), at=timezone.now(), details=details)

    def user_logged_out(self, sender: Any, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
        super().user_logged_out(sender, request, user, **kwargs)
        if user is not None:
            details = {"address": address_of(request)}
            record(Kind.LOGOUT, actor=user, subject=subject_of(user), at=timezone.now(), details=details)

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
    ) -> None:
        super().user_login_failed(sender, credentials, request, **kwargs)
        if request is None:
            return
        locked = bool(getattr(request, "axes_locked_out", False))
        told = {"address": address_of(request), "failures": getattr(request, "axes_failures_since_start", None) or 0}
        delayed = hasattr(request, "login_delay")
        log.warning("login_failed", locked=locked, delayed=delayed, **told)
        if not delayed and (locked or told["failures"] == 1):
            name = tried_name(request, credentials)
            record_failure(Kind.LOCK_OUT if locked else Kind.LOGIN_FAILED, name, told, at=timezone.now())


def record_failure(kind: str, name: str, told: dict[str, Any], *, at: datetime) -> AuditRow | None:
    """Put it on record, unless enough of it stands there. The same statements whether somebody has the name or not.

    told  the address, and how many tries failed from there
    """
    found = {user.username: user for user in User.objects.filter(username__in=[name, User.SYSTEM])}
    tried, actor = found.get(name), found.get(name, found[User.SYSTEM])
    subject = subject_of(tried) if tried else UNKNOWN
    if is_enough(recent_failures(subject, at), kind, told["address"]):
        return None
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=actor.pk)  # one after the other, so that the count holds
        there = recent_failures(subject, at)
        if is_enough(there, kind, told["address"]):
            return None
        details = dict(told)
        if tried is None:
            details["name"] = digest_of_name(name)  # it may be a password, typed into the wrong field
        if len(there) == MOST_FAILURES - 1:
            details["more_not_recorded_until"] = at + WINDOW
        return record(kind, actor=actor, subject=subject, at=at, details=details)


def recent_failures(subject: str, at: datetime) -> list[tuple[str, str]]:
    """(kind, address) of those on record; no more than MOST_FAILURES rows are read."""
    rows = AuditRow.objects.filter(subject=subject, verb__in=FAILURES, at__gt=at - WINDOW)
    return list(rows.values_list("verb", "details__address")[:MOST_FAILURES])


def is_enough(there: list[tuple[str, str]], kind: str, address: str) -> bool:
    return len(there) >= MOST_FAILURES or (str(kind), address) in there


def subject_of(user: User) -> str:
    return f"user:{user.pk}"


def tried_name(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    return str((credentials or request.POST).get("username") or "")


def kept_name(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str | None:
    """The name as django-axes counts it and writes it down; None where none was given."""
    name = tried_name(request, credentials)
    return digest_of_name(name) if name else None


def digest_of_name(name: str) -> str:
    return salted_hmac("organization.logins", name, algorithm="sha256").hexdigest()[:DIGEST_LENGTH]


def address_of(request: HttpRequest) -> str:
    return str(getattr(request, "axes_ip_address", "") or "")
