"""What waits for somebody's plan: the rungs that reached them, but reminders, and what a person escalated to them.

What waits for those above, the owner does not answer, even where he was one of them when he was asked.
"""

from django.db.models import Exists, OuterRef, Q, QuerySet

from complaints.models import Case, Escalation, Firing
from organization.models import User
from sla.models import RungKind

# What a list of cases has read of this already, see `Case` annotations of the case page.
READ = "waits_for_plan"


def put_to(user: User) -> QuerySet[Firing]:
    """Whatever reached the person and was not answered."""
    told = Firing.objects.filter(recipient=user, acknowledged_at=None)
    return told.exclude(kind=RungKind.ESCALATION, case__owner=user)


def firings_for(user: User) -> QuerySet[Firing]:
    return put_to(user).exclude(kind=RungKind.REMINDER)


def escalations_for(user: User) -> QuerySet[Escalation]:
    return Escalation.objects.filter(to=user, acknowledged_at=None).exclude(case__owner=user)


def awaiting_plan(user: User) -> Q:
    """The condition on open cases on which something waits for the plan of this person.

    One list of whatever reached them leads to the cases: by an OR over two lists each open case would be looked at.
    What nobody answered while a case was open stays where it is, so of these the open ones are told by their index.
    """
    here = Case.objects.filter(legal_entity=user.legal_entity_id).open().values("pk")
    told = Firing.objects.filter(recipient=user, acknowledged_at=None).exclude(kind=RungKind.REMINDER)
    asked = Escalation.objects.filter(to=user, acknowledged_at=None)
    reached = told.filter(case__in=here).values("case").union(asked.filter(case__in=here).values("case"), all=True)
    owner_answers = told.exclude(kind=RungKind.ESCALATION).filter(case=OuterRef("pk"))
    return Q(pk__in=reached) & (~Q(owner=user) | Q(Exists(owner_answers)))


def awaiting(user: User) -> Exists:
    """The same as a column of one case."""
    fired = firings_for(user).filter(case=OuterRef("pk"))
    return Exists(fired) | Exists(escalations_for(user).filter(case=OuterRef("pk")))  # type: ignore[return-value]


def waits_for(case: Case, user: User) -> bool:
    """Whether something on the case waits for this person's plan. No query where the page has read it."""
    read: bool | None = getattr(case, READ, None)
    if read is None:
        return firings_for(user).filter(case=case).exists() or escalations_for(user).filter(case=case).exists()
    return read
