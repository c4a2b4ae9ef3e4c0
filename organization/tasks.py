"""What the organization does by the clock; the schedule stands in settings."""

from celery import shared_task
from django.utils import timezone

from organization import idempotency
from organization.services import end_stale_proposals as end_stale
from security import reads


@shared_task
def forget_what_is_over() -> None:
    at = timezone.now()
    idempotency.forget_old_answers(at=at)
    reads.forget_openings(at=at)


@shared_task
def record_openings() -> None:
    reads.record_openings()


@shared_task
def end_stale_proposals() -> None:
    end_stale(at=timezone.now())
