"""Reading cases within somebody's rights: one by its reference, and lists page by page."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Model, Q, QuerySet
from django.db.models.expressions import RawSQL

from complaints.looking import FIRST_LOOK, LOOK_THROUGH, Near, first_of, is_falling, last_of, place_of, up_to
from complaints.models import Case
from organization.models import Unit, User
from organization.rights import TIP_OFF, rights_of, unbarred
from organization.scope import condition
from sqm_site.pagination import Cursor, Key, KeysFirst


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


# Each unit is read in order down to the end of the page and no further, whatever the planner thinks of its size.
OF_SEVERAL_UNITS = """
SELECT found.* FROM unnest(%s::bigint[]) AS place (unit) CROSS JOIN LATERAL ({keys}) AS found (id, value)
ORDER BY value {order}, id {order} LIMIT %s
"""


class Road(NamedTuple):
    """Some cases of an area, and the index that leads to them.

    cases  the condition on them
    place  what of it the index answers
    units  each of them is read by itself; None: as `place` says
    wide   they may lie in any unit
    column which unit of a case is one of them
    """

    cases: Q
    place: Q
    units: list[int] | None = None
    wide: bool = False
    column: str = "handling_unit"


class InArea(KeysFirst):
    """Pages of the cases in somebody's area, by one of three roads, chosen here and not by the planner.

    All of the legal entity is read by the index (legal_entity, key, id), one unit by (handling_unit, key, id), several
    units by that index once each, merged. Filters stand inside; the rows are then read by their primary keys. By
    deadline there are the cases in which one runs, also closed ones that still owe a body outside its answer, and then
    the open ones without: nothing is due of the others, and no index has them.

    The queryset to page through carries the filters; `rows` the columns to read. Neither is narrowed to the area.

    near  among which cases one page looks, see complaints.looking; None: as far as there are any
    far   where the page stopped looking, though there is more to look through; None: it did not
    """

    near: Near | None = None
    far: Key | None = None

    def __init__(self, user: User, rows: QuerySet[Case]) -> None:
        super().__init__(rows)
        self.user = user

    def without(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        rows = super().without(queryset)
        return rows.open() if self.key.name == "next_due_at" else rows  # type: ignore[attr-defined]

    def collect(self, queryset: QuerySet[Any], cursor: Cursor | None, limit: int) -> list[Any]:
        self.cursor, self.far = cursor, None
        if queryset.query.is_empty():
            return []
        if self.near is None:
            return super().collect(queryset, cursor, limit)
        for most in (FIRST_LOOK, LOOK_THROUGH):
            found, self.far = self.look(queryset, self.near, cursor, limit, most)
            if len(found) >= limit:
                self.far = None
            if self.far is None:
                break
        return self.read([pk for pk, _value in found])

    def look(
        self, queryset: QuerySet[Any], near: Near, cursor: Cursor | None, limit: int, most: int
    ) -> tuple[list[Key], Key | None]:
        """The first keys among so many cases, and where it stopped; None: there are no more to look through."""
        found: list[Key] = []
        near_by = zip(self.ahead(near.wide, cursor), self.ahead(near.narrow, cursor), strict=True)
        for part, (wide, narrow) in zip(self.ahead(queryset, cursor), near_by, strict=True):
            far = self.end_of(Near(wide, narrow), most)
            found += self.keys(up_to(part, far, self.key.name), limit - len(found))
            if far is not None or len(found) >= limit:
                return found, far
        return found, None

    def end_of(self, near: Near, most: int) -> Key | None:
        """The key before which so many cases lie, on whichever road that comes first; None: there are not so many.

        Of several units one with many would end the look early, as each has its share: it goes on as far as the whole
        legal entity has so many, which are no more in these units.
        """
        falling, ends = is_falling(near.wide), list[Key | None]()
        for road in self.roads():
            cases = near.wide if road.wide else near.narrow
            if road.units is None:
                ends.append(first(self.straight(cases.filter(road.place), most, most + 1)))
                continue
            share = most // len(road.units)
            of_units = first(self.by_unit(cases, road, share, share + 1, limit=1))
            whole = first(self.straight(cases.filter(legal_entity_id=self.entity), most, most + 1))
            ends.append(last_of(of_units, whole, falling=falling))
        return first_of(ends, falling=falling)

    def set_links(self, page: list[Model], *, before: bool, after: bool) -> None:
        super().set_links(page, before=before, after=after)
        if self.far is None:
            return
        pk, value = self.far
        written = None if value is None else self.key.value_to_string(Case(**{self.key.attname: value}))
        back, on = (self.link_beside(written, [pk], backward=backward) for backward in (True, False))
        if self.cursor is not None and self.cursor.backward:
            self.previous, self.next = back, self.next or on
        else:
            self.next, self.previous = on, self.previous or (back if before else None)

    def keys(self, part: QuerySet[Any], limit: int) -> list[Key]:
        """The first keys on all roads; a case may lie on two."""
        found: dict[int, Any] = {}
        for road in self.roads():
            rows = part.filter(road.cases)
            keys = self.straight(rows, 0, limit) if road.units is None else self.by_unit(rows, road, 0, limit)
            found |= dict(keys)
        return sorted(found.items(), key=place_of, reverse=is_falling(part))[:limit]

    @property
    def entity(self) -> int | None:
        return rights_of(self.user).legal_entity_id

    def roads(self) -> Iterator[Road]:
        rights = rights_of(self.user)
        if rights.is_system:
            yield Road(Q(), Q(), wide=True)
        if rights.is_system or self.entity is None:
            return
        wall = Q(legal_entity_id=self.entity)
        if rights.is_program:
            own = Q(brought_by=self.user)
            yield Road(wall & own, own)
        for part in rights.parts():
            inside = wall & unbarred(self.user) & condition(replace(part, units=None))
            if part.units is None:
                yield Road(inside, wall & Q(nature=TIP_OFF) if part.tips else wall, wide=True)
            elif len(part.units) == 1:
                here = Q(handling_unit_id=min(part.units))
                yield Road(inside & here, here)
            else:
                yield Road(inside, Q(), sorted(part.units))

    def straight(self, rows: QuerySet[Any], start: int, stop: int) -> list[Key]:
        return list(rows.values_list("pk", self.key.name)[start:stop])

    def by_unit(self, rows: QuerySet[Any], road: Road, start: int, stop: int, *, limit: int | None = None) -> list[Key]:
        """The keys from one place to another of each unit, in order; of all together so many as of one, or `limit`."""
        of_unit = rows.filter(road.place, **{road.column: RawSQL("place.unit", ())})
        of_unit = of_unit.values_list("pk", self.key.name)[start:stop]
        try:
            keys, values = of_unit.query.sql_with_params()
        except EmptyResultSet:
            return []
        order = "DESC" if is_falling(rows) else "ASC"
        with connection.cursor() as cursor:
            cursor.execute(
                OF_SEVERAL_UNITS.format(keys=keys, order=order), [road.units, *values, limit or stop - start]
            )
            return list(cursor.fetchall())


def first(keys: list[Key]) -> Key | None:
    return keys[0] if keys else None
