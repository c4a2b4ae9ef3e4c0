"""Random histories of cases, walked by people step by step, and the same figures counted by hand."""

import contextlib
from collections import Counter
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.utils import timezone

from complaints.dossier import Dossier
from complaints.errors import GateNotMet, SecondPerson, WrongState
from complaints.models import FINAL, SETTLING, Case, CaseEvent, Decision, Nature, Offer, Satisfaction, State
from complaints.services.attaching import hand_over
from complaints.verbs import VERBS, allowed_verbs
from organization.models import User
from sqm_site.errors import Invalid
from tests.cases import taken
from tests.people import NOON

RESOLVED_WITHIN = timedelta(days=30)
COMES_BACK = ("dispute", "reopen", "reclassify")
CASES = 4  # few, so that each goes far
# How often people do what they may. All else together is rare, however many verbs there are.
RARE = 0.6
OFTEN = {
    **dict.fromkeys(("accept", "start", "take_next", "resume", "draft_decision", "approve_decision"), 1),
    **dict.fromkeys(("notify", "close", "decide_approval", "dispute", "reopen"), 1),
    **dict.fromkeys(("refuse", "return_decision"), 2),
    **dict.fromkeys(("transfer", "assign", "record_feedback", "merge"), 0.3),
    "unmerge": 1,
}
# An open case in which nobody has any of these is stuck.
LEADING_ON = {"classify", *(name for name, weight in OFTEN.items() if weight >= 1)}


def often(verbs: list[str], case: Case) -> list[float]:
    """What lies with a checker changes hands too, and so does what is offered; most offers are refused."""
    known = dict(OFTEN)
    if case.state in SETTLING or case.offered_to_id:
        known |= dict.fromkeys(("transfer", "assign"), 1)
    if not case.category:
        known["classify"] = 1
    each = RARE / max(1, sum(verb not in known for verb in verbs))
    return [known.get(verb, each) for verb in verbs]


class Histories:
    """People who take steps on cases: one of what the pages offer, by one of those to whom it is offered."""

    def __init__(self, seed: int, integration: Any, people: dict[str, User]) -> None:
        self.random = Random(seed)
        self.integration, self.people = integration, people
        self.at = NOON - timedelta(days=150)  # a sender cannot say that something will happen
        self.references: list[str] = []
        self.done: Counter[str] = Counter()
        self.stuck: list[str] = []  # cases on which nobody has a way on, or whose state is not that of their rows

    def step(self) -> None:
        self.at += timedelta(hours=self.random.choices([0.2, 1, 20, 90], [6, 4, 2, 1])[0])
        if not self.references or (len(self.references) < CASES and self.random.random() < 0.08):
            self.take_in()
            return
        case = Case.objects.get(reference=self.random.choice(self.references))
        ways = self.ways(case)
        if at_odds(case) or (case.state not in FINAL and not ways.keys() & LEADING_ON):
            self.stuck.append(f"{case.reference} {case.state} {sorted(ways)}")
        if not ways:
            return
        name = self.random.choices([*ways], often([*ways], case))[0]
        actor = self.random.choice(ways[name])
        given = VERBS[name].form.read(self.form(name, case, actor))
        if given.get("happened_at"):
            given["happened_at"] = max(given["happened_at"], case.received_at)
        # what was asked for is granted after the case went on; what is entered late may lie too far back
        # and of several that are asked for the last may be one's own
        # a customer may have one case alone, which is linked with none
        with contextlib.suppress(WrongState, GateNotMet, SecondPerson, Invalid):
            VERBS[name](case.reference, actor=actor, at=self.at, **given)
            self.done[name] += 1

    def ways(self, case: Case) -> dict[str, list[User]]:
        """verb -> who may use it now, of everybody, as the page of each offers it."""
        found: dict[str, list[User]] = {}
        dossier = Dossier(case, self.at)
        for person in sorted(self.people.values(), key=lambda one: one.pk):
            for verb in allowed_verbs(case, person, self.at, dossier=dossier)[0]:
                found.setdefault(verb, []).append(person)
        return found

    def take_in(self) -> None:
        facts = {
            "channel": self.random.choice(["phone", "app", "web"]),
            "nature": self.random.choice(["complaint", "complaint", "complaint", "enquiry"]),
        }
        if self.random.random() < 0.7:
            facts["business_line"] = self.random.choice(["cards", "loans"])
        # two of each customer, so that some are merged
        customer = {"customer_no": f"H{len(self.references) // 2}", "name": "测试客户", "phone": "13800138000"}
        self.references.append(taken(self.integration, at=self.at, customer=customer, **facts).reference)

    def ago(self, hours: list[int]) -> str:
        return (self.at - timedelta(hours=self.random.choice(hours))).isoformat()

    def form(self, name: str, case: Case, actor: User) -> dict[str, Any]:
        """A filled-in form: the example of the verb, with what makes a difference chosen by chance."""
        if name == "attach":
            hand_over(f"{self.at} {case.reference}".encode(), name="note.txt", by=actor, at=self.at)
        return VERBS[name].form.example(Dossier(case, self.at, reader=actor)) | CHOICES.get(name, lambda self: {})(self)


