"""All that a case is but for its log, as one value that can be compared."""

from typing import Any

from complaints.chronicle import key_of, standing
from complaints.hanging import BESIDE
from complaints.models import Case, Link


def state_of(case: Case) -> dict[str, Any]:
    """The columns of a case and of the rows that hang on it, as events tell them; not that it was merged."""
    case = Case.objects.get(pk=case.pk)
    found: dict[str, Any] = {"case": standing(case) | {"state": case.state}}
    for model, kind in BESIDE.items():
        rows = getattr(case, kind).all()
        found[kind] = {key_of(row): standing(row) for row in rows if not (model is Link and row.kind == "merged_into")}
    return found
