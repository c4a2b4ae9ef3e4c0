from django.urls import include, path

urlpatterns = [
    path("desk/", include("complaints.admin.urls")),
]
