"""常用视图 as pages: the list of cases as it stands is saved under a name, opened again, and dropped."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from complaints.desk.shell import StaffRequest, desk_page
from complaints.jobs.case_list import CALLED
from complaints.models import SavedView
from complaints.services.views import asked_for, may_drop, save_view, still_valid, teams_led
from organization.models import Team
from sqm_site.errors import Forbidden, Invalid
from sqm_site.fields import number

MOST_DIGITS = 18  # of a row's number in 64 bits


def views_above(request: StaffRequest) -> dict[str, Any]:
    """What the list shows of views: each with its address, whether it is the one in use, and who may drop it."""
    user, now = request.user, asked_for(request.GET)
    led = teams_led(user)
    rows = [
        {"view": one, "used": one.query == now, "drops": may_drop(one, user, led)} for one in SavedView.objects.of(user)
    ]
    return {"views": rows, "teams": led, "kept": [(name, value) for name, values in now.items() for value in values]}


@require_GET
@desk_page
def open_view(request: StaffRequest, key: int) -> HttpResponse:
    """The list as it was saved; of what is gone meanwhile a sentence says so."""
    view = view_of(request, key)
    query, gone = still_valid(view)
    if gone:
        said = _("“{name}” is shown without what is gone: {filters}. Save it anew.")
        filters = "、".join(str(CALLED.get(name, name)) for name in gone)
        messages.warning(request, said.format(name=view.name, filters=filters))
    return redirect(f"{reverse('desk:cases')}?{query.urlencode()}")


@require_POST
@desk_page
def save(request: StaffRequest) -> HttpResponse:
    query = asked_for(request.POST)
    try:
        view = save_view(request.POST.get("name", ""), query, by=request.user, team=team_in(request), at=timezone.now())
    except Invalid as error:
        messages.error(request, " ".join(str(word) for words in error.fields.values() for word in words))
        asked = request.POST.copy()
        for name in set(asked) - set(query):
            del asked[name]
        return redirect(f"{reverse('desk:cases')}?{asked.urlencode()}")
    except Forbidden as error:
        raise PermissionDenied from error
    messages.success(request, _("Saved as “{name}”.").format(name=view.name))
    return redirect("desk:view", view.pk)


@require_POST
@desk_page
def drop(request: StaffRequest, key: int) -> HttpResponse:
    view = view_of(request, key)
    if not may_drop(view, request.user, teams_led(request.user)):
        raise PermissionDenied
    view.delete()
    messages.success(request, _("“{name}” is deleted.").format(name=view.name))
    return redirect("desk:cases")


def view_of(request: StaffRequest, key: int) -> SavedView:
    view = SavedView.objects.of(request.user).filter(pk=key).first()
    if view is None:
        raise Http404(_("There is no such view."))
    return view


def team_in(request: StaffRequest) -> Team | None:
    """The team for which it is saved; None: for oneself. Raises Invalid for one that is not there."""
    chosen = request.POST.get("team", "")
    if not chosen:
        return None
    key = number(chosen, digits=MOST_DIGITS) or 0
    team = Team.objects.filter(pk=key, legal_entity_id=request.user.legal_entity_id).first()
    if team is None:
        raise Invalid({"team": [str(_("There is no such team."))]})
    return team
