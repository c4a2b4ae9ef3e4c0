from django.urls import path

from complaints.api.cases import CaseListView, CaseView, ClocksView, StaysView, TimelineView, VerbView
from complaints.api.codes import CodesOfView, CodesView
from complaints.api.intake import FeedbackView
from complaints.verbs import VERBS

urlpatterns = [
    path("feedback/", FeedbackView.as_view(), name="feedback"),
    path("codes/", CodesView.as_view(), name="codes"),
    path("codes/<slug:dimension>/", CodesOfView.as_view(), name="codes-of"),
    path("cases/", CaseListView.as_view(), name="cases"),
    path("cases/<str:reference>/", CaseView.as_view(), name="case"),
    path("cases/<str:reference>/timeline/", TimelineView.as_view(), name="case-timeline"),
    path("cases/<str:reference>/clocks/", ClocksView.as_view(), name="case-clocks"),
    path("cases/<str:reference>/stays/", StaysView.as_view(), name="case-stays"),
    *(path(f"cases/<str:reference>/{name}/", VerbView.as_view(verb=name), name=f"case-{name}") for name in VERBS),
]
