"""What the API says of a case. Names and numbers of people never leave in the clear."""

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from complaints.api.beside import (
    OURS,
    IdentityOut,
    PromiseOut,
    RedressOut,
    ReferenceOut,
    RepresentativeOut,
    hanging_rows,
    identity_row,
    reference_row,
)
from complaints.api.letters import LetterOut
from complaints.api.links import LinkOut, link_rows
from complaints.api.moments import local, localised
from complaints.api.tasks import TaskOut
from complaints.dossier import Dossier
from complaints.models import (
    Case,
    Clock,
    Level,
    Message,
    Nature,
    Satisfaction,
    State,
)
from complaints.services.intake import Taken
from complaints.services.merging import state_of
from complaints.services.staying import Stay
from complaints.services.titles import titled
from feedback import services as feedback
from feedback.models import Feedback
from organization.models import User
from sla.models import Basis, ClockKind
from sla.models.clock import ClockState


class ReceiptCase(serializers.Serializer):
    reference = serializers.CharField()
    state = serializers.ChoiceField(State.choices)
    owner = serializers.CharField(allow_null=True, help_text="Name of the person who answers for it.")
    handling_unit = serializers.CharField(help_text="Code of the unit.")
    due_at = serializers.DateTimeField(
        allow_null=True, help_text="The statutory deadline, else the internal one for the resolution."
    )


class Receipt(serializers.Serializer):
    """The message is stored, with its case, an owner and deadlines. Any other answer stored nothing."""

    id = serializers.IntegerField(help_text="Our number of the message.")
    reference = serializers.CharField(allow_null=True)
    nature = serializers.ChoiceField(Nature.choices)
    case = ReceiptCase(allow_null=True, help_text="Null for scores without text.")


class CaseOut(serializers.Serializer):
    reference = serializers.CharField()
    kind = serializers.ChoiceField(Case.Kind.choices, help_text="A review is about the decision of another case.")
    state = serializers.ChoiceField(State.choices)
    nature = serializers.ChoiceField(Nature.choices)
    level = serializers.ChoiceField(Level.choices)
    pressed = serializers.BooleanField(help_text="Whether it was chased three times within seven days.")
    urgent = serializers.BooleanField()
    round = serializers.IntegerField(help_text="Counts from 1; a disputed or reopened case begins a new one.")
    channel = serializers.CharField()
    owner = serializers.CharField(allow_null=True, help_text="Name of the person who answers for it.")
    offered_to = serializers.CharField(allow_null=True, help_text="Who is asked to take it over.")
    handling_unit = serializers.CharField(help_text="Code of the unit.")
    team = serializers.CharField(allow_null=True)
    business_line = serializers.CharField(allow_null=True)
    business_channel = serializers.CharField(help_text="Code of `GET /codes/business_channel_A/`, or empty.")
    category = serializers.CharField(help_text="Code of `GET /codes/business_category_B/`, or empty.")
    reason = serializers.CharField(help_text="Code of `GET /codes/reason_C/`, or empty.")
    subject = serializers.CharField(help_text="Redacted.")
    received_at = serializers.DateTimeField()
    next_due_at = serializers.DateTimeField(allow_null=True, help_text="For queues; never told to customers.")
    notified_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    satisfaction = serializers.ChoiceField(Satisfaction.choices, allow_blank=True)
    version = serializers.IntegerField(help_text="The ETag without its quotes.")


class CustomerOut(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField(allow_blank=True, help_text="Masked. A client reads what it sent.")
    phone = serializers.CharField(allow_blank=True, help_text="Masked. A client reads what it sent.")


class CaseFullOut(CaseOut):
    text = serializers.CharField(help_text="Redacted.")
    customer = CustomerOut(allow_null=True)
    complained_unit = serializers.CharField(allow_null=True, help_text="Code of the unit it is about.")
    partner = serializers.CharField(allow_null=True, help_text="Code of the partner institution it is about.")
    complainant_type = serializers.CharField(help_text="Code of `GET /codes/complainant_type/`.")
    complainants = serializers.IntegerField(help_text="How many complain together.")
    identity = IdentityOut(help_text="Whether it was verified that it is the customer who speaks.")
    representatives = RepresentativeOut(many=True, help_text="Who speaks for them, or did. Empty for a client.")
    finding = serializers.CharField(help_text="Code of `GET /codes/finding/`, or empty.")
    demand_met = serializers.CharField(help_text="Code of `GET /codes/demand_met/`, or empty.")
    root_cause = serializers.CharField(help_text="Code of `GET /codes/root_cause/`, or empty.")
    close_reason = serializers.CharField(help_text="Code of `GET /codes/close_reason/`, or empty.")
    external_references = ReferenceOut(many=True, help_text="Regulators, hotlines and others that transferred it.")
    redress = RedressOut(many=True, help_text="What the customer was promised. Empty for a client.")
    promises = PromiseOut(many=True, help_text="What the customer was told would be done by a day. Empty for a client.")
    tasks = TaskOut(many=True, help_text="What others were asked (协办). Empty for a client.")
    letters = LetterOut(many=True, help_text="What was issued about it. Empty for a client.")
    links = LinkOut(many=True, help_text="Other cases that belong with it, of those you may see.")
    allowed_verbs = serializers.ListField(child=serializers.CharField(), help_text="Verbs you may use now.")
    why_not = serializers.DictField(child=serializers.CharField(), help_text="The other verbs, each with a sentence.")


# Facts as they stand in the case.
PLAIN = ("complainant_type", "complainants", "finding", "demand_met", "root_cause", "close_reason")


class ClockOut(serializers.Serializer):
    kind = serializers.ChoiceField(ClockKind.choices)
    basis = serializers.ChoiceField(Basis.choices)
    subject = serializers.CharField(help_text="What it is about, such as the key of a rule of law; mostly empty.")
    round = serializers.IntegerField()
    state = serializers.ChoiceField(ClockState.choices)
    started_at = serializers.DateTimeField()
    first_due_at = serializers.DateTimeField(help_text="The deadline as it was when the clock started.")
    due_at = serializers.DateTimeField()
    stopped_at = serializers.DateTimeField(allow_null=True)
    provenance = serializers.ListField(child=serializers.DictField(), help_text="How the deadline was reached.")


class StayOut(serializers.Serializer):
    unit = serializers.CharField(help_text="Code of the unit.")
    person = serializers.CharField(allow_null=True, help_text="Name of the owner, or of whom it was offered to.")
    signed = serializers.BooleanField(help_text="False while it was on offer and nobody had signed for it.")
    since = serializers.DateTimeField()
    until = serializers.DateTimeField(allow_null=True, help_text="Null while it lies there.")
    ended_by = serializers.CharField(allow_blank=True, help_text="The verb that ended it; empty while it lies there.")
    working_minutes = serializers.IntegerField(help_text="Working time, up to now for what lies there still.")
    calendar_minutes = serializers.IntegerField()


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
            "due_at": local(case.promised_due_at),
        },
    }


