from django.urls import path

from complaints.api.attachments import AttachmentsView, AttachmentView, CaseAttachmentsView, ContentView
from complaints.api.cases import CaseListView, CaseView, ClocksView, StaysView, TimelineView, VerbView
from complaints.api.codes import CodesOfView, CodesView
from complaints.api.intake import FeedbackView
from complaints.verbs import VERBS

urlpatterns = [
    path("feedback/", FeedbackView.as_view(), name="feedback"),
    path("attachments/", AttachmentsView.as_view(), name="attachments"),
    path("attachments/<int:id>/", AttachmentView.as_view(), name="attachment"),
    path("attachments/<int:id>/content/", ContentView.as_view(), name="attachment-content"),
    path("codes/", CodesView.as_view(), name="codes"),
    path("codes/<slug:dimension>/", CodesOfView.as_view(), name="codes-of"),
    path("cases/", CaseListView.as_view(), name="cases"),
    path("cases/<str:reference>/", CaseView.as_view(), name="case"),
    path("cases/<str:reference>/timeline/", TimelineView.as_view(), name="case-timeline"),
    path("cases/<str:reference>/attachments/", CaseAttachmentsView.as_view(), name="case-attachments"),
    path("cases/<str:reference>/clocks/", ClocksView.as_view(), name="case-clocks"),
    path("cases/<str:reference>/stays/", StaysView.as_view(), name="case-stays"),
    *(path(f"cases/<str:reference>/{name}/", VerbView.as_view(verb=name), name=f"case-{name}") for name in VERBS),
]
