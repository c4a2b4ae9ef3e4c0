"""What the organization does by the clock; the schedule stands in settings."""

from celery import shared_task
from django.utils import timezone

from organization import idempotency
from organization.services import end_stale_proposals as end_stale


@shared_task
def forget_old_answers() -> None:
    idempotency.forget_old_answers(at=timezone.now())


@shared_task
def end_stale_proposals() -> None:
    end_stale(at=timezone.now())
