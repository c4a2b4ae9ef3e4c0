"""The institution of a large load: a service centre, regions and their branches, all plainly made up.

Nobody of its people can sign in; `manage.py create_user NAME --role supervisor --unit L` makes somebody who can.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from django.db import transaction
from django.utils import timezone

from organization.models import ApiClient, LegalEntity, Membership, Role, Team, Unit, User
from organization.services import create_client, create_entity, create_team, create_unit

ENTITY, ROOT, MARK = "load", "L", "示例"  # every name carries it, so that nobody takes the institution for a real one
CHANNELS = ("phone", "wechat", "app", "web")
REGIONS, BRANCHES, CENTRE_TEAMS = 6, 10, 4  # branches of each region
CENTRE_SHARE = REGION_SHARE = BRANCH_SHARE = 1 / 3  # of all cases
WALKED = "L9"
HANDLERS = {"centre": 9, "region": 6}  # of a team
ATOP = {"supervisor": Role.SUPERVISOR, "manager": Role.LINE_MANAGER, "protection": Role.CONSUMER_PROTECTION}
OFFICE = {"dispatcher": Role.DISPATCHER, "supervisor": Role.SUPERVISOR}


@dataclass(frozen=True)
class Table:
    """Where a case is worked on: a queue of a team, or a counter, whose holder works alone.

    holder   of the complaint post
    checker  approves what the workers draft; boss stands above them, and between them, for rungs, the lead of a team
    weight   its share of all cases
    """

    unit: Unit
    team: Team | None
    holder: User
    workers: tuple[User, ...]
    checker: User
    boss: User
    lead: User
    weight: float

    @property
    def kind(self) -> str:
        return "team" if self.team else "counter"


def founded(at: datetime) -> LegalEntity:
    """The institution, made if it is not there. Its people hold their posts from the day of `at` on."""
    found = LegalEntity.objects.filter(code=ENTITY).first()
    return found or found_it(at)


@transaction.atomic
def found_it(at: datetime) -> LegalEntity:
    root = create_entity(ENTITY, name=f"{MARK}银行", root=ROOT, root_name=f"{MARK}银行总行")
    names = people_names()
    for post, role in ATOP.items():
        hire(root, post, role, next(names), at=at)
    centre = create_unit("LC", name=f"{MARK}客户服务中心", kind=Unit.Kind.DEPARTMENT, parent=root)
    office(centre, CENTRE_TEAMS, HANDLERS["centre"], names, at=at)
    for one in range(1, REGIONS + 1):
        region = create_unit(
            f"L{one}", name=f"{MARK}{one}区分行", kind=Unit.Kind.BRANCH, parent=root, region=f"{MARK}{one}区"
        )
        office(region, 1, HANDLERS["region"], names, at=at)
        for two in range(1, BRANCHES + 1):
            counter(
                create_unit(
                    f"L{one}{two:02d}",
                    name=f"{MARK}{one}区第{two}支行",
                    kind=Unit.Kind.SUB_BRANCH,
                    parent=region,
                    region=region.region,
                ),
                names,
                at=at,
            )
    for channel in CHANNELS:
        create_client(f"{MARK}-{channel}", channels=[channel], unit=root, at=at)
    return root.legal_entity


def office(unit: Unit, teams: int, handlers: int, names: Iterator[str], *, at: datetime) -> None:
    """A unit with a dispatcher, who holds its complaint post, a supervisor who stands in, and teams with a lead."""
    posts = {post: hire(unit, post, role, next(names), at=at) for post, role in OFFICE.items()}
    hold_posts(unit, posts["dispatcher"], posts["supervisor"])
    for number in range(1, teams + 1):
        team = create_team(unit, f"{MARK}{number}组")
        team.lead = hire(unit, f"lead{number}", Role.TEAM_LEAD, next(names), at=at, team=team)
        team.save(update_fields=["lead"])
        for place in range(1, handlers + 1):
            hire(unit, f"handler{number}.{place}", Role.HANDLER, next(names), at=at, team=team)


def counter(unit: Unit, names: Iterator[str], *, at: datetime) -> None:
    """A branch: A角 works alone, B角 stands in and checks."""
    hold_posts(unit, *(hire(unit, post, Role.HANDLER, next(names), at=at) for post in "ab"))


def hold_posts(unit: Unit, receiver: User, substitute: User) -> None:
    unit.receiver, unit.substitute = receiver, substitute
    unit.save(update_fields=["receiver", "substitute"])


def hire(unit: Unit, post: str, role: str, name: str, *, at: datetime, team: Team | None = None) -> User:
    """A person without a password: hashing hundreds that nobody learns would take a minute."""
    user = User(
        username=f"{unit.code.lower()}.{post}", display_name=name, legal_entity_id=unit.legal_entity_id, is_staff=True
    )
    user.set_unusable_password()
    user.save()
    Membership.objects.create(
        user=user,
        role=role,
        unit=unit,
        legal_entity_id=unit.legal_entity_id,
        team=team,
        valid_from=timezone.localdate(at),
    )
    return user


def people_names() -> Iterator[str]:
    """示例001, 示例002 ...: nobody's names."""
    return (f"{MARK}{number:03d}" for number in count(1))


