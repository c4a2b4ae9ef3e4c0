"""回避 (Art. 17): whom a complaint concerns. They stand in `Case.barred`, which rights and lists ask (`barred`).

The named, the direct superior of each, and for a complaint about conduct everybody of the complained unit. A name in
words means somebody once it is settled who: a user name, a staff number, or the one of that name in the unit, is
settled by itself. Whoever was let in all the same (`Case.admitted`) is not barred, unless a name means them.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from functools import partial
from typing import Any

from django.db.models import Q
from django.utils import timezone

from complaints.errors import NamedInTheComplaint
from complaints.models import CONDUCT, FINAL, Case, Recheck
from feedback.models import IN_APP, Notice
from organization.models import Membership, Role, Unit, User
from organization.rights import barred, permissions
from organization.services import away, complaint_post, complaint_post_cached

UNSETTLED, NOBODY = 0, -1  # who is meant by a name: not settled yet; nobody of ours
ASKED = ("named_staff", "named_people", "reason", "complained_unit_id")
# Whoever did one of these had the case, worked on it, decided it or told the customer: they do not review it (核查).
HAD_PART = frozenset({
    "accept", "acknowledge", "answer_task", "approve_decision", "ask_customer", "classify", "decide_review",
    "draft_decision", "log_contact", "notify", "reply", "return_decision", "settle", "start", "take_next",
})  # fmt: skip
# Who may do one of these could help a case on which nobody else may act.
HELPING = ("transfer", "assign", "approve_decision", "decide_approval")
# At the root no unit stands above: who handles what concerns it is not barred with it.
STAY = frozenset({Role.CONSUMER_PROTECTION, Role.DISCIPLINE, Role.COMPLIANCE_AUDITOR})


def keep(case: Case, told: Mapping[str, Any], *, before: str, at: datetime) -> None:
    """Reckon anew whom the case concerns, where a verb changed what that follows from or brought the case back.

    told    the columns of the case as the log has them so far
    before  the state in which the verb found it
    """
    came_back = before in FINAL and case.is_open
    if came_back or any(getattr(case, name) != told[name] for name in ASKED):
        settle_names(case, dict(zip(told["named_staff"], case.named_people, strict=False)), at=at)
        case.barred = concerned(case, at=at)


def begin(case: Case, *, at: datetime, settled: dict[str, int] | None = None) -> None:
    """The same for a case that comes in, whose columns are set and which is not stored.

    settled  name -> who is meant, where that is known already
    """
    settle_names(case, settled or {}, at=at)
    case.barred = concerned(case, at=at)


def settle_names(case: Case, earlier: dict[str, int], *, at: datetime) -> None:
    """Set who is meant by each name: as it was settled, else by itself."""
    waiting = [name for name in case.named_staff if not earlier.get(name)]
    found = earlier | (by_themselves(case, waiting, at=at) if waiting else {})
    case.named_people = [found.get(name, UNSETTLED) for name in case.named_staff]


def by_themselves(case: Case, names: Collection[str], *, at: datetime) -> dict[str, int]:
    """The names that leave no doubt: a user name or staff number; a name that one of the unit complained of bears."""
    numbers = {number for name in names if (number := number_in(name))}
    known = Q(username__in=names) | Q(display_name__in=names) | Q(staff_number__in=numbers)
    people = list(people_of(case).filter(known))
    unit = case.complained_unit_id or case.receiving_unit_id
    there = Membership.objects.in_force(timezone.localdate(at)).filter(unit_id=unit, user__in=people)
    working = set(there.values_list("user_id", flat=True))
    found: dict[str, int] = {}
    for name in names:
        here = [one for one in people if is_named(one, name)]
        here = here or [one for one in people if one.display_name == name and one.pk in working]
        if len(here) == 1:
            found[name] = here[0].pk
    return found


def is_named(person: User, name: str) -> bool:
    """Whether it is the user name or the staff number of this person, which nobody else of the entity has."""
    return name == person.username or (person.staff_number != "" and person.staff_number == number_in(name))


def number_in(name: str) -> str:
    """The staff number that a name may be, also as customers say it: 工号 1234."""
    return name.removeprefix("工号").lstrip(" :：是")


def people_of(case: Case) -> Any:
    """Everybody whom a complaint may mean, whether still here or gone."""
    return User.objects.filter(legal_entity_id=case.legal_entity_id, is_service=False)


def concerned(case: Case, *, at: datetime) -> list[int]:
    """The ids of everybody whom the case concerns, in order. No query for one that names nobody and no conduct."""
    on = timezone.localdate(at)
    named = {pk for pk in case.named_people if pk > 0}
    people = named | (superiors(named, on=on) if named else set())
    if case.reason in CONDUCT and case.complained_unit_id is not None:
        people |= everybody_of(case.complained_unit_id, on=on)
    return sorted((people - (set(case.admitted) - named)) | had_part(case))


def had_part(case: Case) -> set[int]:
    """Of a review the ids of whoever had a part in what is reviewed, or has it: nobody lets them in."""
    if case.review_of is None:
        return set()
    reviewed = case.review_of.other
    done = reviewed.events.filter(verb__in=HAD_PART, actor__is_service=False).values_list("actor_id", flat=True)
    owner = reviewed.owner
    return set(done) | ({owner.pk} if owner is not None and not owner.is_service else set())


def superiors(people: Collection[int], *, on: date) -> set[int]:
    """The direct superior by each role: the lead of the team, else the head of the unit, of a head the one above."""
    roles = Membership.objects.in_force(on).filter(user__in=people).select_related("team", "unit__parent")
    return {boss for role in roles if (boss := superior(role)) is not None}


def superior(role: Membership) -> int | None:
    unit, person = role.unit, role.user_id
    if role.team is not None and role.team.lead_id not in {None, person}:
        return role.team.lead_id
    if unit is not None and unit.head_id == person:
        unit = unit.parent
    return unit.head_id if unit is not None else None


def everybody_of(unit_id: int, *, on: date) -> set[int]:
    """Who works in exactly this unit, and its post and head."""
    unit = Unit.objects.get(pk=unit_id)
    roles = Membership.objects.in_force(on).filter(unit=unit, user__is_service=False)
    members = set(roles.values_list("user_id", flat=True))
    posts = {pk for pk in (unit.receiver_id, unit.substitute_id, unit.head_id) if pk is not None}
    stay = set(roles.filter(role__in=STAY).values_list("user_id", flat=True)) if unit.is_root else set()
    return (members | posts) - stay


def unsettled(case: Case) -> list[str]:
    """The names of which nobody has said who is meant."""
    pairs = zip(case.named_staff, case.named_people, strict=False)
    return [name for name, pk in pairs if pk == UNSETTLED]


def could_mean(name: str, person: User) -> bool:
    """Whether a name in words may be this person's: it is one of theirs, or a part of one, or has one in it."""
    own = [one for one in (person.username, person.staff_number, person.display_name) if one]
    return any(name in one or one in name for one in own)


