"""How sure a share is, given how few cases it stands on."""

from decimal import Decimal

Z = Decimal("1.959964")  # 95 %, both sides


def wilson(hits: int, of: int) -> tuple[Decimal, Decimal]:
    """Return the 95 % Wilson score interval of a share, as shares from 0 to 1.

    of  more than zero
    Source: E. B. Wilson, Journal of the American Statistical Association 22 (1927). Check: 87 of 100 -> 0.7902..0.9224.
    """
    n, share, square = Decimal(of), Decimal(hits) / of, Z * Z
    centre = (share + square / (2 * n)) / (1 + square / n)
    half = Z * (share * (1 - share) / n + square / (4 * n * n)).sqrt() / (1 + square / n)
    return max(centre - half, Decimal(0)), min(centre + half, Decimal(1))
