"""How a figure stands to what was aimed at."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from quality.kpis import Figure, Kpi
from quality.models import Target
from quality.scope import Place


@dataclass(frozen=True)
class Bounds:
    """Green from `green` on, amber from `amber` on, in percent; the other way round where lower is better."""

    green: Decimal
    amber: Decimal
    better: str = "higher"

    def status(self, figure: Figure) -> str:
        """ "green", "amber" or "red"; "" where there is nothing to measure."""
        if figure.value is None:
            return ""
        if self.reaches(figure.value, self.green):
            return "green"
        return "amber" if self.reaches(figure.value, self.amber) else "red"

    def reaches(self, value: Decimal, bound: Decimal) -> bool:
        return value >= bound if self.better == "higher" else value <= bound


class Targets:
    """All targets, read once: one query for a page, however many figures stand on it."""

    def __init__(self, kpis: Iterable[Kpi]) -> None:
        keys = [kpi.key for kpi in kpis]
        self.rows = list(Target.objects.filter(kpi__in=keys).order_by("effective_from"))

    def bounds(self, kpi: Kpi, place: Place | None, on: date) -> Bounds | None:
        """What is aimed at in a unit on a day: the latest row begun, of the nearest unit upward, entity or group."""
        units = [(unit_id, place.legal_entity_id) for unit_id in place.lineage] if place else []
        whole = [(None, place.legal_entity_id)] if place else []
        for scope in (*units, *whole, (None, None)):
            begun = [
                row
                for row in self.rows
                if row.kpi == kpi.key and (row.unit_id, row.legal_entity_id) == scope and row.effective_from <= on
            ]
            if begun:
                return Bounds(begun[-1].green, begun[-1].amber, kpi.better)
        if kpi.green is None or kpi.amber is None:
            return None
        return Bounds(kpi.green, kpi.amber, kpi.better)
