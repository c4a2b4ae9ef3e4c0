"""The event log and the moves of deadlines are append-only; the units and people of a case and its offers are of its legal
entity; what a clock follows does not change any more.

`brought_by` and `by` alone are free: the system brings in what is imported, and it belongs to no entity.
"""

from django.conf import settings
from django.db import migrations

from organization.wall import keys, targets
from security.chain import append_only_operations

CASE, OFFER = "complaints_case", "complaints_offer"
UNIT, TEAM, USER = "organization_unit", "organization_team", "organization_user"
UNITS = ["receiving_unit_id", "complained_unit_id", "handling_unit_id", "responsible_unit_id", "offered_unit_id"]
PEOPLE = ["owner_id", "first_receiver_id", "offered_to_id"]

# Whether a clock follows a version. A clock is due after the first day of what it follows, so that the index on kind and
# due_at answers for a version that is new; a ladder is found through the rows that name one of its key.
USED = {
    "sla_ruleset": """
        SELECT EXISTS (
            SELECT 1 FROM sla_ruleset v JOIN complaints_clock k
                ON k.kind = v.kind AND k.due_at >= v.effective_from - 1 AND k.rule_set_id = v.id
            WHERE v.id = $1)""",
    "sla_policy": """
        SELECT EXISTS (
            SELECT 1 FROM sla_policy v JOIN sla_target t ON t.policy_id = v.id JOIN complaints_clock k
                ON k.kind = t.kind AND k.due_at >= v.effective_from - 1 AND k.target_id = t.id
            WHERE v.id = $1)""",
    "sla_ladder": """
        SELECT EXISTS (
            SELECT 1 FROM sla_ladder v JOIN sla_ladder named
                ON named.key = v.key AND named.legal_entity_id IS NOT DISTINCT FROM v.legal_entity_id
            JOIN (SELECT kind, ladder_id FROM sla_ruleset UNION SELECT kind, ladder_id FROM sla_target) n
                ON n.ladder_id = named.id
            JOIN complaints_clock k ON k.kind = n.kind AND k.due_at >= v.effective_from - 1 AND k.ladder_id = v.id
            WHERE v.id = $1)""",
}
# table -> the version that a row belongs to, and by which column
FROZEN = {
    "sla_ruleset": ("sla_ruleset", "id"),
    "sla_extensionstep": ("sla_ruleset", "rule_set_id"),
    "sla_policy": ("sla_policy", "id"),
    "sla_target": ("sla_policy", "policy_id"),
    "sla_ladder": ("sla_ladder", "id"),
    "sla_rung": ("sla_ladder", "ladder_id"),
}
# `effective_to` may always be set: it ends a version and changes nothing of what it said.
REFUSE_CHANGE_OF_USED = """
CREATE FUNCTION complaints_refuse_change_of_used() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was jsonb := to_jsonb(OLD) - 'effective_to';
    now jsonb := to_jsonb(NEW) - 'effective_to';
    used boolean;
BEGIN
    IF was IS DISTINCT FROM now THEN
        EXECUTE format('SELECT bool_or(%I(version::bigint)) FROM unnest(ARRAY[$1, $2]) AS version', TG_ARGV[0])
            INTO used USING was ->> TG_ARGV[1], now ->> TG_ARGV[1];
        IF used THEN
            RAISE EXCEPTION '%: a clock follows this version, so it does not change. End it and enter a new version.',
                TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'version_in_use';
        END IF;
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$
"""


def frozen_versions() -> list[migrations.RunSQL]:
    """Operations after which PostgreSQL refuses to change a version of a rule set, policy or ladder in use."""
    used = [
        migrations.RunSQL(
            f"CREATE FUNCTION {table}_used(bigint) RETURNS boolean STABLE LANGUAGE sql AS $${query}$$",
            f"DROP FUNCTION {table}_used(bigint)",
        )
        for table, query in USED.items()
    ]
    refuse = migrations.RunSQL(REFUSE_CHANGE_OF_USED, "DROP FUNCTION complaints_refuse_change_of_used()")
    triggers = [
        migrations.RunSQL(
            f"CREATE TRIGGER {table}_in_use BEFORE INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW"
            f" EXECUTE FUNCTION complaints_refuse_change_of_used('{version}_used', '{column}')",
            f"DROP TRIGGER {table}_in_use ON {table}",
        )
        for table, (version, column) in FROZEN.items()
    ]
    return [*used, refuse, *triggers]

