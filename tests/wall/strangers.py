"""Two branches of one legal entity and one of another, each with a person of every role, programs, and a case."""

import json
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from complaints.jobs import JOBS
from complaints.models import Attachment, Case, CountersignRule, RedressLimit, RoutingRule, Task
from complaints.services.attaching import hand_over
from complaints.verbs import VERBS
from complaints.verbs.lettering import issue_letter
from feedback import services as feedback
from feedback.models import IN_APP, Notice
from organization import authentication
from organization.models import Job, Membership, Partner, Proposal, Role, Unit, User
from organization.services import create_client, create_entity, create_team, create_unit, jobs, posts, units
from quality import cells
from quality.models import Target
from security.services import record
from sla import rulebook
from sla.models import Calendar, CalendarDay, Ladder, Policy, RuleSet
from tests.cases import taken
from tests.files import pdf
from tests.people import ALL_CHANNELS, NOON, SCOPES, absent, person
from tests.wall.tables_of import TABLES


class Place:
    """A unit with a person of every role, a program, a case, and what hangs on it."""

    def __init__(self, code: str, name: str, parent: Unit, phone: str) -> None:
        self.code, self.phone = code, phone
        self.unit = create_unit(code, name=name, kind=Unit.Kind.BRANCH, parent=parent)
        self.team = create_team(self.unit, f"{name}组")
        roles = [role for role in Role if role != Role.INTEGRATION]
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
        self.elsewhere = self.handled_above()
        self.file, self.identity = self.attached("letter"), self.attached("card", document="ID_CARD")
        issue_letter(case.reference, actor=self.people["supervisor"], at=self.now, kind="registration")
        self.letter = self.case.letters.get()
        told = {"kind": "joined", "channel": IN_APP, "created_at": self.now, "due_at": self.now}
        told |= {"about": case.reference, "key": f"notice.{code}"}
        self.notice = Notice.objects.create(to_user=self.people["handler"], **told)
        entity = {"legal_entity": self.unit.legal_entity}
        self.survey = feedback.invite(case.reference, contact=None, channel="web", at=self.now, **entity)
        self.asks()
        self.exported, self.waiting = self.list_asked_for(done=True), self.list_asked_for(done=False)
        self.absence = absent(self.people["handler"], until=self.now + timedelta(days=1))
        self.sessions = {who: signed_in(user) for who, user in {**self.people, "former": self.former}.items()}

    def handled_above(self) -> Case:
        """A case about the unit that the institution above handles."""
        above, subject = self.unit.parent, f"{self.unit.name}的柜员态度"
        case = taken(self.program, at=self.now, subject=subject, customer={"customer_no": f"{self.code}-2"})
        by = person(f"above.{self.code}", Role.HANDLER, above)
        moved = {"receiving_unit": above, "handling_unit": above, "owner": by, "first_receiver": by, "brought_by": by}
        Case.objects.filter(pk=case.pk).update(**moved, complained_unit=self.unit)
        return Case.objects.get(pk=case.pk)

    def list_asked_for(self, *, done: bool) -> Job:
        """The supervisor wants the list of cases in a file."""
        chosen = {"filters": {}, "ordering": "-received_at" if done else "next_due_at"}
        job = jobs.ask(JOBS["case_list"], chosen, by=self.people["supervisor"], at=self.now)
        if done:
            jobs.work([job.pk], JOBS)
        return job

    def asks(self) -> None:
        """The unit itself is asked about the case."""
        case, post = self.case, self.people["dispatcher"]
        by, when = self.people["supervisor"], {"at": self.now, "due_at": self.now, "event_sequence": 1}
        place = {"case": case, "round": case.current_round, "legal_entity": case.legal_entity, "unit": self.unit}
        Task.objects.create(**place, **when, number=1, by=by, to=post)

    def attached(self, name: str, **more: str) -> Attachment:
        """A file on the case, from the program that brought it in."""
        content = pdf(f"<< /Title ({name} {self.code}) >>".encode())
        row, _new = hand_over(content, name=f"{name}.pdf", by=self.program.user, at=self.now, **more)
        VERBS["attach"](self.case.reference, actor=self.program.user, at=self.now, attachments=[row.pk])
        return row

    def browser(self, who: str) -> Client:
        """The browser of somebody of this place."""
        client = Client(raise_request_exception=False)
        client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[who]
        return client

    def marks(self, sent: Any) -> list[str]:
        """What must not stand in an answer to a stranger, unless the stranger said it."""
        cases = [self.case.reference, self.case.subject, self.elsewhere.reference, self.elsewhere.subject]
        names = [*cases, self.unit.name, f".{self.code}", f".{self.code.title()}"]
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
        self.here.versions = self.rows


def row_of(label: str, place: Place) -> Model:
    """A row of a table of the admin, of the place where rows belong to one."""
    known = {
        "organization.unit": place.unit,
        "organization.team": place.team,
        "organization.user": place.people["handler"],
        "organization.apiclient": place.program,
        "organization.absence": place.absence,
        "feedback.notice": place.notice,
    }
    if label in known:
        return known[label]
    if label == "organization.membership":
        return Membership.objects.get(user=place.people["handler"])
    if label == "security.auditrow":
        return record("read", actor=place.people["handler"], subject=f"x.{place.code}", at=NOON)
    model = apps.get_model(label)
    return made(model, place) if TABLES[label].entity else model._default_manager.order_by("pk").first()


def made(model: type[Model], place: Place) -> Model:
    """A rule of the legal entity of the place, named after the place. No case here follows it: none is praise."""
    name, own = f"x.{place.code}", {"legal_entity": place.unit.legal_entity}
    calendar, _new = Calendar.objects.get_or_create(code=place.code, name=name, hours=[["09:00", "17:00"]], **own)
    dated: dict[str, Any] = {"effective_from": NOON.date(), **own}
    ladder, _new = Ladder.objects.get_or_create(key=place.code, name=name, **dated)
    rule = {"key": place.code, "name": name, "calendar": calendar, "natures": ["praise"], **dated}
    fields: dict[type[Model], dict[str, Any]] = {
        CalendarDay: {"calendar": calendar, "day": NOON.date(), "is_workday": True, "name": name},
        RuleSet: {"first_due_days": 15, "max_days": 60, "ladder": ladder, **rule},
        Policy: rule,
        Target: {"kpi": "on_time_rate", "unit": place.unit, "green": 90, "amber": 80, **dated},
        RoutingRule: {"key": name, "position": 9, "nature": "praise", "unit": place.unit, **dated},
        Partner: {"code": place.code, "name": name, "kind": "fund", "unit": place.unit, **own},
        CountersignRule: {"key": name, "category": "B99", "unit": place.unit, **dated},
        RedressLimit: {"role": Role.HANDLER, "amount": 500, **dated},
        Proposal: {**asked(name, place.people["system_administrator"]), **own},
    }
    there: dict[type[Model], Model] = {Calendar: calendar, Ladder: ladder}
    return there.get(model) or model._default_manager.create(**fields[model])


def asked(title: str, person: User) -> dict[str, Any]:
    """A proposal that was withdrawn."""
    entered: dict[str, Any] = {"posted": {}, "details": {"added": True, "was": {}, "now": {}}, "before": ""}
    times = {"asked_at": NOON, "expires_at": NOON, "decided_at": NOON, "outcome": "withdrawn"}
    return {"model": "sla.calendar", "title": title, "asked_by": person, **entered, **times}


def forget() -> None:
    posts.POSTS.forget()
    units.CODES.forget()
    rulebook.forget()
    authentication.SEEN.forget()
