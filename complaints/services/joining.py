"""Which case a further message belongs to."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from complaints.locks import AT_HAND
from complaints.models import FINAL, OPEN, Case, CaseQuerySet, Link, State
from complaints.services.merging import survivor_of
from organization.models import User
from sqm_site.errors import Invalid
from sqm_site.locking import hold_until_commit


def joined(reference: str, thread: str, brought_by: User) -> Case | None:
    """The case a message says it belongs to: by reference, or the open one of its conversation. It is locked.

    Of one that was merged, the one in which it is handled. Of one that has ended, the open case that a message after
    its end has opened. Raises Invalid for a reference that is not in the sender's area.
    """
    if reference:
        named = Case.objects.reachable_by(brought_by).filter(reference=reference).first()
        if named is None:
            raise Invalid({"case": [_("There is no case with this reference that you brought in.")]})
        case = handled_in(named)
        return case if case.state not in FINAL else repeats(locked().open(), case).first() or case
    if thread:
        hold_until_commit(thread)  # two messages at once must not open two cases
        conversation = Case.objects.filter(thread=thread, brought_by=brought_by)
        newest = conversation.filter(state__in=[*OPEN, State.MERGED]).order_by("-received_at").first()
        return newest and handled_in(newest)
    return None


def locked() -> CaseQuerySet:
    rows: CaseQuerySet = Case.objects.select_for_update(of=("self",)).select_related(*AT_HAND)
    return rows


def handled_in(case: Case) -> Case:
    """The case itself, locked; of one that was merged the one in which it is handled.

    Only that one is locked, out of the order of keys: whoever takes the two apart needs it, so then it is asked again.
    """
    while True:
        found = locked().get(pk=survivor_of(case).pk)
        if found.pk == case.pk and found.state != State.MERGED:
            return found
        case = Case.objects.get(pk=case.pk)
        if survivor_of(case).pk == found.pk:
            return found


def repeats(cases: QuerySet[Case], ended: Case) -> QuerySet[Case]:
    """Those that a message on a case that has ended opened."""
    again = Link.objects.standing().filter(other=ended, kind=Link.Kind.REPEAT_OF)
    return cases.filter(links__in=again).order_by("-received_at")
