"""The customer, what they said, what we tell, and whether they were content."""

from feedback.models.customer import KEYS, Customer
from feedback.models.feedback import SUBJECT_LENGTH, Feedback
from feedback.models.notice import IN_APP, LEASE, TRIES, WAITS, Notice
from feedback.models.survey import OPEN_FOR, Answer, Survey

__all__ = [
    "IN_APP",
    "KEYS",
    "LEASE",
    "OPEN_FOR",
    "SUBJECT_LENGTH",
    "TRIES",
    "WAITS",
    "Answer",
    "Customer",
    "Feedback",
    "Notice",
    "Survey",
]
