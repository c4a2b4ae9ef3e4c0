"""Cases of a page, with what they need read at once."""

from collections.abc import Iterable

from complaints.models.case import Case
from complaints.models.round import Round


def with_rounds(cases: Iterable[Case]) -> list[Case]:
    """The cases, each with its current round. One statement."""
    listed = list(cases)
    rounds = {(row.case_id, row.number): row for row in Round.objects.filter(case__in=listed)}
    for case in listed:
        case.current_round = rounds[case.pk, case.round]
    return listed
