"""Which rows of the configuration apply to a case, by its facts and the day of receipt."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sla.models import Level, RuleSet
from sla.models.policy import Selection
from sla.rulebook import LoadedPolicy, Rulebook


@dataclass(frozen=True, slots=True)
class Facts:
    """What a rule or a policy is chosen by. Empty: not known, which fits only where any fits.

    entity            id of the legal entity; its own rows come before those of the group, others never apply
    source            the body that transferred the case, such as "12363"; empty for a customer who came himself
    complainant_type, business_line, category  codes
    """

    nature: str
    level: str = Level.ORDINARY
    source: str = ""
    entity: int | None = None
    institution_type: str = ""
    complainant_type: str = ""
    business_line: str = ""
    category: str = ""

    def fit(self, row: Selection) -> bool:
        return (
            row.legal_entity_id in {None, self.entity}
            and (not row.natures or self.nature in row.natures)
            and (not row.levels or self.level in row.levels)
            and (not row.sources or self.source in row.sources)
            and (not row.institution_types or self.institution_type in row.institution_types)
            and (not row.complainant_types or self.complainant_type in row.complainant_types)
            and (not row.business_lines or self.business_line in row.business_lines)
            # a class of the code list is the beginning of the codes below it
            and (not row.categories or self.category.startswith(tuple(row.categories)))
        )


def rules_in_force(book: Rulebook, facts: Facts, day: date) -> list[RuleSet]:
    """Every rule of law that applies; of one key, the entity's own instead of the group's."""
    found = [rule_set for rule_set in book.rule_sets if holds_on(rule_set, day) and facts.fit(rule_set)]
    own = {rule_set.key for rule_set in found if rule_set.legal_entity_id is not None}
    return [rule_set for rule_set in found if rule_set.legal_entity_id is not None or rule_set.key not in own]


def first_policy(book: Rulebook, facts: Facts, day: date) -> LoadedPolicy | None:
    near = nearest_first(book.policies, facts.entity)
    return next((one for one in near if holds_on(one.row, day) and facts.fit(one.row)), None)


def holds_on(row: Selection, day: date) -> bool:
    return row.effective_from <= day and (row.effective_to is None or day <= row.effective_to)


def nearest_first(policies: Iterable[LoadedPolicy], entity: int | None) -> list[LoadedPolicy]:
    """Those of the entity, then those of the group, each in order of position."""
    near = [one for one in policies if one.row.legal_entity_id in {None, entity}]
    return sorted(near, key=lambda one: one.row.legal_entity_id is None)
