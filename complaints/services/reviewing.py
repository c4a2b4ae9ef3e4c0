"""核查 (Art. 20): a case of its own, at the superior institution, about the decision of another one."""

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import searched
from complaints.chronicle import (
    Words,
    begun,
    changed,
    next_event,
    subject_digest,
    text_row,
    texts_of,
    unread,
    words_of,
)
from complaints.models import Case, Clock, Link, Round, State
from complaints.recorded import Recorded
from complaints.services import deadlines, recusal
from complaints.services.falling import first_owner
from complaints.services.rechecks import look_again
from complaints.services.reference import REFERENCE_TRIES, new_reference
from organization.models import Unit, User
from sqm_site.errors import Unavailable, constraint_of
from sqm_site.inserting import insert_together

open_review = Recorded("open_review", pgettext("verb", "Open review"))
# What a review has of the case that it is about.
TAKEN_OVER = (
    "legal_entity", "nature", "level", "urgent", "complained_unit", "customer", "complainant_type", "authority",
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
    for _try in range(REFERENCE_TRIES):
        case = prepared(turn, superior, received_at=received_at, by=by, at=at)
        started = deadlines.planned_on_receipt(case, at=at)
        try:
            with transaction.atomic():
                record(case, started, said, by=by, at=at)
        except IntegrityError as error:
            if constraint_of(error) != "case_reference":
                raise
        else:
            if case.barred and case.owner is not None and case.owner.is_service:
                look_again([case.pk], at=at)
            return case
    raise Unavailable


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


def record(case: Case, started: list[Clock], said: Mapping[str, str], *, by: User, at: datetime) -> None:
    """The review and the rows around it, in one statement."""
    assert case.review_of is not None
    columns = changed(case)
    spoken = [*texts_of(case, columns), *(Words(kind, words) for kind, words in said.items())]
    texts = [text_row(case, words, sequence=1) for words in spoken]
    hanging = [*started, case.review_of]
    event = next_event(
        case,
        open_review.name,
        before="",
        actor=by,
        at=at,
        happened_at=case.received_at,
        texts=texts,
        details={
            "owner": case.owner_id,
            "reviewed": case.review_of.other_id,
            "subject": subject_digest(case.subject),
            "case": columns,
            **begun(case.current_round, *hanging),
        },
    )
    waiting = [(row, {"case_id": case}) for row in unread(event)]
    sealed = [row for row, _words in texts]
    found = [row for text in sealed for row in searched(text)]
    title = words_of(case, "message", case.subject, sequence=event.sequence)
    insert_together(case, case.current_round, event, *waiting, *hanging, *sealed, *title, *found)
