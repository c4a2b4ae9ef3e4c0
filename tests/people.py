"""People with parts: a small institution with two branches, and one person for each role.

`handler`, `colleague` and `lead` share a team of branch SH; `supervisor` and `dispatcher` stand above them;
`outsider` works in another branch; `client` is an integration that posts for the whole institution.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from organization.models import Absence, ApiClient, Membership, Role, Team, Unit, User
from organization.services import create_client, create_team, create_unit

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # Monday 12:00 in Shanghai, an ordinary working day
ALL_CHANNELS = ["phone", "wechat", "app", "web"]
PASSWORD = make_password("correct horse battery")  # once: thousands of tests make half a dozen people each
SCOPES = ["feedback:write", "cases:read", "cases:act", "kpis:read"]


@pytest.fixture
def institution(db) -> Unit:
    """The root unit of the base data (tests/ground.py)."""
    return Unit.objects.filter(parent=None).earliest("pk")


def person(username: str, role: str, unit: Unit, team: Team | None = None) -> User:
    of_group = role == Role.GROUP_ADMINISTRATOR  # belongs to no legal entity, so to no unit
    user = User.objects.create(
        username=username,
        password=PASSWORD,
        display_name=username.title(),
        email=f"{username}@example.test",
        legal_entity_id=None if of_group else unit.legal_entity_id,
        is_staff=True,
    )
    hold(user, role, None if of_group else unit, team=None if of_group else team)
    return user


def hold(user: User, role: str, unit: Unit | None, **fields: Any) -> Membership:
    """One role more for a person, since the first of the month."""
    fields.setdefault("valid_from", timezone.localdate(NOON).replace(day=1))
    entity = unit.legal_entity_id if unit else None
    return user.memberships.create(role=role, unit=unit, legal_entity_id=entity, **fields)


def absent(user: User, *, until: datetime, since: datetime | None = None, substitute: User | None = None) -> Absence:
    """As somebody else wrote it down. since: default long ago"""
    return Absence.objects.create(
        user=user,
        legal_entity_id=user.legal_entity_id,
        since=since or until - timedelta(days=200),
        until=until,
        substitute=substitute,
        recorded_by=User.objects.filter(legal_entity_id=user.legal_entity_id).exclude(pk=user.pk).earliest("pk"),
        recorded_at=NOON,
    )


@pytest.fixture
def branch(institution) -> Unit:
    return create_unit("SH", name="上海分行", kind=Unit.Kind.BRANCH, parent=institution)


@pytest.fixture
def other_branch(institution) -> Unit:
    return create_unit("BJ", name="北京分行", kind=Unit.Kind.BRANCH, parent=institution)


@pytest.fixture
def team(branch) -> Team:
    return create_team(branch, "一组")


@pytest.fixture
def handler(branch, team) -> User:
    return person("handler", Role.HANDLER, branch, team)


@pytest.fixture
def colleague(branch, team) -> User:
    return person("colleague", Role.HANDLER, branch, team)


@pytest.fixture
def lead(branch, team) -> User:
    user = person("lead", Role.TEAM_LEAD, branch, team)
    Team.objects.filter(pk=team.pk).update(lead=user)
    return user


@pytest.fixture
def supervisor(branch) -> User:
    return person("supervisor", Role.SUPERVISOR, branch)


@pytest.fixture
def dispatcher(branch) -> User:
    return person("dispatcher", Role.DISPATCHER, branch)


@pytest.fixture
def outsider(other_branch) -> User:
    return person("outsider", Role.HANDLER, other_branch)


@pytest.fixture
def auditor(institution) -> User:
    return person("auditor", Role.COMPLIANCE_AUDITOR, institution)


@pytest.fixture
def receiver(branch) -> User:
    """Holds the complaint post of the branch."""
    user = person("receiver", Role.DISPATCHER, branch)
    Unit.objects.filter(pk=branch.pk).update(receiver=user)
    branch.receiver = user
    return user


@pytest.fixture
def client_and_key(branch, receiver) -> tuple[ApiClient, str]:
    return create_client("hotline", channels=ALL_CHANNELS, unit=branch, scopes=SCOPES, per_minute=100_000, at=NOON)


@pytest.fixture
def integration(client_and_key) -> ApiClient:
    return client_and_key[0]
