"""What of a case somebody sees who is asked something about it: never who complains, nor what else was written."""

from typing import Any

from django.utils.translation import pgettext

from complaints.models import Case, Task
from complaints.services.taxonomy import CATEGORY_B, REASON_C, label
from organization.models import User

RELATED = ("handling_unit", "complained_unit", "partner", "owner", "business_line")


def asked_of(user: User, reference: str) -> Task | None:
    """The newest task of a case that is put to the reader; None: there is none, or no such case."""
    return Task.objects.put_to(user).filter(case__reference=reference).order_by("-number").first()


def facts_for_others(case: Case) -> list[tuple[Any, Any]]:
    """The facts by which one knows what a case is about, those that are there."""
    pairs = [
        (pgettext("fact", "Nature"), case.get_nature_display()),
        (pgettext("fact", "Category"), label(CATEGORY_B, case.category)),
        (pgettext("fact", "Reason"), label(REASON_C, case.reason)),
        (pgettext("fact", "Business line"), case.business_line),
        (pgettext("fact", "Touchpoint"), case.get_touchpoint_display()),
        (pgettext("fact", "Product"), case.product),
        (pgettext("fact", "Amount"), case.amount),
        (pgettext("fact", "Complained unit"), case.complained_unit),
        (pgettext("fact", "Partner institution"), case.partner),
        (pgettext("fact", "Handling unit"), case.handling_unit),
        (pgettext("fact", "Owner"), case.owner),
    ]
    return [(name, value) for name, value in pairs if value not in {None, ""}]
