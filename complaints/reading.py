"""Reading cases within somebody's rights: one by its reference, and lists page by page."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.expressions import RawSQL

from complaints.models import Case
from organization.models import Unit, User
from organization.rights import Part, rights_of, unbarred
from organization.scope import condition
from sqm_site.pagination import Cursor, KeysetPagination


class Glimpse(NamedTuple):
    """As much of a case as decides whether it exists for somebody."""

    pk: int
    legal_entity_id: int
    handling_unit_id: int
    path: str
    offered_unit_id: int | None
    offered_path: str | None
    team_id: int | None
    business_line_id: int | None
    nature: str
    owner_id: int | None
    offered_to_id: int | None
    first_receiver_id: int
    brought_by_id: int
    barred: list[int]

    @property
    def handling_unit(self) -> Unit:
        return Unit(pk=self.handling_unit_id, path=self.path)

    @property
    def offered_unit(self) -> Unit | None:
        return Unit(pk=self.offered_unit_id, path=self.offered_path or "") if self.offered_unit_id else None


PATHS = {"path": "handling_unit__path", "offered_path": "offered_unit__path"}
COLUMNS = [PATHS.get(name, name) for name in Glimpse._fields]


def reached(rows: QuerySet[Case], reference: str, user: User) -> Case | None:
    """The case of this reference, from `rows`, if it exists for the user.

    The look-up is by the reference alone and the answer is found in Python: a case of somebody else costs the same
    statements, and as good as the same time, as one that is none, so that nobody learns which references are taken.
    """
    rights = rights_of(user)
    found = Case.objects.filter(reference=reference).values_list(*COLUMNS).first()
    if found is None or not rights.reaches(Glimpse(*found)):
        return None
    return rows.filter(pk=found[0]).first()


Key = tuple[int, Any]  # id of a case and its sort value

# Each unit is read in order down to the end of the page and no further, whatever the planner thinks of its size.
OF_SEVERAL_UNITS = """
SELECT found.* FROM unnest(%s::bigint[]) AS place (unit) CROSS JOIN LATERAL ({keys}) AS found (id, value)
ORDER BY value {order}, id {order} LIMIT %s
"""


class InArea(KeysetPagination):
    """Pages of the cases in somebody's area, by one of three roads, chosen here and not by the planner.

    All of the legal entity is read by the index (legal_entity, key, id), one unit by (handling_unit, key, id), several
    units by that index once each, merged. Filters stand inside; the rows are then read by their primary keys. By
    deadline there are open cases only: nothing is due of the others, and no index has them.

    The queryset to page through carries the filters; `rows` the columns to read. Neither is narrowed to the area.
    """

    def __init__(self, user: User, rows: QuerySet[Case]) -> None:
        self.user, self.rows = user, rows

    def ahead(self, queryset: QuerySet[Any], cursor: Cursor | None) -> list[QuerySet[Any]]:
        if self.key.name == "next_due_at":
            queryset = queryset.open()  # type: ignore[attr-defined]
        return super().ahead(queryset, cursor)

    def take(self, part: QuerySet[Any], limit: int) -> list[Model]:
        falling = str(part.query.order_by[0]).startswith("-")
        places = dict(key for road in self.roads(part, limit) for key in road)
        keys = sorted(places.items(), key=lambda key: (key[1], key[0]), reverse=falling)[:limit]
        found = self.rows.in_bulk([pk for pk, _value in keys])
        return [found[pk] for pk, _value in keys if pk in found]

    def roads(self, part: QuerySet[Any], limit: int) -> Iterator[list[Key]]:
        """The first keys in each part of the area; a case may lie in two."""
        rights = rights_of(self.user)
        if rights.is_system:
            yield self.straight(part, limit)
        elif rights.legal_entity_id is not None:
            inside = part.filter(legal_entity_id=rights.legal_entity_id)
            if rights.is_program:
                yield self.straight(inside.filter(brought_by=self.user), limit)
            concerning_others = inside.filter(unbarred(self.user))
            for open_part in rights.parts():
                yield self.within(concerning_others, open_part, limit)

    def within(self, inside: QuerySet[Any], part: Part, limit: int) -> list[Key]:
        narrowed = inside.filter(condition(replace(part, units=None)))
        if part.units is None:
            return self.straight(narrowed, limit)
        if len(part.units) == 1:
            return self.straight(narrowed.filter(handling_unit_id=min(part.units)), limit)
        return self.by_unit(narrowed, sorted(part.units), limit)

    def straight(self, rows: QuerySet[Any], limit: int) -> list[Key]:
        return list(rows.values_list("pk", self.key.name)[:limit])

    def by_unit(self, rows: QuerySet[Any], units: list[int], limit: int) -> list[Key]:
        of_unit = rows.filter(handling_unit_id=RawSQL("place.unit", ())).values_list("pk", self.key.name)[:limit]
        try:
            keys, values = of_unit.query.sql_with_params()
        except EmptyResultSet:
            return []
        order = "DESC" if str(rows.query.order_by[0]).startswith("-") else "ASC"
        with connection.cursor() as cursor:
            cursor.execute(OF_SEVERAL_UNITS.format(keys=keys, order=order), [units, *values, limit])
            return list(cursor.fetchall())
