"""The page that gives out a password for one use. It is shown once and stands nowhere else."""

from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from organization.models import User
from organization.services import issue_password
from sqm_site.adminui import Configuration, action

TITLE = _("One-time password")


class OneTimePassword(Configuration):
    actions_detail = ["one_time_password", "unlock"]  # the latter by Unlocking
    password_page = "admin:organization_user_one_time_password"

    def has_issue_password_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Everybody changes their own password by the page for it, which asks for the old one."""
        person = self.get_object(request, str(object_id))
        return person is not None and person != request.user and self.has_change_permission(request, person)

    @action(
        description=_("One-time password"), url_path="one-time-password", permissions=["issue_password"], icon="key"
    )
    def one_time_password(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        person = self.get_object(request, str(object_id))
        if person is None:
            raise Http404
        password = ""
        if request.method == "POST":
            password = issue_password(person, actor=cast(User, request.user), at=timezone.now())
        frame = self.admin_site.each_context(request)
        context = {"title": TITLE, "opts": self.opts, "person": person, "password": password}
        return TemplateResponse(request, "organization/one_time_password.html", {**frame, **context})
