"""Migrations: none holds a big table up, and rows live through them."""

import pytest
from django.apps import AppConfig, apps
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently
from django.core.management import call_command
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from complaints.models import CaseEvent
from security.chain import verify_chain
from tests import bigtables
from tests.cases import taken

CHECK = models.CheckConstraint(condition=models.Q(sequence__gte=0), name="some_check")
INDEX = models.Index(fields=["at"], name="some_index")
ROOMS = (*bigtables.BIG, "organization", "sla", "sqm_site")
TO_USER = ("organization.User", models.PROTECT)
GUARDS = "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2"
KEYS = "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE convalidated ORDER BY 1, 2"
# Two indexes of one table over the same rows, of which the first answers nothing that the second does not: it forbids
# no repetition, carries no column beside its keys, and its columns begin the other's. Operator classes are left out of
# account: a text that is looked up by its beginning has the collation C, whose order serves that, too.
TWICE = """
SELECT one.indexrelid::regclass::text, other.indexrelid::regclass::text
FROM pg_index one JOIN pg_index other USING (indrelid) JOIN pg_class kept ON kept.oid = one.indexrelid
WHERE one.indexrelid <> other.indexrelid AND kept.relam = (SELECT oid FROM pg_am WHERE amname = 'btree')
  AND kept.relam = (SELECT relam FROM pg_class WHERE oid = other.indexrelid)
  AND one.indrelid::regclass::text ~ %s
  AND NOT one.indisunique AND one.indnatts = one.indnkeyatts AND one.indexprs IS NULL AND other.indexprs IS NULL
  AND pg_get_expr(one.indpred, one.indrelid) IS NOT DISTINCT FROM pg_get_expr(other.indpred, other.indrelid)
  AND concat(other.indkey, ' ') LIKE concat(one.indkey, ' %%')
  AND concat(other.indoption, ' ') LIKE concat(one.indoption, ' %%')"""


def test_no_migration_holds_a_big_table_up():
    assert bigtables.faults() == []


def test_no_big_table_keeps_an_index_twice(db):
    with connection.cursor() as cursor:
        cursor.execute(TWICE, [f"^({'|'.join(bigtables.BIG)})_"])
        found = cursor.fetchall()
    assert not found, "\n".join(map(str, found))


def test_every_room_that_grows_is_known():
    assert {one.label for one in apps.get_app_configs()} >= bigtables.BIG
    for app in bigtables.BIG:
        assert any(key == (app, "0001_initial") for key in MigrationLoader(None).graph.nodes)


@pytest.fixture(scope="module")
def before() -> ProjectState:
    return MigrationLoader(None).project_state()


@pytest.mark.parametrize(
    ("operation", "instead"),
    [
        (migrations.AddIndex("caseevent", INDEX), "AddIndexConcurrently"),
        (AddIndexConcurrently("caseevent", INDEX), ""),
        (migrations.RemoveIndex("clock", "clock_kind_due"), "RemoveIndexConcurrently"),
        (migrations.AddConstraint("caseevent", CHECK), "AddConstraintNotValid"),
        (AddConstraintNotValid("caseevent", CHECK), ""),
        (migrations.AlterField("caseevent", "verb", models.CharField(max_length=90)), "a new column"),
        (migrations.AddField("caseevent", "extra", models.IntegerField(default=0)), "null=True or db_default"),
        (migrations.AddField("caseevent", "extra", models.IntegerField(db_default=0)), ""),
        (migrations.AddField("caseevent", "extra", models.IntegerField(null=True, db_index=True)), "without its index"),
        (migrations.AddField("caseevent", "extra", models.ForeignKey(*TO_USER, null=True)), "db_constraint=False"),
        (migrations.RenameField("caseevent", "verb", "name"), "still reads the old one"),
        (migrations.RunPython(migrations.RunPython.noop), "atomic = False"),
    ],
)
def test_what_holds_a_big_table_up_is_told_with_what_to_write_instead(operation, instead, before, db):
    migration = migrations.Migration("0009_more", "complaints")
    migration.operations = [operation]
    found = [*bigtables.faults_of(migration, before)]
    assert len(found) == bool(instead)
    assert instead in "".join(found)


def test_a_label_and_a_table_that_is_new_are_free(before, db):
    verb = CaseEvent._meta.get_field("verb").clone()
    verb.help_text = "Another word for it."
    migration = migrations.Migration("0009_more", "complaints")
    migration.operations = [
        migrations.AlterField("caseevent", "verb", verb),
        migrations.CreateModel("Extra", [("id", models.BigAutoField(primary_key=True)), ("at", models.DateField())]),
        migrations.AddIndex("extra", INDEX),
    ]
    assert [*bigtables.faults_of(migration, before)] == []


@pytest.fixture
def growing(monkeypatch):
    """The test app, big for the check. It is entered by hand: to set INSTALLED_APPS would make the admin site anew."""
    config = AppConfig.create("tests.growing")
    config.apps, config.models = apps, {}
    monkeypatch.setitem(apps.app_configs, config.label, config)
    monkeypatch.setattr(bigtables, "BIG", frozenset({config.label}))
    yield config.label
    call_command("migrate", config.label, "zero", verbosity=0)


@pytest.mark.django_db(transaction=True)
def test_a_table_with_rows_goes_through_the_steps(growing):
    """The steps are those that the check asks for, and each row is filled."""
    assert bigtables.faults() == []
    call_command("migrate", growing, "0001", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO growing_entry (minutes) SELECT n FROM generate_series(0, 999) AS n")
    call_command("migrate", growing, verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), sum(hours) FROM growing_entry WHERE hours = minutes / 60")
        assert cursor.fetchone() == (1000, sum(minutes // 60 for minutes in range(1000)))
        cursor.execute("SELECT convalidated FROM pg_constraint WHERE conname = 'growing_hours_positive'")
        assert cursor.fetchone() == (True,)


@pytest.mark.django_db(transaction=True)
def test_a_database_with_rows_gets_its_guards(integration):
    """What stands in 0002_guards is laid over rows: taken off and put on again, it is what it was."""
    case = taken(integration)
    guarded = guards()
    for app in ("quality", "complaints", "feedback", "security", "organization"):
        call_command("migrate", app, "0001", verbosity=0)
    assert guards() != guarded
    call_command("migrate", verbosity=0)
    assert guards() == guarded
    assert verify_chain(case.events.order_by("sequence"), CaseEvent.payload) == []


def guards() -> list[list[tuple]]:
    found = []
    with connection.cursor() as cursor:
        for query in (GUARDS, KEYS):
            cursor.execute(query)
            found.append(cursor.fetchall())
    return found


def test_a_first_migration_makes_a_table_with_its_indexes_and_rules():
    """Django draws every model that hangs together anew after each AddIndex and AddConstraint: 118 of them were two
    thirds of a first start."""
    loader, late = MigrationLoader(None), []
    for app in sorted(loader.migrated_apps & {*ROOMS}):
        growing: set[str] = set()
        for operation in loader.get_migration(app, "0001_initial").operations:
            if isinstance(operation, migrations.AddField):
                growing.add(operation.model_name_lower)
            elif isinstance(operation, migrations.AddIndex | migrations.AddConstraint):
                late += [(app, operation.describe())] * (operation.model_name_lower not in growing)
    assert late == []
