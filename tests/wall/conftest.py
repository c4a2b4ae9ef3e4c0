"""Two legal entities with one row of everything an administrator keeps, and the people of the first one.

What belongs to the second one has 外部 or `foreign` in its name, so that a page that shows it is found out.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.db import transaction
from django.db.models import Model
from django.test import Client
from django.utils import timezone, translation

from complaints.models import CountersignRule, RedressLimit, RoutingRule
from complaints.services.taxonomy import setup_taxonomy
from feedback.models import Customer, Notice
from organization.models import BusinessLine, LegalEntity, Partner, Proposal, Role, Unit, User
from organization.services import create_client, create_entity, create_team, create_unit, posts, setup_organization
from quality.models import Target as Bounds
from security.services import record
from sla import rulebook
from sla.models import Calendar, CalendarDay, Ladder, Policy, RuleSet, Rung, Target
from sla.services.setup import setup_sla
from tests.people import NOON, absent, person
from tests.wall.strangers import asked

MARKS = ("外部", "foreign")
TABLES: dict[type[Model], Any] = dict(admin.site._registry)


def populate(root: Unit, word: str, name: str) -> None:
    """One row of each kind. A new table in the admin gets its row here."""
    unit = create_unit(f"{word}-unit", name=f"{name}分行", kind=Unit.Kind.BRANCH, parent=root)
    lead = person(f"{word}-lead", Role.TEAM_LEAD, unit)
    worker = person(f"{word}-worker", Role.HANDLER, unit)
    Unit.objects.filter(pk=unit.pk).update(head=lead, receiver=worker, substitute=lead)
    team = create_team(unit, f"{name}组", lead=lead)
    worker.memberships.update(team=team, business_line=BusinessLine.objects.first())
    absent(worker, until=timezone.now() + timedelta(days=9), substitute=lead)
    create_client(f"{word}-client", channels=["app"], unit=unit, at=NOON)
    own: dict[str, Any] = {"legal_entity": root.legal_entity}
    calendar = Calendar.objects.create(code=f"{word}-days", name=f"{name}日历", hours=[["09:00", "17:00"]], **own)
    CalendarDay.objects.create(calendar=calendar, day=date(2026, 1, 1), is_workday=False, name=f"{name}日")
    calendar.week.create(weekday=7, hours=[["09:00", "12:00"]])
    since = {"effective_from": date(2026, 1, 1)}
    ladder = Ladder.objects.create(key=f"{word}-ladder", name=f"{name}阶梯", **since, **own)
    Rung.objects.create(ladder=ladder, position=1, offset="-1 00:00:00", kind="reminder", tell="owner")
    rule: dict[str, Any] = {"key": f"{word}-rule", "first_due_days": 15, "max_days": 60, "ladder": ladder}
    law = RuleSet.objects.create(name=f"{name}规则", natures=["praise"], calendar=calendar, **rule, **since, **own)
    law.extension_steps.create(until_days=30, deciders=["institution"])
    policy = Policy.objects.create(key=f"{word}-policy", name=f"{name}方案", calendar=calendar, **since, **own)
    Target.objects.create(policy=policy, kind="sign_off", amount=60, unit="working_minutes", ladder=ladder)
    Bounds.objects.create(kpi="on_time_rate", unit=unit, green=90, amber=80, **since, **own)
    RoutingRule.objects.create(
        key=f"{word}-route", position=1, unit=unit, team=team, complained_unit=unit, **since, **own
    )
    Partner.objects.create(code=f"{word}-fund", name=f"{name}基金", kind="fund", unit=unit, **own)
    CountersignRule.objects.create(key=f"{word}-signs", unit=unit, category="B99", **since, **own)
    RedressLimit.objects.create(role=Role.HANDLER, amount=500, **since, **own)
    Proposal.objects.create(**asked(f"{name}日历", worker), **own)
    record("read", actor=worker, subject=f"{word}:1", at=NOON)
    customer = Customer.objects.create(identity=f"{word}-customer", created_at=NOON, **own)
    moment = {"created_at": NOON, "due_at": NOON, "channel": "in_app", "kind": "joined"}
    Notice.objects.create(to_user=worker, about=f"{word}-case", key=f"{word}-1", **moment)
    Notice.objects.create(customer=customer, about=f"{word}-case", key=f"{word}-2", **moment)


@pytest.fixture(scope="module")
def laid_down(django_db_setup, django_db_blocker) -> Iterator[None]:
    """All of it once a module; each test rolls back to here."""
    with django_db_blocker.unblock(), transaction.atomic():
        posts.POSTS.forget()
        root = setup_organization(NOON)
        setup_sla()
        setup_taxonomy()
        for role in Role:
            if role != Role.INTEGRATION:
                person("group" if role == Role.GROUP_ADMINISTRATOR else f"home-{role.value}", role, root)
        populate(root, "home", "本地")
        populate(
            create_entity("foreign", name="外部机构", root="foreign-root", root_name="外部总部"), "foreign", "外部"
        )
        yield
        transaction.set_rollback(True)


@pytest.fixture
def home(laid_down, db) -> Iterator[Unit]:
    """The root of the first legal entity."""
    rulebook.forget()
    yield Unit.objects.get(code="HQ")
    rulebook.forget()


@pytest.fixture
def abroad(home) -> Unit:
    """The root of the second one."""
    return Unit.objects.get(code="foreign-root")


@pytest.fixture
def staff(home) -> list[User]:
    """One person of each role in the first legal entity; who keeps tables before who looks at them."""
    people = User.objects.filter(username__in=[f"home-{role.value}" for role in Role]).order_by("pk")
    return sorted(people, key=lambda one: one.username.endswith("auditor"))


def pages_of(staff: list[User], model: type[Model]) -> Client:
    """A browser of whoever may change rows of the table, else of whoever may look at them."""
    app, name = model._meta.app_label, model._meta.model_name
    for action in ("change", "view"):
        for user in staff if action == "change" else reversed(staff):
            if user.has_perm(f"{app}.{action}_{name}"):
                client = Client(headers={"accept-language": "en"})
                client.force_login(user, backend="organization.backends.RoleBackend")
                return client
    raise AssertionError(f"nobody keeps {model.__name__}")


@pytest.fixture
def group(home) -> Client:
    """A browser of the group administrator."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(User.objects.get(username="group"), backend="organization.backends.RoleBackend")
    return client


def rows_of(entity: LegalEntity, model: type[Model], path: str = "") -> Any:
    """The rows of a table that belong to a legal entity; None where no row belongs to one."""
    table = TABLES.get(model)
    path = path or ("pk" if model is LegalEntity else table.entity if table else "legal_entity")
    if not path or model._meta.app_label == "auth":
        return None
    rows = model._default_manager.filter(**{path: entity.pk})
    return rows.filter(is_service=False) if model is User else rows


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Sentences as the code has them."""
    with translation.override("en"):
        yield