def at_odds(case: Case) -> bool:
    """Whether the state says what the rows do not: a check without a draft, told and nobody was told."""
    turn = case.current_round
    return {
        State.PENDING_APPROVAL: not turn.decisions.filter(status=Decision.Status.DRAFTED).exists(),
        State.DECIDED: turn.decided_at is None,
        State.NOTIFIED: turn.notified_at is None,
    }.get(State(case.state), False)


def receiver(self: Histories) -> dict[str, str]:
    return self.random.choice(
        [{"to": "handler"}, {"to": "outsider"}, {"to": "colleague"}, {"unit": "SH"}, {"unit": "BJ"}]
    )


CHOICES = {
    "assign": receiver,
    "transfer": receiver,
    "close": lambda self: {"root_cause": "R07"},
    "record_feedback": lambda self: {
        "satisfaction": self.random.choice(Satisfaction.values),
        "accepts": self.random.random() < 0.5,
    },
    "decide_approval": lambda self: {"grant": self.random.random() < 0.6},
    "notify": lambda self: {"told_at": self.ago([0, 0, 1, 30])},
    "log_contact": lambda self: {"happened_at": self.ago([0, 1, 40]), "outbound": self.random.random() < 0.7},
    "check_spot": lambda self: {"as_recorded": self.random.random() < 0.5, "was_told": self.random.random() < 0.5},
    "set_level": lambda self: {"level": self.random.choice(["ordinary", "important", "major"])},
    "withdraw": lambda self: {"happened_at": (self.at - timedelta(minutes=self.random.choice([0, 20]))).isoformat()},
}


def endings(events: list[CaseEvent]) -> list[CaseEvent]:
    """How a round came to an end; a merger that was undone is none."""
    found: list[CaseEvent] = []
    for event in events:
        if event.after in FINAL and event.before not in FINAL:
            found.append(event)
        elif event.verb == "unmerge":
            found.pop()
    return found


def day(moment: datetime | None):
    return moment and timezone.localdate(moment)


def counted_by_hand() -> Counter:
    """(unit, channel, day, measure) -> how often, read case by case from the log."""
    counts: Counter = Counter()
    for case in Case.objects.filter(nature=Nature.COMPLAINT, kind=Case.Kind.ORIGINAL):
        for number in range(1, case.round + 1):
            for on, measure in measured(case, number):
                counts[in_charge(case, number), case.channel, on, measure] += 1
        for unit, on, measure in askings(case):
            counts[unit, case.channel, on, measure] += 1
    return counts


def askings(case: Case):
    """Each time a unit is asked to sign: the hour, and whether it answered by then."""
    offers = list(case.offers.order_by("number"))
    while offers:
        first, *rest = offers
        clock = case.clocks.filter(kind="sign_off", subject=first.subject, round=first.round).first()
        while offers[0].outcome == "superseded" and offers[1].unit_id == first.unit_id:
            offers.pop(0)
        last = offers.pop(0)
        had = last
        while offers and offers[0].unit_id == first.unit_id and not gave_back(had):
            had = offers.pop(0)
        if clock is None:  # what was no complaint then
            continue
        rests = not last.outcome and case.state == State.MERGED
        ended_at = last.round.closed_at if rests else last.ended_at
        in_time = ended_at and ended_at.replace(microsecond=0) <= clock.due_at
        if (last.outcome in {"", "accepted", "taken", "refused"} and not rests) or not in_time:
            yield first.unit_id, day(clock.due_at), "offered"
            if in_time and last.outcome:
                yield first.unit_id, day(clock.due_at), "signed_in_time"
            if last.outcome == "refused":
                yield first.unit_id, day(clock.due_at), "refused"


