"""The institution as it stands, and what a file makes of it: rows are found, filled and told, and not yet written."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import override

from organization.models import BusinessLine, LegalEntity, Membership, Team, Unit, User
from organization.recording import Picture, pictures, same
from organization.syncing.reading import Fault, Line

MADE, CHANGED, ENDED = "made", "changed", "ended"


@dataclass
class Change:
    """One row that the file makes, changes or ends. was, now: of what changes, as objects; before: the row as stored"""

    row: Any
    key: str
    act: str = CHANGED
    was: dict[str, Any] = field(default_factory=dict)
    now: dict[str, Any] = field(default_factory=dict)
    before: Picture = field(default_factory=dict)

    def cells(self) -> tuple[str, str, str, str, str]:
        """act, kind, key, was, now: in words"""
        kind = str(self.row._meta.verbose_name)
        return self.act, kind, self.key, in_words(self.row, self.was), in_words(self.row, self.now)


def in_words(row: Model, values: dict[str, Any]) -> str:
    told = ((row._meta.get_field(name), value) for name, value in values.items() if value not in (None, ""))
    return ", ".join(f"{getattr(one, 'verbose_name', one.name)}={value}" for one, value in told)


class World:
    """The rows of the whole installation by the keys that a file uses. `today` is the day of the run."""

    def __init__(self, today: date, *, duties: bool = False) -> None:
        """duties  whether the file may give and take the roles of administrators and of the auditor"""
        self.today, self.duties = today, duties
        self.faults: list[Fault] = []
        self.changes: dict[int, Change] = {}  # by id(): a row that is new has no key yet
        self.entities = {one.code: one for one in LegalEntity.objects.all()}
        self.units = {one.code: one for one in Unit.objects.select_related("legal_entity").order_by("path")}
        people = User.objects.select_related("legal_entity").order_by("pk")
        self.people = {one.username.casefold(): one for one in people}
        self.numbers = {(one.legal_entity_id, one.staff_number): one for one in people if one.staff_number}
        self.teams = {(one.unit.code, one.name): one for one in Team.objects.all().select_related("unit")}
        self.lines = {one.code: one for one in BusinessLine.objects.all()}
        self.roles: list[Membership] = []
        self.roles_of: dict[int, list[Membership]] = {}  # by id() of the person
        self.share()
        self.of_file: dict[int, Line] = {}  # id() of a row -> the line that speaks of it

    def share(self) -> None:
        """A row is one object, whatever points at it, so that what is planned for it is seen from everywhere."""
        units: dict[int | None, Any] = {one.pk: one for one in self.units.values()}
        people: dict[int | None, Any] = {one.pk: one for one in self.people.values()}
        teams: dict[int | None, Any] = {one.pk: one for one in self.teams.values()}
        lines: dict[int | None, Any] = {one.pk: one for one in self.lines.values()}
        for unit in self.units.values():
            unit.parent = units.get(unit.parent_id)
            for post in ("head", "receiver", "substitute"):
                setattr(unit, post, people.get(getattr(unit, f"{post}_id")))
        for team in self.teams.values():
            team.unit, team.lead = units[team.unit_id], people.get(team.lead_id)
        for role in Membership.objects.order_by("pk"):
            role.user, role.unit = people[role.user_id], units.get(role.unit_id)
            role.team, role.business_line = teams.get(role.team_id), lines.get(role.business_line_id)
            self.add(role)

    def add(self, role: Membership) -> None:
        self.roles.append(role)
        self.roles_of.setdefault(id(role.user), []).append(role)

    def fault(self, line: Line, column: str, what: Any) -> None:
        self.faults.append(line.fault(column, what))

    def speaks(self, line: Line, row: Model, column: str) -> bool:
        """Whether this is the first line about a row; a second one is a fault."""
        earlier = self.of_file.setdefault(id(row), line)
        if earlier is not line:
            self.fault(line, column, _("Row {row} says this already. Take one of them out.").format(row=earlier.row))
        return earlier is line

    def put(self, line: Line, row: Model, values: dict[str, Any], key: str) -> None:
        """Fill a row with what a line says; what does not fit a field is a fault, and what is new a change."""
        fields = {one.name: one for one in row._meta.concrete_fields}
        for name, value in values.items():
            if not fields[name].is_relation:
                try:
                    values[name] = fields[name].clean(value, row)
                except ValidationError as error:
                    self.fault(line, name, " ".join(error.messages))
                    return
        change(self, row, values, key)

    def withdraw(self, row: Membership, key: str) -> None:
        """Take back what has not begun: the row goes."""
        self.changes[id(row)] = Change(
            row, key, ENDED, was={"valid_from": row.valid_from}, before=pictures([row])[row.pk]
        )

    def person(self, line: Line, column: str, entity: LegalEntity | None) -> User | None:
        """Whom a cell names, by staff number or user name: somebody of the legal entity; None for an empty cell."""
        named = line.cells.get(column, "")
        if not named or entity is None:
            return None
        found = self.numbers.get((entity.pk, named)) or self.people.get(named.casefold())
        if found is None or found.is_service or found.username == User.SYSTEM:
            self.fault(line, column, _("Nobody has the staff number or user name {name}.").format(name=named))
        elif found.legal_entity_id != entity.pk:
            what = _("{name} belongs to another legal entity. Whoever works in two has two accounts.")
            self.fault(line, column, what.format(name=named))
        return found

    def unit(self, line: Line, column: str = "unit") -> Unit | None:
        """The unit that a cell names."""
        code = line.cells.get(column, "")
        found = self.units.get(code)
        if found is None and code:
            what = _("There is no unit {code}. Create it first, or correct the code.")
            self.fault(line, column, what.format(code=code))
        return found


def change(world: World, row: Model, values: dict[str, Any], key: str, act: str = "") -> None:
    """Put values into a row, and note what is new of it; a row without a key is made."""
    was = {name: getattr(row, name) for name in values} if row.pk else {}
    new = {name for name, value in values.items() if not same(was.get(name), value)}
    if not new and row.pk:
        return
    known = world.changes.get(id(row))
    if known is None:
        before = pictures([row])[row.pk] if row.pk else {}
        known = world.changes[id(row)] = Change(row, key, CHANGED if row.pk else MADE, before=before)
    known.act = act or known.act
    known.was |= {name: was[name] for name in new if row.pk}
    known.now |= {name: values[name] for name in new}
    for name in new:
        setattr(row, name, values[name])


@cache
def chosen(choices: type[TextChoices], given: str) -> str:
    """The value behind a key or a word of a closed list, in Chinese or English; empty where it is none."""
    for language in ("zh-hans", "en"):
        with override(language):
            for value, label in choices.choices:
                if given in (value, str(label)):
                    return str(value)
    return ""


def listed(values: Iterable[tuple[str, Any]]) -> str:
    return ", ".join(f"{label} ({value})" for value, label in values)
