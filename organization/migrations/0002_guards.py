"""Nothing of one legal entity points at another one's."""

from django.db import migrations

from organization.wall import keys, targets

UNIT, USER, TEAM = "organization_unit", "organization_user", "organization_team"


class Migration(migrations.Migration):
    dependencies = [("organization", "0001_initial")]

    operations = [
        *targets(UNIT, USER, TEAM, "organization_apiclient"),
        *keys(UNIT, {"parent_id": UNIT, "receiver_id": USER, "substitute_id": USER, "head_id": USER}),
        *keys(TEAM, {"unit_id": UNIT, "lead_id": USER}),
        *keys(
            "organization_membership", {"user_id": USER, "unit_id": UNIT, "team_id": TEAM}, entity_may_be_empty=True
        ),
        *keys("organization_apiclient", {"user_id": USER, "unit_id": UNIT}),
    ]
