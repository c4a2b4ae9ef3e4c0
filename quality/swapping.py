"""A table is counted anew beside the one that is read, made equal to it, and takes its place in one short moment.

CREATE TABLE AS counts with several processes, which INSERT and DELETE do not, and leaves no dead row. All of it is one
transaction of the caller's: when it is broken off, whatever it made is gone.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.utils import OperationalError
from psycopg2 import errors

LOCKING_MS = 500  # so long readers queue behind us, then they have their turn
PAUSE_SECONDS = 0.5
PATIENCE_SECONDS = 600  # a backup of a large database has read by then

COLUMNS = """
SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attstattarget,
    pg_get_expr(d.adbin, d.adrelid)
FROM pg_attribute a LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"""
CONSTRAINTS = """
SELECT conname, contype, pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = %s::regclass AND contype IN ('n', 'p', 'u', 'c', 'x') ORDER BY contype <> 'n', conname"""
INDEXES = """
SELECT relname, CASE WHEN indisunique THEN 'UNIQUE' ELSE '' END, substring(pg_get_indexdef(indexrelid) FROM ' USING .*')
FROM pg_index i JOIN pg_class ON pg_class.oid = indexrelid
WHERE indrelid = %s::regclass AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype <> 'f')
ORDER BY relname"""
# What a table may do for whom, and its sequence; with the rights of the owner, also where nobody ever granted any.
GRANTS = """
SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
    CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END, privilege_type, is_grantable
FROM pg_class, aclexplode(COALESCE(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner)))
WHERE pg_class.oid IN (%(table)s::regclass, to_regclass(%(sequence)s)) ORDER BY 1, 2, 3"""
OWNER = "SELECT quote_ident(pg_get_userbyid(relowner)), reloptions FROM pg_class WHERE oid = %s::regclass"
# What nobody has put on these tables yet, and this room cannot carry over.
ELSE = """
SELECT 'trigger', tgname::text FROM pg_trigger WHERE tgrelid = %(table)s::regclass AND NOT tgisinternal
UNION ALL SELECT 'key of another table', conname FROM pg_constraint WHERE confrelid = %(table)s::regclass
UNION ALL SELECT 'foreign key', conname FROM pg_constraint WHERE conrelid = %(table)s::regclass AND contype = 'f'
UNION ALL SELECT 'policy', polname FROM pg_policy WHERE polrelid = %(table)s::regclass
UNION ALL SELECT 'rule', rulename FROM pg_rewrite WHERE ev_class = %(table)s::regclass
UNION ALL SELECT DISTINCT 'view', ev_class::regclass::text FROM pg_rewrite r JOIN pg_depend d ON d.objid = r.oid
    WHERE d.refobjid = %(table)s::regclass AND d.classid = 'pg_rewrite'::regclass AND ev_class <> d.refobjid
UNION ALL SELECT 'publication', pubname
    FROM pg_publication_rel r JOIN pg_publication p ON p.oid = prpubid WHERE prrelid = %(table)s::regclass
UNION ALL SELECT 'statistics', stxname FROM pg_statistic_ext WHERE stxrelid = %(table)s::regclass
UNION ALL SELECT 'part', inhrelid::regclass::text
    FROM pg_inherits WHERE %(table)s::regclass IN (inhrelid, inhparent)
UNION ALL SELECT 'grant on the column', attname FROM pg_attribute
    WHERE attrelid = %(table)s::regclass AND attacl IS NOT NULL
