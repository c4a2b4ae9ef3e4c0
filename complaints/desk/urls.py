"""Addresses of the desk, outside /admin/<app>/ because the theme marks its menu by parts of the address."""

from django.urls import path

from complaints.desk import (
    attaching,
    caller,
    casepage,
    dialogs,
    handing,
    lateness,
    listing,
    news,
    notices,
    palette,
    people,
    queue,
    registering,
    revealing,
    staying,
    takers,
    team,
    transfers,
    units,
)

app_name = "desk"
urlpatterns = [
    path("", queue.queue_page, name="queue"),
    path("find/", palette.find, name="find"),
    path("take/", queue.take, name="take"),
    path("give/", queue.give, name="give"),
    path("register/", registering.register_page, name="register"),
    path("register/caller/", caller.caller, name="caller"),
    path("notices/", notices.notice_page, name="notices"),
    path("notices/read/", notices.read_notices, name="notices-read"),
    path("late/", lateness.late_entries_page, name="late"),
    path("late/decide/", lateness.decide_late_entries, name="late-decide"),
    path("transfers/", transfers.transfer_list, name="transfers"),
    path("units/", units.units, name="units"),
    path("people/", people.people, name="people"),
    path("team/", team.team_page, name="team"),
    path("team/<str:username>/", handing.hand_over_page, name="hand-over"),
    path("cases/", listing.case_list, name="cases"),
    path("cases/<str:reference>/", casepage.case_page, name="case"),
    path("cases/<str:reference>/news/", news.news, name="news"),
    path("cases/<str:reference>/stays/", staying.stays, name="stays"),
    path("cases/<str:reference>/attach/", attaching.attach_dialog, name="attach"),
    path("cases/<str:reference>/attachments/<int:key>/", attaching.download, name="download"),
    path("cases/<str:reference>/reveal/", revealing.reveal_dialog, name="reveal"),
    path("cases/<str:reference>/takers/", takers.takers, name="takers"),
    path("cases/<str:reference>/<slug:name>/", dialogs.verb_dialog, name="verb"),
]
