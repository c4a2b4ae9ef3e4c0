from django.urls import include, path

from complaints.desk.shell import landing
from complaints.public.survey import survey_page

urlpatterns = [
    path("admin/", landing),
    path("desk/", include("complaints.desk.urls")),
    path("survey/<str:token>/", survey_page, name="survey"),
]
