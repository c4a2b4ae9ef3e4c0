"""docs/reports.md says of every ledger what counts and which columns it has: written from the ledgers themselves."""

import os
from pathlib import Path

from complaints.ledgers import LEDGERS
from complaints.sheets import Kind

PAGE = Path(__file__).parents[2] / "docs" / "reports.md"
BEGINS = "\n## "
KINDS = {Kind.TEXT: "", Kind.NUMBER: "数", Kind.MONEY: "元", Kind.DAY: "日", Kind.MOMENT: "时"}


def described() -> str:
    """A section a ledger: its rule, and its headings in order, with how each is written."""
    parts = []
    for key, ledger in LEDGERS.items():
        heads = [f"{column.heading}{KINDS[column.kind] and f' ({KINDS[column.kind]})'}" for column in ledger.headed()]
        added = [column.heading for column in ledger.headed() if column.added]
        sums = f"\n\n小计与合计: {'、'.join(added)}." if added else ""
        parts.append(f"## {ledger.title}\n\n`{key}`. {ledger.rule}。\n\n{' · '.join(heads)}{sums}\n")
    return "\n".join(parts)


def test_the_page_describes_every_ledger():
    page = PAGE.read_text().partition(BEGINS)[0] + "\n" + described()
    if os.environ.get("WRITE_DOCS"):
        PAGE.write_text(page)
    assert PAGE.read_text() == page, "run it with WRITE_DOCS=1, and read what is different"
