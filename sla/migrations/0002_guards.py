"""Every change of the configuration renews the stamp, whoever makes it: admin, command or SQL."""

from django.db import migrations

TABLES = [
    "sla_calendar", "sla_calendarday", "sla_ladder", "sla_rung", "sla_ruleset", "sla_policy", "sla_target",
]

FUNCTION = """
CREATE FUNCTION sla_renew_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sla_version (id, stamp) VALUES (1, gen_random_uuid())
    ON CONFLICT (id) DO UPDATE SET stamp = excluded.stamp;
    RETURN NULL;
END $$
"""

TRIGGER = """
CREATE TRIGGER {table}_renews_version AFTER INSERT OR UPDATE OR DELETE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION sla_renew_version()
"""


class Migration(migrations.Migration):
    dependencies = [("sla", "0001_initial")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION sla_renew_version()"),
        *(
            migrations.RunSQL(TRIGGER.format(table=table), f"DROP TRIGGER {table}_renews_version ON {table}")
            for table in TABLES
        ),
    ]
