"""What the API says of figures."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.urls import reverse
from rest_framework import serializers

from complaints.api.out import CaseOut, case_rows
from quality.kpis import Figure, Kpi
from quality.models import CaseFact
from quality.periods import INTERVALS
from quality.series import Point


class KpiOut(serializers.Serializer):
    key = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    unit = serializers.CharField(help_text='"%", or empty for a count.')
    better = serializers.ChoiceField(["higher", "lower"])
    source = serializers.CharField()  # type: ignore[assignment]  # a field, as the name of one
    url = serializers.CharField()


class BoundsOut(serializers.Serializer):
    green = serializers.DecimalField(5, 2)
    amber = serializers.DecimalField(5, 2)


class FigureOut(serializers.Serializer):
    numerator = serializers.IntegerField()
    denominator = serializers.IntegerField(allow_null=True)
    n = serializers.IntegerField()
    value = serializers.DecimalField(12, 2, allow_null=True, help_text="Null where there is nothing to measure.")
    low = serializers.DecimalField(5, 2, allow_null=True, help_text="95 % Wilson interval.")
    high = serializers.DecimalField(5, 2, allow_null=True)


class PointOut(FigureOut):
    to = serializers.DateField(help_text="The first day that does not count.")
    unit = serializers.CharField(required=False)
    channel = serializers.CharField(required=False)
    business_line = serializers.CharField(required=False)
    owner = serializers.CharField(required=False)
    target = BoundsOut(allow_null=True)
    status = serializers.ChoiceField(["green", "amber", "red"], allow_blank=True, help_text="Against the target.")
    cases = serializers.CharField(help_text="The rounds of cases that were counted.")

    def get_fields(self) -> dict[str, serializers.Field]:
        return {"from": serializers.DateField(), **super().get_fields()}


class SeriesOut(serializers.Serializer):
    key = serializers.CharField()
    interval = serializers.ChoiceField(INTERVALS)
    by = serializers.ListField(child=serializers.CharField())
    results = PointOut(many=True)


class RoundOut(CaseOut):
    counted_round = serializers.IntegerField(help_text="Which round of the case was counted.")


def kpi_row(kpi: Kpi) -> dict[str, Any]:
    return {
        "key": kpi.key,
        "title": str(kpi.title),
        "description": " ".join((kpi.__doc__ or "").split()),
        "unit": kpi.unit,
        "better": kpi.better,
        "source": kpi.source,
        "url": reverse("kpi", args=[kpi.key]),
    }


def figure_row(figure: Figure) -> dict[str, Any]:
    return {
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "n": figure.n,
        **{name: text(getattr(figure, name)) for name in ("value", "low", "high")},
    }


def text(number: Decimal | None) -> str | None:
    """A decimal exactly as it is; a JSON number would be read as a float."""
    return None if number is None else str(number)


def point_row(point: Point) -> dict[str, Any]:
    cut = point.cut
    return {
        "from": point.period.start,
        "to": point.period.end,
        **({"unit": point.place.code} if point.place else {}),
        **point.values,
        **figure_row(point.figure),
        "target": {"green": text(point.bounds.green), "amber": text(point.bounds.amber)} if point.bounds else None,
        "status": point.status,
        "cases": f"{reverse('kpi-cases', args=[cut.kpi.key])}?{cut.query}",
    }


def round_rows(facts: Sequence[CaseFact], *, to_program: bool) -> list[dict[str, Any]]:
    rows = case_rows([fact.case for fact in facts], to_program=to_program)
    return [row | {"counted_round": fact.round} for row, fact in zip(rows, facts, strict=True)]
