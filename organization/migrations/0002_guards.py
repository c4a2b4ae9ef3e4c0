"""Nothing of one legal entity points at another one's, and three duties are never held by one person."""

from django.db import migrations

from organization.wall import keys, targets

UNIT, USER, TEAM = "organization_unit", "organization_user", "organization_team"


# One change of the roles of a person after the other, so that two at once cannot each miss the other.
DUTIES = """
CREATE FUNCTION organization_duties_apart() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE apart CONSTANT text[] := ARRAY['system_administrator', 'security_administrator', 'compliance_auditor'];
BEGIN
    PERFORM 1 FROM organization_user WHERE id = NEW.user_id FOR NO KEY UPDATE;
    IF NEW.role = ANY(apart) AND EXISTS (
        SELECT 1 FROM organization_membership other
        WHERE other.user_id = NEW.user_id AND other.id <> NEW.id AND other.role = ANY(apart) AND other.role <> NEW.role
        AND daterange(other.valid_from, other.valid_until, '[]') && daterange(NEW.valid_from, NEW.valid_until, '[]')
    ) THEN
        RAISE EXCEPTION 'a system administrator, a security administrator and a compliance auditor are three people'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'membership_duties_apart';
    END IF;
    IF NEW.unit_id IS NULL AND EXISTS (
        SELECT 1 FROM organization_user WHERE id = NEW.user_id AND legal_entity_id IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'a group administrator belongs to no legal entity'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'membership_of_the_group';
    END IF;
    RETURN NEW;
END $$
"""
GUARD_DUTIES = """
CREATE TRIGGER membership_duties_apart BEFORE INSERT OR UPDATE ON organization_membership
FOR EACH ROW EXECUTE FUNCTION organization_duties_apart()
"""
# Where the entity is given, the keys above hold it fast; where it is empty, they do not ask.
GROUP_STAYS = """
CREATE FUNCTION organization_group_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM organization_membership WHERE user_id = NEW.id AND unit_id IS NULL) THEN
        RAISE EXCEPTION 'a group administrator belongs to no legal entity'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'membership_of_the_group';
    END IF;
    RETURN NEW;
END $$
"""
GUARD_GROUP = """
CREATE TRIGGER user_group_stays BEFORE UPDATE OF legal_entity_id ON organization_user
FOR EACH ROW WHEN (OLD.legal_entity_id IS NULL AND NEW.legal_entity_id IS NOT NULL)
EXECUTE FUNCTION organization_group_stays()
"""

# A revoked key stays revoked, whoever asks: admin, command or SQL.
CLIENT_ENDED = """
CREATE FUNCTION organization_client_stays_revoked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A revocation is final. Make a new client instead.' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
GUARD_CLIENT = """
CREATE TRIGGER client_stays_revoked BEFORE UPDATE ON organization_apiclient
FOR EACH ROW WHEN (OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at)
EXECUTE FUNCTION organization_client_stays_revoked()
"""

# What was asked stays as it was asked, and what was decided stays decided.
PROPOSAL_STANDS = """
CREATE FUNCTION organization_proposal_stands() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE decision CONSTANT text[] := ARRAY['outcome', 'decided_by_id', 'decided_at', 'answer'];
BEGIN
    IF TG_OP = 'DELETE' OR OLD.outcome <> '' OR to_jsonb(NEW) - decision IS DISTINCT FROM to_jsonb(OLD) - decision THEN
        RAISE EXCEPTION 'A proposal stays as it was asked, and as it was decided. Make a new one.'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'proposal_stands';
    END IF;
    RETURN NEW;
END $$
"""
GUARD_PROPOSAL = """
CREATE TRIGGER proposal_stands BEFORE UPDATE OR DELETE ON organization_proposal
FOR EACH ROW EXECUTE FUNCTION organization_proposal_stands()
"""


class Migration(migrations.Migration):
    dependencies = [("organization", "0001_initial")]

    operations = [
        *targets(UNIT, USER, TEAM, "organization_apiclient", "organization_partner"),
        *keys(UNIT, {"parent_id": UNIT, "receiver_id": USER, "substitute_id": USER, "head_id": USER}),
        *keys(TEAM, {"unit_id": UNIT, "lead_id": USER}),
        *keys(
            "organization_membership", {"user_id": USER, "unit_id": UNIT, "team_id": TEAM}, entity_may_be_empty=True
        ),
        *keys(
            "organization_absence", {"user_id": USER, "substitute_id": USER, "recorded_by_id": USER, "ended_by_id": USER}
        ),
        *keys("organization_apiclient", {"user_id": USER, "unit_id": UNIT}),
        *keys("organization_partner", {"unit_id": UNIT}),
        *keys("organization_proposal", {"asked_by_id": USER, "concerns_id": USER}, entity_may_be_empty=True),
        *keys("organization_job", {"asked_by_id": USER}),
        migrations.RunSQL(DUTIES, "DROP FUNCTION organization_duties_apart()"),
        migrations.RunSQL(GUARD_DUTIES, "DROP TRIGGER membership_duties_apart ON organization_membership"),
        migrations.RunSQL(GROUP_STAYS, "DROP FUNCTION organization_group_stays()"),
        migrations.RunSQL(GUARD_GROUP, "DROP TRIGGER user_group_stays ON organization_user"),
        migrations.RunSQL(CLIENT_ENDED, "DROP FUNCTION organization_client_stays_revoked()"),
        migrations.RunSQL(GUARD_CLIENT, "DROP TRIGGER client_stays_revoked ON organization_apiclient"),
        migrations.RunSQL(PROPOSAL_STANDS, "DROP FUNCTION organization_proposal_stands()"),
        migrations.RunSQL(GUARD_PROPOSAL, "DROP TRIGGER proposal_stands ON organization_proposal"),
    ]
