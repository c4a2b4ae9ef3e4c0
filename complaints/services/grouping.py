"""群体性投诉: the parent case under which cases of one event are gathered."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.translation import pgettext_lazy as pgettext

from complaints.models import MAJOR_FROM, Case, Level, Round, State
from complaints.recorded import Recorded
from complaints.services import deadlines, recusal
from complaints.services.falling import first_owner
from complaints.services.opening import Opening, opened
from complaints.services.reference import new_reference
from complaints.services.titles import titled
from organization.models import User
from sla.models import Basis

begin_group = Recorded("begin_group", pgettext("verb", "Group complaint opened"))
# What the parent case has of the one it is opened for; it is about nobody's customer.
OF_THE_FIRST = (
    "legal_entity", "nature", "complained_unit", "named_staff", "channel", "business_line", "business_channel",
    "category", "reason", "code_version", "touchpoint", "product", "receiving_unit", "handling_unit",
)  # fmt: skip
OF_THE_HOUSE = frozenset({"sign_off", "resolution"})


def begin(first: Case, children: Sequence[Case], *, words: str, title: str, by: User, at: datetime) -> Case:
    """Open the parent case of these, in the hands of the complaint post: important, or major where so many complain."""

    def prepare() -> Opening:
        case = prepared(first, children, title, by=by, at=at)
        planned = deadlines.planned_on_receipt(case, at=at)
        # towards each complainant the deadlines of their own case count; here those of the house for the result
        clocks = [clock for clock in planned if clock.basis == Basis.INTERNAL and clock.kind in OF_THE_HOUSE]
        clocks = clocks or deadlines.anyway(case, "resolution", since=case.received_at, at=at)
        deadlines.promise(case, clocks)
        return Opening(case, [], clocks)

    return opened(prepare, begin_group, said={"common": words}, by=by, at=at)


def prepared(first: Case, children: Sequence[Case], title: str, *, by: User, at: datetime) -> Case:
    count = sum(child.complainants for child in children)
    case = Case(
        reference=new_reference(timezone.localdate(at)),
        kind=Case.Kind.GROUP,
        state=State.RECEIVED,
        brought_by=by,
        received_at=min(child.received_at for child in children),
        subject=titled("", title),
        complainants=count,
        level=Level.MAJOR if count >= MAJOR_FROM else Level.IMPORTANT,
        **{name: getattr(first, name) for name in OF_THE_FIRST},
    )
    case.current_round = Round(case=case, began_at=case.received_at, began_by=by, cause=begin_group.name)
    recusal.begin(case, at=at, settled=dict(zip(first.named_staff, first.named_people, strict=False)))
    case.owner = case.first_receiver = first_owner(case, at=at)
    return case
