"""What people read when a page cannot be shown: in their language, in the look of the house, with the way back.

Nothing here asks the database or who is signed in: it may be just that which failed.
"""

from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from sqm_site.errors import Unavailable

HEADINGS: dict[int, Any] = {
    400: _("The request cannot be read"),
    403: _("You may not do this"),
    404: _("There is nothing here"),
    413: _("That is too large"),
    500: _("Something went wrong here"),
    503: _("Not available at the moment"),
}
SENTENCES: dict[int, Any] = {
    400: _("Go back, load the page again and repeat what you did."),
    403: _("Your role does not open this. Ask your team lead, or whoever keeps the roles."),
    404: _("The address is wrong, or what it names is not in your area."),
    413: _("Send less at a time."),
    500: _("Nothing was stored. Try again; if it stays, tell the administrator the number below."),
    503: Unavailable.message,
}
OUTDATED = _("This page was open since before the last sign-in. Go back, load it again and send once more.")


def error_page(status: int, sentence: Any = None) -> HttpResponse:
    context = {
        "status": status,
        "heading": HEADINGS[status],
        "sentence": sentence or SENTENCES[status],
        "institution": settings.INSTITUTION,
        "request_id": structlog.contextvars.get_contextvars().get("request_id", ""),
    }
    return HttpResponse(render_to_string("public/error.html", context), status=status)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """settings.CSRF_FAILURE_VIEW: mostly a form of before the last sign-in."""
    return error_page(403, OUTDATED)
