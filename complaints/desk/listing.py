"""All cases in somebody's area: search and filters, newest or most urgent first."""

from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext
from django.views.decorators.http import require_GET

from complaints.api.filters import CaseFilter
from complaints.countdown import moment
from complaints.desk.forms import MANY
from complaints.desk.marking import excerpts
from complaints.desk.rows import AreaPages, PagesForPeople, as_rows, of_one_unit
from complaints.desk.saved import views_above
from complaints.desk.searching import CUSTOMER, NUMBER, WORDS, Search, search
from complaints.desk.shell import StaffRequest, desk_page, fragment, framed, is_htmx, may_export
from complaints.errors import WrongReference
from complaints.jobs.case_list import FILTERS
from complaints.looking import Near
from complaints.models import Case, Level, Nature, State
from complaints.services.bulk import verbs_in_bulk
from complaints.services.reference import parse
from complaints.services.taxonomy import CATEGORY_B, codes, is_leaf, place_name, typed_as
from feedback.channels import Channel
from feedback.channels.base import Intake
from organization.models import Unit, User
from sqm_site.fields import number


class Order:
    """Newest first, or the next deadline first."""

    orderings = ("-received_at", "next_due_at")


ORDERS = (("-received_at", _("Newest first")), ("next_due_at", _("Next deadline first")))


@require_GET
@desk_page
def case_list(request: StaffRequest) -> HttpResponse:
    words = request.GET.get("q", "").strip()
    reference = as_reference(words)
    if reference:
        return redirect("desk:case", reference)
    at = timezone.now()
    found, near = requested_search(request)
    pages, fitting = found.pages(request.user, near)
    cases = pages.page(fitting, request, Order())
    rows = as_rows(cases, at, said=excerpts(cases, found.words), words=found.words)
    shown: dict[str, Any] = {"rows": rows, "more": pages.next, "own": False, **stopped(pages)}
    shown["bulk"] = verbs_in_bulk(request.user)
    if is_htmx(request):
        return fragment(request, "desk/_rows.html", **shown)
    return framed(
        request,
        "desk/cases.html",
        title=_("Cases"),
        words=words,
        filters=filters(request),
        looked=how_far(request, found),
        one_unit=of_one_unit(rows, pages.next),
        exported=exported(request) if rows and not words and may_export(request) else [],
        **views_above(request),
        narrowed=any(request.GET.get(name) for name in CaseFilter.base_filters),
        **shown,
    )


def exported(request: StaffRequest) -> list[tuple[str, str]]:
    """What the export of the list is asked for with: the filters and the order of the page, as it was asked for."""
    given = {"ordering": [ORDERS[0][0]], **dict(request.GET.lists())}
    return [(name, value) for name, values in given.items() for value in values if name in {"ordering", *FILTERS}]


def as_reference(words: str) -> str:
    try:
        return parse(words)
    except WrongReference:
        return ""


def stopped(pages: PagesForPeople) -> dict[str, Any]:
    """Where the page stopped looking for what the filters ask, if it did: the moment of its order there."""
    far = pages.far if isinstance(pages, AreaPages) else None
    return {"far": moment(far[1]) if far else "", "falls": pages.ordering.startswith("-")}


def chosen_by(request: StaffRequest) -> CaseFilter:
    """The filters of the page, but for what is searched for."""
    given = QueryDict(mutable=True)
    for name, values in request.GET.lists():
        if name != "q" and any(values):
            given.setlist(name, values)
    return CaseFilter(given, queryset=Case.objects.all())


def requested_search(request: StaffRequest) -> tuple[Search, Near | None]:
    """What the page searches for, within its filters; without a search, among which cases it looks for those."""
    steps = number(request.GET.get("steps", "1"), digits=3) or 1
    chosen, words = chosen_by(request), request.GET.get("q", "")
    if not chosen.is_valid():
        return Search(Case.objects.none()), None
    found = search(request.user, chosen.qs, words, by=request.GET.get("by", ""), steps=steps)
    # a search has looked as far as it goes
    return found, None if words.strip() else chosen.near(request.GET.get("ordering", ""))


def elsewhere(request: StaffRequest, **changed: Any) -> str:
    """The address of the same search, made wider."""
    query = request.GET.copy()
    query.pop("cursor", None)
    for name, value in changed.items():
        query[name] = value
    return f"?{query.urlencode()}"


def how_far(request: StaffRequest, found: Search) -> dict[str, Any]:
    """What the page says of where it looked, and where else it can."""
    steps = number(request.GET.get("steps", "1"), digits=3) or 1
    return {
        "by": found.by,
        "since": found.since,
        "more": found.more,
        "further": elsewhere(request, steps=steps * 3) if found.since else "",
        "in_words": elsewhere(request, by=WORDS) if found.by in {NUMBER, CUSTOMER} else "",
    }


def offered(dimension: str) -> list[tuple[str, str, str]]:
    """The finest codes: what is stored, what is read, and how it is typed."""
    return [
        (code, place_name(dimension, code), typed_as(dimension, code))
        for code in codes(dimension)
        if is_leaf(dimension, code)
    ]


def filters(request: StaffRequest) -> list[dict[str, Any]]:
    """The boxes above the list: to choose in, to type into, and the order."""
    return [*chosen_in(request), *typed_into(request), ordered(request)]


def typed_into(request: StaffRequest) -> list[dict[str, Any]]:
    """The boxes of what there is too much of to choose in: the server finds it. Each holds a code, and shows a name."""
    entity, given = request.user.legal_entity_id, request.GET
    unit = Unit.objects.filter(legal_entity_id=entity, code=given.get("unit", ""))
    owner = User.objects.filter(legal_entity_id=entity, username=given.get("owner", ""))
    return [
        {
            "name": name,
            "label": label,
            "finds": finds,
            "value": given.get(name, ""),
            "shown": (given.get(name) and named.values_list(called, flat=True).first()) or "",
        }
        for name, label, finds, named, called in (
            ("unit", _("Handling unit"), "units", unit, "name"),
            ("owner", _("Owner"), "people", owner, "display_name"),
        )
    ]


def ordered(request: StaffRequest) -> dict[str, Any]:
    return {
        "name": "ordering",
        "label": _("Order"),
        "choices": [(*order, "") for order in ORDERS],
        "value": request.GET.get("ordering", ""),
        "required": True,
    }


def chosen_in(request: StaffRequest) -> list[dict[str, Any]]:
    channels = [(key, channel.label) for key, channel in Channel.registry.items() if isinstance(channel, Intake)]
    boxes = (
        ("state", _("State"), State.choices),
        ("nature", _("Nature"), Nature.choices),
        ("level", _("Level"), Level.choices),
        ("category", _("Category"), offered(CATEGORY_B)),
        ("channel", pgettext("filter", "Channel"), channels),
        ("pressed", pgettext("filter", "Chased"), [("true", _("Three times in a week"))]),
        ("without_rule", pgettext("filter", "Deadlines"), [("true", _("No rule applied"))]),
    )
    return [
        {
            "name": name,
            "label": label,
            "choices": [(*choice, "")[:3] for choice in choices],
            "value": request.GET.get(name, ""),
            "many": len(choices) > MANY,
            "chosen_before": CATEGORY_B if name == "category" else "",
        }
        for name, label, choices in boxes
    ]
