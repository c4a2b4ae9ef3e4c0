"""What people do with a case, verb by verb, until it stands where its story ends."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from django.utils import timezone

from complaints.desk.beginning import CAME_BY
from complaints.models import CONDUCT
from demo import words
from demo.institution import Desk, desks

# where a text names no root cause: the likely one of its reason
ROOT_CAUSE = {"C01": "R04", "C02": "R03", "C07": "R07", "C10": "R11", "C11": "R05", "C12": "R09"}
KNOWN = "KNOWN_NUMBER"  # called on the number that we hold
CUSTOMER = "customer"  # who takes a step by the channel by which they spoke
PAST_THE_LAST_DAY = 46  # days after the fifteenth: the sixty-first
MEDIATED_WITHIN = timedelta(days=30)


@dataclass(frozen=True)
class Step:
    """One verb of one person; CUSTOMER takes it by the program of their channel.

    refused  the door says why not, and nothing comes of it
    on       the case on which it is taken, where that is another one (demo/others.py); in the body `THE_FIRST` names it
    """

    who: str
    verb: str
    body: Mapping[str, Any] = field(default_factory=dict)
    refused: bool = False
    on: str = ""


@dataclass
class Work:
    """A case as its story needs it: the desk it lies on, what was said, and a source of chance of its own.

    checker  approves what the worker drafts; boss stands above both; head leads the unit, or that above it
    """

    desk: Desk
    channel: str
    sample: Mapping[str, Any]
    chance: Random

    def __post_init__(self) -> None:
        self.worker = self.chance.choice(self.desk.workers)
        self.checker, self.boss = self.desk.checker, self.desk.boss
        self.head = self.desk.head
        answer = self.chance.choices(words.ANSWERS, words.ANSWER_WEIGHTS)[0]
        self.answer = words.resolution(self.sample, answer)

    def by_worker(self, verb: str, **body: Any) -> Step:
        return Step(self.worker, verb, body)

    def evidence(self) -> str:
        return f"REC-{self.chance.randrange(10**8):08d}"

    def category(self) -> dict[str, str]:
        return {
            "business_channel": CAME_BY[self.channel],
            "category": self.sample["category"],
            "reason": self.sample["reason"],
            "complained_unit": self.desk.elsewhere if self.sample["reason"] in CONDUCT else self.desk.code,
        }


Story = Iterator[Step]


def taken(work: Work) -> Story:
    """The case reaches whoever works on it."""
    if work.desk.holder == work.worker:
        yield work.by_worker("start")
    else:
        yield from offered(work)
        yield work.by_worker("accept")


def offered(work: Work) -> Story:
    """Dispatched and not signed for; at a counter, whose holder works alone, the case stays untouched."""
    if work.desk.holder != work.worker:
        yield Step(work.desk.holder, "assign", {"to": work.worker, "team": work.desk.team})


def refused(work: Work) -> Story:
    if work.desk.holder != work.worker:
        yield from offered(work)
        yield work.by_worker("refuse", reason=words.REFUSED)


def ruled(work: Work) -> Story:
    """Another branch refuses it twice; then whoever dispatches has the last word, and there it is signed for."""
    there = desks()[work.desk.elsewhere]
    dispatcher = work.boss if work.desk.holder == work.worker else work.desk.holder
    for _time in range(2):
        yield Step(dispatcher, "assign", {"unit": there.code})
        yield Step(there.holder, "refuse", {"reason": words.NOT_OURS})
    yield Step(dispatcher, "assign", {"to": there.holder, "reason": words.RULED})
    yield Step(there.holder, "accept")
    yield Step(there.holder, "acknowledge", {"method": "PHONE", "text": words.ACKNOWLEDGED})


def working(work: Work) -> Story:
    """Acknowledged, most called, and under way."""
    yield from taken(work)
    yield work.by_worker("acknowledge", method="PHONE", text=words.ACKNOWLEDGED)
    if work.chance.random() < 0.8:
        yield work.by_worker("log_contact", method="PHONE", result="CONNECTED", gist=words.CONTACTED, identity=KNOWN)
    if work.chance.random() < 0.3:
        yield work.by_worker("note", text=words.NOTED)


def hard(work: Work) -> Story:
    """An important one: chased by the customer, raised by the worker, known to the lead."""
    yield from working(work)
    yield work.by_worker("set_level", level="important", reason=words.RAISED)
    yield work.by_worker("chase", text=words.CHASED)
    yield work.by_worker("escalate", reason=words.ESCALATED)
    tomorrow = timezone.localdate() + timedelta(days=1)
    yield Step(work.desk.lead, "acknowledge_escalation", {"plan": words.PLAN, "until": f"{tomorrow}"})


def asked(work: Work) -> Story:
    yield from working(work)
    yield work.by_worker("ask_customer", method="PHONE", text=words.ASKED_FOR)


def mediated(work: Work) -> Story:
    yield from working(work)
    until = timezone.localdate() + MEDIATED_WITHIN
    body = {"ground": "MEDIATION", "evidence": work.evidence(), "until": f"{until}", "text": words.SUSPENDED}
    yield Step(work.boss, "suspend", body)


def drafted(work: Work) -> Story:
    """The drafted decision waits for the second person."""
    yield from working(work)
    yield work.by_worker("classify", **work.category())
    yield draft(work)


def draft(work: Work) -> Step:
    return work.by_worker(
        "draft_decision",
        finding=work.answer["finding"],
        demand_met=work.answer["demand_met"],
        findings=work.answer["findings"],
        basis=words.BASIS,
        outcome=work.answer["reply"],
        remedies=words.REMEDIES,
    )


def decided(work: Work) -> Story:
    yield from drafted(work)
    yield Step(work.checker, "approve_decision")


def returned(work: Work) -> Story:
    """Sent back once by the second person, and filed in the end."""
    yield from drafted(work)
    yield Step(work.checker, "return_decision", {"reason": words.RETURNED})
    yield draft(work)
    yield Step(work.checker, "approve_decision")
    yield tell(work)
    yield call(work)
    yield filed(work)


def call(work: Work) -> Step:
    """回访: a colleague without a part in the work asks how content the customer is."""
    view = work.chance.choices(["satisfied", "no_objection", "dissatisfied", "not_obtained"], [66, 22, 7, 5])[0]
    body = {"method": "PHONE", "result": "CONNECTED", "gist": words.FOLLOWED_UP, "satisfaction": view}
    return Step(work.checker, "follow_up", body)


def tell(work: Work) -> Step:
    return work.by_worker("notify", method="PHONE", evidence=work.evidence(), text=work.answer["reply"])


def told(work: Work) -> Story:
    yield from decided(work)
    yield tell(work)


def filed(work: Work) -> Step:
    cause = work.sample.get("root_cause") or ROOT_CAUSE.get(work.sample["reason"], "R02")
    return work.by_worker("close", root_cause=cause)


def closed(work: Work) -> Story:
    yield from told(work)
    yield call(work)
    yield filed(work)


def late(work: Work) -> Story:
    """Told after the statutory deadline: the message is older than that."""
    yield from closed(work)


def settled(work: Work) -> Story:
    """即时办结: one form, and filed. What is about somebody's conduct takes the longer way."""
    if work.sample["reason"] in CONDUCT:
        yield from closed(work)
        return
    if work.desk.holder != work.worker:
        yield from taken(work)
    yield work.by_worker(
        "settle",
        **work.category(),
        finding=work.answer["finding"],
        demand_met=work.answer["demand_met"],
        method="PHONE",
        evidence=work.evidence(),
        text=work.answer["reply"],
        satisfaction=work.chance.choices(["satisfied", "no_objection"], [4, 1])[0],
    )
    yield filed(work)


