"""Two branches of one legal entity and one of another, each with a person of every role, programs, and a case."""

import json
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from complaints.models import Case
from feedback import services as feedback
from feedback.models import IN_APP, Notice
from organization import authentication
from organization.models import Membership, Role, Unit, User
from organization.services import create_client, create_entity, create_team, create_unit, posts, units
from quality import cells
from quality.models import Target
from security.services import record
from tests.cases import taken
from tests.people import ALL_CHANNELS, NOON, SCOPES, person
from tests.wall.urls_of import TABLES


class Place:
    """A unit with a person of every role, a program, a case, and what hangs on it."""

    def __init__(self, code: str, name: str, parent: Unit, phone: str) -> None:
        self.code, self.phone = code, phone
        self.unit = create_unit(code, name=name, kind=Unit.Kind.BRANCH, parent=parent)
        self.team = create_team(self.unit, f"{name}组")
        roles = [role for role in Role if role not in {Role.INTEGRATION, Role.GROUP_ADMINISTRATOR}]
        self.people = {str(role): person(f"{role}.{code}", role, self.unit) for role in roles}
        self.former = person(f"former.{code}", Role.SUPERVISOR, self.unit)
        self.former.memberships.update(valid_until=NOON.date().replace(day=1))
        Unit.objects.filter(pk=self.unit.pk).update(receiver=self.people["dispatcher"])
        limits: dict[str, Any] = {"channels": ALL_CHANNELS, "unit": self.unit, "per_minute": 100_000, "at": NOON}
        self.program, self.key = create_client(f"client.{code}", scopes=SCOPES, **limits)
        self.keys_without = {
            scope: create_client(f"{scope}.{code}", scopes=set(SCOPES) - {scope}, **limits)[1] for scope in SCOPES
        }
        self.now = timezone.now()
        customer = {"customer_no": code, "name": "测试客户", "phone": phone}
        case = taken(self.program, at=self.now, subject=f"{name}的年费重复扣收", customer=customer)
        # whoever has no role any more still owns it
        Case.objects.filter(pk=case.pk).update(owner=self.former, first_receiver=self.former)
        self.case = Case.objects.get(pk=case.pk)
        told = {"kind": "joined", "channel": IN_APP, "created_at": self.now, "due_at": self.now}
        told |= {"about": case.reference, "key": f"notice.{code}"}
        self.notice = Notice.objects.create(to_user=self.people["handler"], **told)
        entity = {"legal_entity": self.unit.legal_entity}
        self.survey = feedback.invite(case.reference, customer=case.customer, channel="web", at=self.now, **entity)
        self.sessions = {who: signed_in(user) for who, user in {**self.people, "former": self.former}.items()}

    def browser(self, who: str) -> Client:
        """The browser of somebody of this place."""
        client = Client(raise_request_exception=False)
        client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[who]
        return client

    def marks(self, sent: Any) -> list[str]:
        """What must not stand in an answer to a stranger, unless the stranger said it."""
        names = [self.case.reference, self.case.subject, self.unit.name, f".{self.code}", f".{self.code.title()}"]
        return [name for name in names if name not in json.dumps(sent, ensure_ascii=False, default=str)]


def signed_in(user: User) -> str:
    """The key of a session, made once, so that a request is nothing but the request."""
    client = Client()
    client.force_login(user, "organization.backends.RoleBackend")
    return client.cookies[settings.SESSION_COOKIE_NAME].value


class World:
    def __init__(self) -> None:
        root = Unit.objects.get(parent=None)
        abroad = create_entity("other", name="另一机构", root="abroad-root", root_name="另一总部")
        self.here = Place("jingan", "静安分行", root, "13911112222")
        self.sister = Place("pudong", "浦东分行", root, "13933334444")
        self.abroad = Place("faraway", "远方分行", abroad, "13955556666")
        cells.refresh_all()
        self.rows = {label: row_of(label, self.here) for label in TABLES}


def row_of(label: str, place: Place) -> Model:
    """A row of a table of the admin, of the place where rows belong to one."""
    model = apps.get_model(label)
    made = {
        "organization.unit": lambda: place.unit,
        "organization.team": lambda: place.team,
        "organization.user": lambda: place.people["handler"],
        "organization.membership": lambda: Membership.objects.get(user=place.people["handler"]),
        "organization.apiclient": lambda: place.program,
        "security.auditrow": lambda: record("read", actor=place.people["handler"], subject=f"x.{place.code}", at=NOON),
        "feedback.notice": lambda: place.notice,
        "quality.target": lambda: Target.objects.create(kpi="on_time_rate", effective_from=NOON, green=90, amber=80),
        "auth.group": lambda: Group.objects.create(name="group"),
    }
    return made[label]() if label in made else model._default_manager.order_by("pk").first()


def forget() -> None:
    posts._posts.clear()
    units.forget_codes()
    authentication.forget_clients()
