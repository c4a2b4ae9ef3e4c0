"""疑似不法代理维权线索: written down by one, confirmed or dropped by another, lapsed after twelve months.

Nothing here writes to a case: see BrokerClue.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.errors import ClueOver, ClueThere, SecondPerson
from complaints.models import BrokerClue, Case, Representative
from feedback import services as feedback
from organization.models import User
from organization.rights import rights_of
from security import services as security
from security.models import Kind
from security.redaction import redact
from sqm_site.errors import Forbidden

SUSPECTS, DECIDES = "suspect_broker", "decide_broker"  # the rights
MANY = 3  # other customers for whom one number speaks
LOOKED_BACK = timedelta(days=365)


def clues_for(user: User) -> QuerySet[BrokerClue]:
    """Those on cases where the reader may write one down or decide on one."""
    rights = rights_of(user)
    cases = Case.objects.filter(rights.reach(SUSPECTS) | rights.reach(DECIDES))
    return BrokerClue.objects.filter(case__in=cases, legal_entity_id=user.legal_entity_id)


def may(user: User, case: Case) -> bool:
    """Whether the clues of a case are there for somebody at all."""
    rights = rights_of(user)
    return rights.allows(SUSPECTS, case) or rights.allows(DECIDES, case)


def signs_on(case: Case, *, at: datetime) -> Iterator[str]:
    """What we hold that points to it, in sentences: it suggests, and decides nothing."""
    numbers = set(
        Representative.objects.filter(case=case).exclude(phone_index="").values_list("phone_index", flat=True)
    )
    if numbers:
        rows = Representative.objects.filter(phone_index__in=numbers, at__gte=at - LOOKED_BACK).exclude(case=case)
        others = rows.exclude(case__customer=case.customer_id).filter(case__legal_entity=case.legal_entity_id)
        count = others.values("case__customer").distinct().count()
        if count >= MANY:
            yield _("The representative's number spoke for {count} other customers within twelve months.").format(
                count=count
            )


@transaction.atomic
def suspect(case: Case, *, by: User, indicator: str, basis: str, at: datetime) -> BrokerClue:
    """Write a clue down. Raises Forbidden; ClueThere where the same is suspected already."""
    if not rights_of(by).allows(SUSPECTS, case):
        raise Forbidden
    Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    if BrokerClue.objects.filter(case=case, indicator=indicator, status=BrokerClue.Status.SUSPECTED).exists():
        raise ClueThere
    clue = BrokerClue.objects.create(
        case=case,
        legal_entity_id=case.legal_entity_id,
        indicator=indicator,
        basis=redact(basis, feedback.known_of(case.customer)),
        by=by,
        at=at,
        expires_on=a_year_after(timezone.localdate(at)),
    )
    on_record(clue, actor=by, at=at)
    return clue


@transaction.atomic
def decide(clue: BrokerClue, *, by: User, confirm: bool, grounds: str, at: datetime) -> BrokerClue:
    """Confirm or drop it. Raises Forbidden, SecondPerson, ClueOver."""
    clue = BrokerClue.objects.select_for_update(of=("self",)).select_related("case__customer").get(pk=clue.pk)
    if not rights_of(by).allows(DECIDES, clue.case):
        raise Forbidden
    if clue.by_id == by.pk:
        raise SecondPerson
    if clue.status != BrokerClue.Status.SUSPECTED or not clue.stands_on(timezone.localdate(at)):
        raise ClueOver
    clue.status = BrokerClue.Status.CONFIRMED if confirm else BrokerClue.Status.DROPPED
    clue.grounds = redact(grounds, feedback.known_of(clue.case.customer))
    clue.decided_by, clue.decided_at = by, at
    clue.save()
    on_record(clue, actor=by, at=at)
    return clue


def on_record(clue: BrokerClue, *, actor: User, at: datetime) -> None:
    told = {"clue": clue.pk, "indicator": clue.indicator, "status": clue.status}
    security.record(Kind.CLUE, actor=actor, subject=f"case:{clue.case.reference}", at=at, details=told)


def a_year_after(day: date) -> date:
    """The same day twelve months later; of 29 February the last of the month."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)
