"""The event log is append-only, and the units and people of a case are of its legal entity.

`brought_by` alone is free: the system brings in what is imported, and it belongs to no entity.
"""

from django.db import migrations

from organization.wall import keys
from security.chain import append_only_operations

CASE, UNIT, USER = "complaints_case", "organization_unit", "organization_user"
UNITS = ["receiving_unit_id", "complained_unit_id", "handling_unit_id", "responsible_unit_id", "offered_from_unit_id"]
PEOPLE = ["owner_id", "first_receiver_id", "offered_to_id"]


class Migration(migrations.Migration):
    dependencies = [
        ("complaints", "0001_initial"),
        ("organization", "0002_guards"),
        ("feedback", "0002_guards"),
    ]

    operations = [
        *append_only_operations("complaints_caseevent"),
        *keys(CASE, dict.fromkeys(UNITS, UNIT)),
        *keys(CASE, dict.fromkeys(PEOPLE, USER)),
        *keys(CASE, {"team_id": "organization_team", "customer_id": "feedback_customer"}),
    ]