def tables(entity: LegalEntity) -> list[Table]:
    """Every place of work. The centre has a third of the cases; some regions and branches have far more than others."""
    units = list(Unit.objects.filter(legal_entity=entity).order_by("code").select_related("receiver", "substitute"))
    people = {user.username: user for user in User.objects.filter(legal_entity=entity)}
    teams = list(Team.objects.filter(legal_entity=entity).order_by("unit__code", "pk").select_related("unit", "lead"))
    desks = [queue(team, people) for team in teams]
    regions = {desk.unit.pk: desk for desk in desks}
    desks += [alone(unit, regions[unit.parent_id or 0]) for unit in units if unit.kind == Unit.Kind.SUB_BRANCH]
    return desks


def queue(team: Team, people: dict[str, User]) -> Table:
    here, number = team.unit.code.lower(), team.name.removeprefix(MARK).removesuffix("组")
    workers = tuple(user for name, user in sorted(people.items()) if name.startswith(f"{here}.handler{number}."))
    centre = team.unit.kind == Unit.Kind.DEPARTMENT
    weight = CENTRE_SHARE / CENTRE_TEAMS if centre else REGION_SHARE * share(int(team.unit.code[1:]), REGIONS)
    lead = people[f"{here}.lead{number}"]
    boss, holder = people[f"{here}.supervisor"], people[f"{here}.dispatcher"]
    return Table(team.unit, team, holder, workers, checker=lead, boss=boss, lead=lead, weight=weight)


def alone(unit: Unit, region: Table) -> Table:
    """A counter of a region."""
    assert unit.receiver is not None and unit.substitute is not None
    weight = region.weight * BRANCH_SHARE / REGION_SHARE * share(int(unit.code[2:]), BRANCHES)
    holder, checker = unit.receiver, unit.substitute
    return Table(unit, None, holder, (holder,), checker, boss=region.boss, lead=region.lead, weight=weight)


def share(place: int, of: int) -> float:
    """Of one among its neighbours: the first has most, the others ever less (Zipf)."""
    return 1 / place / sum(1 / other for other in range(1, of + 1))


def programs(entity: LegalEntity) -> dict[str, ApiClient]:
    """The client of each channel."""
    clients = ApiClient.objects.filter(legal_entity=entity).select_related("user", "unit", "legal_entity")
    return {client.channels[0]: client for client in clients}


def cast(entity: LegalEntity, at: datetime) -> dict[str, Table]:
    """A team and a counter below it that exist for the time of a walk only: the caller rolls them back."""
    names = people_names()
    above = create_unit(WALKED, name=f"{MARK}分行", kind=Unit.Kind.BRANCH, parent=Unit.objects.get(code=ROOT))
    office(above, 1, 1, names, at=at)
    below = create_unit(f"{WALKED}01", name=f"{MARK}支行", kind=Unit.Kind.SUB_BRANCH, parent=above)
    counter(below, names, at=at)
    found = {table.unit.pk: table for table in tables(entity)}
    return {"team": found[above.pk], "counter": found[below.pk]}
