from django.urls import path

from quality.api.deadlines import DueView, ReportView
from quality.api.kpis import KpiCasesView, KpiListView, KpiView

urlpatterns = [
    path("kpis/", KpiListView.as_view(), name="kpis"),
    path("kpis/<slug:key>/", KpiView.as_view(), name="kpi"),
    path("kpis/<slug:key>/cases/", KpiCasesView.as_view(), name="kpi-cases"),
    path("sla/report/", ReportView.as_view(), name="sla-report"),
    path("sla/due/", DueView.as_view(), name="sla-due"),
]