def disputed(work: Work) -> Story:
    yield from told(work)
    yield work.by_worker("dispute", reason=words.DISPUTED)


def reopened(work: Work) -> Story:
    """Filed, and back because the customer does not accept the result."""
    yield from closed(work)
    body = {"satisfaction": "dissatisfied", "accepts": False, "comment": words.COMES_BACK}
    yield Step(work.boss, "record_feedback", body)


def withdrawn(work: Work) -> Story:
    """The customer takes it back by phone: asked for by one, granted by another."""
    yield from working(work)
    yield withdraw(work)
    yield granted(work)


def withdraw(work: Work) -> Step:
    body = {"evidence_kind": "RECORDING", "evidence": work.evidence(), "root_cause": "R10"}
    return work.by_worker("withdraw", **body, reason=words.WITHDRAWN)


def taken_back(work: Work) -> Story:
    """The customer takes it back by their own channel: nobody has to be asked."""
    yield from working(work)
    yield Step(CUSTOMER, "withdraw", {"evidence_kind": "MESSAGE", "evidence": work.evidence()})


def declined(work: Work) -> Story:
    """Asked for by one, granted by another; then the person who raised it is told."""
    yield from working(work)
    yield work.by_worker("decline", decline_reason="NOT_COMPLAINANT", reason=words.DECLINED)
    yield granted(work)
    yield work.by_worker("decline", method="PHONE", evidence=work.evidence(), text=words.DECLINED_TOLD)


def renewed(work: Work) -> Story:
    """New material within the handling period: a second person grants that the time counts anew."""
    yield from working(work)
    yield work.by_worker("restart", material=work.evidence(), reason=words.NEW_FACTS)
    yield granted(work)
    yield work.by_worker("restart", method="PHONE", evidence=work.evidence(), text=words.RESTARTED)


def extended(work: Work) -> Story:
    """More time than the law has is refused; what was asked for within it is granted, and done by the telling."""
    yield from working(work)
    asked_for = {"ground": "COMPLEX", "paper": work.evidence(), "reason": words.NEEDS_TIME}
    yield Step(work.worker, "extend", {**asked_for, "days": PAST_THE_LAST_DAY}, refused=True)
    yield work.by_worker("extend", **asked_for, days=15)
    yield granted(work)
    yield work.by_worker("extend", method="PHONE", evidence=work.evidence(), text=words.EXTENDED)


def granted(work: Work) -> Step:
    return Step(work.boss, "decide_approval", {"grant": True, "remark": words.GRANTED})


def untouched(work: Work) -> Story:
    """It lies with the holder of the complaint post."""
    return iter(())


def replied(work: Work) -> Story:
    """What is no complaint gets one reply and is filed."""
    yield from taken(work)
    yield work.by_worker("reply", method="PHONE", text=work.answer["reply"])
    yield work.by_worker("close")
