"""The people of a legal entity, for a box to type into: name, pinyin, user name or staff number find them."""

from django.db.models import Q, QuerySet
from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from complaints.desk.shell import StaffRequest, desk_page
from complaints.desk.units import LONGEST, SHOWN
from organization.models import User
from organization.services.spelling import named


@require_GET
@desk_page
def people(request: StaffRequest) -> HttpResponse:
    """What fits the words in the legal entity of who asks, as JSON: value is the user name, text the name."""
    words = request.GET.get("q", "").strip()[:LONGEST]
    found = called(request.user.legal_entity_id, words)[:SHOWN]
    return JsonResponse(
        {"results": [{"value": one.username, "text": one.display_name, "detail": one.username} for one in found]}
    )


def called(entity: int | None, words: str) -> QuerySet[User]:
    """By name, those too who have left: cases stay theirs. Programs own none. Without words all of them."""
    rows = User.objects.filter(legal_entity_id=entity, is_service=False).order_by("display_name", "username")
    fits = named(words, "display_name") | Q(username__istartswith=words) | Q(staff_number=words)
    return rows.filter(fits) if words else rows
