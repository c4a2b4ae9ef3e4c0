"""How the case of each story must have ended: who had the last word, and what its rows say."""

from collections.abc import Callable
from typing import Any

from complaints.models import Case, State
from complaints.services.downloading import content_of
from complaints.services.remedies import superior_of
from demo import amends, evidence, groups, helping, mergers, promising, reviews, speakers, spots, stories, terms
from demo.others import group_of, raised_again
from sqm_site.clock import database_now


def with_its_files(case: Case) -> bool:
    """One from the customer's program, one from a colleague; both open as they came."""
    rows = list(case.attachments.select_related("by").order_by("pk"))
    kinds = [(row.kind, row.document, row.by.is_service) for row in rows]
    papers = [paper.content() for paper in evidence.PAPERS.values()]
    whole = [content_of(row) for row in rows] == papers
    return whole and kinds == [("png", "SCREENSHOT", True), ("pdf", "LETTER", False)]


def ruled(case: Case) -> bool:
    """Refused twice, then offered by name and accepted."""
    first = list(case.offers.order_by("number").values_list("outcome", "by_name")[:3])
    return [outcome for outcome, _by_name in first] == ["refused", "refused", "accepted"] and first[-1][1]


def taken_back_alone(case: Case) -> bool:
    """Withdrawn by the program of the customer's channel, without a second person."""
    by = case.events.filter(verb="withdraw").values_list("actor__is_service", flat=True)
    return [*by] == [True] and not case.approvals.filter(verb="withdraw").exists()


def extended_once(case: Case) -> bool:
    """By fifteen days, granted by somebody else, and nothing past the sixtieth day."""
    rows = case.extensions.select_related("approval")
    told = [(row.days, row.approval.decided_by_id != row.by_id, bool(row.told_at)) for row in rows]
    return told == [(15, True, True)]


def checked_once(result: str) -> Callable[[Case], bool]:
    """By somebody who neither settled it nor put it in the sample."""

    def went(case: Case) -> bool:
        rows = case.spot_checks.values_list("result", "settler", "drawn_by", "checked_by")
        return [(row[0], len(set(row[1:]))) for row in rows] == [(result, 3)]

    return went


def promised(status: str) -> Callable[[Case], bool]:
    """One thing, within the limit or granted by another; a deadline runs until it is paid, by somebody else."""

    def went(case: Case) -> bool:
        (row,) = case.redress.all()
        alone = row.amount is not None and row.amount <= row.own_limit
        by_others = row.approval.decided_by_id != row.by_id if row.approval else alone
        runs = case.clocks.filter(kind="payment", subject=row.subject, stopped_at=None).exists()
        return by_others and row.status == status and runs == row.is_owed and row.paid_by_id != row.by_id

    return went


def paid_by_letter(case: Case) -> bool:
    """The decision and the settlement were issued before it was paid, each under a number of its own."""
    kinds = [*case.letters.order_by("pk").values_list("kind", flat=True)]
    return kinds == ["decision", "settlement"] and promised("paid")(case)


def heard(told_to: str, speakers: int = 1) -> Callable[[Case], bool]:
    """Whoever speaks for the customer was told once their paper was seen by somebody else, and not before."""

    def went(case: Case) -> bool:
        rows = list(case.representatives.all())
        told = [one.told_to for one in case.notifications.all()]
        seen = [bool(row.seen) and row.seen_by_id != row.by_id for row in rows] == [bool(told_to)] * speakers
        waits = case.clocks.filter(kind="authority", stopped_at=None).exists()
        return told == [told_to] * bool(told_to) and waits != bool(told_to) and seen

    return went


def vowed(status: str) -> Callable[[Case], bool]:
    """承诺: one, with an outcome and evidence or a clock that runs."""

    def went(case: Case) -> bool:
        (row,) = case.promises.all()
        runs = case.clocks.filter(kind="promise", subject=row.subject, stopped_at=None).exists()
        proven = bool(row.evidence) if status == "kept" else not row.evidence
        return row.status_at(database_now()) == status and proven and runs == row.lacks_outcome

    return went


def asked(*ends: str) -> Callable[[Case], bool]:
    """协办: one after the other so; each of another unit, answered by somebody there, and no deadline moved by it."""

    def went(case: Case) -> bool:
        rows = list(case.tasks.order_by("number"))
        others = all(row.unit_id != case.handling_unit_id and row.answered_by_id != case.owner_id for row in rows)
        chain = [row.follows for row in rows] == [None, *range(1, len(rows))]
        return [row.ended_as for row in rows] == [*ends] and others and chain

    return went


def signed(*ends: str) -> Callable[[Case], bool]:
    """会签: one opinion after the other, each on a draft, by somebody who has no part in the case."""

    def went(case: Case) -> bool:
        rows = list(case.tasks.order_by("number"))
        apart = all(row.countersigns and row.answered_by_id not in {case.owner_id, row.by_id} for row in rows)
        return [row.ended_as for row in rows] == [*ends] and apart

    return went


