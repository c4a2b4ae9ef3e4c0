"""What the institution's own register has of whoever calls: asked when a field is left, beside our own customers."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from complaints.desk.caller import MOST
from complaints.desk.shell import StaffRequest, desk_page, fragment
from feedback.services.lookups import ASKED_BY, look_up
from organization.limits import allow_person
from organization.rights import rights_of

SHOWN = {
    "name": _("Name"),
    "phone": _("Phone"),
    "customer_class": _("Customer class"),
    "branch": _("Account held at"),
}


@require_POST
@desk_page
def held(request: StaffRequest) -> HttpResponse:
    """Masked; whoever tries numbers is stopped, and stands on record with each."""
    at = timezone.now()
    if not rights_of(request.user).has("take_in"):
        raise PermissionDenied
    if not allow_person(request.user.pk, "held", most=MOST, at=at):
        return fragment(request, "desk/_caller.html", status=429, tired=True)
    given = {name: request.POST.get(name, "") for name in ASKED_BY}
    told = look_up(given, actor=request.user, at=at)
    values = vars(told.held) if told is not None and told.held is not None else {}
    rows = [(label, values[name]) for name, label in SHOWN.items() if values.get(name)]
    return fragment(request, "desk/_held.html", down=told is not None and told.down, rows=rows)
