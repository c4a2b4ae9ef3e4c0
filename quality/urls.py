from django.urls import include, path

from quality.pages import cases, dashboard, deadlines, process, spots

pages = [
    path("dashboard/", dashboard.dashboard, name="dashboard"),
    path("process/", process.process, name="process"),
    path("sla-report/", deadlines.report, name="sla-report"),
    path("cases/", cases.counted, name="cases"),
    path("due/", cases.due, name="due"),
    path("spot-checks/", spots.spot_checks, name="spot-checks"),
]
urlpatterns = [path("quality/", include((pages, "quality")))]