def ordered(end: str) -> Callable[[Case], bool]:
    """督办: once, on a paper with a number; whoever answers neither has the case nor ordered it."""

    def went(case: Case) -> bool:
        (row,) = case.tasks.all()
        paper = case.letters.filter(kind="supervision", event_sequence=row.event_sequence).count()
        others = row.answered_by_id is None or row.answered_by_id not in {case.owner_id, row.by_id}
        return (row.ended_as, row.is_order, paper) == (end, True, 1) and others

    return went


def answered(*results: str) -> Callable[[Case], bool]:
    """Ruled on so, one after the other, each time by somebody else; only the last ruling stands."""

    def went(case: Case) -> bool:
        rows = list(case.liabilities.order_by("pk"))
        standing = [row.appealed_at is None for row in rows]
        found = [row.result for row in rows] == [*results] and standing == [False] * (len(rows) - 1) + [True]
        return found and len({row.by_id for row in rows}) == len(rows)

    return went


def reviewed_once(conclusion: str) -> Callable[[Case], bool]:
    """By people of the institution above; only what does not stand begins a round. The head office has none above."""

    def went(case: Case) -> bool:
        review = Case.objects.filter(links__other=case, kind=Case.Kind.REVIEW).first()
        if review is None:
            return superior_of(case.handling_unit) is None
        heard = case.events.filter(details__conclusion=conclusion, details__review=review.pk).count()
        above = review.handling_unit == superior_of(case.handling_unit)
        return above and heard == 1 and case.round == (1 if conclusion == "upheld" else 2)

    return went


def merged_once(case: Case) -> bool:
    """What was raised again is handled in the first case, and due no later."""
    other = Case.objects.get(reference=raised_again(case.reference))
    rounds = [one.rounds.get(number=1).clocks.get(kind="decision") for one in (case, other)]
    into = other.merged is not None and other.merged.other == case
    return into and case.current_round.notified_at is not None and rounds[0].due_at <= rounds[1].due_at


def apart_again(case: Case) -> bool:
    """Both are open, and each has the deadline of its own receipt."""
    other = Case.objects.get(reference=raised_again(case.reference))
    return other.is_open and other.merged is None and not case.clocks.filter(moves__cause="merge").exists()


def gathered_and_told(case: Case) -> bool:
    """Both belong to one parent case; the first one was told what was decided there."""
    parents = [
        Case.objects.get(reference=group_of(reference)) for reference in (case.reference, raised_again(case.reference))
    ]
    handed_down = case.events.filter(verb="roll_down").exists()
    return len(set(parents)) == 1 and parents[0].state == State.DECIDED and handed_down and case.state == State.NOTIFIED


def answered_outside(case: Case) -> bool:
    """The body outside was answered after the customer was told, and the case is filed."""
    (row,) = case.external_references.all()
    told = case.current_round.notified_at
    return case.state == State.CLOSED and row.answered_at is not None and told is not None and told <= row.answered_at


def days_left_out(case: Case) -> bool:
    """Granted by somebody else than asked, and over before the day that was planned."""
    (row,) = case.exclusions.select_related("approval")
    return row.ended_on is not None and row.approval.decided_by_id != row.approval.asked_by_id


# What a story ends with, where its case says it.
ENDS: dict[Any, Callable[[Case], bool]] = {stories.ruled: ruled, stories.taken_back: taken_back_alone}
ENDS |= {reviews.upheld: reviewed_once("upheld"), reviews.sent_back: reviewed_once("sent_back")}
ENDS |= {spots.confirmed: checked_once("confirmed"), spots.differing: checked_once("differs")}
ENDS |= {mergers.merged: merged_once, mergers.taken_apart: apart_again, groups.gathered: gathered_and_told}
ENDS |= {evidence.attached: with_its_files}
ENDS |= {stories.withdrawn: lambda case: not taken_back_alone(case), stories.extended: extended_once}
ENDS |= {amends.paid: paid_by_letter, amends.owed: promised("promised"), amends.withdrawn: promised("promised")}
ENDS |= {helping.answered: asked("answered"), helping.waiting: asked("")}
ENDS |= {helping.returned: asked("answered", "answered")}
ENDS |= {helping.by_partner: lambda case: case.tasks.get().partner == case.partner is not None}
ENDS |= {helping.countersigned: signed("objected", "agreed"), helping.to_countersign: signed("")}
ENDS |= {helping.ordered: ordered("answered"), helping.still_ordered: ordered("")}
ENDS |= {amends.answered_for: answered("LIABLE"), amends.appealed: answered("LIABLE", "NOT_LIABLE")}
ENDS |= {speakers.by_an_agent: heard("representative"), speakers.by_an_heir: heard("")}
ENDS |= {speakers.jointly: heard("representative", 2)}
ENDS |= {promising.called_back: vowed("kept"), promising.kept: vowed("kept"), promising.waiting: vowed("open")}
ENDS |= {amends.given_back: promised("taken_back")}
ENDS |= {terms.by_regulator: answered_outside, terms.by_central_bank: answered_outside, terms.mediated: days_left_out}
ENDS |= {terms.agreed: lambda case: case.agreements.count() == 1, terms.grave: lambda case: case.level == "major"}
