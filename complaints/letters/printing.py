"""A letter on paper: PDF/A by typst, its words handed over as data and never as markup."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any, Literal

import typst

from complaints.letters import LETTERS, number_of
from complaints.letters.kinds import day_of
from complaints.models import Letter

TEMPLATE = Path(__file__).with_name("letter.typ")
FONTS = Path(__file__).with_name("fonts")  # GB 2312; for rarer characters the fonts of the system come in
HEADING = re.compile(r"[一二三四五六七八九十]+、\S{1,20}")
STANDARD: Literal["a-2b"] = "a-2b"  # it refuses a character that no font has, instead of leaving a hole


class CannotPrint(Exception):
    """The PDF could not be made; the message says why, in a sentence for people."""


@cache
def fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=False, font_paths=[str(FONTS)])


def printed(row: Letter, text: str) -> dict[str, Any]:
    """What stands on the paper. kind of a part: address, heading or text"""
    kind, lines = LETTERS[row.kind], text.splitlines()
    parts = [{"kind": "heading" if HEADING.fullmatch(line) else "text", "text": line} for line in lines]
    if lines[0].endswith("："):
        parts[0]["kind"] = "address"
    return {
        "title": kind.title,
        "letterhead": row.legal_entity.name,
        "number": number_of(row),
        "parts": parts,
        "unit": row.unit.name,
        "day": day_of(row.at),
    }


def pdf_of(row: Letter, text: str) -> bytes:
    """The letter as PDF, the same bytes each time. Raises CannotPrint."""
    content = json.dumps(printed(row, text), ensure_ascii=False)
    try:
        return typst.compile(
            TEMPLATE.read_bytes(),
            format="pdf",
            font_paths=fonts(),
            sys_inputs={"letter": content},
            pdf_standards=STANDARD,
            timestamp=int(row.at.timestamp()),
        )
    except typst.TypstError as error:
        raise CannotPrint(error.message) from error
