"""Policies that are never used, because another one always comes before them."""

from collections.abc import Iterable
from datetime import date, timedelta

from sla.models import Policy

LISTS = ("natures", "levels", "sources", "institution_types", "complainant_types", "business_lines")


def shadow_of(policy: Policy) -> Policy | None:
    """The policy of the same legal entity that is asked first, in all the days of this one, and fits whatever it fits.

    policy  as it would be saved
    """
    versions = [*Policy.objects.filter(legal_entity_id=policy.legal_entity_id).exclude(pk=policy.pk), policy]
    mine = last_day(policy, versions)
    for other in versions:
        first = (other.position, other.key) < (policy.position, policy.key) and other.key != policy.key
        in_time = other.effective_from <= policy.effective_from and last_day(other, versions) >= mine
        if first and in_time and covers(other, policy):
            return other
    return None


def last_day(row: Policy, versions: Iterable[Policy]) -> date:
    """Where the next version of its key begins, a version ends; date.max where it never does."""
    later = [one.effective_from for one in versions if one.key == row.key and one.effective_from > row.effective_from]
    ends = min(later) - timedelta(days=1) if later else date.max
    return min(ends, row.effective_to or date.max)


def covers(wide: Policy, narrow: Policy) -> bool:
    """Whether every case that `narrow` fits is one that `wide` fits."""
    for name in LISTS:
        allowed, asked = set(getattr(wide, name)), set(getattr(narrow, name))
        if allowed and not (asked and asked <= allowed):
            return False
    above = tuple(wide.categories)
    below = narrow.categories
    return not above or (bool(below) and all(category.startswith(above) for category in below))
