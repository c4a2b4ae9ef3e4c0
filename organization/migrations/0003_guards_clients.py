"""A revoked key stays revoked, whoever asks: admin, command or SQL."""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION organization_client_stays_revoked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A revocation is final. Make a new client instead.' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
TRIGGER = """
CREATE TRIGGER client_stays_revoked BEFORE UPDATE ON organization_apiclient
FOR EACH ROW WHEN (OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at)
EXECUTE FUNCTION organization_client_stays_revoked()
"""


class Migration(migrations.Migration):
    dependencies = [("organization", "0002_guards")]
    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION organization_client_stays_revoked()"),
        migrations.RunSQL(TRIGGER, "DROP TRIGGER client_stays_revoked ON organization_apiclient"),
    ]