# Whose roles change, or which unit's posts: complaints.services.rechecking looks at their cases then. What ends or begins
# by date is due as that day begins.
HEAR_OF_ROLES = f"""
CREATE FUNCTION complaints_hear_of_roles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO complaints_rolechange (user_id, unit_id, due_at)
        VALUES (OLD.user_id, OLD.unit_id, statement_timestamp());
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO complaints_rolechange (user_id, unit_id, due_at)
        SELECT NEW.user_id, NEW.unit_id, moment
        FROM unnest(ARRAY[
            statement_timestamp(),
            NEW.valid_from::timestamp AT TIME ZONE '{settings.TIME_ZONE}',
            (NEW.valid_until + 1)::timestamp AT TIME ZONE '{settings.TIME_ZONE}'
        ]) AS moment WHERE moment >= statement_timestamp();
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION complaints_hear_of_posts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE changed jsonb := to_jsonb(NEW);
BEGIN
    INSERT INTO complaints_rolechange (user_id, unit_id, due_at)
    VALUES ((changed ->> TG_ARGV[0])::bigint, (changed ->> TG_ARGV[1])::bigint, statement_timestamp());
    RETURN NULL;
END $$
"""
# table -> which columns are heard of, and by which it names the person and the unit
HEARD = {
    "organization_user": (["is_active"], "id", ""),
    "organization_team": (["lead_id", "unit_id"], "", "unit_id"),
    "organization_unit": (["head_id", "receiver_id", "substitute_id", "parent_id"], "", "id"),
}


def old(columns: list[str]) -> str:
    return ", ".join(f"OLD.{column}" for column in columns)


def new(columns: list[str]) -> str:
    return ", ".join(f"NEW.{column}" for column in columns)


def changes_of_roles() -> list[migrations.RunSQL]:
    """Operations after which every change of roles and posts leaves a row for the sweep."""
    forget = "DROP FUNCTION complaints_hear_of_roles(); DROP FUNCTION complaints_hear_of_posts()"
    roles = migrations.RunSQL(
        "CREATE TRIGGER membership_heard_of AFTER INSERT OR UPDATE OR DELETE ON organization_membership"
        " FOR EACH ROW EXECUTE FUNCTION complaints_hear_of_roles()",
        "DROP TRIGGER membership_heard_of ON organization_membership",
    )
    posts = [
        migrations.RunSQL(
            f"CREATE TRIGGER {table}_heard_of AFTER UPDATE ON {table} FOR EACH ROW"
            f" WHEN (({old(columns)}) IS DISTINCT FROM ({new(columns)}))"
            f" EXECUTE FUNCTION complaints_hear_of_posts('{person}', '{unit}')",
            f"DROP TRIGGER {table}_heard_of ON {table}",
        )
        for table, (columns, person, unit) in HEARD.items()
    ]
    return [migrations.RunSQL(HEAR_OF_ROLES, forget), roles, *posts]


# ANALYZE lists the 5,000 commonest search words of 150,000 texts: what it does not list stands in fewer than 0.2 % of them.
COUNTED_WORDS = migrations.RunSQL(
    "ALTER TABLE complaints_casewords ALTER COLUMN bigrams SET STATISTICS 500",
    "ALTER TABLE complaints_casewords ALTER COLUMN bigrams SET STATISTICS -1",
)


class Migration(migrations.Migration):
    dependencies = [
        ("complaints", "0001_initial"),
        ("organization", "0002_guards"),
        ("feedback", "0002_guards"),
        ("sla", "0002_guards"),
    ]

    operations = [
        *append_only_operations("complaints_caseevent"),
        *append_only_operations("complaints_deadlinemove"),
        *frozen_versions(),
        *changes_of_roles(),
        *keys(CASE, dict.fromkeys(UNITS, UNIT)),
        *keys(CASE, dict.fromkeys(PEOPLE, USER)),
        *keys(CASE, {"team_id": TEAM, "customer_id": "feedback_customer", "partner_id": "organization_partner"}),
        *targets(CASE),
        *keys("complaints_casewords", {"case_id": CASE}),
        COUNTED_WORDS,
        *keys("complaints_importedrow", {"case_id": CASE}),
        *keys("complaints_attachment", {"case_id": CASE, "feedback_id": "feedback_feedback", "by_id": USER}),
        *keys("complaints_externalreference", {"case_id": CASE, "answered_by_id": USER}),
        *keys("complaints_redress", {"case_id": CASE, "cost_unit_id": UNIT, "by_id": USER, "paid_by_id": USER}),
        *keys("complaints_letter", {"case_id": CASE, "unit_id": UNIT, "by_id": USER}),
        *keys("complaints_liabilityshare", {"case_id": CASE, "unit_id": UNIT}),
        *keys("complaints_routingrule", {"complained_unit_id": UNIT, "unit_id": UNIT, "team_id": TEAM}),
        *keys("complaints_savedview", {"by_id": USER, "team_id": TEAM}),
        *keys("complaints_brokerclue", {"case_id": CASE, "by_id": USER, "decided_by_id": USER}),
        *keys("complaints_batch", {"by_id": USER}),
        *keys("complaints_countersignrule", {"unit_id": UNIT}),
        *keys("complaints_countersignature", {"case_id": CASE, "unit_id": UNIT, "by_id": USER}),
        *keys("complaints_promise", {"case_id": CASE, "by_id": USER, "recorded_by_id": USER}),
        *keys(
            "complaints_task",
            {"case_id": CASE, "unit_id": UNIT, "to_id": USER, "by_id": USER, "accepted_by_id": USER, "answered_by_id": USER,
             "partner_id": "organization_partner"},
        ),
        *keys(OFFER, {"case_id": CASE, "unit_id": UNIT, "from_unit_id": UNIT, "team_id": TEAM, "from_team_id": TEAM, "to_id": USER}),
    ]
