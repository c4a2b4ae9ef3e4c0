from django.urls import include, path

from complaints.admin.shell import landing
from complaints.public.survey import survey_page

urlpatterns = [
    path("admin/", landing),
    path("desk/", include("complaints.admin.urls")),
    path("survey/<str:token>/", survey_page, name="survey"),
]
