"""What every page of the desk shares: the way in, the frame around it, and who sees what in the navigation."""

import functools
from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from complaints.concerned import led_by
from organization.models import User
from organization.rights import rights_of


class StaffRequest(HttpRequest):
    """A request of somebody signed in: `admin_view` lets nobody else through."""

    user: User


View = Callable[..., HttpResponse]
READER = "X-Reader"  # whose page sends: what one person wrote never goes out under the name of another
FRAGMENT = "X-Fragment"  # static/sqm/answers.js puts answers with this header on the page, errors included


def desk_page(view: View) -> View:
    """A page for signed-in people whose role reads cases."""

    @functools.wraps(view)
    def guarded(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_see_cases(request):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return own_page(guarded)


def page_for(may: Callable[[StaffRequest], bool]) -> Callable[[View], View]:
    """A page of the desk for those who may see it."""

    def guard(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not may(request):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return desk_page(guarded)

    return guard


def own_page(view: View) -> View:
    """A page for everybody signed in, of what is theirs alone."""

    @functools.wraps(view)
    def guarded(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.headers.get(READER, str(request.user.pk)) != str(request.user.pk):
            return fragment(request, "desk/_other_reader.html", status=409)
        return view(request, *args, **kwargs)

    return admin.site.admin_view(guarded)


def framed(request: HttpRequest, template: str, *, title: Any, status: int = 200, **context: Any) -> TemplateResponse:
    """The page inside the shell of the admin."""
    frame = admin.site.each_context(request)
    return TemplateResponse(request, template, {**frame, "title": title, **context}, status=status)


def fragment(
    request: HttpRequest, template: str, *, status: int = 200, kind: str = "part", **context: Any
) -> TemplateResponse:
    """A piece of a page, for htmx. kind: `part`, or `done` when what was sent is stored and its draft may go."""
    return TemplateResponse(request, template, context, status=status, headers={FRAGMENT: kind})


def is_htmx(request: HttpRequest) -> bool:
    return "HX-Request" in request.headers


def landing(request: StaffRequest) -> HttpResponse:
    """The first page after login: the queue for those who read cases, the tables of the admin for the others."""
    if not admin.site.has_permission(request):
        return redirect_to_login(request.get_full_path(), reverse("admin:login"))
    if may_see_cases(request):
        return redirect(reverse("desk:queue"))
    return admin.site.index(request)


def may_be_told(request: StaffRequest) -> bool:
    """Everybody signed in has notices: whoever keeps the system hears what became of the changes they asked for."""
    return request.user.is_authenticated


def may_see_cases(request: StaffRequest) -> bool:
    return rights_of(request.user).has("view")


def may_see_concerned(request: StaffRequest) -> bool:
    """Who leads units; not at the root, where the cases of all units are read whole."""
    return next(led_by(request.user), None) is not None


def may_see_clues(request: StaffRequest) -> bool:
    rights = rights_of(request.user)
    return may_see_cases(request) and (rights.has("suspect_broker") or rights.has("decide_broker"))


def may_see_loads(request: StaffRequest) -> bool:
    """Whoever reads what is late, and reads cases, reads who has them."""
    return may_see_cases(request) and rights_of(request.user).has("view_sla_report")


def may_export(request: StaffRequest) -> bool:
    return rights_of(request.user).has("export")


def may_see_kpis(request: StaffRequest) -> bool:
    return rights_of(request.user).has("view_kpis")


def may_see_sla_report(request: StaffRequest) -> bool:
    return rights_of(request.user).has("view_sla_report")
