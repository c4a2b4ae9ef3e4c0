"""What the values of dimensions are called: codes for programs and addresses, words for people."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from feedback.channels import channel_label
from organization.models import BusinessLine, User
from quality.drilldown import NONE
from quality.figures import Row


class Name(NamedTuple):
    code: str
    label: Any


class Names:
    """The names of all values in some rows of figures: one query a dimension, whatever the number of rows."""

    def __init__(self, rows: Sequence[Row]) -> None:
        owners = User.objects.filter(pk__in=ids(rows, "owner"))
        lines = BusinessLine.objects.filter(pk__in=ids(rows, "business_line"))
        self.known = {
            "owner": {str(user.pk): Name(user.username, user.display_name) for user in owners},
            "business_line": {str(line.pk): Name(line.code, str(line)) for line in lines},
        }

    def of(self, dimension: str, value: str) -> Name:
        """The name of a value; "-" where a case has none."""
        if dimension == "channel":
            return Name(value, channel_label(value))
        return self.known[dimension].get(value, Name(NONE, NONE))


def ids(rows: Iterable[Row], dimension: str) -> set[int]:
    return {int(row[dimension]) for row in rows if row.get(dimension)}
