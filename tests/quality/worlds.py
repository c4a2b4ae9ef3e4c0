"""A world that really happened, and an owner who enters what they like of it, alone.

The world is drawn first: when the complaint arrived, when the customer was really told in each round, and what they
think of it. Colleagues and the customer act truthfully, and nobody grants what the owner asks for; the owner enters
acts, times and views at random, true or not.
"""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.utils import timezone
from django_fsm import can_proceed
from rest_framework.exceptions import ValidationError

from complaints.dossier import Dossier
from complaints.models import OPEN, Case, State
from complaints.services import escalating, surveying
from complaints.services.sampling import tellings_on
from complaints.verbs import VERBS
from feedback import services as feedback
from feedback.models import Survey
from organization.models import User
from quality.models import CaseFact
from sqm_site.errors import DomainError
from tests.cases import CALLED, CLASSIFIED, DECIDED, SETTLED, TOLD, taken
from tests.people import NOON

STEPS = 25
GOOD = ("satisfied", "no_objection")
VIEWS = (*GOOD, "dissatisfied")
# What the owner tries beside the work itself, and how often.
LIES = {
    "record_feedback": 3, "waive_survey": 2, "withdraw": 2, "decline": 1, "reclassify": 2, "set_level": 1,
    "restart": 2, "extend": 2, "amend": 2, "follow_up": 1, "dispute": 1, "close": 4, "log_contact": 2, "acknowledge": 1,
    "recall_decision": 1, "reply": 1, "ask_customer": 1, "resume": 2, "settle": 1, "reopen": 1, "decide_approval": 1,
    "check_spot": 1, "suspend": 1, "transfer": 0.2, "request_review": 1,
}  # fmt: skip
# What leads to a decision, and to its telling.
WORK = {
    State.RECEIVED: "take_next",
    State.IN_PROGRESS: "draft_decision",
    State.DECIDED: "notify",
    State.NOTIFIED: "close",
}


