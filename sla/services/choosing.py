"""Which rows of the configuration apply to a case, by its facts and the day of receipt."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from sla import rulebook
from sla.arithmetic import local_day
from sla.models import ClockKind, Level, RuleSet
from sla.models.policy import Selection
from sla.rulebook import LoadedPolicy, Rulebook

# the list of a row -> the fact that must stand in it, unless it is empty
LISTED = (
    ("natures", "nature"),
    ("levels", "level"),
    ("sources", "source"),
    ("institution_types", "institution_type"),
    ("complainant_types", "complainant_type"),
    ("business_lines", "business_line"),
)
Versioned = TypeVar("Versioned", bound=Selection)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a rule or a policy is chosen by. Empty: not known, which fits only where any fits.

    entity            id of the legal entity; its own rows come before those of the group, others never apply
    source            the body that transferred the case, such as "12363"; empty for a customer who came himself
    complainant_type, business_line, category  codes
    review            whether a decision is reviewed (核查): then the rules of a review apply, and no others
    """

    nature: str
    level: str = Level.ORDINARY
    source: str = ""
    entity: int | None = None
    institution_type: str = ""
    complainant_type: str = ""
    business_line: str = ""
    category: str = ""
    review: bool = False

    def fit(self, row: Selection) -> bool:
        return (
            row.legal_entity_id in {None, self.entity}
            and all(allows(getattr(row, listed), getattr(self, one)) for listed, one in LISTED)
            # a class of the code list is the beginning of the codes below it
            and (not row.categories or self.category.startswith(tuple(row.categories)))
        )


def allows(listed: list[str], fact: str) -> bool:
    """Whether a list of a row has a fact; an empty one has all."""
    return not listed or fact in listed


def rules_in_force(book: Rulebook, facts: Facts, day: date) -> list[RuleSet]:
    """Every rule of law that applies; of one key, the entity's own instead of the group's."""
    return rulebook.remember(book.remembered, ("rules", facts, day), lambda: applying(book, facts, day))


def applying(book: Rulebook, facts: Facts, day: date) -> list[RuleSet]:
    fitting = [rule_set for rule_set in versions_of(book.rule_sets, day) if facts.fit(rule_set)]
    found = [rule_set for rule_set in fitting if (rule_set.kind == ClockKind.REVIEW) == facts.review]
    own = {rule_set.key for rule_set in found if rule_set.legal_entity_id is not None}
    return [rule_set for rule_set in found if rule_set.legal_entity_id is not None or rule_set.key not in own]


def decline_grounds(facts: Facts, received_at: datetime) -> set[str]:
    """Codes of the grounds that the rules of law in force on receipt name, beyond the one that always holds."""
    book = rulebook.rulebook()
    rules = rules_in_force(book, facts, local_day(received_at, book.zone))
    return {ground for rule_set in rules for ground in rule_set.decline_grounds}


def first_policy(book: Rulebook, facts: Facts, day: date) -> LoadedPolicy | None:
    fitting = rulebook.remember(
        book.remembered,
        ("policy", facts, day),
        lambda: [one for one in policies_near(book, facts.entity, day) if facts.fit(one.row)][:1],
    )
    return fitting[0] if fitting else None


def policies_near(book: Rulebook, entity: int | None, day: date) -> list[LoadedPolicy]:
    """Those in force of the entity, then those of the group, each in order of position."""
    loaded = {one.row.pk: one for one in book.policies}
    rows = versions_of((one.row for one in book.policies if one.row.legal_entity_id in {None, entity}), day)
    rows.sort(key=lambda row: (row.legal_entity_id is None, row.position, row.key))
    return [loaded[row.pk] for row in rows]


def versions_of(rows: Iterable[Versioned], day: date) -> list[Versioned]:
    """Of each key and legal entity the latest version begun by `day`, unless it has ended for good.

    rows  in the order of their first days
    """
    latest = {(row.legal_entity_id, row.key): row for row in rows if row.effective_from <= day}
    return [row for row in latest.values() if row.effective_to is None or day <= row.effective_to]
