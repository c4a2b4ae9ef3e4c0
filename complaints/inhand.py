"""The rounds and offers of a case that one transaction has in hand: what they were, what they become, written once."""

from typing import Any, TypeVar

from complaints.chronicle import changed, key_of, standing
from complaints.hanging import BESIDE
from complaints.models import Offer, Round

Held = TypeVar("Held", Round, Offer)


class InHand:
    """Rows beside the case, held from the moment somebody may change them."""

    def __init__(self) -> None:
        self.rows: dict[int, Round | Offer] = {}
        self.recorded: dict[int, dict[str, Any]] = {}  # what the events so far say of each
        self.stored: dict[int, dict[str, Any]] = {}  # of those that the database has

    def hold(self, row: Held) -> Held:
        """Keep the row: a new one is stored in the end, another one by what changed of it."""
        if id(row) not in self.rows:
            self.rows[id(row)] = row
            if row.pk:
                self.recorded[id(row)] = self.stored[id(row)] = standing(row)
        return row

    def changes(self) -> dict[str, dict[str, Any]]:
        """kind -> key -> columns that changed since this was last asked: what the event of one act tells."""
        found: dict[str, dict[str, Any]] = {}
        for place, row in self.rows.items():
            columns = changed(row, self.recorded.get(place))
            if columns:
                found.setdefault(BESIDE[type(row)], {})[key_of(row)] = columns
                self.recorded[place] = standing(row)
        return found

    def write(self) -> None:
        """Rounds before offers, in the order of locks; of each kind what ends before what begins."""
        for row in sorted(self.rows.values(), key=lambda row: (isinstance(row, Offer), row.number)):
            stored = self.stored.get(id(row))
            if stored is None:
                row.save(force_insert=True)
            elif columns := list(changed(row, stored)):
                row.save(update_fields=columns)