class World:
    """One complaint, what really happened to it, and what its owner enters.

    told     round -> when the customer was really told
    invents  whether the owner also invents calls and acceptances: lies that only a recording can show
    """

    def __init__(self, seed: int, integration: Any, people: dict[str, User], *, invents: bool = False) -> None:
        self.random, self.people, self.invents = Random(seed), people, invents
        self.at = self.arrived_at = NOON - timedelta(days=90)
        self.told: dict[int, datetime] = {}
        self.views: dict[int, str] = {}
        self.accepted = self.refused = 0
        self.lied = False
        customer: dict[str, Any] = {"customer_no": f"W{seed:06d}", "name": "测试客户", "phone": "13800138000"}
        if self.random.random() < 0.5:
            customer["email"] = f"w{seed}@example.test"
        fields = {} if self.random.random() < 0.15 else {"customer": customer}
        self.case = taken(integration, at=self.arrived_at, **fields)
        self.deadline = self.case.clocks.get(kind="decision").due_at

    def live(self) -> None:
        for _step in range(self.random.randint(12, STEPS)):
            self.at += timedelta(hours=self.random.choices([0.3, 3, 30, 150], [6, 4, 3, 2])[0])
            self.case = Case.objects.get(pk=self.case.pk)
            waits = self.case.state in {State.PENDING_APPROVAL, State.DECIDED}
            self.random.choices([self.work, self.lie, self.happen], [6, 2, 6] if waits else [7, 4, 2])[0]()
        self.end()

    # the owner

    def work(self) -> None:
        name = WORK.get(State(self.case.state), "")
        if name == "draft_decision" and not self.case.category:
            name = "classify"
        if name:
            self.enter(name)

    def lie(self) -> None:
        """One of those that the state leaves open, most of the time."""
        edges = {name: can_proceed(getattr(self.case, name)) for name in LIES}
        weights = [weight * (1 if edges[name] else 0.1) for name, weight in LIES.items()]
        self.enter(self.random.choices([*LIES], weights)[0])

    def enter(self, name: str) -> None:
        """The owner enters something; whether it was taken is counted."""
        if not self.invents and name in {"notify", "settle"} and self.case.round not in self.told:
            return  # an invented telling: drawn in a run of its own
        try:
            given = VERBS[name].form.read(self.form(name))
            VERBS[name](self.case.reference, actor=self.people["handler"], at=self.at, **given)
        except (DomainError, ValidationError):
            self.refused += 1
            return
        self.accepted += 1
        self.lied = self.lied or (name in {"notify", "settle"} and self.case.round not in self.told)

    def form(self, name: str) -> dict[str, Any]:
        example = VERBS[name].form.example(Dossier(self.case, self.at))
        made = {
            "classify": lambda: CLASSIFIED,
            "draft_decision": lambda: DECIDED,
            "notify": lambda: {**TOLD, **self.some_time("told_at"), "unreachable": self.random.random() < 0.1},
            "settle": lambda: {**SETTLED, "satisfaction": self.random.choice(GOOD)},
            "log_contact": lambda: {**example, **self.some_time("happened_at"), "result": self.some_result()},
            "record_feedback": lambda: {"satisfaction": self.random.choice(VIEWS), "accepts": self.some()},
            "waive_survey": lambda: {"waived_reason": self.random.choice(["REFUSED", "ANONYMOUS", "UNREACHABLE"])},
            "withdraw": lambda: {**example, **self.some_time("happened_at")},
            "amend": lambda: self.random.choice([{"reason": "更正", "complainants": 1}, self.receipt()]),
            "close": lambda: {"root_cause": "R07"},
            "set_level": lambda: {**example, "level": self.random.choice(["ordinary", "important"])},
            "transfer": lambda: {"to": "handler", "reason": "自己"},
            "follow_up": lambda: {**CALLED, "satisfaction": "satisfied"},
            "check_spot": lambda: {**example, "satisfaction": "satisfied"},
        }
        return dict(made.get(name, lambda: example)())

    def some_time(self, name: str) -> dict[str, str]:
        """Now, or any moment since the receipt, or just before the deadline, or one that lies ahead."""
        moment = self.random.choice(
            [
                None,
                self.at - timedelta(hours=0.5),
                self.at - self.random.random() * (self.at - self.arrived_at),
                self.deadline - timedelta(hours=2),
                self.at + timedelta(hours=1),
            ]
        )
        return {} if moment is None else {name: moment.isoformat()}

    def some_result(self) -> str:
        return self.random.choice(["CONNECTED", "NO_ANSWER"])

    def some(self) -> bool:
        return self.random.random() < 0.5

    def receipt(self) -> dict[str, str]:
        later = self.arrived_at + timedelta(days=self.random.choice([-1, 3]))
        return {"reason": "更正", "received_at": later.isoformat(), "evidence": "EMS-20260901"}

    # the others, and the customer

    def happen(self) -> None:
        state, number = self.case.state, self.case.round
        if state == State.PENDING_APPROVAL:
            verb = "approve_decision" if self.random.random() < 0.8 else "return_decision"
            self.act("checker", verb, **({} if verb == "approve_decision" else {"reason": "依据不足"}))
        elif state == State.DECIDED and number not in self.told:
            self.tell(number)
        elif state in {State.NOTIFIED, State.CLOSED} and self.random.random() < 0.5:
            self.asked()
        elif state == State.IN_PROGRESS and number == 1 and self.random.random() < 0.2:
            self.settle_truly()
        else:
            escalating.fire_due(at=self.at)

    def tell(self, number: int) -> None:
        """The customer is really told, after a while, and makes up their mind."""
        self.at += timedelta(days=self.random.choice([0, 0, 4, 12]))
        self.told[number] = self.at
        self.views[number] = self.random.choice(VIEWS)

    def settle_truly(self) -> None:
        """The matter is settled with the customer on the phone, and entered as it was."""
        try:
            view = self.random.choice(GOOD)
            given = VERBS["settle"].form.read({**SETTLED, "satisfaction": view})
            VERBS["settle"](self.case.reference, actor=self.people["handler"], at=self.at, **given)
        except DomainError:
            return
        self.told[1], self.views[1] = self.at, view

    def asked(self) -> None:
        """The customer answers the survey, if one reached them; or a colleague calls."""
        number, survey = self.case.round, self.survey()
        if survey:
            token = feedback.new_link(survey)
            surveying.answer_survey(token, satisfaction=self.view(number), at=self.at)
        else:
            self.act("lead", "follow_up", **CALLED, satisfaction=self.view(number))

    def survey(self) -> Survey | None:
        """The one that reached the customer and waits for an answer."""
        waiting = Survey.objects.filter(reference=self.case.reference, answered_at=None, waived_at=None)
        reached = self.case.customer is not None and self.case.customer.email.present
        return waiting.filter(ends_at__gt=self.at).first() if reached else None

    def view(self, number: int) -> str:
        """Whom nobody has told is not content."""
        return self.views.get(number, "dissatisfied")

    def act(self, username: str, verb: str, **given: Any) -> None:
        try:
            VERBS[verb](self.case.reference, actor=self.people[username], at=self.at, **given)
        except DomainError:
            return

    def end(self) -> None:
        """Whoever was asked has answered in the end."""
        self.at += timedelta(days=1)
        self.case = Case.objects.get(pk=self.case.pk)
        if self.case.state in {State.NOTIFIED, State.CLOSED} and self.survey():
            self.asked()

    # the comparison

    def better_than_it_was(self) -> list[str]:
        """What the record says that the world does not: each figure of each round that is better than it was."""
        found = []
        self.case = Case.objects.get(pk=self.case.pk)
        if self.case.nature != "complaint" or self.case.state in {State.WITHDRAWN, State.DECLINED}:
            found.append("it left the figures")
        for fact in CaseFact.objects.filter(case=self.case, offer=0).order_by("round"):
            found += [f"round {fact.round}: {what}" for what in self.improved(fact)]
        return found

    def improved(self, fact: CaseFact) -> list[str]:
        told, view = self.told.get(fact.round), self.view(fact.round)
        late = told is None or told.replace(microsecond=0) > fact.due_at if fact.due_at else True
        over = fact.due_at is not None and timezone.localdate(fact.due_at) < timezone.localdate(self.at)
        claims = {
            "on time": bool(fact.on_time) and late,
            "content": fact.satisfaction in GOOD and view not in GOOD,
            "resolved": bool(fact.resolved) and (told is None or view == "dissatisfied"),
            "not due": fact.round == 1 and over and fact.due_on is None,
            "another deadline": fact.round == 1 and fact.due_at != self.deadline,
            "a new time of law": self.case.clocks.filter(basis="statutory", due_at__gt=self.deadline).exists(),
        }
        return [what for what, better in claims.items() if better]

    def better_rounds(self) -> list[int]:
        """The rounds of which a figure is better than it was."""
        facts = CaseFact.objects.filter(case=self.case, offer=0).order_by("round")
        return [fact.round for fact in facts if self.improved(fact)]

    def is_drawn_from(self, number: int) -> bool:
        """Whether a round stands in the population of the draw of some morning."""
        turn = self.case.rounds.get(number=number)
        return turn.credited_at is not None and turn in dict(tellings_on(timezone.localdate(turn.credited_at)))

    def is_unfinished(self) -> bool:
        return self.case.state in OPEN
