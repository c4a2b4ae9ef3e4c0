"""What a ledger is: which rows, at which unit each is counted, and a column for each of its headings."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

from django.db.models import DateField, F, Q, QuerySet
from django.utils import timezone

from complaints.models import Case
from complaints.services.taxonomy import label
from complaints.sheets import NUMBER, Column, Kind
from organization.models import Unit, User
from organization.scope import across, scoped

EXPORT = "export"
Key = tuple[int, Any]  # the unit where a row is counted, and its primary key
FIRST_LEVEL = 1  # in the lineage of a unit: a branch under the head office


@dataclass(frozen=True)
class Known:
    """The units and people of a legal entity: read once, for there are many times as many rows."""

    units: Mapping[int, Unit]
    people: Mapping[int, str]
    words: dict[tuple[Any, str], str] = field(default_factory=dict)  # looked up once: of codes, of choices

    @classmethod
    def of(cls, entity: int | None) -> "Known":
        units = Unit.objects.filter(legal_entity=entity).in_bulk()
        people = User.objects.filter(Q(legal_entity=entity) | Q(legal_entity=None))
        return cls(units, dict(people.values_list("pk", "display_name")))

    def unit(self, key: int | None) -> str:
        return self.units[key].name if key is not None else ""

    def person(self, key: int | None) -> str:
        return self.people[key] if key is not None else ""

    def coded(self, dimension: str, code: str) -> str:
        """The name of a code, and of none nothing."""
        return self.word(dimension, code, lambda: label(dimension, code)) if code else ""

    def named(self, choices: Any, value: str) -> str:
        """The word of a choice, and of none nothing."""
        return self.word(choices, value, lambda: str(choices(value).label)) if value else ""

    def word(self, of: Any, key: str, look_up: Callable[[], str]) -> str:
        found = self.words.get((of, key))
        if found is None:
            found = self.words[of, key] = look_up()
        return found

    def branch(self, key: int) -> Unit:
        """一级分行: the unit under the head office in which this one lies; the head office for itself."""
        line = self.units[key].lineage
        return self.units[line[min(FIRST_LEVEL, len(line) - 1)]]


@dataclass(frozen=True)
class Entry:
    """One row with its case, and whatever its columns ask for."""

    row: Any
    case: Case
    known: Known


@dataclass(frozen=True)
class Chosen:
    """What is wanted of a ledger: the days, both included, and the unit whose subtree it is; None: all."""

    since: date
    until: date
    unit: Unit | None = None

    def within(self, field: Any) -> tuple[Any, Any]:
        """The range of a column: days, or moments in the zone of the institution."""
        if isinstance(field, DateField) and field.get_internal_type() == "DateField":
            return self.since, self.until
        last = start_of(self.until + timedelta(days=1)) - timedelta(microseconds=1)
        return start_of(self.since), last


def start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))  # noqa: DTZ001 made aware here


class Ledger(ABC):
    """One ledger.

    rule  口径: what counts, and where; it stands at the end of the file
    day   the column by which a row falls into the period
    unit  the expression of the unit at which a row is counted: for the subtotals, and for the choice of a subtree
    case  the way from a row to its case; empty: the row is the case
    who   the column of the person
    """

    key: ClassVar[str]
    title: ClassVar[str]
    rule: ClassVar[str]
    day: ClassVar[str] = "at"
    unit: ClassVar[Any] = F("case__handling_unit_id")
    case: ClassVar[str] = "case"
    who: ClassVar[str] = "by_id"
    columns: ClassVar[Sequence[Column[Entry]]]

    @abstractmethod
    def rows(self) -> QuerySet[Any]:
        """All rows of the kind, whoever may see them."""

    def seen_by(self, user: User) -> QuerySet[Any]:
        """Those that the reader may take away: inside their wall, where they read and export, and not about them."""
        columns = across(self.case) if self.case else {}
        return scoped(scoped(self.rows(), user, **columns), user, verb=EXPORT, **columns)

    def keys(self, user: User, chosen: Chosen) -> QuerySet[Any]:
        """(unit, primary key) of what falls into the period, in the order of its days."""
        rows = self.seen_by(user)
        field = rows.model._meta.get_field(self.day)
        rows = rows.annotate(counted=self.unit).filter(**{f"{self.day}__range": chosen.within(field)})
        if chosen.unit is not None:
            below = Unit.objects.filter(legal_entity=user.legal_entity_id, path__startswith=chosen.unit.path)
            rows = rows.filter(counted__in=list(below.values_list("pk", flat=True)))
        return rows.order_by(self.day, "pk").values_list("counted", "pk")

    def read(self, keys: Sequence[Any]) -> Iterable[Any]:
        """The rows of a batch with their cases, in as many statements as there are tables."""
        return self.rows().select_related(self.case).filter(pk__in=keys)

    def entries(self, keys: Sequence[Any], known: Known) -> dict[Any, Entry]:
        """By key; a row that is gone meanwhile is not there."""
        return {row.pk: self.entry(row, known) for row in self.read(keys)}

    def entry(self, row: Any, known: Known) -> Entry:
        return Entry(row, getattr(row, self.case) if self.case else row, known)

    def headed(self) -> list[Column[Entry]]:
        """序号 · 日期 · 工单号 · 机构 · 人员, then what the rows of this ledger have."""
        return [
            NUMBER,
            Column("日期", lambda one: getattr(one.row, self.day), 11, Kind.DAY),
            Column("工单号", lambda one: one.case.reference, 20),
            Column("机构", lambda one: one.known.unit(self.counted_at(one)), 18),
            Column("人员", lambda one: one.known.person(getattr(one.row, self.who)), 10),
            *self.columns,
        ]

    def counted_at(self, one: Entry) -> int:
        return one.case.handling_unit_id


def yes_no(value: bool | None) -> str:
    return "" if value is None else "是" if value else "否"


def joined(values: Iterable[Any]) -> str:
    return "、".join(str(value) for value in values if value)
