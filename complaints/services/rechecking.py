"""The sweep behind 回避 and 归岗: where roles or posts have changed, people of cases are looked at anew.

A role that ends reaches nobody above `organization`, so complaints comes and looks: triggers leave a RoleChange, it
becomes a Recheck of each case it may touch, and each of these is looked at under the row lock of its case.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from complaints.act import Act, Writing
from complaints.dossier import Dossier
from complaints.locks import AT_HAND
from complaints.models import CONDUCT, OPEN, Case, Level, Recheck, RoleChange, State
from complaints.services import recusal
from complaints.services.falling import answers_for, fall
from complaints.services.rechecks import look_again
from complaints.services.routes import second_person
from complaints.verb import working
from complaints.verbs import deciding
from complaints.verbs.approving import kept_out
from complaints.verbs.system import recuse
from organization.models import Membership, Unit, User
from organization.services import who_may
from sqm_site.clock import database_now
from sqm_site.sweeping import RETRY, sweep

BATCH = 100
UNTIL_SOMEBODY_COMES = timedelta(minutes=1)  # so often a case that lacks somebody is looked at
SHOWN = 5  # cases that an alarm names


def keep_people(*, at: datetime | None = None) -> dict[str, int]:
    """Follow the changes of roles and posts that are due at `at` (default: the database's now). Returns counts."""
    moment = at or database_now()
    heard = sweep(
        "hear of roles",
        pages(RoleChange.objects.filter(due_at__lte=moment)),
        work=lambda keys: spread(keys, at=moment),
        isolate=lambda key, _error: put_aside(RoleChange, key, at=moment),
    )
    looked = sweep(
        "keep people",
        pages(Recheck.objects.filter(due_at__lte=moment)),
        work=lambda keys: look_at_batch(keys, at=moment),
        isolate=lambda key, _error: put_aside(Recheck, key, at=moment),
    )
    return {**heard, **looked}


def pages(rows: QuerySet[Any]) -> Iterator[list[int]]:
    """Each once, oldest first, without locks."""
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        yield batch
        last = batch[-1]


def put_aside(model: type[RoleChange] | type[Recheck], key: int, *, at: datetime) -> datetime:
    model._default_manager.filter(pk=key).update(due_at=at + RETRY)
    return at + RETRY


@transaction.atomic
def spread(keys: Sequence[int], *, at: datetime) -> dict[str, int]:
    """Let every open case be looked at that these changes may touch: by indexes, in a fixed number of statements."""
    rows = list(RoleChange.objects.filter(pk__in=keys).select_for_update(skip_locked=True))
    people = {row.user_id for row in rows if row.user_id is not None}
    units = {row.unit_id for row in rows if row.unit_id is not None}
    posts = {row.unit_id for row in rows if row.user_id is None}
    look_again(touched(people | (working_in(posts) if posts else set()), units), at=at)
    RoleChange.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return {"changes": len(rows)}


def working_in(units: Collection[int | None]) -> set[int]:
    """Whose direct superior may be another one since the head of these units or the lead of a team changed."""
    members = set(Membership.objects.filter(unit__in=units).values_list("user_id", flat=True))
    heads = Unit.objects.filter(Q(parent__in=units) | Q(pk__in=units), head__isnull=False)
    return members | set(heads.values_list("head_id", flat=True))


def touched(people: Collection[int], units: Collection[int]) -> set[int]:
    """Ids of the open cases that these have, that name them, or that are about the conduct of these units."""
    cases = Case.objects.filter(state__in=[*OPEN])
    found: set[int] = set()
    for condition in (
        Q(owner__in=people),
        Q(offered_to__isnull=False, offered_to__in=people),
        ~Q(named_people=[]) & Q(named_people__overlap=sorted(people)),
        Q(reason__in=CONDUCT, complained_unit__in=units),
    ):
        found |= set(cases.filter(condition).values_list("pk", flat=True))
    return found


@transaction.atomic
def look_at_batch(keys: Sequence[int], *, at: datetime) -> dict[str, int]:
    """Lock these cases, skipping those in other hands: these stay due."""
    rows = {row.case_id: row for row in Recheck.objects.filter(pk__in=keys)}
    locked = Case.objects.filter(pk__in=rows).order_by("pk").select_for_update(of=("self",), skip_locked=True)
    cases = list(locked.select_related(*AT_HAND, "offered_to", "offered_unit"))
    fallen = sum(look_at(case, rows[case.pk], at=at) for case in cases)
    gone = rows.keys() - set(Case.objects.filter(pk__in=rows).values_list("pk", flat=True))
    Recheck.objects.filter(case_id__in=gone).delete()
    return {"cases": len(cases), "fallen": fallen}


def look_at(case: Case, row: Recheck, *, at: datetime) -> bool:
    """Reckon whom the case concerns, let it fall where its owner is lost, and keep it in view while somebody lacks.

    Returns whether it fell.
    """
    writing = Writing(case, at)
    if case.is_open:
        bar_anew(writing, at=at)
        gone = [one.pk for one in (case.owner, case.offered_to) if one is not None and is_lost(case, one, at=at)]
        fall(writing, at=at, gone=gone)
    writing.lacks_somebody_since = None  # this row says so, as long as it lasts
    if writing.events:
        writing.write()
    alarms = [name for name, lacks in LACKS.items() if case.is_open and lacks(case, at)]
    if alarms:
        since = row.since if row.alarms else at
        due_at = at + UNTIL_SOMEBODY_COMES
        Recheck.objects.filter(pk=row.pk).update(alarms=alarms, since=since, due_at=due_at)
    else:
        Recheck.objects.filter(pk=row.pk).delete()
    return any(event.verb == "fall_to_post" for event in writing.events)


def bar_anew(writing: Writing, *, at: datetime) -> None:
    case = writing.case
    concerned = recusal.concerned(case, at=at)
    if concerned != case.barred:
        act = Act(recuse, writing, actor=User.system(), at=at, given={})
        case.barred = concerned
        act.end()


def is_lost(case: Case, person: User, *, at: datetime) -> bool:
    """Whether somebody who has the case does not answer for it any more.

    The unmanned post waits for its first holder; with what concerns those who are there it has nobody to wait for.
    """
    if person.is_service:
        return bool(case.barred)
    return not (person.is_active and answers_for(case, person, at=at))


def lacks_owner(case: Case, at: datetime) -> bool:
    return any(one is not None and is_lost(case, one, at=at) for one in (case.owner, case.offered_to))


def lacks_checker(case: Case, at: datetime) -> bool:
    """Whether nobody present may check the draft, or decide what was asked for."""
    if case.state == State.PENDING_APPROVAL:
        roles = None if case.level == Level.ORDINARY else deciding.LEADS
        worked = working()
        done = set(case.events.filter(verb__in=worked).values_list("actor_id", flat=True))
        if who_may("approve_decision", case, roles, at=at, but_not=done) is None:
            return True
    dossier = Dossier(case, at)
    return any(
        second_person(case, row.route, at=at, but_not=kept_out(dossier, row.route, row.asked_by_id)) is None
        for row in case.approvals.filter(status="asked", expires_at__gt=at)
    )


LACKS: dict[str, Callable[[Case, datetime], bool]] = {Recheck.OWN: lacks_owner, Recheck.CHECK: lacks_checker}
SAID = {Recheck.OWN: "nobody may handle", Recheck.CHECK: "nobody may check"}


def alarm() -> str:
    """For /readyz: the cases that nobody may handle, and those that nobody may check."""
    rows = Recheck.objects.exclude(alarms=[]).order_by("since", "pk")
    said = []
    for name, words in SAID.items():
        keys = list(rows.filter(alarms__contains=[name]).values_list("case_id", flat=True))
        if keys:
            references = Case.objects.filter(pk__in=keys[:SHOWN]).order_by("pk").values_list("reference", flat=True)
            said.append(f"{words}: {', '.join(references)}" + (" ..." if len(keys) > SHOWN else ""))
    return "; ".join(said) or "ready"
