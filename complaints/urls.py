from django.urls import include, path

from complaints.public.survey import survey_page

urlpatterns = [
    path("desk/", include("complaints.admin.urls")),
    path("survey/<str:token>/", survey_page, name="survey"),
]
