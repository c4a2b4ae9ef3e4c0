from complaints.models.case import Case, CaseQuerySet
from complaints.models.clock import Clock, DeadlineMove, Firing
from complaints.models.code import Code
from complaints.models.event import CaseEvent, CaseText, Unread
from complaints.models.states import FINAL, OPEN, PAUSED, Level, Nature, Satisfaction, State, Touchpoint
from complaints.models.work import (
    Approval,
    Contact,
    Decision,
    ExternalReference,
    Link,
    Message,
    Notification,
)

__all__ = [
    "FINAL",
    "OPEN",
    "PAUSED",
    "Approval",
    "Case",
    "CaseEvent",
    "CaseQuerySet",
    "CaseText",
    "Clock",
    "Code",
    "Contact",
    "DeadlineMove",
    "Decision",
    "ExternalReference",
    "Firing",
    "Level",
    "Link",
    "Message",
    "Nature",
    "Notification",
    "Satisfaction",
    "State",
    "Touchpoint",
    "Unread",
]
