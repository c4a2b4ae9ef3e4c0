"""Random histories of cases, made through the verbs, and the same figures counted by hand."""

import contextlib
from collections import Counter
from datetime import datetime, timedelta
from random import Random

from django.utils import timezone

from complaints.models import FINAL, Case, Nature, Satisfaction
from complaints.verbs import approving, closing, deciding, handling, ownership
from organization.models import User
from sqm_site.errors import DomainError
from tests.cases import CLASSIFIED, DECIDED, taken
from tests.people import NOON

TOLD = {"method": "PHONE", "evidence": "REC-1", "text": "已退回年费。"}
SETTLED = {
    **CLASSIFIED,
    "finding": "SUBSTANTIATED",
    "demand_met": "MET",
    "method": "PHONE",
    "evidence": "REC-2",
    "text": "当场解释并退回。",
    "satisfaction": "satisfied",
}
RESOLVED_WITHIN = timedelta(days=30)


class Histories:
    """Takes random steps on random cases; a step that the rules refuse does not happen."""

    def __init__(self, seed: int, integration, checker: User) -> None:
        self.random = Random(seed)
        self.integration, self.checker = integration, checker
        self.at = NOON - timedelta(days=150)  # a sender cannot say that something will happen
        self.references: list[str] = []

    def step(self) -> None:
        self.at += timedelta(hours=self.random.choice([1, 5, 20, 90]))
        if not self.references or self.random.random() < 0.12:
            self.take_in()
            return
        reference, act = self.random.choice(self.references[-5:]), self.random.choice(ACTS)
        with contextlib.suppress(DomainError):
            act(self, reference, {"actor": User.system(), "at": self.at})

    def take_in(self) -> None:
        facts = {
            "channel": self.random.choice(["phone", "app", "web"]),
            "nature": self.random.choice(["complaint", "complaint", "complaint", "enquiry"]),
        }
        if self.random.random() < 0.7:
            facts["business_line"] = self.random.choice(["cards", "loans"])
        self.references.append(taken(self.integration, at=self.at, **facts).reference)

    def accept(self, reference: str, by: dict) -> None:
        """By the person it is offered to: the system owns nothing."""
        person = Case.objects.get(reference=reference).offered_to
        ownership.accept(reference, actor=person or self.checker, at=by["at"])

    def decide(self, reference: str, by: dict) -> None:
        handling.classify(reference, **by, **CLASSIFIED)
        deciding.draft_decision(reference, **by, **DECIDED)
        deciding.approve_decision(reference, actor=self.checker, at=self.at)
        deciding.notify(reference, **by, **TOLD)

    def decline(self, reference: str, by: dict) -> None:
        closing.decline(reference, **by, decline_reason="NOT_OURS", reason="不属于受理范围")
        approving.decide_approval(reference, actor=self.checker, at=self.at, grant=True)

    def answer(self, reference: str, by: dict) -> None:
        words = {"satisfaction": self.random.choice(Satisfaction.values), "accepts": self.random.random() < 0.5}
        closing.record_feedback(reference, **by, **words)


ACTS = [
    lambda self, reference, by: ownership.start(reference, **by),
    lambda self, reference, by: ownership.start(reference, **by),
    lambda self, reference, by: ownership.assign(reference, **by, to=self.random.choice(["handler", "outsider"])),
    Histories.accept,
    lambda self, reference, by: deciding.settle(reference, **by, **SETTLED),
    lambda self, reference, by: handling.note(reference, **by, text="已核对流水。"),
    lambda self, reference, by: closing.close(reference, **by, root_cause="R07"),
    lambda self, reference, by: closing.close(reference, **by, root_cause="R07"),
    lambda self, reference, by: closing.dispute(reference, **by, reason="不认可"),
    lambda self, reference, by: closing.reopen(reference, **by, reason="新情况"),
    lambda self, reference, by: closing.withdraw(reference, **by, evidence="REC-3"),
    Histories.decide,
    Histories.decide,
    Histories.decide,
    Histories.decline,
    Histories.answer,
    Histories.answer,
]


def day(moment: datetime | None):
    return moment and timezone.localdate(moment)


def counted_by_hand() -> Counter:
    """(unit, channel, day, measure) -> how often, read case by case from the log."""
    counts: Counter = Counter()
    for case in Case.objects.filter(nature=Nature.COMPLAINT):
        for number in range(1, case.round + 1):
            for on, measure in measured(case, number):
                counts[in_charge(case, number), case.channel, on, measure] += 1
    return counts


def in_charge(case: Case, number: int) -> int:
    """The unit that had the case when the customer was told or the deadline passed, by what the log says of it."""
    events = list(case.events.order_by("sequence"))
    of_round = [event for event in events if event.round == number]
    told = [event.happened_at for event in of_round if event.verb in {"notify", "settle"}]
    ended = [event.at for event in of_round if event.after in FINAL and event.before not in FINAL]
    back = [event.at for event in events if event.round == number + 1 and event.verb in {"dispute", "reopen"}]
    until = min([deadline(case, number), *told, *ended, *back])
    units = [
        event.details["case"]["handling_unit_id"]
        for event in events
        if event.at <= until and "handling_unit_id" in event.details.get("case", {})
    ]
    return units[-1] if units else case.receiving_unit_id


def deadline(case: Case, number: int) -> datetime:
    clocks = case.clocks.filter(round__number=number, kind__in=["decision", "resolution"])
    return clocks.order_by("kind").first().due_at


def measured(case: Case, number: int):
    """The days and measures of one round."""
    events = list(case.events.filter(round=number).order_by("sequence"))
    told = case.notifications.filter(round__number=number).values_list("told_at", flat=True).first()
    answers = [event.details for event in events if event.verb == "record_feedback"]
    given = [answer for answer in answers if answer["satisfaction"] != "not_obtained"]
    ends = [event for event in events if event.after in FINAL and event.before not in FINAL]
    back = case.events.filter(round=number + 1, verb__in=["dispute", "reopen"]).first()
    due_at = deadline(case, number)
    if number == 1:
        yield day(case.received_at), "received_complaints"
    if told:
        yield day(told), "notified"
        if answers and answers[-1]["satisfaction"] in {"satisfied", "no_objection", "dissatisfied"}:
            yield day(told), answers[-1]["satisfaction"]
    if told or not ends or ends[-1].at > due_at:
        yield day(due_at), "due"
        if told and told.replace(microsecond=0) <= due_at:
            yield day(due_at), "on_time"
    if ends and ends[-1].after == "closed":
        yield day(ends[-1].at), "closed"
        accepted = given and given[-1]["satisfaction"] != "dissatisfied" and given[-1].get("accepts", True)
        if accepted or back is None or back.at > told + RESOLVED_WITHIN:
            yield day(ends[-1].at), "resolved"
