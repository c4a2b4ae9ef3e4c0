"""Somebody else's password is good for one thing: to be changed."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from organization.models import User

CHANGE, OPEN_TO_ALL = "admin:password_change", ("admin:logout", "set_language")


class PasswordChangeRequired:
    """Lead a person with a one-time password to the page where it is changed, and note when it was."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = request.user
        if not (isinstance(user, User) and user.must_change_password) or request.path in map(reverse, OPEN_TO_ALL):
            return self.get_response(request)
        if request.path != reverse(CHANGE):
            return redirect(CHANGE)
        given_by_others = user.password
        response = self.get_response(request)
        if request.method == "POST":
            User.objects.filter(pk=user.pk).exclude(password=given_by_others).update(must_change_password=False)
        return response
