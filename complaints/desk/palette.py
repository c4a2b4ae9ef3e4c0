"""The command palette finds a case by its whole reference. It searches no tables: each letter would read them."""

from django.urls import reverse

from complaints.desk.listing import as_reference
from complaints.desk.shell import StaffRequest, may_see_cases
from complaints.models import Case
from complaints.reading import reached
from sqm_site.adminui import SearchResult


def palette(request: StaffRequest, term: str) -> list[SearchResult]:
    reference = as_reference(term)
    if not reference or not may_see_cases(request):
        return []
    case = reached(Case.objects.only("reference", "subject", "state"), reference, request.user)
    if case is None:
        return []
    return [
        SearchResult(
            title=case.reference,
            description=f"{case.get_state_display()} {case.subject}",
            link=reverse("desk:case", args=[case.reference]),
            icon="inbox",
        )
    ]
