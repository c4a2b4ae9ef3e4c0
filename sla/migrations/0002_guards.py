"""Every change of the configuration renews the stamp, and one of days is noted: by admin, command or SQL."""

from django.db import migrations

TABLES = [
    "sla_calendar", "sla_calendarday", "sla_weekdayhours", "sla_ladder", "sla_rung", "sla_ruleset", "sla_policy",
    "sla_target", "sla_extensionstep",
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

# Every process has read the new days by then (rulebook.RECHECK_SECONDS), and what it wrote by the old ones is there.
NOTE_DAYS = """
CREATE FUNCTION sla_note_days() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sla_changeddays (calendar_id, since, due_at)
    SELECT calendar_id, min(day), now() + interval '15 seconds' FROM changed GROUP BY calendar_id;
    RETURN NULL;
END $$
"""

# A day that is changed may have been another day before.
CHANGES = {"entered": ("INSERT", "NEW"), "taken": ("DELETE", "OLD"), "was": ("UPDATE", "OLD"), "is": ("UPDATE", "NEW")}

NOTES = """
CREATE TRIGGER sla_calendarday_{name} AFTER {verb} ON sla_calendarday
REFERENCING {side} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION sla_note_days()
"""


class Migration(migrations.Migration):
    dependencies = [("sla", "0001_initial")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION sla_renew_version()"),
        *(
            migrations.RunSQL(TRIGGER.format(table=table), f"DROP TRIGGER {table}_renews_version ON {table}")
            for table in TABLES
        ),
        migrations.RunSQL(NOTE_DAYS, "DROP FUNCTION sla_note_days()"),
        *(
            migrations.RunSQL(
                NOTES.format(name=name, verb=verb, side=side), f"DROP TRIGGER sla_calendarday_{name} ON sla_calendarday"
            )
            for name, (verb, side) in CHANGES.items()
        ),
    ]
