"""What the organization does by the clock; the schedule stands in settings."""

from celery import shared_task
from django.utils import timezone

from organization import idempotency


@shared_task
def forget_old_answers() -> None:
    idempotency.forget_old_answers(at=timezone.now())
