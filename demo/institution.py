"""The institution of the demonstration: units from samples/names.json, its people, and four programs that post."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from complaints.models import RoutingRule
from organization.models import LegalEntity, Partner, Role, Team, Unit, User
from organization.recording import on_record, picture
from organization.services import (
    create_client,
    create_team,
    create_unit,
    create_user,
    record_absence,
    setup_organization,
)

NAMES = settings.BASE_DIR / "samples" / "names.json"
MARK = "示范"  # every name carries it, so that nobody takes the institution for a real one
CHANNELS = ("phone", "wechat", "app", "web")
SCOPES = ("feedback:write", "cases:read", "cases:act", "kpis:read")
PER_MINUTE = 100_000  # the programs post a month in seconds
MAILED = "b1.handler1a"  # has an address, so that the console shows what a mail server would be given
HEAD_OFFICE_SUPERVISOR = "hq.supervisor"
PROTECTION = "hq.protection"  # of the consumer-protection department, which belongs to no team
MOST_IN_HAND = 30  # cases of one person, where a team has a limit
PARTNERS = (("BX01", "保险公司", "insurance", "B1"), ("KJ01", "科技公司", "technology", "B2"))  # and who keeps each
ABSENT_AT = "B302"  # its first holder of the complaint post is away, so that the second one answers

HEAD_OFFICE = {
    "dispatcher": Role.DISPATCHER,
    "supervisor": Role.SUPERVISOR,
    "manager": Role.LINE_MANAGER,
    "approver": Role.APPROVER,
    "auditor": Role.COMPLIANCE_AUDITOR,
    "analyst": Role.QUALITY_ANALYST,
    "admin": Role.SYSTEM_ADMINISTRATOR,
    "security": Role.SECURITY_ADMINISTRATOR,
    "protection": Role.CONSUMER_PROTECTION,
    "discipline": Role.DISCIPLINE,
    "executive": Role.EXECUTIVE,
    "head": Role.UNIT_HEAD,
}
BRANCH = {"dispatcher": Role.DISPATCHER, "supervisor": Role.SUPERVISOR, "head": Role.UNIT_HEAD}
COUNTER = {"a": Role.HANDLER, "b": Role.HANDLER}  # A角 and B角 of a sub-branch
OFFICES = {"head_office": HEAD_OFFICE, "branch": BRANCH, "sub_branch": COUNTER}
HANDLERS_A_TEAM = {"head_office": 2, "branch": 3}


@dataclass(frozen=True)
class Login:
    """How a person of the demonstration signs in. The password is known only until the program ends."""

    username: str
    name: str
    role: str
    unit: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Desk:
    """Who works at one unit: the holder of the complaint post, and teams (none at a sub-branch).

    checker    approves what the workers draft; boss  stands above all of them; lead  hears first of what is escalated
    elsewhere  code of a unit that complaints about conduct are about: nobody of this desk works there
    above      code of the superior institution; empty at the head office
    """

    code: str
    holder: str
    workers: tuple[str, ...]
    team: str
    checker: str
    boss: str
    elsewhere: str
    lead: str
    above: str = ""

    @property
    def head(self) -> str:
        """机构负责人 of the unit, or of that above it."""
        return self.boss.replace("supervisor", "head")


@dataclass(frozen=True)
class Institution:
    logins: list[Login]
    keys: dict[str, str]  # channel -> API key


@transaction.atomic
def build(*, at: datetime) -> Institution:
    """Lay down units, people with random passwords, complaint posts and programs. Once in a home."""
    given = json.loads(NAMES.read_text(encoding="utf-8"))
    root = setup_organization(at)
    first = given["units"][0]
    Unit.objects.filter(pk=root.pk).update(name=first["name"], region=first["region"])
    LegalEntity.objects.filter(pk=root.legal_entity_id).update(name=f"{MARK}银行")
    names = people_names(given)
    logins: list[Login] = []
    for row in given["units"]:
        unit = unit_of(row)
        logins += staff(unit, row, names, at=at)
    User.objects.filter(username__in=[login.username for login in logins]).update(must_change_password=False)
    User.objects.filter(username=MAILED).update(email=f"{MAILED}@example.com")
    absences(at=at)
    routing(root, at=at)
    partners(at=at)
    return Institution(logins=logins, keys={channel: program(channel, root, at=at) for channel in CHANNELS})


def absences(*, at: datetime) -> None:
    """One holder of a complaint post is away, and a handler will be."""
    here = ABSENT_AT.lower()
    gone = [
        (f"{here}.a", f"{here}.b", desks()[ABSENT_AT].boss, at, 3),
        ("b1.handler1c", "b1.handler1b", "b1.lead1", at + timedelta(days=4), 2),
    ]
    for person, instead, above, since, days in gone:
        who, substitute, actor = (User.objects.get(username=name) for name in (person, instead, above))
        until = since + timedelta(days=days)
        record_absence(who, since=since, until=until, substitute=substitute, actor=actor, at=at)


def routing(root: Unit, *, at: datetime) -> None:
    """What comes in for the head office and is a complaint begins with its first team; the others have a limit."""
    team = Team.objects.get(unit=root, name=desks()[root.code].team)
    place = {"legal_entity_id": root.legal_entity_id, "unit": root, "team": team}
    rule = RoutingRule.objects.create(
        key=f"{MARK}-{team}", position=10, nature="complaint", effective_from=timezone.localdate(at), **place
    )
    Team.objects.filter(unit=root).exclude(pk=team.pk).update(most_in_hand=MOST_IN_HAND)
    on_record(rule, actor=None, at=at, was={}, now=picture(rule))


def partners(*, at: datetime) -> None:
    """合作机构, each kept by a branch: by which of them a case is about, its story says."""
    for code, name, kind, unit in PARTNERS:
        keeper = Unit.objects.get(code=unit)
        place = {"unit": keeper, "legal_entity_id": keeper.legal_entity_id}
        row = Partner.objects.create(code=code, name=f"{MARK}{name}", kind=kind, **place)
        on_record(row, actor=None, at=at, was={}, now=picture(row))


def unit_of(row: dict[str, Any]) -> Unit:
    if row["parent"] is None:
        return Unit.objects.get(code=row["code"])
    parent = Unit.objects.get(code=row["parent"])
    return create_unit(row["code"], name=row["name"], kind=row["kind"], parent=parent, region=row["region"])


def staff(unit: Unit, row: dict[str, Any], names: Iterator[str], *, at: datetime) -> list[Login]:
    """The people of one unit; the first one holds its complaint post, the second one stands in."""
    logins = []

    def hire(post: str, role: str, team: Team | None = None) -> User:
        username, name = f"{unit.code.lower()}.{post}", next(names)
        user, password = create_user(username, role=role, unit=unit, team=team, display_name=name, at=at)
        logins.append(Login(username, name, str(Role(role).label), unit.name, password))
        return user

    holders = {post: hire(post, role) for post, role in OFFICES[row["kind"]].items()}
    for number, team_name in enumerate(row["teams"], start=1):
        team = create_team(unit, team_name)
        lead = hire(f"lead{number}", Role.TEAM_LEAD, team)
        Team.objects.filter(pk=team.pk).update(lead=lead)
        for place in range(HANDLERS_A_TEAM[row["kind"]]):
            hire(f"handler{number}{'abc'[place]}", Role.HANDLER, team)
    receiver, substitute, *_others = holders.values()
    Unit.objects.filter(pk=unit.pk).update(receiver=receiver, substitute=substitute, head=holders.get("head"))
    return logins


def program(channel: str, root: Unit, *, at: datetime) -> str:
    _client, key = create_client(
        f"{MARK}-{channel}", channels=[channel], unit=root, scopes=SCOPES, per_minute=PER_MINUTE, at=at
    )
    return key


def people_names(given: dict[str, Any]) -> Iterator[str]:
    """Invented names, none twice."""
    every = [surname + name for surname in given["surnames"] for name in given["given_names"]]
    Random(MARK).shuffle(every)
    return iter(every)


def desks() -> dict[str, Desk]:
    """The desks by unit code, as `build` staffs them: without a look at the database."""
    units = json.loads(NAMES.read_text(encoding="utf-8"))["units"]
    return {row["code"]: desk(row) for row in units}


def seated(places: Iterable[Desk]) -> set[str]:
    """The user names of whoever takes a step in a story."""
    hands = {PROTECTION}
    for desk in places:
        hands |= {desk.holder, *desk.workers, desk.checker, desk.boss, desk.lead, desk.head}
    return hands


def desk(row: dict[str, Any]) -> Desk:
    code, team = row["code"], (row["teams"] or [""])[0]
    here = code.lower()
    if row["kind"] == "sub_branch":
        above = f"{row['parent'].lower()}.supervisor"
        holder, checker = (f"{here}.b", above) if code == ABSENT_AT else (f"{here}.a", f"{here}.b")
        lead = f"{row['parent'].lower()}.lead1"
        return Desk(code, holder, (holder,), team, checker, above, elsewhere(code), lead, row["parent"])
    workers = tuple(f"{here}.handler1{'abc'[place]}" for place in range(HANDLERS_A_TEAM[row["kind"]]))
    lead = f"{here}.lead1"
    boss, up = f"{here}.supervisor", row["parent"] or ""
    return Desk(code, f"{here}.dispatcher", workers, team, lead, boss, elsewhere(code), lead, up)


def elsewhere(code: str) -> str:
    """A sub-branch of another branch."""
    return "B101" if code.startswith("B2") else "B201"
