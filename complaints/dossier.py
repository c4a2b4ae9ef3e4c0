"""What a gate reads of a case, each part loaded once and only when it is asked for."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Q
from django.utils import timezone

from complaints.models import (
    ADDRESSES,
    BEFORE_TOLD,
    PAUSED,
    STEMS,
    Address,
    Approval,
    Case,
    Clock,
    Contact,
    DeadlineMove,
    Decision,
    Exclusion,
    ExternalReference,
    GroupSign,
    Link,
    Message,
    Notification,
    Offer,
    Representative,
    Round,
    SpotCheck,
)
from complaints.owing import Owing
from feedback.models import Feedback
from organization.models import User
from security.fields import Sealed

WITH_A_LINK = ("customer", "handling_unit", "offered_unit")  # what tells whose the other case is, and who raised it


@dataclass(frozen=True)
class Missing:
    """What a verb still wants, in a sentence. field: the field of its form that brings it; empty: none does."""

    sentence: Any
    field: str = ""


class Dossier(Owing):
    """One case and the rows beside it, as they are at a moment (default: now).

    reader  for whom a form is filled in, where that changes what is offered
    others  the newest of the other cases of the customer that the reader may see; None: nobody has asked for them yet
    """

    def __init__(self, case: Case, at: datetime | None = None, *, reader: User | None = None) -> None:
        self.case, self.at, self.reader = case, at or timezone.now(), reader
        self.others: list[Case] | None = None

    @property
    def round(self) -> Round:
        return self.case.current_round

    @property
    def offer(self) -> Offer | None:
        return self.case.open_offer

    @property
    def waits(self) -> bool:
        """Whether it waits for somebody outside, also while it is offered to a colleague meanwhile."""
        return self.case.state in PAUSED or bool(self.offer and self.offer.from_state in PAUSED)

    @cached_property
    def clocks(self) -> list[Clock]:
        """Those that run, and all of this round, the earliest deadline first."""
        rows = self.case.clocks.filter(Q(stopped_at=None) | Q(round=self.round))
        return list(rows.select_related("rule_set", "target__policy").order_by("due_at", "pk"))

    @cached_property
    def moves(self) -> dict[int, list[DeadlineMove]]:
        """id of a clock of `clocks` -> the moves of its deadline, oldest first."""
        found: dict[int, list[DeadlineMove]] = {clock.pk: [] for clock in self.clocks}
        for move in DeadlineMove.objects.filter(clock__in=found).order_by("pk"):
            found[move.clock_id].append(move)
        return found

    @cached_property
    def exclusions(self) -> list[Exclusion]:
        """The days that do not count, as they were granted, oldest first."""
        return list(self.case.exclusions.select_related("approval", "round").order_by("pk"))

    @property
    def ways_end(self) -> datetime | None:
        """Until when the ways are open that a rejected decision leaves; None: it was not rejected, or they are over."""
        return next((clock.due_at for clock in self.clocks if clock.kind == "ways" and clock.stopped_at is None), None)

    @cached_property
    def offers(self) -> list[Offer]:
        """All of the case, oldest first."""
        return list(self.case.offers.order_by("number"))

    @cached_property
    def all_approvals(self) -> list[Approval]:
        """Of all times, oldest first."""
        return list(self.case.approvals.select_related("asked_by", "decided_by").order_by("pk"))

    @property
    def approvals(self) -> list[Approval]:
        """Those that somebody asked for and nobody has decided, oldest first."""
        return [row for row in self.all_approvals if row.awaits_decision]

    def license(self, verb: str, at: datetime | None = None) -> Approval | None:
        """The grant by which a verb may be run, once."""
        moment = at or self.at
        granted = [row for row in self.all_approvals if row.status == Approval.Status.GRANTED and row.verb == verb]
        return next((row for row in reversed(granted) if moment <= row.expires_at), None)

    @cached_property
    def agreed_way(self) -> str:
        """协商约定: the way of telling that was agreed with the customer last; empty: none was."""
        return self.case.agreements.exclude(method="").order_by("-pk").values_list("method", flat=True).first() or ""

    @cached_property
    def tellings(self) -> list[Notification]:
        """How the customer was told the decision of each round, oldest first."""
        if self.case.round == 1 and self.case.state in BEFORE_TOLD:
            return []
        return list(self.case.notifications.select_related("round").order_by("pk"))

    @property
    def told(self) -> Notification | None:
        """The telling of this round; None: the customer was not told."""
        return next((row for row in self.tellings if row.round_id == self.round.pk), None)

    @cached_property
    def review(self) -> Case | None:
        """核查: the case by which a superior institution reviews, or has reviewed, the decision of this round."""
        return Case.objects.filter(links__other_round=self.round).first()

    @property
    def is_under_review(self) -> bool:
        """Whether a superior institution is about to decide what becomes of the decision of this round."""
        return self.review is not None and self.review.state in BEFORE_TOLD

    @cached_property
    def decisions(self) -> list[Decision]:
        """All of the case, oldest first. The round of the newest need not be read again."""
        rows = list(self.case.decisions.select_related("author", "checker", "round").order_by("pk"))
        if rows and rows[-1].round.number == self.case.round:
            vars(self.case).setdefault("current_round", rows[-1].round)
        return rows

    @property
    def draft(self) -> Decision | None:
        """The decision that awaits its check."""
        return next((row for row in self.decisions if row.status == Decision.Status.DRAFTED), None)

    @cached_property
    def spot_checks(self) -> list[SpotCheck]:
        """Of what the customer was told; oldest first."""
        return list(self.case.spot_checks.select_related("round").order_by("pk")) if self.tellings else []

    @cached_property
    def references(self) -> list[ExternalReference]:
        return sorted(self.case.external_references.all(), key=lambda row: row.pk)

    @cached_property
    def links(self) -> list[Link]:
        """Those that stand between this case and others, whichever says so, oldest first.

        Most cases have none: the many columns of the other one are asked for where there is one.
        """
        rows = Link.objects.standing().filter(Q(case=self.case.pk) | Q(other=self.case.pk))
        known = getattr(self.case, "linked", None)  # a page has read it with the case
        if known is False or (known is None and not rows.exists()):
            return []
        both = (f"{end}__{one}" for end in ("case", "other") for one in WITH_A_LINK)
        return list(rows.select_related(*both).order_by("pk"))

    def linked(self, link: Link) -> Case:
        """The other case of a link."""
        return link.other if link.case_id == self.case.pk else link.case

    @cached_property
    def absorbed(self) -> list[Case]:
        """合并: the cases that are handled with this one, directly or with one of these."""
        merged = [link.case for link in self.links if link.kind == Link.Kind.MERGED_INTO and link.other == self.case]
        found = list(merged)
        while merged:
            deeper = Link.objects.merged().filter(other__in=merged).select_related("case__customer")
            merged = [link.case for link in deeper.order_by("pk")]
            found += merged
        return found

    @property
    def parts(self) -> list[Case]:
        """Of a group complaint (群体性投诉) the cases that are gathered under it."""
        return [link.case for link in self.links if link.kind == Link.Kind.CHILD_OF and link.other == self.case]

    @cached_property
    def open_signs(self) -> list[GroupSign]:
        """Signs of a group complaint that wait for somebody. No query where the page has read that there is none."""
        if getattr(self.case, "sign", True) is None:
            return []
        return list(self.case.group_signs.filter(status=GroupSign.Status.FOUND).order_by("pk"))

    @cached_property
    def references_of_absorbed(self) -> list[ExternalReference]:
        """Those of the cases that are handled with this one: they are answered from here."""
        if not self.absorbed:
            return []
        return list(ExternalReference.objects.filter(case__in=[case.pk for case in self.absorbed]).order_by("pk"))

    @property
    def unanswered(self) -> list[ExternalReference]:
        """The transfers that want an answer and have none, also those of what is handled with the case."""
        return [row for row in [*self.references, *self.references_of_absorbed] if row.awaits_answer]

    @cached_property
    def line(self) -> list[int]:
        """Ids of the case and of those it began from, up to that to which the customer wrote."""
        found: list[int] = [self.case.pk]
        while not Message.objects.filter(case=found[-1], opened=True).exists():
            stem = Link.objects.standing().filter(case=found[-1], kind__in=STEMS).first()
            if stem is None:
                break
            found.append(stem.other_id)
        return found

    @cached_property
    def contact(self) -> Feedback | None:
        """The message that opened the case: answers go to the addresses it brought, or to one that was confirmed.

        Of a case that began from another one that of the other: the customer is reached as before.
        """
        first = Message.objects.filter(case=self.line[-1], opened=True).select_related("feedback__customer").first()
        return first.feedback if first else None

    @cached_property
    def confirmed(self) -> dict[str, Sealed]:
        """phone, email, openid -> the address of this kind that a person confirmed last."""
        rows = list(Address.objects.filter(case__in=self.line).order_by("pk"))
        return {name: getattr(row, name) for row in rows for name in ADDRESSES if getattr(row, name).present}

    @property
    def is_confirmed(self) -> bool:
        """Whether a person confirmed any address of the customer; a page has read it with the case."""
        given = getattr(self.case, "given", None)
        return any(given[name] for name in ADDRESSES) if given is not None else bool(self.confirmed)

    @cached_property
    def representatives(self) -> list[Representative]:
        """Who speaks for the complainant, or did, oldest first; of a case that began from another one also there.

        A page has read with the case what it shows of them; the values themselves are read for a verb.
        """
        shown = getattr(self.case, "speakers", None)
        if shown is not None:
            return [Representative.shown(facts) for facts in shown]
        rows = Representative.objects.filter(case__in=self.line).select_related("seen_by")
        return list(rows.order_by("pk"))

    @cached_property
    def contacts(self) -> list[Contact]:
        return list(self.case.contacts.order_by("pk"))

    @cached_property
    def done(self) -> set[tuple[str, int]]:
        """(verb, who) of everything anybody ever did on the case."""
        return set(self.case.events.values_list("verb", "actor_id").distinct())

    def doers_of(self, verbs: set[str]) -> set[int]:
        """Ids of whoever ever did one of these on the case, in whatever round."""
        return {who for verb, who in self.done if verb in verbs}
