"""The other cases that belong with one, as far as the reader may open them."""

from typing import Any

from rest_framework import serializers

from complaints.models import Case, Link
from organization.models import User


class LinkOut(serializers.Serializer):
    kind = serializers.ChoiceField(Link.Kind.choices)
    reference = serializers.CharField(help_text="Of the other case.")
    from_here = serializers.BooleanField(help_text="Whether this case says so of the other one, or that one of this.")


def link_rows(case: Case, reader: User) -> list[dict[str, Any]]:
    """Oldest first; merged_into from here leads to where the case is handled. Three statements at most."""
    rows = [(link.other_id, link.kind, True) for link in case.links.standing().order_by("pk")]
    rows += [(link.case_id, link.kind, False) for link in case.linked_from.standing().order_by("pk")]
    if not rows:
        return []
    seen = Case.objects.reachable_by(reader).filter(pk__in={pk for pk, _kind, _from_here in rows})
    names = dict(seen.values_list("pk", "reference"))
    return [
        {"kind": kind, "reference": names[pk], "from_here": from_here} for pk, kind, from_here in rows if pk in names
    ]
