"""What the rules are told of a case."""

from complaints.services.deadlines import facts_of
from complaints.verbs import transferring
from organization.models import LegalEntity
from tests.cases import TRANSFERRED, taken
from tests.people import NOON


def test_every_fact_that_rules_ask_for_is_told(integration):
    LegalEntity.objects.update(institution_type="life_insurer")
    case = taken(integration, business_line="cards", category="B020204")
    facts = facts_of(transferring.add_reference(case.reference, actor=integration.user, at=NOON, **TRANSFERRED))

    assert (facts.nature, facts.level, facts.source, facts.entity) == (
        "complaint",
        "important",
        "12363",
        case.legal_entity_id,
    )
    assert (facts.institution_type, facts.complainant_type) == ("life_insurer", "PERSON")
    assert (facts.business_line, facts.category) == ("cards", "B020204")


def test_a_customer_who_came_himself_has_no_source(integration):
    assert facts_of(taken(integration)).source == ""
