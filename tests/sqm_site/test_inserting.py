"""Rows that point at each other go in by one statement, with the keys filled in."""

import pytest
from django.db import IntegrityError, transaction

from organization.models import LegalEntity, Team, Unit
from sqm_site.inserting import insert_together


def family() -> tuple[LegalEntity, Unit, Team]:
    entity = LegalEntity(code="e1", name="机构")
    unit = Unit(code="u1", name="总行", legal_entity=entity)
    return entity, unit, Team(unit=unit, legal_entity=entity, name="一组")


def test_it_is_one_statement_and_the_keys_are_there(db, django_assert_num_queries):
    entity, unit, team = family()
    with django_assert_num_queries(1):
        insert_together(entity, unit, team)
    assert (unit.legal_entity_id, team.unit_id) == (entity.pk, unit.pk)
    stored = Team.objects.select_related("unit__legal_entity").get()
    assert (stored, stored.unit, stored.unit.legal_entity) == (team, unit, entity)


def test_a_row_that_is_refused_takes_all_with_it(db):
    entity, unit, team = family()
    insert_together(entity, unit, team)
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_together(*family())
    assert LegalEntity.objects.filter(code="e1").count() == 1


def test_a_plain_column_can_hold_the_key_of_an_earlier_row(db):
    entity = LegalEntity(code="e1", name="机构")
    insert_together(entity, (Unit(code="u1", name="总行"), {"legal_entity_id": entity}))
    assert Unit.objects.get(code="u1").legal_entity == entity
