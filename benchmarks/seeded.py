"""The made-up cases of `manage.py seed`, laid down once a run, and people who read them.

CASES in the environment says how many (default 20,000).
"""

import io
import os
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.core.management import call_command
from django.db.models import Count
from django.test import Client

from complaints.models import Case
from demo.bank import ROOT
from organization.models import Role, User

CASES = int(os.environ.get("CASES", "20000"))


@dataclass(frozen=True)
class Seeded:
    """What was laid down: how many cases, and what the command said of it at its end."""

    cases: int
    said: str

    @property
    def a_second(self) -> float:
        """Cases, with keys and indexes, without the search index and the figures."""
        return float(self.said.partition(" a second")[0].rpartition(" ")[2].replace(",", ""))


@cache
def seeded() -> Seeded:
    said = io.StringIO()
    call_command("seed", cases=CASES, stdout=said)
    User.objects.update(must_change_password=False)
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    return Seeded(CASES, "\n  ".join(said.getvalue().splitlines()[-2:]))


def head() -> User:
    """Reads all cases of the institution."""
    return User.objects.get(username=f"{ROOT.lower()}.supervisor")


def branch() -> User:
    """Reads a branch and the ten units below it."""
    return User.objects.get(username=f"{ROOT.lower()}2.supervisor")


def handler() -> User:
    """Has the most open cases of those who handle them."""
    handlers = User.objects.filter(memberships__role=Role.HANDLER).values("pk")
    busy = Case.objects.open().filter(owner__in=handlers).values("owner").annotate(many=Count("pk")).order_by("-many")
    return User.objects.get(pk=busy[0]["owner"])


def at_desk(user: User) -> Client:
    client = Client(SERVER_NAME="localhost", headers={"Accept-Language": "zh-hans"})
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[1])
    return client
