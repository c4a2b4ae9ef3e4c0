"""核查 (Art. 20): a case of its own, at the superior institution, about the decision of another one."""

from collections.abc import Mapping
from datetime import datetime

from django.utils import timezone
from django.utils.translation import pgettext_lazy as pgettext

from complaints.models import Case, Link, Round, State
from complaints.recorded import Recorded
from complaints.services import deadlines, recusal
from complaints.services.falling import first_owner
from complaints.services.opening import Opening, opened
from complaints.services.reference import new_reference
from organization.models import Unit, User

open_review = Recorded("open_review", pgettext("verb", "Open review"))
# What a review has of the case that it is about.
TAKEN_OVER = (
    "legal_entity", "nature", "level", "urgent", "complained_unit", "customer", "complainant_type",
    "complainants", "named_staff", "channel", "business_line", "business_channel", "category", "reason",
    "code_version", "touchpoint", "product", "amount", "demand", "subject",
)  # fmt: skip


def begin_review(
    turn: Round, superior: Unit, *, received_at: datetime, said: Mapping[str, str], by: User, at: datetime
) -> Case:
    """Open the review of the decision of a round: owned by the complaint post of the superior institution.

    received_at  when the written application came in: the 30 days of the law count from then
    said         what the application says, by kind of text
    Raises Unavailable when every reference drawn was taken.
    """

    def prepare() -> Opening:
        case = prepared(turn, superior, received_at=received_at, by=by, at=at)
        assert case.review_of is not None
        return Opening(case, [case.review_of], deadlines.planned_on_receipt(case, at=at))

    return opened(prepare, open_review, said=said, by=by, at=at, reviewed=turn.case_id)


def prepared(turn: Round, superior: Unit, *, received_at: datetime, by: User, at: datetime) -> Case:
    """The review with its round, its link and its owner, unsaved."""
    reviewed = turn.case
    case = Case(
        reference=new_reference(timezone.localdate(at)),
        kind=Case.Kind.REVIEW,
        state=State.RECEIVED,
        receiving_unit=superior,
        handling_unit=superior,
        brought_by=by,
        received_at=received_at,
        **{name: getattr(reviewed, name) for name in TAKEN_OVER},
    )
    case.review_of = Link(case=case, other=reviewed, other_round=turn, kind=Link.Kind.REVIEW_OF)
    case.current_round = Round(case=case, began_at=received_at, began_by=by, cause=open_review.name)
    recusal.begin(case, at=at, settled=dict(zip(reviewed.named_staff, reviewed.named_people, strict=False)))
    # 首问人 is the post there, too: whoever passes the application on may be of the unit that is reviewed
    case.owner = case.first_receiver = first_owner(case, at=at)
    return case
