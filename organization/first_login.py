"""Somebody else's password is good for one thing: to be changed. Every change of a password stands on record."""

from collections.abc import Callable

from axes.conf import settings
from axes.handlers.proxy import AxesProxyHandler
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from organization import locked_out
from organization.models import User
from security.models import Kind
from security.services import record

CHANGE, OPEN_TO_ALL = "admin:password_change", ("admin:logout", "set_language")


class PasswordChangeRequired:
    """Lead a person with a one-time password to the page where it is changed, and record that it was."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = request.user
        if not isinstance(user, User):
            return self.get_response(request)
        if request.path == reverse(CHANGE):
            return self.changing(request, user)
        if not user.must_change_password or request.path in map(reverse, OPEN_TO_ALL):
            return self.get_response(request)
        return redirect(CHANGE)

    def changing(self, request: HttpRequest, user: User) -> HttpResponseBase:
        """The page where people change their own password. The change and its record are one transaction."""
        if request.method != "POST":
            return self.get_response(request)
        credentials = {"username": user.get_username()}
        if settings.AXES_ENABLED and not AxesProxyHandler.is_allowed(request, credentials):
            return locked_out.page(request, credentials)
        before = user.password
        with transaction.atomic():
            response = self.get_response(request)
            changed = User.objects.filter(pk=user.pk).exclude(password=before).update(must_change_password=False)
            if changed:
                record(Kind.CHANGE_PASSWORD, actor=user, subject=f"user:{user.pk}", at=timezone.now())
        if is_wrong(response):  # counts as a login that failed: whoever sits at a desk that was left has ten tries
            AxesProxyHandler.user_login_failed(type(self), credentials, request)
        return response


def is_wrong(response: HttpResponseBase) -> bool:
    """Whether the old password was not the person's."""
    form = (getattr(response, "context_data", None) or {}).get("form")
    return form is not None and "old_password" in form.errors
