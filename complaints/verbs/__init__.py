"""Every verb a person or a program may use on a case, in the order of its life (`complaints/models/flow.py`).

A verb stands whole in the file of its subject: form, gate and body, one below the other.
"""

from complaints.models.flow import Flow
from complaints.verb import RECORDED, VERBS, Verb, allowed_verbs, label_of, shown_as
from complaints.verbs import (
    addressing,
    agreeing,
    amending,
    answering,
    approving,
    attaching,
    closing,
    contacting,
    countersigning,
    deciding,
    ending,
    escalation,
    excluding,
    extending,
    grading,
    grouping,
    handling,
    helping,
    identifying,
    lateness,
    lettering,
    linking,
    merging,
    outside,
    overseeing,
    ownership,
    promising,
    recusal,
    redressing,
    representing,
    restarting,
    reviewing,
    ruling,
    satisfaction,
    splitting,
    spotting,
    supervising,
    system,
    tasking,
    transferring,
    watching,
)

for name in [name for name in vars(Flow) if name in VERBS]:
    VERBS[name] = VERBS.pop(name)

__all__ = [
    "RECORDED", "VERBS", "Verb", "addressing", "agreeing", "allowed_verbs", "amending", "answering", "approving",
    "attaching", "closing", "contacting", "countersigning", "deciding", "ending", "escalation", "excluding",
    "extending", "grading", "grouping", "handling", "helping", "identifying", "label_of", "lateness", "lettering",
    "linking", "merging", "outside", "overseeing", "ownership", "promising", "recusal", "redressing",
    "representing", "restarting", "reviewing", "ruling", "satisfaction", "shown_as", "splitting", "spotting",
    "supervising", "system", "tasking", "transferring", "watching",
]  # fmt: skip
