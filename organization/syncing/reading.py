"""A file as lines of its sheets: one JSON document, or a workbook. What is no table is a fault, by row and column."""

import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice, zip_longest
from typing import Any, NamedTuple
from xml.etree.ElementTree import ParseError

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from organization.syncing.columns import SHEETS, Sheet, sheet_of
from security.kinds import XLSX
from security.kinds.base import SENTENCES, BadFile
from security.kinds.office import UNREADABLE

MOST_BYTES = 50 * 1024 * 1024
MOST_ROWS = 200_000  # of one sheet
DAY = re.compile(r"(\d{4})(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})日?|(\d{4})(\d{2})(\d{2})", re.ASCII)
EMPTY = gettext_lazy("This cell is empty. Fill it in.")
FORMULA, ABSENT = object(), object()  # a cell that reckons; a name that an object does not have
Rows = list[Sequence[Any]]  # the headings, and what stands under them


class Unreadable(Exception):
    """The file as a whole is none of ours; the sentence says what to do."""


class Fault(NamedTuple):
    """What is wrong in one place of the file. row: as the program shows it, 0 for the whole sheet; column: a heading"""

    sheet: str
    row: int
    column: str
    what: str

    def __str__(self) -> str:
        where = self.sheet if not self.row else _("{sheet}, row {row}").format(sheet=self.sheet, row=self.row)
        return ": ".join(part for part in (where, self.column, self.what) if part)


@dataclass(frozen=True)
class Line:
    """One row of a sheet. cells: by key, of the columns that the sheet has; text, or a day; "" where it is empty"""

    sheet: Sheet
    row: int
    cells: dict[str, Any]

    def fault(self, column: str, what: Any) -> Fault:
        return Fault(self.sheet.heading, self.row, self.sheet.columns.get(column, column), str(what))


class Tables(NamedTuple):
    lines: dict[str, list[Line]]  # by the key of the sheet, of those the file has
    faults: list[Fault]


def read(content: bytes) -> Tables:
    """Raises Unreadable."""
    if len(content) > MOST_BYTES:
        raise Unreadable(_("The file has more than 50 MB. Write each legal entity into a file of its own."))
    workbook = content.startswith(b"PK")
    tables = Tables({}, [])
    for name, rows in of_workbook(content) if workbook else of_json(content):
        sheet = sheet_of(name.strip())
        if sheet is None and not rows:  # the empty one of a new workbook
            continue
        if sheet is None or sheet.key in tables.lines:
            known = ", ".join(f"{one.heading} ({one.key})" for one in SHEETS)
            what = _("There is no such sheet, or it stands here twice. Take it out, or name it one of {known}.")
            tables.faults.append(Fault(name, 0, "", what.format(known=known)))
        else:
            tables.lines[sheet.key] = list(lines_of(sheet, rows, int(workbook), tables.faults))
    return tables


def of_workbook(content: bytes) -> Iterator[tuple[str, Rows]]:
    try:
        if not XLSX.begins(content):
            raise BadFile("unknown")
        XLSX.read(content)
        for page in load_workbook(io.BytesIO(content), read_only=True).worksheets:
            yield page.title, [[written(cell) for cell in row] for row in islice(page.iter_rows(), MOST_ROWS + 2)]
    except BadFile as error:
        raise Unreadable(str(error.sentence)) from error
    except (*UNREADABLE, ParseError, InvalidFileException) as error:
        raise Unreadable(str(SENTENCES["broken"])) from error


def written(cell: Any) -> Any:
    """What a formula shows is what some program last made of it: nobody here can check that."""
    return FORMULA if cell.data_type == "f" else cell.value


