"""请假与代班: who is away, who can be expected to act, and who says so of whom."""

from datetime import datetime
from functools import reduce
from operator import or_
from typing import cast

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from organization.models import Absence, Membership, User
from organization.recording import on_record, picture
from organization.rights import TEAM, permissions, rights_of
from sqm_site.errors import Invalid

TOO_EARLY = gettext_lazy("An absence begins today at the earliest.")


def holding(at: datetime, person: str) -> QuerySet[Absence]:
    """The absence of the person of a row at a moment. person: the column of the row that names them"""
    return Absence.objects.holding(at).filter(user=OuterRef(person))


def away(at: datetime, person: str = "pk") -> Exists:
    """The condition on rows that their person is away, for one query over many."""
    return Exists(holding(at, person))


def back_at(at: datetime, person: str = "pk") -> Subquery:
    """When the person of a row is back; none where they are there."""
    return Subquery(holding(at, person).values("until")[:1])


def absence_of(person: User, at: datetime) -> Absence | None:
    return person.absences.holding(at).select_related("substitute").first()


def is_present(person: User, at: datetime) -> bool:
    """One query; lists of people ask `away`."""
    return not person.absences.holding(at).exists()


def is_at_work(person: User | None, at: datetime) -> bool:
    """Whether somebody can be expected to act: with an account in force, and not away."""
    return person is not None and person.is_active and is_present(person, at)


def recordable(by: User) -> QuerySet[User]:
    """Of whom somebody says that they are away: of their team as its lead, of all below as who stands above it.

    Never of themselves: who is away is offered nothing by name and chased for nothing.
    """
    rights, granted = rights_of(by), permissions()["record_absence"]
    places = [
        Q(team=role.team_id)
        if role.team_id
        else Q(team=None, unit=role.unit_id)
        if granted[role.role] == TEAM
        else Q(unit__in=rights.subtree(role))
        for role in rights.memberships
        if role.role in granted
    ]
    below = Membership.objects.in_force().filter(reduce(or_, places, Q(pk__in=[])))
    people = User.objects.filter(legal_entity=rights.legal_entity_id, is_service=False, is_active=True)
    return people.filter(pk__in=below.values("user")).exclude(pk=by.pk)


@transaction.atomic
def record_absence(
    person: User, *, since: datetime, until: datetime, substitute: User | None = None, actor: User, at: datetime
) -> Absence:
    """Put down that somebody is away from `since` until `until`. Raises Invalid, naming the field that does not fit.

    No earlier than the day of `at`: what was due meanwhile is not excused afterwards.
    """
    User.objects.select_for_update(no_key=True).get(pk=person.pk)  # two at once would not see each other
    if since < start_of_day(at):
        raise Invalid({"since": [str(TOO_EARLY)]})
    if substitute is not None and (why := unfit(substitute, person)):
        raise Invalid({"substitute": [why]})
    absence = Absence(
        user=person,
        legal_entity_id=cast(int, person.legal_entity_id),
        since=since,
        until=until,
        substitute=substitute,
        recorded_by=actor,
        recorded_at=at,
    )
    try:
        absence.full_clean()
    except ValidationError as error:
        raise Invalid({"until": error.messages}) from error
    absence.save()
    on_record(absence, actor=actor, at=at, was={}, now=picture(absence))
    return absence


def unfit(substitute: User, person: User) -> str:
    """Why somebody cannot stand in for a person; empty: they can."""
    if substitute == person or substitute.legal_entity_id != person.legal_entity_id:
        return _("Somebody else of the institution stands in.")
    if not substitute.is_active or not rights_of(substitute).has("accept"):
        return _("This person signs for no cases: name somebody who does.")
    return ""


@transaction.atomic
def end_absence(absence: Absence, *, actor: User, at: datetime) -> bool:
    """The person is back, or does not go. False: it was over already, or somebody else ended it."""
    was = picture(absence)
    open_still = Absence.objects.filter(pk=absence.pk, ended_at=None, until__gt=at)
    if not open_still.update(ended_at=at, ended_by=actor):
        return False
    on_record(absence, actor=actor, at=at, was=was, now=picture(absence))
    return True


def may_end(absence: Absence, by: User) -> bool:
    """Whoever may record it, and the person: to be back is no way out of work."""
    return absence.user_id == by.pk or recordable(by).filter(pk=absence.user_id).exists()


def start_of_day(at: datetime) -> datetime:
    return timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
