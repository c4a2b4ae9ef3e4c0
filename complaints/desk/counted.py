"""What the queue counts beside its rows: each tab, unread notices, late entries and tasks that wait for the reader."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from django.db.models import QuerySet

from complaints.desk import lateness, tasks
from complaints.desk.counting import Rows, counts_of
from feedback.models import Notice
from organization.models import User
from organization.rights import rights_of

UNREAD, LATE, TASKS = "notices", "late", "tasks"


def counted(tabs: Mapping[str, Rows], user: User, at: datetime) -> Counter[str]:
    """How many rows each list has, by its name. tabs: the tabs of the queue, by their keys"""
    lists: dict[str, Rows] = {UNREAD: unread, **tabs}
    if rights_of(user).has("decide_approval"):
        lists[LATE] = lateness.waiting
    if rights_of(user).has("answer_task"):
        lists[TASKS] = tasks.waiting
    return counts_of(lists, user, at)


def unread(user: User, at: datetime) -> QuerySet[Notice]:
    return Notice.objects.unread().filter(to_user=user)
