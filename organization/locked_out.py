"""The page for who has to wait before they log in: 429, how long, and what to say to the administrator."""

import math
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from organization.delays import lock_left
from organization.logins import kept_name


def page(request: HttpRequest, credentials: dict[str, Any] | None = None) -> HttpResponse:
    """What AxesMiddleware answers in place of a login that was not looked at.

    Says the same whether somebody has the name or not, and does not repeat it.
    """
    waits = getattr(request, "login_delay", None)
    if waits is None:
        address = getattr(request, "axes_ip_address", None)
        waits = lock_left(kept_name(request, credentials), address, at=timezone.now())
    seconds = max(math.ceil(waits.total_seconds()), 1)
    context = {
        "minutes": math.ceil(timedelta(seconds=seconds) / timedelta(minutes=1)),
        "seconds": seconds,
        "institution": settings.INSTITUTION,
        "request_id": structlog.contextvars.get_contextvars().get("request_id", ""),
    }
    status = settings.AXES_HTTP_RESPONSE_CODE
    response = render(request, "public/locked_out.html", context, status=status)
    response.headers["Retry-After"] = str(seconds)
    return response
