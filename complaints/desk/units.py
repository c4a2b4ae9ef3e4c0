"""The units of a legal entity, for a box to type into: a name, its pinyin or a code finds them."""

from django.db.models import Q, QuerySet
from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from complaints.desk.shell import StaffRequest, desk_page
from organization.models import Unit
from organization.services.spelling import named

SHOWN = 20
LONGEST = 60  # characters that are looked for


@require_GET
@desk_page
def units(request: StaffRequest) -> HttpResponse:
    """What fits the words in the legal entity of who asks, as JSON: value is the code, text the name."""
    words = request.GET.get("q", "").strip()[:LONGEST]
    found = fitting(request.user.legal_entity_id, words)[:SHOWN]
    return JsonResponse({"results": [{"value": one.code, "text": one.name, "detail": one.code} for one in found]})


def fitting(entity: int | None, words: str) -> QuerySet[Unit]:
    """From the top of the tree down; without words all of them."""
    rows = Unit.objects.filter(legal_entity_id=entity).order_by("path")
    return rows.filter(named(words) | Q(code__istartswith=words)) if words else rows


def name_of(entity: int | None, code: str) -> str:
    """Empty for a code that is none: then the box shows what was typed."""
    return Unit.objects.filter(legal_entity_id=entity, code=code).values_list("name", flat=True).first() or ""
