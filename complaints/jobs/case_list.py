"""The list of cases as its filters leave it, in a file."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from complaints.api.filters import CaseFilter
from complaints.models import OPEN, Case, CaseQuerySet, Level, Nature, State
from complaints.services.taxonomy import CATEGORY_B, label
from complaints.sheets import MOST_ROWS, Column, Kind, Sheet
from feedback.channels import channel_label
from organization.jobs import JobKind, Run, TooMuch
from organization.models import Job, User
from organization.scope import scoped
from sqm_site.errors import Invalid
from sqm_site.reporting import reading_reports

BATCH = 500
ORDERS = ("-received_at", "next_due_at")
NOT_KEPT = frozenset({"q"})  # what is searched for may be a name or a number of a customer
FILTERS = tuple(name for name in CaseFilter.base_filters if name not in NOT_KEPT)
READ = ("owner", "offered_to", "handling_unit", "customer")
# Filter -> what it is called.
CALLED: dict[str, Any] = {
    "state": gettext_lazy("State"),
    "nature": gettext_lazy("Nature"),
    "level": gettext_lazy("Level"),
    "owner": gettext_lazy("Owner"),
    "team": gettext_lazy("Team"),
    "unit": gettext_lazy("Handling unit"),
    "channel": gettext_lazy("Channel"),
    "business_line": gettext_lazy("Business line"),
    "category": gettext_lazy("Category"),
    "reason": pgettext_lazy("fact", "Reason"),
    "without_rule": gettext_lazy("No rule applied"),
    "pressed": gettext_lazy("chased often"),
    "due_before": gettext_lazy("Next deadline before"),
    "received_from": gettext_lazy("Received from"),
    "received_to": gettext_lazy("Received before"),
}


def columns() -> list[Column[Case]]:
    return [
        Column(_("Case"), lambda case: case.reference, 20),
        Column(_("State"), lambda case: State(case.state).label),
        Column(_("Next deadline"), lambda case: case.next_due_at, 16, Kind.MOMENT),
        Column(_("Nature"), lambda case: Nature(case.nature).label, 8),
        Column(_("Level"), lambda case: Level(case.level).label, 8),
        Column(_("Subject"), lambda case: case.subject, 40),
        Column(_("Channel"), lambda case: channel_label(case.channel)),
        Column(_("Customer"), lambda case: case.customer and case.customer.name.masked, 10),
        Column(_("Category"), lambda case: case.category and label(CATEGORY_B, case.category), 20),
        Column(_("Round"), lambda case: case.round, 6, Kind.NUMBER),
        Column(_("Owner"), lambda case: case.owner and case.owner.display_name),
        Column(_("Offered to"), lambda case: case.offered_to and case.offered_to.display_name),
        Column(_("Handling unit"), lambda case: case.handling_unit.name, 18),
        Column(_("Received"), lambda case: case.received_at, 16, Kind.MOMENT),
    ]


class CaseList(JobKind):
    """The same rows and order as `desk/cases/` for the same reader, where the reader may export."""

    key = "case_list"

    def read(self, given: QueryDict, user: User) -> dict[str, Any]:
        """Raises Invalid."""
        if given.get("q", "").strip():
            raise Invalid({"q": [str(_("What was searched for is not exported. Clear it, and use the filters."))]})
        chosen = {name: given.getlist(name) for name in FILTERS if any(given.getlist(name))}
        narrowed(chosen)
        ordering = given.get("ordering", "")
        return {"filters": chosen, "ordering": ordering if ordering in ORDERS else ORDERS[0]}

    def titled(self, arguments: Mapping[str, Any]) -> str:
        chosen = in_words(arguments["filters"])
        return f"{_('List of cases')} ({chosen})" if chosen else _("List of cases")

    def named(self, job: Job) -> str:
        with translation.override("zh-hans"):
            return f"{_('List of cases')} {timezone.localtime(job.asked_at):%Y%m%d-%H%M}.xlsx"

    def write(self, run: Run) -> bytes:
        with translation.override("zh-hans"), reading_reports():
            keys = self.keys(run)
            about, by = in_words(run.arguments["filters"]) or "全部工单", run.user.display_name
            sheet = Sheet(_("List of cases"), columns(), about=about, by=by, at=run.job.asked_at)
            for batch in run.batches(keys, BATCH):
                cases = Case.objects.select_related(*READ).in_bulk(batch)
                for key in batch:
                    if key in cases:
                        sheet.write(cases[key])
            return sheet.close("口径：导出时本人权限内的工单，姓名已脱敏")

    def keys(self, run: Run) -> list[int]:
        """All of one moment, in the order of the list. Raises TooMuch."""
        rows = narrowed(run.arguments["filters"]).visible_to(run.user)
        rows, ordering = scoped(rows, run.user, verb=self.needs), run.arguments["ordering"]
        if ordering == "next_due_at":  # what owes nobody anything has no place in it
            rows = rows.filter(Q(next_due_at__isnull=False) | Q(state__in=OPEN))
        order = (ordering, "-pk" if ordering.startswith("-") else "pk")
        keys = list(rows.order_by(*order).values_list("pk", flat=True)[: MOST_ROWS + 1])
        if len(keys) > MOST_ROWS:
            raise TooMuch
        return keys


def in_words(filters: Mapping[str, Sequence[str]]) -> str:
    """What was chosen, as the boxes of the list call it; codes and days as they are."""
    labels = {**dict(State.choices), **dict(Nature.choices), **dict(Level.choices)}
    said = {name: ", ".join(str(labels.get(one, one)) for one in given) for name, given in filters.items()}
    return "; ".join(f"{called}: {said[name]}" for name, called in CALLED.items() if name in said)


def narrowed(filters: dict[str, list[str]]) -> CaseQuerySet:
    """The cases that the filters of the list leave, in all areas. Raises Invalid."""
    given = QueryDict(mutable=True)
    for name, values in filters.items():
        given.setlist(name, values)
    chosen = CaseFilter(given, queryset=Case.objects.all())
    if not chosen.is_valid():
        raise Invalid({name: [str(error) for error in errors] for name, errors in chosen.errors.items()})
    rows: CaseQuerySet = chosen.qs
    return rows
