"""拆分: one of several matters of a case is handled in a case of its own, and no later than it would have been."""

from datetime import datetime

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import pgettext_lazy as pgettext

from complaints.models import RUNNING_ON, Case, Clock, Link, Round, State
from complaints.recorded import Recorded
from complaints.services import deadlines, recusal
from complaints.services.falling import first_owner
from complaints.services.opening import Opening, opened
from complaints.services.reference import new_reference
from complaints.services.reviewing import TAKEN_OVER
from complaints.services.titles import titled
from organization.models import User
from sla import services as sla
from sla.models import Basis

split_off = Recorded("split_off", pgettext("verb", "Split off"))
# What the new case has of the old one, but the title: what was complained of, where it lies, and that somebody has
# turned to the customer.
OF_THE_OLD = (
    *(name for name in TAKEN_OVER if name != "subject"),
    *("receiving_unit", "handling_unit", "source", "acknowledged_at", "first_contact_at", "reached_at"),
)


def split_from(old: Case, *, words: str, title: str, by: User, at: datetime) -> Case:
    """Open a case with the receipt of another one and its deadlines of the law, in the hands of the complaint post.

    words  what is handled apart, as it was written; title: the same, redacted
    Raises Unavailable when every reference drawn was taken.
    """

    def prepare() -> Opening:
        case = prepared(old, title, by=by, at=at)
        return Opening(case, [Link(case=case, other=old, kind=Link.Kind.SPLIT_FROM)], clocks_of(case, old, at=at))

    return opened(prepare, split_off, said={"text": words}, by=by, at=at, other=old.pk)


def prepared(old: Case, title: str, *, by: User, at: datetime) -> Case:
    """The case with its round and its owner, unsaved."""
    case = Case(
        reference=new_reference(timezone.localdate(at)),
        state=State.RECEIVED,
        brought_by=old.brought_by,
        received_at=old.received_at,
        subject=titled("", title),
        **{name: getattr(old, name) for name in OF_THE_OLD},
    )
    case.current_round = Round(case=case, began_at=old.received_at, began_by=by, cause=split_off.name)
    recusal.begin(case, at=at, settled=dict(zip(old.named_staff, old.named_people, strict=False)))
    case.owner = first_owner(case, at=at)
    case.first_receiver = old.first_receiver
    return case


def clocks_of(case: Case, old: Case, *, at: datetime) -> list[Clock]:
    """Those of a case of this receipt; of the law those of the old one, as they stand: nothing is gained."""
    done = {"first_contact"} if case.first_contact_at else set()
    planned = deadlines.planned_on_receipt(case, at=at)
    ours = [clock for clock in planned if clock.basis == Basis.INTERNAL and clock.kind not in done]
    running = old.clocks.filter(stopped_at=None).exclude(basis=Basis.INTERNAL).exclude(kind__in=RUNNING_ON)
    carried = [carried_on(case, clock, at=at) for clock in running.order_by("pk")]
    clocks = [*ours, *carried]
    deadlines.promise(case, clocks)
    return clocks


def carried_on(case: Case, clock: Clock, *, at: datetime) -> Clock:
    """The same deadline in the new case. What moved it is told by the old one."""
    here = Clock(case=case, round=case.current_round)
    sla.carry_on(here, clock, fired=clock.firings.aggregate(last=Max("position"))["last"], at=at)
    here.first_due_at = here.due_at
    return here
