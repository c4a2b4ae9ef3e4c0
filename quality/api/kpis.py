"""The KPIs: definitions, series, and the cases behind a number."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from complaints.api.cases import is_program
from complaints.models import with_rounds
from quality.api.doors import FigureDoor
from quality.api.out import KpiOut, RoundOut, SeriesOut, kpi_row, point_row, round_rows
from quality.kpis import Kpi
from quality.query import BY, CutQuery, SeriesQuery, cut_of, period_of
from quality.series import series
from sqm_site.errors import NotFound
from sqm_site.pagination import KeysetPagination

KEY = OpenApiParameter("key", str, OpenApiParameter.PATH, description="Key of the KPI, as `GET /kpis/` lists them.")
SHOWN = ("owner", "offered_to", "handling_unit", "team", "business_line")


class KpiListView(FigureDoor):
    @extend_schema(
        operation_id="list_kpis",
        tags=["figures"],
        summary="What is measured, and how",
        description="The definition of every KPI.",
        responses=KpiOut(many=True),
    )
    def get(self, request: Request) -> Response:
        return Response([kpi_row(kpi) for kpi in Kpi.registry.values()])


class KpiView(FigureDoor):
    parameters = (KEY,)

    @extend_schema(
        operation_id="read_kpi",
        tags=["figures"],
        summary="A KPI over time",
        description="Each point with what it stands on and the address of the cases behind it.",
        responses=SeriesOut,
        parameters=[SeriesQuery, BY],
    )
    def get(self, request: Request, key: str) -> Response:
        kpi = known(key)
        given = SeriesQuery.read(self.query)
        chosen = {name: given[name] for name in ("interval", "by", "unit")}
        points = series(kpi, self.figure_scope, period_of(given, self.today), today=self.today, **chosen)
        results = [point_row(point) for point in points]
        return Response({"key": key, "interval": given["interval"], "by": given["by"], "results": results})


class KpiCasesView(FigureDoor):
    parameters = (KEY,)
    pagination_class = KeysetPagination
    orderings = ("-received_at",)

    @extend_schema(
        operation_id="list_kpi_cases",
        tags=["figures"],
        summary="The cases behind a number",
        description="The rounds of cases that a number counted, newest case first.",
        responses=RoundOut(many=True),
        parameters=[CutQuery],
    )
    def get(self, request: Request, key: str) -> Response:
        pages = self.pagination_class()
        paging = {"kpi", "cursor", "page_size", "ordering"}
        given = CutQuery.read({name: value for name, value in self.query.items() if name not in paging})
        rounds = cut_of(known(key), given, self.today).rounds(self.user, self.figure_scope)
        related = [f"case__{name}" for name in SHOWN]
        rows = rounds.select_related("case", *related)
        page = pages.paginate_queryset(rows, request, view=self)
        with_rounds(fact.case for fact in page)
        return pages.get_paginated_response(round_rows(page, to_program=is_program(request)))


def known(key: str) -> Kpi:
    if key not in Kpi.registry:
        raise NotFound(what=key[:40])
    return Kpi.registry[key]
