"""The units of a legal entity, for a box to type into: a name, its pinyin or a code finds them."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from complaints.desk.forms import Control
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


def name_units(controls: Iterable[Control], entity: int | None) -> None:
    """Let the boxes show the names of the units whose codes they hold; a code that is none stays as it was typed."""
    for one in controls:
        if one.widget == "unit" and one.value:
            names = Unit.objects.filter(legal_entity_id=entity, code=one.value).values_list("name", flat=True)
            one.shown = names.first() or ""
