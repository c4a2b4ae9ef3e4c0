"""The whole workflow on one screen: every verb, the states it starts from, and where it leads."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from django.db import models
from django_fsm import GET_STATE, transition

from complaints.models.states import (
    BEFORE_DECIDED,
    BEFORE_TOLD,
    OPEN,
    PAUSED,
    SETTLED,
    SETTLING,
    UNDER_WAY,
    WAITING,
    Nature,
    State,
)
from organization.rights import may

States = str | Iterable[str]
EVERY = tuple(State)
# The owner has it in hand: not on its way to somebody else.
IN_HAND = (State.RECEIVED, State.IN_PROGRESS, *PAUSED, *SETTLING)
# With a decision on the table, or an appraisal under way, an offer leaves the state as it is.
STAYING = (State.WAITING_EXTERNAL, *SETTLING)
OFFERABLE = tuple(state for state in UNDER_WAY if state not in STAYING)
EVERY_BUT_MERGED = tuple(state for state in State if state != State.MERGED)
# What becomes a complaint after it was decided is worked on again.
ANEW_AS_COMPLAINT = GET_STATE(
    lambda case, nature="", **_: State.IN_PROGRESS if nature == Nature.COMPLAINT else case.state,
    states=(State.IN_PROGRESS, *SETTLED),
)
# A refused offer goes back to where it was made.
BACK = GET_STATE(lambda case, **_: case.open_offer.from_state, states=OFFERABLE)
# What was merged goes back to the state it was in.
APART = GET_STATE(lambda case, **_: case.merged.from_state, states=BEFORE_TOLD)


def edge(verb: str, moves: States | Mapping[Any, Any]) -> Callable[..., None]:
    """One verb of the table: a django-fsm transition under the right of the same name.

    moves  the states it starts from, or {states: where it leads}; without a target the state stays
    Its body sets the columns it is given; raises TypeError for a name that is no column of the case.
    """

    def body(case: models.Model, **columns: Any) -> None:
        for name, value in columns.items():
            if name not in columns_of(type(case)):
                raise TypeError(f"{verb} cannot set {name}: the case has no such column")
            setattr(case, name, value)

    # django-fsm finds and compares transitions by these
    body.__name__, body.__qualname__ = verb, f"Flow.{verb}"
    step: Callable[..., None] = body
    for sources, target in (moves if isinstance(moves, Mapping) else {moves: None}).items():
        states = [sources] if isinstance(sources, str) else [*sources]
        step = transition("state", states, target, permission=may(verb))(step)
    return step


@cache
def columns_of(model: type[models.Model]) -> frozenset[str]:
    return frozenset(name for field in model._meta.concrete_fields for name in (field.name, field.attname))


class Flow(models.Model):
    """The base of the case. Verbs stand in the order of a case's life, and pages show them so."""

    class Meta:
        abstract = True

    # whose it is; an offer outlasts what returns or resumes the case to the work on it
    accept = edge("accept", {State.ASSIGNED: State.IN_PROGRESS, (State.IN_PROGRESS, *STAYING): None})
    refuse = edge("refuse", {State.ASSIGNED: BACK, (State.IN_PROGRESS, *STAYING): None})
    start = edge("start", {State.RECEIVED: State.IN_PROGRESS})
    take_next = edge("take_next", {WAITING: State.IN_PROGRESS})

    # the work, and the way to the decision and the customer
    settle = edge("settle", {(State.RECEIVED, State.IN_PROGRESS): State.NOTIFIED})
    acknowledge = edge("acknowledge", OPEN)
    classify = edge("classify", OPEN)
    draft_decision = edge("draft_decision", {State.IN_PROGRESS: State.PENDING_APPROVAL})
    decide_review = edge("decide_review", {State.IN_PROGRESS: State.PENDING_APPROVAL})
    approve_decision = edge("approve_decision", {State.PENDING_APPROVAL: State.DECIDED})
    countersign = edge("countersign", State.PENDING_APPROVAL)
    give_opinion = edge("give_opinion", State.PENDING_APPROVAL)
    return_decision = edge("return_decision", {State.PENDING_APPROVAL: State.IN_PROGRESS})
    recall_decision = edge("recall_decision", {State.PENDING_APPROVAL: State.IN_PROGRESS})
    reopen_decision = edge("reopen_decision", {State.DECIDED: State.IN_PROGRESS})
    notify = edge("notify", {State.DECIDED: State.NOTIFIED})
    waive_survey = edge("waive_survey", EVERY_BUT_MERGED)
    record_feedback = edge("record_feedback", (State.NOTIFIED, State.CLOSED))
    follow_up = edge("follow_up", (State.NOTIFIED, State.CLOSED))
    record_way = edge("record_way", State.NOTIFIED)
    request_review = edge("request_review", (State.NOTIFIED, State.CLOSED))
    draw_spot = edge("draw_spot", EVERY_BUT_MERGED)
    check_spot = edge("check_spot", EVERY_BUT_MERGED)
    rule_liability = edge("rule_liability", (State.NOTIFIED, State.CLOSED))
    appeal_liability = edge("appeal_liability", (State.NOTIFIED, State.CLOSED))
    close = edge("close", {(State.NOTIFIED, State.RECEIVED, State.IN_PROGRESS): State.CLOSED})

    # beside it
    reply = edge("reply", IN_HAND)
    note = edge("note", EVERY)
    attach = edge("attach", EVERY)
    issue_letter = edge("issue_letter", EVERY_BUT_MERGED)
    log_contact = edge("log_contact", OPEN)
    verify_identity = edge("verify_identity", OPEN)
    ask_customer = edge("ask_customer", {State.IN_PROGRESS: State.WAITING_CUSTOMER})
    suspend = edge("suspend", {State.IN_PROGRESS: State.WAITING_EXTERNAL, State.WAITING_EXTERNAL: None})
    resume = edge("resume", {PAUSED: State.IN_PROGRESS, State.ASSIGNED: None})
    assign = edge("assign", {OFFERABLE: State.ASSIGNED, STAYING: None})
    transfer = edge("transfer", {OFFERABLE: State.ASSIGNED, STAYING: None})
    set_level = edge("set_level", OPEN)
    reclassify = edge("reclassify", {SETTLED: ANEW_AS_COMPLAINT, BEFORE_DECIDED: None})
    restart = edge("restart", BEFORE_TOLD)
    extend = edge("extend", OPEN)
    agree = edge("agree", EVERY_BUT_MERGED)
    propose_redress = edge("propose_redress", OPEN)
    pay_redress = edge("pay_redress", EVERY_BUT_MERGED)
    take_back_redress = edge("take_back_redress", EVERY_BUT_MERGED)
    amend = edge("amend", EVERY)
    confirm_named = edge("confirm_named", OPEN)
    let_in = edge("let_in", OPEN)
    confirm_address = edge("confirm_address", OPEN)
    add_representative = edge("add_representative", OPEN)
    verify_authority = edge("verify_authority", OPEN)
    end_representative = edge("end_representative", OPEN)
    add_reference = edge("add_reference", EVERY_BUT_MERGED)
    answer_regulator = edge("answer_regulator", EVERY_BUT_MERGED)
    promise = edge("promise", OPEN)
    record_promise_outcome = edge("record_promise_outcome", EVERY_BUT_MERGED)
    add_task = edge("add_task", OPEN)
    supervise = edge("supervise", OPEN)
    accept_task = edge("accept_task", OPEN)
    answer_task = edge("answer_task", OPEN)
    return_task = edge("return_task", OPEN)
    chase_task = edge("chase_task", OPEN)
    withdraw_task = edge("withdraw_task", OPEN)
    watch = edge("watch", EVERY)
    copy_in = edge("copy_in", EVERY)
    unwatch = edge("unwatch", EVERY)
    chase = edge("chase", OPEN)
    escalate = edge("escalate", OPEN)
    acknowledge_escalation = edge("acknowledge_escalation", EVERY)

    # with other cases
    link = edge("link", EVERY)
    unlink = edge("unlink", EVERY)
    merge = edge("merge", {BEFORE_TOLD: State.MERGED})
    absorb = edge("absorb", BEFORE_DECIDED)
    unmerge = edge("unmerge", {State.MERGED: APART})
    release = edge("release", EVERY)
    split = edge("split", BEFORE_TOLD)
    gather = edge("gather", OPEN)
    become_part = edge("become_part", OPEN)
    confirm_sign = edge("confirm_sign", EVERY)
    grow = edge("grow", OPEN)
    leave_group = edge("leave_group", OPEN)
    dismiss_sign = edge("dismiss_sign", EVERY)
    roll_down = edge("roll_down", {State.IN_PROGRESS: State.PENDING_APPROVAL})
    close_group = edge("close_group", {OPEN: State.CLOSED})
    hear_answer = edge("hear_answer", State.MERGED)

    # second persons, and the ways it ends or comes back
    ask_approval = edge("ask_approval", EVERY)
    decide_approval = edge("decide_approval", EVERY)
    confirm_late_entry = edge("confirm_late_entry", EVERY)
    exclude = edge("exclude", BEFORE_TOLD)
    hear_review = edge("hear_review", EVERY)
    decide_anew = edge("decide_anew", {(State.NOTIFIED, State.CLOSED): State.IN_PROGRESS})
    dispute = edge("dispute", {State.NOTIFIED: State.IN_PROGRESS})
    reopen = edge("reopen", {(State.CLOSED, State.DECLINED, State.WITHDRAWN): State.IN_PROGRESS})
    withdraw = edge("withdraw", {BEFORE_TOLD: State.WITHDRAWN})
    decline = edge("decline", {(State.RECEIVED, State.ASSIGNED, State.IN_PROGRESS): State.DECLINED})
