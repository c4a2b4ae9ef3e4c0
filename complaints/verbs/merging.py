"""合并 and 取消合并: one matter in two cases is handled in one of them, and wrongly merged ones go on apart.

The merged case keeps all it has; what changes is that nobody works on it, and that its deadlines rest while the other
one has the earlier of each.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.errors import NoneToMergeInto
from complaints.fields import CaseNumber, Form, Nothing, Reason, prose
from complaints.locks import held, lock_together
from complaints.models import BEFORE_DECIDED, Case, Clock, DeadlineMove, Level, Link, State
from complaints.services import merging
from complaints.services.climbing import look_again_at
from complaints.services.clocks import late
from complaints.verb import Given, took_part, verb
from complaints.verbs.grading import WEIGHT
from complaints.verbs.linking import another, named, near, row_of
from organization.models import User
from sla.models import Basis, MoveCause
from sqm_site.errors import DomainError

MERGED = "MERGED"  # close_reason of a merged case


class Merge(Form):
    into = CaseNumber(gettext_lazy("Into which case"))
    reason = prose(gettext_lazy("Why it is the same matter"))

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        found = mergeable_into(dossier, dossier.reader or User.system())
        return {**super().example(dossier), "into": (found[0] if found else dossier.case).reference}


def mergeable_into(dossier: Dossier, reader: User) -> list[Case]:
    """Of the other cases of the customer, and those linked with it, the open ones that would take it in."""
    open_ones = [other for other in near(dossier, reader) if other.state in BEFORE_DECIDED]
    due_there = running_in(open_ones)
    return [other for other in open_ones if not [*refusals(dossier, other, due_there[other.pk])]]


def running_in(cases: Iterable[Case]) -> dict[int, set[merging.Place]]:
    """Id of a case -> what its running deadlines are for. One query."""
    found: dict[int, set[merging.Place]] = {case.pk: set() for case in cases}
    for clock in Clock.objects.filter(case__in=found, stopped_at=None):
        found[clock.case_id].add(merging.place_of(clock))
    return found


def into_an_open_one(dossier: Dossier, *, actor: User, given: Given) -> DomainError | None:
    refusal, other = another(dossier, actor, given, "into"), named(dossier, actor, given.get("into", ""))
    if refusal is None and other is not None and other.state not in BEFORE_DECIDED:
        return NoneToMergeInto(reference=other.reference, state=State(other.state).label)
    return refusal


def of_one_matter(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """The same complainant, the same matter, within the handling period (Art. 18 para 3); or a joint complaint."""
    other = named(dossier, actor, given.get("into", ""))
    if any(row.lacks_outcome for row in dossier.promises):
        yield Missing(_("Nobody has said what became of a promise to the customer: record its outcome first."))
    if any(task.is_open for task in dossier.tasks):
        yield Missing(_("Somebody was asked for help and has not answered: wait for it, or withdraw the task first."))
    if other is not None:
        yield from refusals(dossier, other, running_in([other])[other.pk])
    elif not mergeable_into(dossier, actor):
        yield Missing(_("No open case of the customer, or linked with this one, takes it in: link the two first."))


def refusals(dossier: Dossier, other: Case, due_there: set[merging.Place]) -> Iterator[Missing]:
    """Why one case is not handled with another. due_there: what the deadlines of the other one are for."""
    case = dossier.case
    said = [*no_same_matter(case, other), *weighs_more(case, other), *ends_later(dossier, due_there)]
    yield from (Missing(sentence, "into") for sentence in said)


def no_same_matter(case: Case, other: Case) -> Iterator[Any]:
    if Case.Kind.REVIEW in {case.kind, other.kind}:
        yield _("A review is handled by itself: it is about a decision, and no further complaint.")
    if case.nature != other.nature:
        yield _("The two are of different nature: correct the one that is wrong first.")
    if len({case.complained_unit_id, other.complained_unit_id} - {None}) > 1:
        yield _("The two are about different units: correct the one that is wrong first.")
    if case.customer_id != other.customer_id and other.complainants == 1:
        yield _("Somebody else raised that one, and it is no joint complaint: link the two.")


def weighs_more(case: Case, other: Case) -> Iterator[Any]:
    """What weighs more is not handled as what weighs less, nor by whom it concerns."""
    if WEIGHT[Level(case.level)] > WEIGHT[Level(other.level)]:
        yield _("This one has the higher level: raise that of the other one first.")
    if case.customer_id == other.customer_id and case.complainants > other.complainants:
        yield _("More people raised this one: correct the number of the other one first.")
    if {*case.barred} - {*other.barred} or {*case.named_staff} - {*other.named_staff}:
        yield _("This one concerns colleagues whom the other does not: name them there, or classify it alike, first.")
    if case.source and not other.source:
        yield _("A body outside has passed this one on: merge the other one into it.")


def ends_later(dossier: Dossier, due_there: set[merging.Place]) -> Iterator[Any]:
    """A deadline of the law, or one that was agreed, for which the other case has none would not be kept."""
    mine = [clock for clock in dossier.clocks if clock.stopped_at is None]
    if any(clock.basis == Basis.STATUTORY and merging.place_of(clock) not in due_there for clock in mine):
        yield _("The law has a deadline for this one that the other has not: merge the other one into it.")
    if any(clock.basis == Basis.AGREED for clock in mine):
        yield _("A day was agreed with the customer in this one: merge the other one into it.")


def something_measured(dossier: Dossier, *, actor: User, given: Given) -> bool:
    """Somebody who had a part in either; or what would be late, is owed outside, or moves the other's deadline."""
    case, other = dossier.case, named(dossier, actor, given.get("into", ""))
    if other is None or took_part(dossier, actor) or took_part(Dossier(other, dossier.at), actor):
        return True
    counted = [clock for clock in dossier.clocks if clock.basis != Basis.INTERNAL or clock.kind == "resolution"]
    overdue = any(clock.stopped_at is None and late(clock, dossier.at) for clock in counted)
    older = case.received_at < other.received_at
    return overdue or older or bool(dossier.unanswered) or case.customer_id != other.customer_id


