"""The event log is append-only, and the units and people of a case and its offers are of its legal entity.

`brought_by` and `by` alone are free: the system brings in what is imported, and it belongs to no entity.
"""

from django.db import migrations

from organization.wall import keys, targets
from security.chain import append_only_operations

CASE, OFFER = "complaints_case", "complaints_offer"
UNIT, TEAM, USER = "organization_unit", "organization_team", "organization_user"
UNITS = ["receiving_unit_id", "complained_unit_id", "handling_unit_id", "responsible_unit_id", "offered_unit_id"]
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
        *keys(CASE, {"team_id": TEAM, "customer_id": "feedback_customer"}),
        *targets(CASE),
        *keys("complaints_casewords", {"case_id": CASE}),
        *keys(OFFER, {"case_id": CASE, "unit_id": UNIT, "from_unit_id": UNIT, "team_id": TEAM, "from_team_id": TEAM, "to_id": USER}),
    ]
