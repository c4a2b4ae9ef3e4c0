"""The page that revokes an API client, once somebody has said so twice. Nothing brings the key back."""

from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from organization.models import User
from organization.services import revoke_client
from sqm_site.adminui import Configuration, action

TITLE = _("Revoke the key")


class Revoking(Configuration):
    actions_detail = ["revoke"]

    def has_revoke_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        client = self.get_object(request, str(object_id))
        return client is not None and self.has_change_permission(request, client)

    @action(description=TITLE, url_path="revoke", permissions=["revoke"], icon="key_off")
    def revoke(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        client = self.get_object(request, str(object_id))
        if client is None:
            raise Http404
        if request.method == "POST":
            revoke_client(client, actor=cast(User, request.user), at=timezone.now())
            messages.success(request, _("The key of {name} is revoked.").format(name=client))
            return redirect(reverse("admin:organization_apiclient_change", args=[client.pk]))
        context = {"title": TITLE, "opts": self.opts, "client": client}
        frame = self.admin_site.each_context(request)
        return TemplateResponse(request, "organization/revoke_client.html", {**frame, **context})
