"""What is counted: each measure once, as a condition for a query set and as SQL for the roll-up."""

from dataclasses import dataclass

from django.db.models import Q

from complaints.models import Nature, Satisfaction

# A bank discloses complaints; what customers asked, suggested or praised is counted nowhere here.
COUNTED = Nature.COMPLAINT

DAYS = ("received_on", "notified_on", "due_on", "closed_on", "sign_off_on")


@dataclass(frozen=True)
class Measure:
    """Rounds or offers that count on `day`, a column of CaseFact, where `column` has `value` (no column: all)."""

    day: str
    column: str = ""
    value: str | bool = True

    @property
    def condition(self) -> Q:
        return Q(**{self.column: self.value}) if self.column else Q()

    @property
    def sql(self) -> str:
        if not self.column:
            return "TRUE"
        return self.column if self.value is True else f"{self.column} = '{self.value}'"


# name of the column in Cell -> what it counts
MEASURES = {
    "received_complaints": Measure("received_on"),
    "notified": Measure("notified_on"),
    "satisfied": Measure("notified_on", "satisfaction", Satisfaction.SATISFIED.value),
    "no_objection": Measure("notified_on", "satisfaction", Satisfaction.NO_OBJECTION.value),
    "dissatisfied": Measure("notified_on", "satisfaction", Satisfaction.DISSATISFIED.value),
    "entered_by_owner": Measure("notified_on", "entered_by_owner"),
    "entered_late": Measure("notified_on", "entered_late"),
    "extended": Measure("notified_on", "extended"),
    "waived": Measure("notified_on", "waived"),
    "settled": Measure("notified_on", "settled"),
    "spot_checked": Measure("notified_on", "spot_checked"),
    "spot_differs": Measure("notified_on", "spot_differs"),
    "due": Measure("due_on"),
    "on_time": Measure("due_on", "on_time"),
    "closed": Measure("closed_on"),
    "resolved": Measure("closed_on", "resolved"),
    "offered": Measure("sign_off_on"),
    "signed_in_time": Measure("sign_off_on", "signed_in_time"),
    "refused": Measure("sign_off_on", "refused"),
}

# the columns of CaseFact that measures ask
COUNTED_BY = tuple(sorted({measure.column for measure in MEASURES.values() if measure.column}))

# dimension beside the unit -> column of CaseFact
DIMENSIONS = {"business_line": "business_line_id", "channel": "channel", "owner": "owner_id"}

# The crossings that are stored. Each further one costs a rebuild some seconds for every million cases.
GROUPINGS = {"unit": "", **{f"unit+{dimension}": dimension for dimension in DIMENSIONS}}
