"""A home whose tables another state of the code made is told so, before the first column is missed."""

import pytest
from django.core.management import CommandError
from django.db import connection

from sqm_site.grounding import refuse_another_schema
from sqm_site.models import AppliedMigration
from sqm_site.schema import made_by_another_schema, remember_schema


def test_a_home_of_this_code_is_taken(db):
    refuse_another_schema()
    remember_schema()
    remember_schema()
    refuse_another_schema()
    assert AppliedMigration.objects.filter(name="complaints.0001_initial").count() == 1


def test_a_home_of_another_0001_is_told_what_to_do(db):
    remember_schema()
    AppliedMigration.objects.filter(name="complaints.0001_initial").update(digest="0" * 64)
    with pytest.raises(CommandError, match=r"another schema \(complaints.0001_initial\).*make clean"):
        refuse_another_schema()


def test_a_home_from_before_this_was_remembered_is_another_schema(db):
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {AppliedMigration._meta.db_table} RENAME TO elsewhere")
    assert "organization.0001_initial" in made_by_another_schema()


def test_a_migration_that_is_new_is_none_of_another_schema(db):
    remember_schema()
    AppliedMigration.objects.filter(name="complaints.0001_initial").delete()
    assert made_by_another_schema() == []
