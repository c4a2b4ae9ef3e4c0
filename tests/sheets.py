"""Reading a sheet back, as the program does that somebody opens it with."""

import io
from collections.abc import Iterator
from typing import Any

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

HEADS = 3  # the line of headings
SUMS, NOTES = ("小计：", "合计："), "口径："


def opened(content: bytes) -> Worksheet:
    sheet = load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    return sheet


def headings(content: bytes) -> list[str]:
    return [str(cell.value) for cell in opened(content)[HEADS] if cell.value is not None]


def lines(content: bytes) -> Iterator[dict[str, Any]]:
    """What stands under the headings, by heading, down to the notes."""
    heads = headings(content)
    for line in opened(content).iter_rows(min_row=HEADS + 1, values_only=True):
        if str(line[0]).startswith(NOTES):
            break
        yield dict(zip(heads, line, strict=False))


def is_sum(line: dict[str, Any]) -> bool:
    return any(word in str(next(iter(line.values()))) for word in SUMS)


def cells(content: bytes) -> list[dict[str, Any]]:
    return [line for line in lines(content) if not is_sum(line)]


def sums(content: bytes) -> list[dict[str, Any]]:
    """The subtotals, and the total as the last."""
    return [line for line in lines(content) if is_sum(line)]


def notes(content: bytes) -> str:
    """What stands below the table."""
    every = [str(line[0]) for line in opened(content).iter_rows(values_only=True)]
    return "\n".join(every[next(place for place, line in enumerate(every) if line.startswith(NOTES)) :])
