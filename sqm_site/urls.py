"""Every address of the service, by the room that answers it."""

from django.contrib import admin
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from sqm_site import health, metrics

handler400 = "sqm_site.api.handler400"
handler403 = "sqm_site.api.handler403"
handler404 = "sqm_site.api.handler404"
handler500 = "sqm_site.api.handler500"

urlpatterns = [
    path("", RedirectView.as_view(url="/admin/")),
    # asked for by browsers on pages that name no icon
    path("favicon.ico", lambda request: redirect(static("sqm/icon.svg"))),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("complaints.urls")),  # before the admin, whose front page it replaces for people with cases
    path("admin/", admin.site.urls),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("api/v1/", include("complaints.api.urls")),
    path("api/v1/", include("quality.api.urls")),
    path("", include("quality.urls")),
]
