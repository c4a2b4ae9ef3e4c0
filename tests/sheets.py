"""Reading a sheet back, as the program does that somebody opens it with."""

import io
from typing import Any

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

HEADS = 3  # the line of headings


def opened(content: bytes) -> Worksheet:
    sheet = load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    return sheet


def headings(content: bytes) -> list[str]:
    return [str(cell.value) for cell in opened(content)[HEADS] if cell.value is not None]


def cells(content: bytes) -> list[dict[str, Any]]:
    """The lines under the headings, by heading, as far as the notes at the end."""
    heads, found = headings(content), []
    for line in opened(content).iter_rows(min_row=HEADS + 1, values_only=True):
        if all(value is None for value in line[1:]):
            break
        found.append(dict(zip(heads, line, strict=False)))
    return found
