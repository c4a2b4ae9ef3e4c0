"""What no migration may do to a table that has a million rows: hold everybody up for as long as the table is long.

`AddIndexConcurrently`, constraints NOT VALID that a later migration validates, columns that are filled by batches: see
https://www.postgresql.org/docs/current/sql-altertable.html (Notes) and django.contrib.postgres.operations.
"""

from collections.abc import Iterator

from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently, RemoveIndexConcurrently
from django.db import connection, migrations
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import NOT_PROVIDED, Field, ForeignKey

# Their tables grow with the business; those of organization and sla hold configuration.
BIG = frozenset({"complaints", "feedback", "quality", "security"})
# Cut anew until the core is whole: nothing runs in production yet.
FREE = frozenset({"0001_initial", "0002_guards"})
# operation -> what to write instead
INSTEAD: dict[type[Operation], str] = {
    migrations.AddIndex: "AddIndexConcurrently, in a migration of its own with atomic = False",
    migrations.RemoveIndex: "RemoveIndexConcurrently, in a migration of its own with atomic = False",
    migrations.AddConstraint: "AddConstraintNotValid, and ValidateConstraint in the next migration",
    migrations.AlterUniqueTogether: "a unique index made concurrently, and a constraint that uses it",
    migrations.RenameField: "a new column, filled by batches: the code before this migration still reads the old one",
    migrations.RenameModel: "the name that the code before this migration knows",
    migrations.AlterModelTable: "the name that the code before this migration knows",
}
BY_ITSELF = (AddIndexConcurrently, RemoveIndexConcurrently, AddConstraintNotValid)
OUTSIDE = "atomic = False, and batches"


def faults() -> list[str]:
    """A sentence for each operation of the installed apps that holds a big table up."""
    loader = MigrationLoader(None)
    state = ProjectState()
    found: list[str] = []
    for node in plan(loader):
        migration = loader.graph.nodes[node]
        if migration.app_label in BIG and migration.name not in FREE:
            found += [f"{migration}: {fault}" for fault in faults_of(migration, state)]
        state = migration.mutate_state(state, preserve=False)
    return found


def plan(loader: MigrationLoader) -> list[tuple[str, str]]:
    """All migrations, each after those it depends on."""
    ordered: dict[tuple[str, str], None] = {}
    for leaf in loader.graph.leaf_nodes():
        ordered |= dict.fromkeys(loader.graph.forwards_plan(leaf))
    return [*ordered]


def faults_of(migration: Migration, state: ProjectState) -> Iterator[str]:
    """What this migration must not do; state: of all before it. What it creates itself is empty, and free."""
    created: set[str] = set()
    for operation in migration.operations:
        if isinstance(operation, migrations.CreateModel):
            created.add(operation.name_lower)
        elif getattr(operation, "model_name_lower", "") not in created:
            instead = instead_of(operation, migration, state)
            if instead:
                yield f"{operation.describe()}. Write instead: {instead}."
        state = state.clone()
        operation.state_forwards(migration.app_label, state)


def instead_of(operation: Operation, migration: Migration, state: ProjectState) -> str:
    if isinstance(operation, BY_ITSELF):
        return ""
    if isinstance(operation, migrations.AddField):
        return instead_of_column(operation.field)
    if isinstance(operation, migrations.AlterField):
        if any(statements_of(operation, migration.app_label, state)):
            return "a new column, filled by batches"
        return ""
    if isinstance(operation, migrations.RunPython):
        return OUTSIDE if migration.atomic else ""
    return next((instead for kind, instead in INSTEAD.items() if isinstance(operation, kind)), "")


def instead_of_column(field: Field) -> str:
    """A new column is quick when no row is rewritten, no row checked and no index built."""
    if not field.null and field.db_default is NOT_PROVIDED:
        return "null=True or db_default, so that the code before this migration can insert"
    if isinstance(field, ForeignKey) and field.db_constraint:
        return "db_constraint=False, and the constraint NOT VALID"
    if field.unique or field.db_index:
        return "the column without its index, and AddIndexConcurrently"
    return ""


def statements_of(operation: migrations.AlterField, app: str, state: ProjectState) -> list[str]:
    """The SQL of a change of a field: none for what Python alone knows, such as choices and labels."""
    after = state.clone()
    operation.state_forwards(app, after)
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        operation.database_forwards(app, editor, state, after)
    return editor.collected_sql
