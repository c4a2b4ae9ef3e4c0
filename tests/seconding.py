"""The second person, for tests that are about something else."""

from django.contrib import admin
from django.utils import timezone

from organization.models import Outcome, Proposal, User
from organization.proposing import grant


def seconded() -> list[Proposal]:
    """Grant whatever waits."""
    waiting = Proposal.objects.filter(outcome=Outcome.WAITING).order_by("pk")
    return [grant(one.pk, actor=User.system(), at=timezone.now(), site=admin.site) for one in waiting]
