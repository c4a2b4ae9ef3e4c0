"""What a home remembers of its demonstration: two rows of the audit log, when it began and what was acknowledged."""

from datetime import datetime

from demo.checking import Driven
from demo.driving import Log
from demo.posts import Post, plan
from organization.models import User
from security.models import AuditRow
from security.services import record

BEGUN, DONE, SUBJECT = "demo_begun", "demo_done", "demo"


def begun_at() -> datetime | None:
    """When the demonstration of this home began; None where none did."""
    row = AuditRow.objects.filter(verb=BEGUN, subject=SUBJECT).first()
    return row.at if row else None


def begin(at: datetime) -> None:
    record(BEGUN, actor=User.system(), subject=SUBJECT, at=at)


def finish(posts: list[Post], log: Log, *, at: datetime) -> Driven:
    """Put on record what was acknowledged, so that a later start can ask for it."""
    references = {post.key: log.receipts[post.key]["reference"] for post in posts}
    details = {"references": references, "repeats": log.repeats}
    record(DONE, actor=User.system(), subject=SUBJECT, at=at, details=details)
    return Driven(posts, references, log.repeats)


def remembered(began_at: datetime) -> Driven | None:
    """What was done here before; None when it was broken off."""
    row = AuditRow.objects.filter(verb=DONE, subject=SUBJECT).first()
    return Driven(plan(began_at), row.details["references"], row.details["repeats"]) if row else None
