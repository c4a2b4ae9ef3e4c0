"""The page that lets a colleague log in again at once: the failed logins in their name are forgotten, on record."""

from typing import Any, cast

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from organization.delays import unlock
from organization.logins import digest_of_name, subject_of
from organization.models import User
from security.models import Kind
from security.services import record
from sqm_site.adminui import Configuration, action

TITLE = _("Unlock")


class Unlocking(Configuration):
    def has_unlock_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Nobody unlocks themselves."""
        person = self.get_object(request, str(object_id))
        return person is not None and person != request.user and self.has_change_permission(request, person)

    @action(description=TITLE, url_path="unlock", permissions=["unlock"], icon="lock_open")
    def unlock(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        person = self.get_object(request, str(object_id))
        if person is None:
            raise Http404
        if request.method == "POST":
            unlocked(person, actor=cast(User, request.user))
            messages.success(request, _("{name} can log in again.").format(name=person))
            return redirect(reverse("admin:organization_user_change", args=[person.pk]))
        frame = self.admin_site.each_context(request)
        context = {"title": TITLE, "opts": self.opts, "person": person}
        return TemplateResponse(request, "organization/unlock.html", {**frame, **context})


@transaction.atomic
def unlocked(person: User, *, actor: User) -> None:
    """Forget the failed logins in this name, from wherever, and put it on record."""
    rows = unlock(digest_of_name(person.username))
    record(Kind.UNLOCK, actor=actor, subject=subject_of(person), at=timezone.now(), details={"rows": rows})
