"""Print docs/kpis.md from the KPIs themselves: `manage.py describe_kpis > docs/kpis.md`."""

from inspect import cleandoc
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import override

from quality.kpis import Kpi

HEAD = """# KPIs: what is counted

Made by `manage.py describe_kpis > docs/kpis.md` from the classes in `quality/kpis/`; a test fails when it is out of
date.

Every figure is shown with its numerator, its denominator, n and its 95 % Wilson interval, and each of these numbers
opens the cases that were counted. Complaints only, and a review (核查) is none: its deadline stands in the report of
deadlines. Each round of a case counts, in the unit that was in charge when the customer was told or the deadline
passed, whichever came first, in the channel and with the owner that the case has now.
What counts offers counts them in the unit and with the person that they were made to. A period is a stretch of days of
the institution's zone, half-open: its last day is the one before `to`. A rate without a denominator is "no data", never
0. The bounds are those of the KPI, unless a target set in the admin, by unit and from a day on, says otherwise.

Figures are read from cells (unit, day or month, at most two further dimensions), which follow the log of events within
seconds. `manage.py rebuild_kpis` counts all of them anew; pages show the old ones until it is done."""


class Command(BaseCommand):
    help = "Print the page about the KPIs."

    def handle(self, *args: Any, **options: Any) -> None:
        with override("en"):
            self.stdout.write("\n\n".join([HEAD, *(section(kpi) for kpi in Kpi.registry.values())]))


def section(kpi: Kpi) -> str:
    formula = " + ".join(f"`{name}`" for name in kpi.numerator)
    rows = {
        "key": f"`{kpi.key}`",
        "formula": f"({formula}) / `{kpi.denominator}`" if kpi.denominator else formula,
        "unit": kpi.unit or "cases",
        "better": kpi.better,
        "green, amber": f"{kpi.green} %, {kpi.amber} %" if kpi.green is not None else "none",
        "source": kpi.source,
    }
    table = "\n".join(f"| {name} | {value} |" for name, value in rows.items())
    return f"## {kpi.title}\n\n{cleandoc(kpi.__doc__ or '')}\n\n| | |\n| --- | --- |\n{table}"
