"""The colour of states and levels. It never says it alone: the word stands in it."""

from complaints.models import Level, State

STATE_TONES: dict[str, str] = {
    State.RECEIVED: "warn",
    State.ASSIGNED: "warn",
    State.WAITING_CUSTOMER: "calm",
    State.WAITING_EXTERNAL: "calm",
    State.PENDING_APPROVAL: "calm",
    State.DECIDED: "warn",  # the statutory clock still runs
    State.NOTIFIED: "good",
    State.CLOSED: "good",
}
LEVEL_TONES: dict[str, str] = {Level.IMPORTANT: "warn", Level.MAJOR: "bad"}
