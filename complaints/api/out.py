"""What the API says of a case. Names and numbers of people never leave in the clear."""

from typing import Any

from rest_framework import serializers

from complaints.models import Case, CaseEvent, Clock
from complaints.services.intake import Taken
from sla import services as sla


class ReceiptCase(serializers.Serializer):
    reference = serializers.CharField()
    state = serializers.CharField()
    owner = serializers.CharField()
    handling_unit = serializers.CharField()
    due_at = serializers.DateTimeField(help_text="The statutory deadline, else the internal one for the resolution.")


class Receipt(serializers.Serializer):
    id = serializers.IntegerField()
    reference = serializers.CharField(allow_null=True)
    nature = serializers.CharField()
    case = ReceiptCase(allow_null=True)


class CaseOut(serializers.Serializer):
    reference = serializers.CharField()
    state = serializers.CharField()
    nature = serializers.CharField()
    level = serializers.CharField()
    urgent = serializers.BooleanField()
    round = serializers.IntegerField()
    channel = serializers.CharField()
    owner = serializers.CharField(allow_null=True)
    offered_to = serializers.CharField(allow_null=True)
    handling_unit = serializers.CharField()
    team = serializers.CharField(allow_null=True)
    business_line = serializers.CharField(allow_null=True)
    business_channel = serializers.CharField()
    category = serializers.CharField()
    reason = serializers.CharField()
    subject = serializers.CharField()
    received_at = serializers.DateTimeField()
    next_due_at = serializers.DateTimeField(allow_null=True)
    notified_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    satisfaction = serializers.CharField()
    version = serializers.IntegerField()


class CaseFullOut(CaseOut):
    text = serializers.CharField()
    customer = serializers.DictField(allow_null=True)
    finding = serializers.CharField()
    demand_met = serializers.CharField()
    root_cause = serializers.CharField()
    close_reason = serializers.CharField()
    allowed_verbs = serializers.ListField(child=serializers.CharField())
    why_not = serializers.DictField(child=serializers.CharField())


class EventOut(serializers.Serializer):
    sequence = serializers.IntegerField()
    verb = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()
    actor = serializers.CharField()
    at = serializers.DateTimeField()
    details = serializers.DictField()


class ClockOut(serializers.Serializer):
    kind = serializers.CharField()
    basis = serializers.CharField()
    round = serializers.IntegerField()
    state = serializers.CharField()
    started_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    stopped_at = serializers.DateTimeField(allow_null=True)
    provenance = serializers.ListField(child=serializers.DictField())


def receipt(taken: Taken) -> dict[str, Any]:
    case = taken.case
    return {
        "id": taken.feedback.pk,
        "reference": case.reference if case else None,
        "nature": taken.feedback.nature,
        "case": None
        if case is None
        else {
            "reference": case.reference,
            "state": case.state,
            "owner": case.owner.display_name if case.owner else None,
            "handling_unit": case.handling_unit.code,
            "due_at": moment(case.promised_due_at),
        },
    }


def case_row(case: Case) -> dict[str, Any]:
    return {
        "reference": case.reference,
        "state": case.state,
        "nature": case.nature,
        "level": case.level,
        "urgent": case.urgent,
        "round": case.round,
        "channel": case.channel,
        "owner": case.owner.display_name if case.owner else None,
        "offered_to": case.offered_to.display_name if case.offered_to else None,
        "handling_unit": case.handling_unit.code,
        "team": case.team.name if case.team else None,
        "business_line": case.business_line.code if case.business_line else None,
        "business_channel": case.business_channel,
        "category": case.category,
        "reason": case.reason,
        "subject": case.subject,
        "received_at": moment(case.received_at),
        "next_due_at": moment(case.next_due_at),
        "notified_at": moment(case.notified_at),
        "closed_at": moment(case.closed_at),
        "satisfaction": case.satisfaction,
        "version": case.version,
    }


def case_full(case: Case, allowed: list[str], why_not: dict[str, str]) -> dict[str, Any]:
    customer = case.customer
    return {
        **case_row(case),
        "text": case.text,
        "customer": None
        if customer is None
        else {"id": customer.pk, "name": customer.name.masked, "phone": customer.phone.masked},
        "finding": case.finding,
        "demand_met": case.demand_met,
        "root_cause": case.root_cause,
        "close_reason": case.close_reason,
        "allowed_verbs": allowed,
        "why_not": why_not,
    }


def event_row(event: CaseEvent) -> dict[str, Any]:
    return {
        "sequence": event.sequence,
        "verb": event.verb,
        "before": event.before,
        "after": event.after,
        "actor": event.actor.display_name,
        "at": moment(event.at),
        "details": {name: value for name, value in event.details.items() if name not in {"texts", "case", "clocks"}},
    }


def clock_row(clock: Clock, at: Any) -> dict[str, Any]:
    return {
        "kind": clock.kind,
        "basis": clock.basis,
        "round": clock.round,
        "state": str(sla.state_of(clock, at)),
        "started_at": moment(clock.started_at),
        "due_at": moment(clock.due_at),
        "stopped_at": moment(clock.stopped_at),
        "provenance": clock.provenance,
    }


def moment(value: Any) -> Any:
    return value.isoformat() if value is not None else None