def case_row(case: Case) -> dict[str, Any]:
    return {
        "reference": case.reference,
        "kind": case.kind,
        "state": case.state,
        "nature": case.nature,
        "level": case.level,
        "urgent": case.urgent,
        "pressed": case.pressed_at is not None,
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
        "received_at": local(case.received_at),
        "next_due_at": local(case.next_due_at),
        "notified_at": local(case.current_round.notified_at),
        "closed_at": local(case.current_round.closed_at),
        "satisfaction": case.current_round.satisfaction,
        "version": case.version,
    }


def opened_by(case: Case) -> Feedback | None:
    """What the customer said to begin with; None for a case of another system."""
    first = Message.objects.filter(case=case, opened=True).select_related("feedback").first()
    return first.feedback if first else None


def titles_again(cases: Iterable[Case]) -> dict[int, str]:
    """Titles of the cases of which a program may not read ours: they lack what only we know of a customer."""
    first = Message.objects.filter(case__in=list(cases)).said_first()
    return {row.case_id: titled(*feedback.as_sent(row.feedback)) for row in first if row.feedback.echo.present}


def case_rows(cases: list[Case], *, to_program: bool) -> list[dict[str, Any]]:
    """Rows of a list. A program reads again what it sent, and nothing that we know beside it."""
    titles = titles_again(cases) if to_program else {}
    return [case_row(case) | ({"subject": titles[case.pk]} if case.pk in titles else {}) for case in cases]


def case_full(
    case: Case, reader: User, allowed: list[str], why_not: dict[str, str], *, to_program: bool = False
) -> dict[str, Any]:
    """One case. A program reads of the customer and of the words what it sent, masked and redacted."""
    message, dossier = opened_by(case), Dossier(case)
    titles = titles_again([case]) if to_program else {}
    return {
        **case_row(case),
        "subject": titles.get(case.pk, case.subject),
        "text": text_of(message, as_sent=to_program),
        "customer": customer_row(case, message if to_program else case.customer),
        "complained_unit": case.complained_unit.code if case.complained_unit else None,
        "partner": case.partner.code if case.partner else None,
        **{name: getattr(case, name) for name in PLAIN},
        "identity": identity_row(dossier),
        "external_references": [reference_row(row) for row in case.external_references.order_by("pk")],
        **({name: [] for name in OURS} if to_program else hanging_rows(dossier)),
        "links": link_rows(case, reader),
        "allowed_verbs": allowed,
        "why_not": why_not,
    }


def text_of(message: Feedback | None, *, as_sent: bool) -> str:
    """The first message, redacted; as_sent: without what only we know of the customer."""
    if message is None:
        return ""
    return feedback.as_sent(message)[1] if as_sent else message.text


def customer_row(case: Case, shown: Any) -> dict[str, Any] | None:
    """shown: the row whose masked values are read"""
    if case.customer_id is None:
        return None
    masks = {name: getattr(shown, f"{name}_masked", "") for name in ("name", "phone")}
    return {"id": case.customer_id, **masks}


def clock_row(clock: Clock, case: Case, at: Any) -> dict[str, Any]:
    return {
        "kind": clock.kind,
        "basis": clock.basis,
        "subject": clock.subject,
        "round": clock.round.number,
        "state": str(state_of(clock, case, at)),
        "started_at": local(clock.started_at),
        "first_due_at": local(clock.first_due_at),
        "due_at": local(clock.due_at),
        "stopped_at": local(clock.stopped_at),
        "provenance": localised(clock.provenance),
    }


def stay_row(stay: Stay) -> dict[str, Any]:
    return {
        "unit": stay.unit.code if stay.unit else None,
        "person": stay.person.display_name if stay.person else None,
        "signed": stay.signed,
        "since": local(stay.since),
        "until": local(stay.until),
        "ended_by": stay.ended_by,
        "working_minutes": int(stay.working.total_seconds() // 60),
        "calendar_minutes": int(stay.calendar.total_seconds() // 60),
    }