def gave_back(offer: Offer) -> bool:
    return offer.outcome == "refused" and offer.from_unit_id != offer.unit_id


def in_charge(case: Case, number: int) -> int:
    """The unit that had the case when the customer was told or the deadline passed, by what the log says of it."""
    events = list(case.events.order_by("sequence"))
    of_round = [event for event in events if event.round == number]
    told = [event.happened_at for event in of_round if event.verb in {"notify", "settle"}]
    ended = [event.at for event in endings(of_round)]
    back = [event.at for event in events if event.round == number + 1 and event.verb in COMES_BACK]
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


def answers(case: Case, number: int) -> list[dict[str, Any]]:
    """What the customer said of a round, in order; a spot check may come later."""
    asking = case.events.filter(verb__in=["record_feedback", "settle", "check_spot"]).order_by("sequence")
    said = [event.details for event in asking if event.details.get("turn", event.round) == number]
    return [details for details in said if details["satisfaction"] != "not_obtained"]


def measured(case: Case, number: int):
    """The days and measures of one round."""
    events = list(case.events.filter(round=number).order_by("sequence"))
    told = case.notifications.filter(round__number=number).values_list("told_at", flat=True).first()
    given = answers(case, number)
    ends = endings(events)
    back = case.events.filter(round=number + 1, verb__in=COMES_BACK).first()
    due_at = deadline(case, number)
    if number == 1:
        yield day(case.received_at), "received_complaints"
    if told:
        yield day(told), "notified"
        yield from ((day(told), measure) for measure in of_telling(given))
        yield from ((day(told), measure) for measure in of_handling(case, number, events))
    if told or not ends or (ends[-1].happened_at if ends[-1].verb == "withdraw" else ends[-1].at) > due_at:
        yield day(due_at), "due"
        if told and counting(case, number, told).replace(microsecond=0) <= due_at:
            yield day(due_at), "on_time"
    if ends and ends[-1].after == "closed":
        yield day(ends[-1].at), "closed"
        silent = told and (back is None or back.at > told + RESOLVED_WITHIN)
        if resolved(given, silent and asked(events, number)):
            yield day(ends[-1].at), "resolved"


def asked(events: list[CaseEvent], number: int) -> bool:
    """Whether the customer was asked what they think of a round."""
    turns = [event.details.get("rounds", {}).get(str(number), {}) for event in events]
    return any("satisfaction_asked_at" in turn for turn in turns)


def resolved(given: list[dict[str, Any]], silent: bool) -> bool:
    """Accepted by a word that counts, or asked, and silent since; what was rejected never is."""
    if not given:
        return silent
    rejected = given[-1]["satisfaction"] == "dissatisfied" or not given[-1]["accepts"]
    return not rejected and (silent or given[-1]["source"] != "owner")


def of_telling(given: list[dict[str, Any]]):
    if given:
        yield "entered_by_owner" if given[-1]["source"] == "owner" else given[-1]["satisfaction"]


def of_handling(case: Case, number: int, events: list[CaseEvent]):
    if case.clocks.filter(round__number=number, moves__cause="extension").exists():
        yield "extended"
    if any(event.verb == "waive_survey" or event.details.get("unreachable") for event in events):
        yield "waived"
    if any(event.details.get("late") for event in events):
        yield "entered_late"
    if any(event.verb == "settle" for event in events):
        yield "settled"
    for event in case.events.filter(verb="check_spot", details__turn=number):
        yield "spot_checked"
        if not event.details["as_recorded"]:
            yield "spot_differs"


def late_entry(case: Case, number: int) -> CaseEvent | None:
    """The telling of a round that was entered late."""
    return case.events.filter(round=number, verb="notify", details__late=True).first()


def counting(case: Case, number: int, told: datetime) -> datetime:
    """The moment by which on time is judged."""
    denied = case.events.filter(verb="check_spot", details__turn=number, details__was_told=False).first()
    if denied:
        return denied.at
    entry = late_entry(case, number)
    agreed = entry and case.events.filter(verb="confirm_late_entry", details__entry=entry.sequence).exists()
    return told if entry is None or agreed else entry.at
