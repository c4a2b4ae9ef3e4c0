"""查看明文: a personal value is opened for a reason, and the opening is put on record in the same transaction."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from complaints.desk.casepage import case_context, reached
from complaints.desk.contacts import VALUES, sealed_values
from complaints.desk.shell import StaffRequest, desk_page, fragment, framed, is_htmx
from complaints.models import Case
from feedback import services as feedback
from organization.refusals import refused
from organization.rights import rights_of
from security import services as security
from security.fields import Sealed
from sqm_site.errors import DomainError, Forbidden

PRESET = ("confirmed_phone", "given_phone", "phone")  # mostly somebody has to be called
REASONS = (
    gettext_lazy("To call the customer back"),
    gettext_lazy("To verify who is speaking"),
    gettext_lazy("To find the transaction in another system"),
    gettext_lazy("To send the written answer"),
)


@require_http_methods(["GET", "POST"])
@desk_page
def reveal_dialog(request: StaffRequest, reference: str) -> HttpResponse:
    case = reached(request, reference)
    if not rights_of(request.user).allows("reveal", case):
        refused(request, f"case:{case.reference}", verb="reveal", code=Forbidden.code)
        raise PermissionDenied
    sealed = sealed_values(case)
    reason = (request.POST.get("ready") or request.POST.get("reason", "")).strip()
    chosen = [name for name in request.POST.getlist("value") if name in sealed]
    preset = [name for name in PRESET if name in sealed][:1]
    shown: dict[str, Any] = {
        "case": case,
        "values": [(name, VALUES[name], sealed[name][0].masked, name in (chosen or preset)) for name in sealed],
        "reasons": REASONS,
        "reason": reason,
    }
    if request.method == "POST":
        shown |= opened(request, case, sealed, chosen, reason)
    status = 400 if shown.get("refusal") else 200
    if is_htmx(request):
        return fragment(request, "desk/_reveal.html", status=status, **shown)
    return framed(request, "desk/case.html", status=status, **case_context(request, case) | shown | {"reveal": True})


def opened(
    request: StaffRequest, case: Case, sealed: dict[str, list[Sealed]], chosen: list[str], reason: str
) -> dict[str, Any]:
    """The plain values, or why there are none."""
    if not chosen:
        return {"refusal": _("Choose what you need to see.")}
    seen: dict[str, Any] = {
        "actor": request.user,
        "reason": reason,
        "at": timezone.now(),
        "details": {"case": case.reference},
    }
    try:
        with transaction.atomic():
            known = feedback.known_of(case.customer)
            plain = [
                (VALUES[name], security.reveal(one, known=known, **seen)) for name in chosen for one in sealed[name]
            ]
    except DomainError as error:
        return {"refusal": str(error)}
    return {"plain": plain}
