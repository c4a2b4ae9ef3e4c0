"""Whether something happened on a case while its page stood open. Asked by the page each half minute."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_GET

from complaints import reading
from complaints.desk.listing import as_reference
from complaints.desk.shell import StaffRequest, desk_page, fragment
from complaints.models import Case
from complaints.verbs import system
from sqm_site.fields import number


@require_GET
@desk_page
def news(request: StaffRequest, reference: str) -> HttpResponse:
    """Nothing (204), or a line that says so. No read is recorded: it shows nothing of the case.

    A page that was left open keeps nobody signed in.
    """
    request.unattended = True  # type: ignore[attr-defined]  # sqm_site.sessions
    case = reading.reached(Case.objects.only("event_count"), as_reference(reference), request.user)
    if case is None:
        raise Http404
    seen = number(request.GET.get("sequence", "")) or 0
    later = case.events.filter(sequence__gt=seen).exclude(actor=request.user)
    if case.event_count <= seen or not later.exists():
        return HttpResponse(status=204)
    from_customer = later.filter(verb=system.join.name).exists()
    return fragment(request, "desk/_news.html", from_customer=from_customer)
