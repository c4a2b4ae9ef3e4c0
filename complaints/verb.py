"""A verb says everything about itself in one place: `@verb(Form, label, ...)` over its body, in `complaints/verbs/`.

Doors (pages, API, sweeps, commands) are loops over VERBS.
"""

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_fsm import can_proceed, has_transition_perm

from complaints.act import Writing, perform
from complaints.dossier import Dossier, Missing
from complaints.errors import GateNotMet, NotAllowed, NotOfAGroup, WrongState
from complaints.fields import Form
from complaints.locks import lock
from complaints.models import Case, State, Task
from complaints.recorded import CUSTOMER, NOTE, OURS, RECORDED, STEP, Recorded
from complaints.services.falling import fall
from complaints.services.recusal import refusal_of
from organization.models import User
from sqm_site.errors import DomainError

# Where the case page offers it: as a button, in the menu, or in the box for writing.
BUTTON, MENU, COMPOSER = "button", "menu", "composer"

Given = Mapping[str, Any]
Gate = Callable[..., Iterable[Missing]]
Closed = Callable[..., DomainError | None]
Asking = Callable[..., bool]
Setting = Callable[..., "Terms"]
Knowing = Callable[[Dossier], Iterable[str]]

__all__ = [
    "BUTTON", "COMPOSER", "CUSTOMER", "MENU", "NOTE", "OURS", "RECORDED", "STEP", "VERBS", "Gate", "Given", "Recorded",
    "Terms", "Verb", "allowed_verbs", "always", "before", "label_of", "out_of_turn", "participants", "shown_as",
    "took_part", "verb", "workers", "working",
]  # fmt: skip


@dataclass(frozen=True)
class Terms:
    """On which terms a second person decides.

    route   by whom, any one of these (services/routes.py); empty: by whoever has the right and did not ask
    before  when it expires at the latest: with the deadline that it would move
    codes   what is granted beside what the form says
    """

    route: Sequence[str] = ()
    before: datetime | None = None
    codes: dict[str, Any] = field(default_factory=dict)


def on_the_usual_terms(dossier: Dossier, *, given: Given) -> Terms:
    return Terms()


def nothing_to_know(dossier: Dossier) -> Iterable[str]:
    return ()


VERBS: dict[str, "Verb"] = {}  # those that people and programs use
# Whoever did one of these has had the case, or told the customer.
ANSWERED_FOR_IT = {"accept", "take_next", "start", "notify"}


