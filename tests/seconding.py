"""The second person, for tests that are about something else."""

from typing import Any

from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from organization.models import Outcome, Proposal, User
from organization.proposing import grant


def seconded() -> list[Proposal]:
    """Grant whatever waits."""
    waiting = Proposal.objects.filter(outcome=Outcome.WAITING).order_by("pk")
    return [granted(one, User.system()) for one in waiting]


def browser(user: User, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(user, backend="organization.backends.RoleBackend")
    return client


def page(row: Any, name: str = "change") -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{name}", args=[row.pk] if row.pk else [])


def granted(proposal: Proposal, actor: User) -> Proposal:
    return grant(proposal.pk, actor=actor, at=timezone.now(), site=admin.site)
