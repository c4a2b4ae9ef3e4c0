"""A small table on the terminal."""

from collections.abc import Iterable, Sequence


def show(title: str, *rows: Sequence[object]) -> None:
    """Print rows under a title; the first row names the columns, the first column is text."""
    cells = [[cell if isinstance(cell, str) else written(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    print(f"\n{title}")
    for row in cells:
        print("  " + "  ".join(aligned(row, widths)), flush=True)


def aligned(row: Sequence[str], widths: Sequence[int]) -> Iterable[str]:
    yield row[0].ljust(widths[0])
    for cell, width in zip(row[1:], widths[1:], strict=True):
        yield cell.rjust(width)


def written(cell: object) -> str:
    return f"{cell:,.2f}" if isinstance(cell, float) else f"{cell:,}"
