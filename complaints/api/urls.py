from django.urls import path

from complaints.api.cases import CaseListView, CaseView, ClocksView, TimelineView, VerbView
from complaints.api.intake import FeedbackView

urlpatterns = [
    path("feedback/", FeedbackView.as_view(), name="feedback"),
    path("cases/", CaseListView.as_view(), name="cases"),
    path("cases/<str:reference>/", CaseView.as_view(), name="case"),
    path("cases/<str:reference>/timeline/", TimelineView.as_view(), name="case-timeline"),
    path("cases/<str:reference>/clocks/", ClocksView.as_view(), name="case-clocks"),
    path("cases/<str:reference>/<slug:verb>/", VerbView.as_view(), name="case-verb"),
]
