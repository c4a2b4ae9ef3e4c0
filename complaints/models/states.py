"""The closed lists of a case: its states, and the facts that the rules ask about."""

from django.db import models
from django.utils.translation import pgettext_lazy as pgettext

from organization.models import Nature
from sla.models import Level

# Nature and Level stand where the rooms below ask for them.
__all__ = [
    "CONDUCT", "FINAL", "OPEN", "PAUSED", "SETTLING", "UNDER_WAY", "AnswerSource", "Level", "Nature", "Satisfaction",
    "State",
    "Touchpoint",
]  # fmt: skip


class State(models.TextChoices):
    """What a case is waiting for. A comment says who moves it on and which clocks run meanwhile."""

    # Stored and numbered; the unit's complaint post owns it. All clocks run.
    RECEIVED = "received", pgettext("state", "Awaiting dispatch")
    # Offered to a person or a unit; the former owner stays responsible until it is accepted. All clocks run.
    ASSIGNED = "assigned", pgettext("state", "Awaiting sign-off")
    # The owner works on it. All clocks run.
    IN_PROGRESS = "in_progress", pgettext("state", "In progress")
    # The customer was asked for something; resume moves it on. Internal clocks pause, the statutory one runs.
    WAITING_CUSTOMER = "waiting_customer", pgettext("state", "Waiting for the customer")
    # Appraisal or mediation, with evidence; resume moves it on. Internal clocks pause.
    WAITING_EXTERNAL = "waiting_external", pgettext("state", "In appraisal or mediation")
    # A second person checks the drafted decision. All clocks run.
    PENDING_APPROVAL = "pending_approval", pgettext("state", "Awaiting check")
    # Decided and not yet told: the statutory clock still runs.
    DECIDED = "decided", pgettext("state", "Awaiting reply")
    # The customer was told, with evidence: the regulator's 办结. The statutory clock has stopped.
    NOTIFIED = "notified", pgettext("state", "Told, awaiting filing")
    # Filed through the close gate. No clock runs but that of an owed follow-up call.
    CLOSED = "closed", pgettext("state", "Filed")
    # Refused for a listed reason, by two persons. No clock runs.
    DECLINED = "declined", pgettext("state", "Declined")
    # Taken back by the customer. No clock runs.
    WITHDRAWN = "withdrawn", pgettext("state", "Withdrawn")
    # Handled together with another case; unmerge brings it back. No clock is heard here, and none stands still.
    MERGED = "merged", pgettext("state", "Merged")


FINAL = (State.CLOSED, State.DECLINED, State.WITHDRAWN, State.MERGED)
OPEN = tuple(state for state in State if state not in FINAL)
BEFORE_TOLD = tuple(state for state in OPEN if state != State.NOTIFIED)
WAITING = (State.RECEIVED, State.ASSIGNED)  # for somebody who takes it
PAUSED = (State.WAITING_CUSTOMER, State.WAITING_EXTERNAL)
# The owner has it in hand and may still be asked to hand it over.
UNDER_WAY = (State.RECEIVED, State.ASSIGNED, State.IN_PROGRESS, *PAUSED)
# The decision exists: an offer made now leaves the state as it is.
SETTLING = (State.PENDING_APPROVAL, State.DECIDED, State.NOTIFIED)
SETTLED = (State.DECIDED, State.NOTIFIED)
BEFORE_DECIDED = tuple(state for state in OPEN if state not in SETTLED)


# 重大: so many complain together (Art. 29).
MAJOR_FROM = 20


class Touchpoint(models.TextChoices):
    OPENING = "opening", pgettext("touchpoint", "Opening")
    ADVICE = "advice", pgettext("touchpoint", "Advice")
    TRADING = "trading", pgettext("touchpoint", "Trading")
    AFTER_SALES = "after_sales", pgettext("touchpoint", "After-sales")


class Satisfaction(models.TextChoices):
    SATISFIED = "satisfied", pgettext("satisfaction", "Satisfied")
    NO_OBJECTION = "no_objection", pgettext("satisfaction", "No objection")
    DISSATISFIED = "dissatisfied", pgettext("satisfaction", "Dissatisfied")
    NOT_OBTAINED = "not_obtained", pgettext("satisfaction", "Not obtained")


class AnswerSource(models.TextChoices):
    """Who brings the customer's view of a result."""

    CUSTOMER = "customer", pgettext("answer", "The customer")  # by the survey or a channel of theirs
    COLLEAGUE = "colleague", pgettext("answer", "A colleague who asked")  # and had no part in the work
    SETTLING = "settling", pgettext("answer", "Settled at once")  # with the customer there; a sample is checked
    OWNER = "owner", pgettext("answer", "Who did the work")  # kept, and counted apart


# How our people behave (服务态度, 营销, 催收): nobody of the complained unit handles that. Codes of reason_C.
CONDUCT = ("C01", "C04", "C12")
