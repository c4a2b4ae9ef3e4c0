"""Tables as XLSX: real numbers and days, text that is never a formula, A4 across, rows written as they come.

Files are in Chinese, whatever the reader's pages are in, as letters are.
"""

import io
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from django.utils import timezone
from xlsxwriter import Workbook
from xlsxwriter.format import Format

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 50_000
MOST_CHARACTERS = 32_767  # of a cell; a program that reads more of them calls the file broken
CUT = "……（内容过长，已截断）"
ACTS = tuple("=+-@\t\r＝＋－＠")  # what begins so, programs take for a formula once somebody edits the cell
A4 = 9
FACE = {"font_name": "宋体", "font_size": 10, "valign": "top"}
Row = TypeVar("Row")


class Kind(StrEnum):
    """How a cell is written, and its number format."""

    TEXT = ""
    NUMBER = "#,##0"
    MONEY = "#,##0.00"  # yuan
    DAY = "yyyy-mm-dd"
    MOMENT = "yyyy-mm-dd hh:mm"


DATED = (Kind.DAY, Kind.MOMENT)


@dataclass(frozen=True)
class Column(Generic[Row]):
    """heading, how a row fills it (None: empty), width in characters, kind; added: summed up under each part"""

    heading: str
    value: Callable[[Row], Any]
    width: int = 12
    kind: Kind = Kind.TEXT
    added: bool = False


NUMBER: Column[Any] = Column("序号", lambda row: None, 6, Kind.NUMBER)  # filled by the sheet


class Sheet(Generic[Row]):
    """One table that is written from its title down to its footer; a row that was written is out of memory."""

    def __init__(self, title: str, columns: Sequence[Column[Row]], *, about: str, by: str, at: datetime) -> None:
        """about  what was chosen, under the title; by, at: who has it made, and when"""
        self.columns, self.by, self.at = columns, by, at
        # millions of cells: what a column is made of is looked up once
        self.parts = [
            (place, self.counting if column is NUMBER else column.value, column.kind, column.added)
            for place, column in enumerate(columns)
        ]
        self.rows = 0
        self.part: Counter[int] = Counter()  # sums of the columns since the last subtotal
        self.part_rows = 0
        self.all: Counter[int] = Counter()
        self.zone = timezone.get_current_timezone()
        self.file = io.BytesIO()
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self.book = Workbook(self.file, options)
        self.book.set_properties({"title": title, "author": by, "created": self.naive(at)})
        self.sheet = self.book.add_worksheet(title[:31])
        self.formats = {kind: self.format(num_format=kind.value) for kind in Kind if kind.value}
        self.plain, self.plain_line = self.format(text_wrap=True), self.format()
        self.quoted = self.format(text_wrap=True, quote_prefix=True)
        self.strong = self.format(bold=True, border=1, text_wrap=True)
        self.strong_line = self.format(bold=True)
        self.strong_sums = {kind: self.format(bold=True, num_format=kind.value) for kind in (Kind.NUMBER, Kind.MONEY)}
        self.set_up(title)
        self.line = 0
        self.write_line(title, self.format(bold=True, font_size=14))
        self.write_line(about, self.plain_line)
        for place, column in enumerate(columns):
            self.sheet.write_string(self.line, place, column.heading, self.strong)
        self.line += 1

    def format(self, **more: Any) -> Format:
        return self.book.add_format({**FACE, **more})

    def set_up(self, title: str) -> None:
        """Paper, widths, and the line of headings that stays and is printed again."""
        sheet = self.sheet
        sheet.set_paper(A4)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.set_footer("&C第 &P 页 / 共 &N 页")
        sheet.repeat_rows(2)
        sheet.freeze_panes(3, 1)
        for place, column in enumerate(self.columns):
            sheet.set_column(place, place, column.width)

    def write_line(self, words: str, how: Format) -> None:
        self.sheet.write_string(self.line, 0, words, how)
        self.line += 1

    def write(self, row: Row) -> None:
        for place, value_of, kind, added in self.parts:
            value = value_of(row)
            if value is None or value == "":
                continue
            self.cell(place, kind, value)
            if added:
                self.part[place] += value
        self.rows += 1
        self.part_rows += 1
        self.line += 1

    def counting(self, row: Row) -> int:
        """序号: which row of the table it is."""
        return self.rows + 1

    def subtotal(self, name: str) -> None:
        """A line under the rows since the last one: how many they are, and their sums."""
        self.sum_up(f"{name} 小计：{self.part_rows} 件", self.part)
        self.all.update(self.part)
        self.part, self.part_rows = Counter(), 0

    def total(self) -> None:
        self.sum_up(f"合计：{self.rows} 件", self.all)

    def sum_up(self, words: str, sums: Counter[int]) -> None:
        for place, column in enumerate(self.columns):
            if place == 0:
                self.sheet.write_string(self.line, 0, words, self.strong_line)
            elif column.added:
                self.sheet.write_number(self.line, place, float(sums[place]), self.strong_sums[column.kind])
        self.line += 1

    def cell(self, place: int, kind: Kind, value: Any) -> None:
        if kind is Kind.TEXT:
            words = clean(str(value))
            how = self.quoted if words.lstrip().startswith(ACTS) else self.plain
            self.sheet.write_string(self.line, place, words, how)
        elif kind in DATED:
            shown = self.naive(value)
            day = shown.date() if kind is Kind.DAY and isinstance(shown, datetime) else shown
            self.sheet.write_datetime(self.line, place, day, self.formats[kind])
        else:
            self.sheet.write_number(self.line, place, float(value), self.formats[kind])

    def naive(self, value: date | datetime) -> date | datetime:
        """As a clock on the institution's wall shows it: a sheet knows no zones."""
        return value.astimezone(self.zone).replace(tzinfo=None) if isinstance(value, datetime) else value

    def close(self, *notes: str) -> bytes:
        """The file, with how it was counted at its end: n, who had it made and when after the notes."""
        made = f"制表人：{self.by}　制表时间：{timezone.localtime(self.at):%Y-%m-%d %H:%M}"
        for words in (*notes, f"n = {self.rows:,}　{made}"):
            self.write_line(words, self.plain_line)
        self.book.close()
        return self.file.getvalue()


def clean(text: str) -> str:
    """Without what XML cannot carry or nobody sees, and no longer than a cell."""
    if not text.isprintable():
        text = "".join(sign for sign in text if sign == "\n" or unicodedata.category(sign) not in {"Cc", "Cs", "Cn"})
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - len(CUT)] + CUT