def lacks_somebody(case: Case) -> bool:
    """Whether the case stands in the alarm that nobody present may handle it, or check what waits on it."""
    return Recheck.objects.filter(case_id=case.pk).exclude(alarms=[]).exists()


def could_be_let_in(case: Case, at: datetime) -> list[User]:
    """Present colleagues whom the case concerns only by where they work or whom they lead: no name means them."""
    roles = {role for verb in HELPING for role in permissions()[verb]}
    able = Membership.objects.in_force(timezone.localdate(at)).filter(role__in=roles).values("user")
    by_place = set(case.barred) - set(case.named_people) - had_part(case)
    people = people_of(case).filter(pk__in=by_place).filter(pk__in=able)
    return list(people.filter(~away(at), is_active=True).order_by("display_name", "username"))


def hush(case: Case, *, at: datetime) -> None:
    """What somebody was told of the case whom it concerns by now counts as read, and goes out by no other way."""
    theirs = Notice.objects.filter(about=case.reference, to_user__in=case.barred)
    theirs.unread().update(read_at=at)
    theirs.exclude(channel=IN_APP).filter(sent_at=None, gave_up_at=None, dropped_at=None).update(
        gave_up_at=at, last_error="recusal"
    )


def refusal_of(case: Case, actor: User) -> NamedInTheComplaint | None:
    """Asked of everybody who uses a verb on the case."""
    return NamedInTheComplaint() if barred(case, actor) else None


def post_of(case: Case, at: datetime) -> User:
    """Who holds the complaint post for the case: of its handling unit, or above it. Remembered where it can be."""
    return post_above(case, case.handling_unit, at) if case.barred else complaint_post_cached(case.handling_unit, at)


def post_above(case: Case, unit: Unit, at: datetime) -> User:
    """The complaint post of a unit whom the case does not concern: A角, or B角, else that of the unit above."""
    return complaint_post(unit, at, barred=partial(barred, case))