UNION ALL SELECT 'row security or replica identity', relname FROM pg_class
    WHERE oid = %(table)s::regclass AND (relrowsecurity OR relreplident <> 'd')"""


class NotSwapped(Exception):
    """The new table cannot take the place of the old one: one sentence with the reason. The old one stays as it was."""


class Shape(NamedTuple):
    """All that makes a table what it is, but for its rows. Names are bare, definitions as PostgreSQL prints them."""

    columns: list[tuple[Any, ...]]
    constraints: list[tuple[str, str, str]]
    indexes: list[tuple[str, str, str]]
    sequence: str | None
    owner: str
    options: list[str]
    grants: list[tuple[str, str, str, bool]]
    others: list[tuple[str, str]]


def shape_of(table: str) -> Shape:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
        (sequence,) = cursor.fetchone()
        named = {"table": table, "sequence": sequence}
        owner, options = rows(cursor, OWNER, [table])[0]
        return Shape(
            columns=rows(cursor, COLUMNS, [table]),
            constraints=rows(cursor, CONSTRAINTS, [table]),
            indexes=rows(cursor, INDEXES, [table]),
            sequence=sequence,
            owner=owner,
            options=options or [],
            grants=rows(cursor, GRANTS, named),
            others=rows(cursor, ELSE, named),
        )


def rows(cursor: CursorWrapper, query: str, given: Any) -> list[Any]:
    cursor.execute(query, given)
    return list(cursor.fetchall())


def beside(table: str) -> str:
    """The name of the new table until it takes the place of this one."""
    return f"{table}_next"


def fill(table: str, select: str, given: Mapping[str, Any] | None = None) -> None:
    """Make the new table of what `select` gives: all columns of the old one but its key `id`, by their names.

    Raises NotSwapped for a table that has what cannot be carried over.
    """
    shape = shape_of(table)
    if shape.others:
        raise NotSwapped(f"{table} has what cannot be carried over to a new table: {' '.join(shape.others[0])}.")
    columns = ", ".join(f'"{name}"::{kind}' for name, kind, *_rest in shape.columns if name != "id")
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE {beside(table)} AS SELECT row_number() OVER () AS id, {columns} FROM ({select}) AS counted",
            given,
        )
        equip(cursor, table, shape, count=cursor.rowcount)


def equip(cursor: CursorWrapper, table: str, shape: Shape, *, count: int) -> None:
    """Give the new table all that the old one has; what bears a name of the whole schema has another one till the end.

    count  how many rows it has, keys 1 to count
    """
    new = beside(table)
    cursor.execute(f"ALTER TABLE {new} {', '.join(column_changes(shape))}")
    if count:
        cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [new, count])
    for number, statement in enumerate(indexing(new, shape)):
        cursor.execute(statement.format(name=passing(table, number)))
    if shape.options:
        cursor.execute(f"ALTER TABLE {new} SET ({', '.join(shape.options)})")
    cursor.execute(f"ALTER TABLE {new} OWNER TO {shape.owner}")
    grant(cursor, new, shape)
    cursor.execute(f"ANALYZE {new}")


def column_changes(shape: Shape) -> list[str]:
    """Defaults, what is never empty and what is checked, in one reading of the table.

    From PostgreSQL 18 on NOT NULL is a constraint and has a name.
    """
    named = any(kind == "n" for _name, kind, _how in shape.constraints)
    changes = []
    for name, _kind, never_empty, identity, target, default in shape.columns:
        if never_empty and not named:
            changes.append(f'ALTER "{name}" SET NOT NULL')
        if default:
            changes.append(f'ALTER "{name}" SET DEFAULT {default}')
        if target is not None and target >= 0:
            changes.append(f'ALTER "{name}" SET STATISTICS {target}')
        if identity:
            changes.append(f'ALTER "{name}" ADD GENERATED {"ALWAYS" if identity == "a" else "BY DEFAULT"} AS IDENTITY')
    checks = [f'ADD CONSTRAINT "{name}" {how}' for name, kind, how in shape.constraints if kind in {"n", "c"}]
    return [*checks, *changes]


def with_indexes(shape: Shape) -> list[tuple[str, str, str]]:
    """The constraints that have an index, whose name is one of the whole schema."""
    return [one for one in shape.constraints if one[1] in {"p", "u", "x"}]


def indexing(new: str, shape: Shape) -> list[str]:
    """The statements that make the keys and indexes, in the order of `renaming`; each with a place for its name."""
    keys = [f"ALTER TABLE {new} ADD CONSTRAINT {{name}} {how}" for _name, _kind, how in with_indexes(shape)]
    indexes = [f"CREATE {unique} INDEX {{name}} ON {new} {how}" for _name, unique, how in shape.indexes]
    return [*keys, *indexes]


def passing(table: str, number: int) -> str:
    """The name of a key or index until the old one of its name is gone."""
    return f"{table}_next_{number}"


def grant(cursor: CursorWrapper, new: str, shape: Shape) -> None:
    """The rights on the old table and its sequence, and no others, such as those that new tables get by default."""
    there = shape_of(new)
    targets = {"TABLE": new, "SEQUENCE": there.sequence}
    for kind, whom in sorted({(kind, whom) for kind, whom, *_rest in there.grants}):
        cursor.execute(f"REVOKE ALL ON {kind} {targets[kind]} FROM {whom}")
    for kind, whom, right, may_grant in shape.grants:
        option = " WITH GRANT OPTION" if may_grant else ""
        cursor.execute(f"GRANT {right} ON {kind} {targets[kind]} TO {whom}{option}")


def swap(*tables: str) -> None:
    """Let the new tables take the places of the old ones, all at once when the transaction is committed.

    Raises NotSwapped when somebody reads an old one for ten minutes, or when something would not be as it was.
    """
    shapes = {table: shape_of(table) for table in tables}
    take_alone(tables)
    with connection.cursor() as cursor:
        for table, shape in shapes.items():
            new = shape_of(beside(table))
            cursor.execute(f"DROP TABLE {table}")
            cursor.execute(f"ALTER TABLE {beside(table)} RENAME TO {table}")
            for statement in renaming(table, shape):
                cursor.execute(statement)
            if new.sequence and shape.sequence:
                cursor.execute(f"ALTER SEQUENCE {new.sequence} RENAME TO {shape.sequence.rpartition('.')[2]}")
            if (now := shape_of(table)) != shape:
                raise NotSwapped(f"{table} would not be as it was: {different(shape, now)}. The old one stays.")


def renaming(table: str, shape: Shape) -> list[str]:
    keys = [name for name, _kind, _how in with_indexes(shape)]
    indexes = [name for name, _unique, _how in shape.indexes]
    constraints = [
        f'ALTER TABLE {table} RENAME CONSTRAINT {passing(table, number)} TO "{name}"'
        for number, name in enumerate(keys)
    ]
    return constraints + [
        f'ALTER INDEX {passing(table, number)} RENAME TO "{name}"' for number, name in enumerate(indexes, len(keys))
    ]


def different(was: Shape, now: Shape) -> str:
    name = next(name for name in Shape._fields if getattr(was, name) != getattr(now, name))
    return f"{name} {getattr(was, name)} and {getattr(now, name)}"


def take_alone(tables: Sequence[str]) -> None:
    """Lock tables for nobody else. Whoever reads one is waited for, half a second at a time: who comes meanwhile has
    to queue behind us, so we step back in between.
    """
    until = time.monotonic() + PATIENCE_SECONDS
    while not taken(tables):
        if time.monotonic() > until:
            raise NotSwapped(f"Somebody has been reading {' or '.join(tables)} for ten minutes. Try again later.")
        time.sleep(PAUSE_SECONDS)


def taken(tables: Sequence[str]) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = {LOCKING_MS}")
            cursor.execute(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE")
    except OperationalError as error:
        if not isinstance(error.__cause__, errors.LockNotAvailable):
            raise
        return False
    return True