@verb(
    Merge,
    pgettext("verb", "Merge"),
    who=into_an_open_one,
    gate=of_one_matter,
    second_person=something_measured,
    locks_first=lock_together,
)
def merge(act: Act, *, into: str, reason: str) -> None:
    """合并处理 (Art. 18 para 3): the customer raised the matter again within the handling period, and it is handled in
    the other case.

    The earlier receipt wins: the other one is due no later than this one was. Offer, draft and what was asked for stay
    as they are, for the case that the two turn out to be different matters.
    """
    case, other = act.case, held(Case.objects.values_list("pk", flat=True).get(reference=into))
    act.says("reason", reason)
    act.notes(into=other.pk)
    case.merged = row_of(case, other, Link.Kind.MERGED_INTO)
    case.merged.from_state, case.merged.ended_at = case.state, None
    resting = merging.lay_by(act.clocks, at=act.at)
    hide_offer(case)
    act.move(close_reason=MERGED)
    act.round.end(case.state, act.at)
    act.keeps(case.merged)
    tell_owner(act, "merged")
    act.beside(absorb, other, merged=case, resting=resting)


def hide_offer(case: Case) -> None:
    """Nobody finds the offer of a merged case in a queue; the row stays open."""
    case.offered_to = case.offered_unit = None
    vars(case).pop("open_offer", None)


def show_offer(case: Case) -> None:
    offer = case.offers.filter(ended_at=None).first()
    if offer is not None:
        case.offered_to, case.offered_unit = offer.to, offer.unit


def tell_owner(act: Act, kind: str) -> None:
    if act.case.owner != act.actor:
        act.tell(act.case.owner, kind)
    act.tell_first_receiver()


@verb(Nothing, pgettext("verb", "Taken in by merging"), door=False)
def absorb(act: Act, *, merged: Case, resting: Iterable[Clock]) -> None:
    """并入: another case is handled with this one, and no later than it would have been."""
    act.notes(other=merged.pk)
    act.move()
    merging.govern(act.clocks, merged, resting, at=act.at)
    tell_owner(act, "absorbed")


def not_merged_itself(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    link = dossier.case.merged
    if link is not None and link.other.state == State.MERGED:
        yield Missing(_("The case that it was merged into is merged itself: take that one apart first."))


def something_measured_apart(dossier: Dossier, *, actor: User, given: Given) -> bool:
    """Somebody who had a part in either; or the other one would be due later again."""
    link = dossier.case.merged
    if link is None:
        return False
    moves = DeadlineMove.objects.filter(clock__case=link.other_id, cause=MoveCause.MERGE)
    moved = moves.filter(evidence=f"case:{dossier.case.pk}").exists()
    return moved or took_part(dossier, actor) or took_part(Dossier(link.other, dossier.at), actor)


@verb(
    Reason,
    pgettext("verb", "Undo merging"),
    gate=not_merged_itself,
    second_person=something_measured_apart,
    locks_first=lock_together,
)
def unmerge(act: Act, *, reason: str) -> None:
    """取消合并: the two are different matters. The case is where it was, and its deadlines ran on meanwhile."""
    case, link = act.case, act.case.merged
    assert link is not None
    other = held(link.other_id)
    act.says("reason", reason)
    act.notes(other=other.pk)
    resting = merging.laid_by(case)
    act.move(close_reason="")
    show_offer(case)
    act.round.ended_as, act.round.closed_at = "", None
    link.ended_at = act.at
    act.keeps(link)
    vars(case).pop("merged")
    merging.take_up(act.clocks, resting, at=act.at)
    look_again_at(case, at=act.at)
    tell_owner(act, "unmerged")
    act.beside(release, other, merged=case)


@verb(Nothing, pgettext("verb", "Taken apart again"), door=False)
def release(act: Act, *, merged: Case) -> None:
    """拆出: another case goes on by itself; this one has the deadlines that it would have had alone."""
    act.notes(other=merged.pk)
    act.move()
    merging.let_go(act.clocks, merged, at=act.at)
    act.tell_first_receiver()
