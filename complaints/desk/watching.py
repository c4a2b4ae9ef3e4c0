"""Lists of whoever answers for others: which deadline presses, why the case does not move, and what to do about it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from complaints.countdown import moment
from complaints.desk.rows import SHOWN, Row
from complaints.desk.timeleft import TimeLeft, of_case, of_clock
from complaints.models import MOVED, OPEN, PAUSED, SETTLING, Approval, Case, Clock, Decision, Nature, Offer, State
from complaints.verbs import label_of
from organization.models import User
from organization.rights import rights_of
from sla.models import ClockKind

# What rights and reasons ask of a case beside the columns of a row.
ASKED = (
    "first_contact_at", "legal_entity_id", "business_line_id", "team_id", "brought_by_id", "barred", "owner_id",
    "offered_to_id", "offered_unit__path", "offered_unit__name", "handling_unit__path", "first_receiver_id",
)  # fmt: skip

# What a countdown and a reason say, and no more: of fifty cases some hundred rows are read.
OF_CLOCKS = (
    "case_id", "kind", "due_at", "stopped_at", "paused_at", "ladder_id", "rule_set_id", "target_id", "calendar_id",
)  # fmt: skip
OF_OFFERS = ("case_id", "ended_at", "at", "outcome", "to__display_name", "to__username")
OF_DRAFTS = ("case_id", "status", "drafted_at", "round__number")

NOT_ONESELF = {
    "chase"
}  # an owner reminds nobody; that the customer asked again they enter on the case page, with words


@dataclass(frozen=True)
class WatchRow(Row):
    """A row with the clock that put it into the list, and why the case does not move.

    acts  the verbs that the reader may use on it from the list
    """

    clock: Clock | None = None
    reasons: tuple[str, ...] = ()
    acts: frozenset[str] = frozenset()
    plan: Any = None  # what waits for the reader's plan, in the list of escalations

    @property
    def named(self) -> str:
        """Of what it is the deadline."""
        return ClockKind.label_of(self.clock.kind) if self.clock else ""


def watched(rows: QuerySet[Case]) -> QuerySet[Case]:
    """The columns of a row, in one statement."""
    people = ("owner", "offered_to", "handling_unit", "offered_unit", "customer")
    return rows.select_related(*people).only(*SHOWN, *ASKED)


def as_watch_rows(cases: Iterable[Case], user: User, at: datetime, pressing: Q | None = None) -> list[WatchRow]:
    """The rows, in a fixed number of statements.

    pressing  which running clocks of a case the list is about; of several the earliest. Default: all
    """
    shown = list(cases)
    clocks, reasons = clocks_of(shown, pressing or Q()), Reasons(shown)
    rights = rights_of(user)
    return [
        WatchRow(
            case,
            left_of(case, clocks.get(case.pk), at),
            clock=clocks.get(case.pk),
            reasons=tuple(reasons.of(case)),
            acts=frozenset(name for name in ("chase", "assign") if case.is_open and rights.allows(name, case))
            - (NOT_ONESELF if case.owner_id == user.pk else set()),
        )
        for case in shown
    ]


def left_of(case: Case, clock: Clock | None, at: datetime) -> TimeLeft:
    return of_clock(clock, case, at) if clock else of_case(case, None, at)


def clocks_of(cases: list[Case], pressing: Q) -> dict[int, Clock]:
    running = Clock.objects.of_cases([case.pk for case in cases]).filter(pressing)
    first = running.order_by("case", "due_at", "pk").distinct("case")
    return {clock.case_id: clock for clock in first.only(*OF_CLOCKS)}


class Reasons:
    """Why some open cases do not move, in words: read once for all of them."""

    def __init__(self, cases: list[Case]) -> None:
        keys = [case.pk for case in cases if case.state in OPEN]
        offers = Offer.objects.filter(case__in=keys).select_related("to").only(*OF_OFFERS)
        self.offers = grouped(offers.order_by("number"))
        drafts = Decision.objects.filter(case__in=keys).select_related("round").only(*OF_DRAFTS)
        self.decisions = grouped(drafts.order_by("pk"))
        running = Clock.objects.filter(case__in=keys, kind__in=["wait", "sign_off"], stopped_at=None)
        self.clocks = grouped(running.only("case_id", "kind", "started_at").order_by("pk"))
        asked = Approval.objects.filter(case__in=keys, status=Approval.Status.ASKED)
        self.approvals = grouped(asked.only("case_id", "verb", "asked_at").order_by("pk"))

    def of(self, case: Case) -> Iterator[str]:
        if not case.is_open:
            return
        yield from self.of_offers(case)
        if case.nature == Nature.COMPLAINT and case.first_contact_at is None and case.state not in SETTLING:
            yield _("not contacted yet")
        yield from self.of_decisions(case)
        if case.state in PAUSED:
            since = next((clock.started_at for clock in self.clocks[case.pk] if clock.kind == "wait"), None)
            yield _("{state} since {since}").format(state=State(case.state).label, since=moment(since))
        for row in self.approvals[case.pk]:
            yield _("“{verb}” asked for since {since}").format(verb=label_of(row.verb), since=moment(row.asked_at))

    def of_offers(self, case: Case) -> Iterator[str]:
        offers = self.offers[case.pk]
        lying = next((offer for offer in offers if offer.is_open), None)
        if lying is not None:
            yield _("not signed for by {person} since {since}").format(person=lying.to, since=moment(lying.at))
        elif case.state == State.RECEIVED:
            yield _("not dispatched yet")
        else:  # it fell to the post, whose holder signs by working on it
            for clock in self.clocks[case.pk]:
                if clock.kind == "sign_off":
                    facts = {"person": case.owner, "since": moment(clock.started_at)}
                    yield _("not signed for by {person} since {since}").format(**facts)
        last = max((place for place, offer in enumerate(offers, 1) if offer.outcome in MOVED), default=0)
        refused = sum(offer.outcome == Offer.Outcome.REFUSED for offer in offers[last:])
        if refused:
            yield _("sent back {count} times").format(count=refused)

    def of_decisions(self, case: Case) -> Iterator[str]:
        of_round = [row for row in self.decisions[case.pk] if row.round.number == case.round]
        for row in of_round:
            if row.status == Decision.Status.DRAFTED and case.state == State.PENDING_APPROVAL:
                yield _("waiting for a check since {since}").format(since=moment(row.drafted_at))
        returned = sum(row.status == Decision.Status.RETURNED for row in of_round)
        if returned:
            yield _("decision returned {count} times").format(count=returned)


def grouped(rows: Iterable[Any]) -> dict[int, list[Any]]:
    groups: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        groups[row.case_id].append(row)
    return groups
