"""All cases in somebody's area: search and filters, newest or most urgent first."""

import re
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext
from django.views.decorators.http import require_GET

from complaints.api.cases import CaseFilter
from complaints.desk.numbers import numbered
from complaints.desk.rows import AreaPages, as_rows, listed
from complaints.desk.shell import StaffRequest, desk_page, fragment, framed, is_htmx
from complaints.errors import WrongReference
from complaints.models import Case, CaseQuerySet, Level, Nature, State
from complaints.services.reference import parse
from feedback.channels import Channel
from feedback.channels.base import Intake
from feedback.models import Customer
from organization.models import User
from organization.rights import rights_of
from security.blind import blind_index, phone_tail_index

MOBILE = re.compile(r"1\d{10}")
TAIL = re.compile(r"\d{4}")
ANY_MOBILE = "1380000"  # the index of a tail is made from a whole number


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
    pages = AreaPages(request.user, listed(Case.objects.all()))
    found = found_by(request, Case.objects.all(), words)
    rows = as_rows(pages.page(found, request, Order()), at)
    shown: dict[str, Any] = {"rows": rows, "more": pages.next, "own": False}
    if is_htmx(request):
        return fragment(request, "desk/_rows.html", **shown)
    return framed(
        request,
        "desk/cases.html",
        title=_("Cases"),
        words=words,
        filters=filters(request),
        narrowed=any(request.GET.get(name) for name in CaseFilter.base_filters),
        **shown,
    )


def as_reference(words: str) -> str:
    try:
        return parse(words)
    except WrongReference:
        return ""


def found_by(request: StaffRequest, rows: CaseQuerySet, words: str) -> CaseQuerySet:
    """Narrow by the filters; `words` may be of the number, of the text, or a phone number or its last four digits."""
    given = QueryDict(mutable=True)
    for name, values in request.GET.lists():
        if name != "q" and any(values):
            given.setlist(name, values)
    chosen = CaseFilter(given, queryset=rows)
    narrowed: CaseQuerySet = chosen.qs if chosen.is_valid() else rows.none()
    if not words:
        return narrowed
    wanted = numbered(words, timezone.localdate())
    if wanted and narrowed.filter(wanted).exists():
        return narrowed.filter(wanted)
    if MOBILE.fullmatch(words) or TAIL.fullmatch(words):
        return narrowed.filter(customer__in=customers(request.user, words))
    return narrowed.saying(words[:100], entity=rights_of(request.user).legal_entity_id)


def customers(user: User, digits: str) -> QuerySet[Customer]:
    known = Customer.objects.filter(legal_entity_id=rights_of(user).legal_entity_id)
    if TAIL.fullmatch(digits):
        return known.filter(phone_tail_index=phone_tail_index(ANY_MOBILE + digits))
    return known.filter(phone_index=blind_index("phone", digits))


def filters(request: StaffRequest) -> list[dict[str, Any]]:
    """The choice boxes above the list."""
    channels = [(key, channel.label) for key, channel in Channel.registry.items() if isinstance(channel, Intake)]
    boxes = (
        ("state", _("State"), State.choices),
        ("nature", _("Nature"), Nature.choices),
        ("level", _("Level"), Level.choices),
        ("channel", pgettext("filter", "Channel"), channels),
        ("pressed", pgettext("filter", "Chased"), [("true", _("Three times in a week"))]),
        ("without_rule", pgettext("filter", "Deadlines"), [("true", _("No rule applied"))]),
    )
    return [
        {"name": name, "label": label, "choices": choices, "value": request.GET.get(name, "")}
        for name, label, choices in boxes
    ] + [
        {
            "name": "ordering",
            "label": _("Order"),
            "choices": ORDERS,
            "value": request.GET.get("ordering", ""),
            "required": True,
        }
    ]
