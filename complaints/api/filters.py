"""What the lists of cases are narrowed by, and which of it an index finds."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet

from complaints.looking import Near
from complaints.models import OPEN, Case, CaseQuerySet, Level, Nature, State
from complaints.saying import saying
from organization.authentication import actor_of
from organization.models import BusinessLine, Team, Unit, User

# Read by the index of every list, so that nothing is looked through in vain.
PLACE = ("unit", "received_from", "received_to")
DUE = ("due_before",)  # the same, by deadline


class CaseFilter(django_filters.FilterSet):
    state = django_filters.MultipleChoiceFilter(choices=State.choices)
    nature = django_filters.ChoiceFilter(choices=Nature.choices)
    level = django_filters.ChoiceFilter(choices=Level.choices)
    owner = django_filters.CharFilter(method="of_owner")
    team = django_filters.CharFilter(method="of_team")
    unit = django_filters.CharFilter(method="of_unit")
    channel = django_filters.CharFilter("channel")
    business_line = django_filters.CharFilter(method="of_line")
    category = django_filters.CharFilter("category")
    reason = django_filters.CharFilter("reason")
    without_rule = django_filters.BooleanFilter("without_rule")
    pressed = django_filters.BooleanFilter("pressed_at", "isnull", exclude=True)
    due_before = django_filters.IsoDateTimeFilter("next_due_at", "lt")
    received_from = django_filters.IsoDateTimeFilter("received_at", "gte")
    received_to = django_filters.IsoDateTimeFilter("received_at", "lt")
    q = django_filters.CharFilter(method="search", max_length=100)

    class Meta:
        model = Case
        fields: list[str] = []

    def of_owner(self, rows: CaseQuerySet, name: str, username: str) -> QuerySet[Case]:
        return one_of(rows, "owner", User.objects.filter(username=username))

    def of_team(self, rows: CaseQuerySet, name: str, team: str) -> QuerySet[Case]:
        return one_of(rows, "team", Team.objects.filter(name=team))

    def of_unit(self, rows: CaseQuerySet, name: str, code: str) -> QuerySet[Case]:
        return one_of(rows, "handling_unit", Unit.objects.filter(code=code))

    def of_line(self, rows: CaseQuerySet, name: str, code: str) -> QuerySet[Case]:
        return one_of(rows, "business_line", BusinessLine.objects.filter(code=code))

    def search(self, queryset: Any, name: str, words: str) -> Any:
        return saying(queryset, words, actor_of(self.request), before=self.form.cleaned_data.get("received_to"))

    def near(self, ordering: str) -> Near | None:
        """Among which cases one page looks for those that fit; None: an index leads to them, or a search found them."""
        by_deadline = ordering == "next_due_at"
        given = {name for name, value in self.form.cleaned_data.items() if value not in ("", None, [])}
        if "q" in given or not given.difference(PLACE, DUE if by_deadline else ()):
            return None
        narrow = self.narrowed(*PLACE, *DUE) if by_deadline else self.narrowed(*PLACE)
        rare = Q() if "unit" in given or by_deadline else self.rare()
        return Near(wide=narrow.filter(rare), narrow=narrow)

    def narrowed(self, *names: str) -> CaseQuerySet:
        """The cases that some of the filters leave."""
        rows: CaseQuerySet = Case.objects.all()
        for name in names:
            rows = self.filters[name].filter(rows, self.form.cleaned_data[name])
        return rows

    def rare(self) -> Q:
        """The condition of an index of few cases of a legal entity, which holds for all that fit; of several one."""
        given = self.form.cleaned_data
        if given["without_rule"]:
            return Q(without_rule=True)
        if given["pressed"]:
            return Q(pressed_at__isnull=False)
        if given["nature"] == Nature.TIP_OFF:
            return Q(nature=Nature.TIP_OFF)
        return Q(state__in=OPEN) if given["state"] and set(given["state"]) <= {*OPEN} else Q()


def one_of(rows: CaseQuerySet, column: str, named: QuerySet[Any]) -> QuerySet[Case]:
    """The cases of what bears a name, by its id, which an index knows; a name that nobody has costs nothing more."""
    keys = list(named.order_by("pk").values_list("pk", flat=True))
    if not keys:
        return rows.none()
    return rows.filter(**{column: keys[0]}) if len(keys) == 1 else rows.filter(**{f"{column}__in": keys})