def of_json(content: bytes) -> Iterator[tuple[str, Rows]]:
    try:
        document = json.loads(content.decode("utf-8-sig"), object_pairs_hook=once)
    except UnicodeDecodeError as error:
        raise Unreadable(_("The file is neither a workbook (.xlsx) nor UTF-8. Save it as UTF-8.")) from error
    except (ValueError, RecursionError) as error:
        raise Unreadable(_("The file is no JSON: {why}. Export it again.").format(why=error)) from error
    tables = [*document.values()] if isinstance(document, dict) else [None]
    if not all(isinstance(rows, list) and all(isinstance(row, dict) for row in rows) for rows in tables):
        raise Unreadable(_('Write an object of sheets, each a list of rows: {"units": [{"code": "SH"}]}.'))
    for name, rows in document.items():
        headings = list(dict.fromkeys(heading for row in rows for heading in row))
        yield name, [headings, *([row.get(heading, ABSENT) for heading in headings] for row in rows)]


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; of a name that stands twice JSON would keep the last and say nothing."""
    for name, times in Counter(name for name, _value in pairs).items():
        if times > 1:
            raise ValueError(f'"{name}" stands twice in an object')
    return dict(pairs)


def lines_of(sheet: Sheet, rows: Rows, heads: int, faults: list[Fault]) -> Iterator[Line]:
    """The lines below the headings; empty ones are left out, and what is no value is a fault.

    heads  how many lines of the file the headings take: one of a workbook, none of JSON
    """
    headings = [str(value or "").strip() for value in (rows[0] if rows else [])]
    keys = [sheet.key_of(heading) for heading in headings]
    faults += faults_of_headings(sheet, headings, keys, heads)
    for row, values in enumerate(rows[1:], heads + 1):
        if row > MOST_ROWS:
            what = _("More than {most} rows. Write each legal entity into a file of its own.").format(most=MOST_ROWS)
            faults.append(Fault(sheet.heading, row, "", what))
            return
        if all(value is None or value == "" for value in values):
            continue
        line = Line(sheet, row, {})
        for heading, key, value in zip_longest(headings, keys, values):
            if key and value is not ABSENT:
                line.cells[key] = cell(line, key, value, faults)
            elif not heading and value is not None:
                faults.append(line.fault("", _("{value} stands under no heading.").format(value=value)))
        faults += [line.fault(key, EMPTY) for key in sheet.needed if key in keys and not line.cells.get(key)]
        yield line


def faults_of_headings(sheet: Sheet, headings: Sequence[str], keys: Sequence[str], heads: int) -> Iterator[Fault]:
    """An unknown heading is a slip of the pen as a rule: to pass over it would leave a column out unsaid."""
    known = ", ".join(f"{heading} ({key})" for key, heading in sheet.columns.items())
    unknown = _("There is no such column. Take it out, or name it one of {known}.").format(known=known)
    strange = [heading for heading, key in zip(headings, keys, strict=True) if heading and not key]
    yield from (Fault(sheet.heading, heads, heading, unknown) for heading in strange)
    twice = [key for key, times in Counter(filter(None, keys)).items() if times > 1]
    yield from (Fault(sheet.heading, heads, sheet.columns[key], _("This column stands here twice.")) for key in twice)
    lacks = [key for key in sheet.needed if key not in keys]
    yield from (Fault(sheet.heading, heads, sheet.columns[key], _("This column is missing.")) for key in lacks)


def cell(line: Line, key: str, value: Any, faults: list[Fault]) -> Any:
    """Text without blanks around it, or a day; "" where it is empty, and for what is neither, which is a fault."""
    if value is FORMULA:
        faults.append(line.fault(key, _("This is a formula. Paste its value instead.")))
        return ""
    value = int(value) if isinstance(value, float) and value.is_integer() else value
    plain = isinstance(value, int | str) and not isinstance(
        value, bool
    )  # a number that is none: 000123 keeps no noughts
    if value is None or (plain and not str(value).strip()):
        return ""
    if key in line.sheet.days:
        found: Any = day_of(value) if plain or isinstance(value, date) else None
        told = _("{value} is no day. Write it as 2026-11-23.")
    else:
        found, told = str(value).strip() if plain else None, _("{value} is no text. Write it as text.")
    if found is None:
        faults.append(line.fault(key, told.format(value=value)))
    return found or ""


def day_of(value: Any) -> date | None:
    """A day as a cell holds it, or as people write one; None where it is none."""
    if isinstance(value, date):
        return value.date() if isinstance(value, datetime) else value
    match = DAY.fullmatch(str(value).strip())
    try:
        return date(*(int(part) for part in match.groups() if part)) if match else None
    except ValueError:
        return None