class Verb:
    """One verb. Called as `settle(reference, actor=..., **fields of the form)` it is the door's function.

    label        what people read
    to_owner     what whoever has the case reads instead; empty: the same
    when         (dossier, at=) -> the refusal, where the edge exists and yet the verb is out of turn: 409
    who          (dossier, actor=, given=) -> the refusal, where the right is there and somebody else must do it: 403;
                 or where what is named is not there for them: 400, 404, 409
    gate         (dossier, actor=, at=, given=) yields what is missing: 422. What names a field of the form, a page
                 leaves out: the form brings it
    moment       the field of the form that says when it happened; empty: as it is entered
    second_person  (dossier, actor=, given=) -> whether it is asked for first, and the body runs when a second person
                 grants it; None: never
    licensed     the grant lets whoever asked run it, once, with what could not be known before, such as the telling
    warns        (dossier) -> what whoever does it should know, in sentences; it forbids nothing
    terms        (dossier, given=) -> on which terms a second person decides; None: on those of every approval
    locks_first  (reference, given): locks all that it may write, in the order in which all lock; None: the case alone
    door         False: no door offers it, other verbs run it
    of_group     it is done to a group complaint (群体性投诉) itself; all else only in the case of each complainant
    by_asked     it is done by whoever a task is put to, or leads a unit that the case concerns, whether or not they
                 read the case
    in_bulk      one form may be used on several cases in one act: it says nothing to a customer and decides nothing
    works        whoever did it has worked on the case, and does not check its decision
    answers      what the customer wrote before it waits no more: it was answered, noted or worked on
    leaves_etag  it adds something beside the facts: no version, and nothing that happened meanwhile contradicts it
    """

    do_not_call_in_templates = True  # pages show it; Django would call it

    def __init__(self, body: Callable[..., None], form: type[Form], label: Any, facts: dict[str, Any]) -> None:
        functools.update_wrapper(self, body)
        self.name, self.body, self.form, self.label = body.__name__, body, form, label
        self.to_owner: Any = facts.pop("to_owner", "")
        self.when: Closed | None = facts.pop("when", None)
        self.who: Closed | None = facts.pop("who", None)
        self.gate: Gate | None = facts.pop("gate", None)
        self.second_person: Asking | None = facts.pop("second_person", None)
        self.licensed: bool = facts.pop("licensed", False)
        self.warns: Knowing = facts.pop("warns", nothing_to_know)
        self.terms: Setting = facts.pop("terms", on_the_usual_terms)
        self.locks_first: Callable[[str, Given], None] | None = facts.pop("locks_first", None)
        self.door: bool = facts.pop("door", True)
        self.of_group: bool = facts.pop("of_group", False)
        self.by_asked: bool = facts.pop("by_asked", False)
        self.in_bulk: bool = facts.pop("in_bulk", False)
        self.works: bool = facts.pop("works", False)
        self.leaves_etag: bool = facts.pop("leaves_etag", False)
        self.shown_as: str = facts.pop("shown_as", STEP)
        self.place: str = facts.pop("place", MENU)
        self.answers = not self.by_asked and (self.works or self.shown_as == OURS or self.place == COMPOSER)
        self.moment: str = form.moment()
        if facts:
            raise TypeError(f"{self.name}: a verb has no {', '.join(facts)}")

    def __call__(
        self, reference: str, *, actor: User, at: datetime | None = None, version: int | None = None, **given: Any
    ) -> Case:
        """Run it on a case and return the case as it is then.

        version  the ETag the caller saw
        Raises NotFound, Stale, WrongState, NotAllowed, GateNotMet; then nothing is written.
        """
        with transaction.atomic():
            if self.locks_first is not None:
                self.locks_first(reference, given)
            case = lock(reference, actor, version=version, asked=self.by_asked)
            self.within(case, actor=actor, at=at or timezone.now(), **given)
        return case

    run = __call__

    def within(self, case: Case, *, actor: User, at: datetime, **given: Any) -> None:
        """Run it on a case that the caller has locked, in the caller's transaction; or ask for it first."""
        writing = Writing(case, at)
        if self.asks(writing.dossier, actor=actor, at=at, given=given):
            refusal = self.refusal(writing.dossier, actor=actor, at=at, given=given)
            if refusal is not None:
                raise refusal
            asked = {"wanted": self, "given": given}
            perform(RECORDED["ask_approval"], writing, actor=actor, at=at, given=asked, follows=True)
        else:
            perform(self, writing, actor=actor, at=at, given=given)
        fall(writing, at=at)
        writing.write()

    def asks(self, dossier: Dossier, *, actor: User, at: datetime, given: Given) -> bool:
        """Whether a second person must grant it first."""
        if self.second_person is None or (self.licensed and dossier.license(self.name, at)):
            return False
        return self.second_person(dossier, actor=actor, given=given)

    def refusal(
        self, dossier: Dossier, *, actor: User, at: datetime, given: Given, follows: bool = False
    ) -> DomainError | None:
        """Why not, in the order that doors promise: wrong state, no right, not this person, something missing.

        follows  it runs because another verb did: the right to that one is enough
        """
        closed = self.closed(dossier, actor=actor, at=at, given=given, follows=follows)
        if closed is not None:
            return closed
        missing = [str(one.sentence) for one in self.missing(dossier, actor=actor, at=at, given=given)]
        return GateNotMet(verb=self.label, missing=missing) if missing else None

    def closed(
        self, dossier: Dossier, *, actor: User, at: datetime, given: Given, follows: bool = False
    ) -> DomainError | None:
        edge = getattr(dossier.case, self.name)
        if not can_proceed(edge):
            return WrongState(verb=self.label, state=State(dossier.case.state).label)
        if dossier.case.kind == Case.Kind.GROUP and not self.of_group:
            return NotOfAGroup(verb=self.label)
        if self.when is not None and (early := self.when(dossier, at=at)):
            return early
        if concerned := refusal_of(dossier.case, actor):
            return concerned
        if not follows and not has_transition_perm(edge, actor):
            return NotAllowed(verb=self.label)
        return self.who(dossier, actor=actor, given=given) if self.who is not None else None

    def missing(self, dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterable[Missing]:
        open_ones = dossier.approvals if self.second_person is not None else []
        if any(row.verb == self.name and row.is_open(at) for row in open_ones):
            yield Missing(_("It has been asked for already: a second person decides."))
        if given.get(self.moment):
            yield from untimely(dossier, given[self.moment], at=at, field=self.moment)
        if self.gate is not None:
            yield from self.gate(dossier, actor=actor, at=at, given=given)

    def why_not(self, dossier: Dossier, actor: User, at: datetime) -> str:
        """One sentence for a page; empty when some valid form would pass at the door."""
        closed = self.closed(dossier, actor=actor, at=at, given={})
        if type(closed) is WrongState:
            return str(_("Not while the case is “{state}”.")).format(state=State(dossier.case.state).label)
        if isinstance(closed, NotAllowed):
            return str(_("Not with your role on this case."))
        if closed is not None:
            return str(closed)
        missing = self.missing(dossier, actor=actor, at=at, given={})
        return " ".join(str(one.sentence) for one in missing if one.field not in self.form.names())


def untimely(dossier: Dossier, happened_at: datetime, *, at: datetime, field: str) -> Iterable[Missing]:
    """What happened lies between the receipt of the case and now; by the minute, as people write it."""
    if happened_at > at:
        yield Missing(_("That lies ahead: give the time at which it happened."), field)
    elif before(happened_at, dossier.case.received_at):
        yield Missing(_("The case had not come in by then: correct the time."), field)


def before(one: datetime, other: datetime) -> bool:
    """Whether one moment lies before another, by the minute."""
    return one.replace(second=0, microsecond=0) < other.replace(second=0, microsecond=0)


def verb(form: type[Form], label: Any, **facts: Any) -> Callable[[Callable[..., None]], Verb]:
    """Make the body below a verb; `facts` are those of Verb. The body gets the `Act`, then the fields of the form."""

    def registered(body: Callable[..., None]) -> Verb:
        made = Verb(body, form, label, facts)
        (VERBS if made.door else RECORDED)[made.name] = made
        return made

    return registered


def always(dossier: Dossier, *, actor: User, given: Given) -> bool:
    """For `second_person`: whoever asks, and whatever for."""
    return True


def working() -> set[str]:
    """The verbs that count as work: whoever did one does not check the decision."""
    return {name for name, one in VERBS.items() if one.works}


def workers(dossier: Dossier) -> set[int]:
    """Ids of whoever ever worked on the case, in whatever round.

    Whoever was asked for help and said that nothing of it is theirs did not, nor who answered an order from above: else
    one could ask a strict checker, and would be rid of them.
    """
    answered = [task for task in dossier.tasks if task.ended_as == Task.End.ANSWERED]
    helpers = {task.answered_by_id for task in answered if not task.is_order}
    by_asked = {name for name, one in VERBS.items() if one.by_asked}
    return dossier.doers_of(working() - by_asked) | {pk for pk in helpers if pk is not None}


def took_part(dossier: Dossier, person: User) -> bool:
    """Whether a figure of the case is about this person's work: who has it, had it or is asked to sign for it, worked
    on it, or told the customer.

    To hand it on afterwards changes nothing, nor to sign for it only then.
    """
    return person.pk in participants(dossier)


def participants(dossier: Dossier) -> set[int]:
    """Ids of whoever took part."""
    has_it = {pk for pk in (dossier.case.owner_id, dossier.case.offered_to_id) if pk is not None}
    return has_it | workers(dossier) | dossier.doers_of(ANSWERED_FOR_IT)


def out_of_turn(dossier: Dossier, name: str) -> WrongState:
    return WrongState(verb=label_of(name), state=State(dossier.case.state).label)


def label_of(name: str) -> Any:
    """The word for a verb, also for those that only the system writes."""
    known = VERBS.get(name) or RECORDED.get(name)
    return known.label if known else name


def shown_as(name: str) -> str:
    known = VERBS.get(name) or RECORDED.get(name)
    return known.shown_as if known else STEP


def allowed_verbs(
    case: Case, user: User, at: datetime | None = None, *, dossier: Dossier | None = None
) -> tuple[list[str], dict[str, str]]:
    """The verbs this user may run at a moment (default: now), in order, and for the rest one sentence why not."""
    at = at or timezone.now()
    dossier = dossier or Dossier(case, at)
    closed = {name: one.why_not(dossier, user, at) for name, one in VERBS.items()}
    return [name for name, reason in closed.items() if not reason], {name: why for name, why in closed.items() if why}
