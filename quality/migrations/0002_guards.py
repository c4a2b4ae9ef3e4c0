"""The unit of a target is of its legal entity."""

from django.db import migrations

from organization.wall import keys


class Migration(migrations.Migration):
    dependencies = [("quality", "0001_initial"), ("organization", "0002_guards")]
    operations = keys("quality_target", {"unit_id": "organization_unit"}, entity_may_be_empty=True)
