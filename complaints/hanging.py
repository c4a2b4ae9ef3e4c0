"""Which columns of the rows that hang on a case events leave out, and how an event names each row among its kind."""

from collections.abc import Callable
from typing import Any

from django.db.models import Model

from complaints.models import (
    ADDRESSES,
    Address,
    Agreement,
    Approval,
    Attachment,
    Case,
    Clock,
    Contact,
    Decision,
    Escalation,
    Exclusion,
    Extension,
    ExternalReference,
    Firing,
    GroupSign,
    Liability,
    LiabilityShare,
    Link,
    Message,
    Notification,
    Offer,
    Redress,
    Round,
    SpotCheck,
    Task,
)

# Said elsewhere: the address and the chain of a case in the event itself, its title with its first message; what a row
# is by its key in the event. How a deadline was reached is only added to; when a sweep tries again or looks again is no
# fact. An address, and what a contact or a telling shows of its evidence, is a text of the same event; what a file
# is called here and in the storage, and its key, stand there as a digest.
APART: dict[type[Model], frozenset[str]] = {
    Address: frozenset({"id", "case_id", "event_sequence", "row_id"})
    | {f"{name}_{part}" for name in ADDRESSES for part in ("sealed", "masked", "index")},
    Agreement: frozenset({"id", "case_id", "round_id", "event_sequence", "evidence"}),
    Attachment: frozenset({"id", "case_id", "row_id", "title", "name_sealed", "key_sealed", "stored", "retry_at"}),
    Case: frozenset({"id", "reference", "state", "version", "event_count", "last_hash", "subject"}),
    Round: frozenset({"id", "case_id", "number"}),
    Offer: frozenset({"id", "case_id", "round_id", "number", "legal_entity_id"}),
    Clock: frozenset({"id", "case_id", "round_id", "kind", "basis", "subject", "provenance", "retry_at"}),
    Decision: frozenset({"id", "case_id", "round_id", "event_sequence"}),
    Approval: frozenset({"id", "case_id", "event_sequence"}),
    Escalation: frozenset({"id", "case_id", "event_sequence", "climb", "answer_by"}),
    Contact: frozenset({"id", "case_id", "event_sequence", "number_masked", "recording"}),
    Notification: frozenset({"id", "case_id", "round_id", "evidence"}),
    Exclusion: frozenset({"id", "case_id", "round_id", "event_sequence", "evidence"}),
    Extension: frozenset({"id", "case_id", "round_id", "event_sequence", "evidence"}),
    ExternalReference: frozenset({"id", "case_id", "legal_entity_id", "body", "number", "evidence"}),
    GroupSign: frozenset({"id", "case_id", "event_sequence"}),
    Liability: frozenset({"id", "case_id", "round_id", "event_sequence"}),
    LiabilityShare: frozenset({"id", "case_id", "liability_id", "unit_id"}),
    Link: frozenset({"id", "case_id", "other_id", "kind"}),
    Message: frozenset({"id", "case_id", "feedback_id"}),
    Redress: frozenset({"id", "case_id", "round_id", "event_sequence", "agreement", "voucher"}),
    Firing: frozenset({"id", "case_id", "clock_id", "position", "climb", "answer_by"}),
    SpotCheck: frozenset({"id", "case_id", "round_id"}),
    Task: frozenset({"id", "case_id", "round_id", "legal_entity_id", "number"}),
}
KEYS: dict[type[Model], Callable[[Any], str]] = {
    Agreement: lambda row: str(row.event_sequence),
    Address: lambda row: str(row.event_sequence),
    Round: lambda row: str(row.number),
    Offer: lambda row: str(row.number),
    Clock: lambda row: f"{row.round.number}:{row.kind}:{row.basis}:{row.subject}",
    Decision: lambda row: str(row.event_sequence),
    Approval: lambda row: str(row.event_sequence),
    Attachment: lambda row: str(row.pk),
    Escalation: lambda row: str(row.event_sequence) + f"+{row.climb}" * bool(row.climb),
    Contact: lambda row: str(row.event_sequence),
    Notification: lambda row: str(row.round.number),
    Exclusion: lambda row: str(row.event_sequence),
    Extension: lambda row: str(row.event_sequence),
    ExternalReference: lambda row: f"{row.body}:{row.number}",
    GroupSign: lambda row: str(row.event_sequence),
    Liability: lambda row: str(row.event_sequence),
    LiabilityShare: lambda row: f"{row.liability.event_sequence}:{row.unit_id}",
    Link: lambda row: f"{row.other_id}:{row.kind}",
    Message: lambda row: str(row.feedback_id),
    Redress: lambda row: str(row.event_sequence),
    Firing: lambda row: f"{KEYS[Clock](row.clock)}:{row.position}" + f"+{row.climb}" * bool(row.climb),
    SpotCheck: lambda row: str(row.round.number),
    Task: lambda row: str(row.number),
}
