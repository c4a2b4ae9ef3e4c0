"""What the rules are told of a case."""

from complaints.models import ExternalReference
from complaints.services.deadlines import facts_of, source_of
from organization.models import LegalEntity
from tests.cases import taken
from tests.people import NOON


def test_every_fact_that_rules_ask_for_is_told(integration):
    LegalEntity.objects.update(institution_type="life_insurer")
    case = taken(integration, business_line="cards", category="B020204")
    ExternalReference.objects.create(case=case, body="12363", number="1", received_at=NOON)
    facts = facts_of(case, source=source_of(case))

    assert (facts.nature, facts.level, facts.source, facts.entity) == (
        "complaint",
        "ordinary",
        "12363",
        case.legal_entity_id,
    )
    assert (facts.institution_type, facts.complainant_type) == ("life_insurer", "PERSON")
    assert (facts.business_line, facts.category) == ("cards", "B020204")


def test_a_customer_who_came_himself_has_no_source(integration):
    assert source_of(taken(integration)) == ""
