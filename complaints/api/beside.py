"""What the API says of the rows that hang on a case: transfers, redress, who speaks for the complainant."""

from typing import Any

from django.utils.timezone import localdate, now
from rest_framework import serializers

from complaints.api.letters import letter_rows
from complaints.api.moments import local
from complaints.api.tasks import task_rows
from complaints.dossier import Dossier
from complaints.models import ExternalReference, Promise, Redress, Representative
from complaints.services.identifying import Identity, identity_of, last_check

# What a program does not read: it gets none of them.
OURS = ("representatives", "redress", "promises", "tasks", "letters")


class ReferenceOut(serializers.Serializer):
    body = serializers.CharField(help_text="Code of `GET /codes/external_body/`.")
    number = serializers.CharField(help_text="The number it has there.")
    transferred_at = serializers.DateTimeField(allow_null=True)
    received_at = serializers.DateTimeField()
    answer_required = serializers.BooleanField()
    ordered_on = serializers.DateField(allow_null=True, help_text="The last day for the answer, as it was ordered.")
    answered_at = serializers.DateTimeField(allow_null=True)


class RedressOut(serializers.Serializer):
    kind = serializers.CharField(help_text="Code of `GET /codes/redress_kind/`.")
    amount = serializers.CharField(allow_null=True, help_text="What was promised, in yuan; null for what has no price.")
    status = serializers.ChoiceField(Redress.Status.choices)
    pay_by = serializers.DateField(help_text="The last day, as it was promised.")
    paid_at = serializers.DateTimeField(allow_null=True)
    entry = serializers.IntegerField(help_text="Sequence of its event: `redress` of `pay_redress`.")


class IdentityOut(serializers.Serializer):
    state = serializers.ChoiceField(Identity.choices)
    by = serializers.CharField(allow_blank=True, help_text="Code of `GET /codes/identity_check/` of the newest check.")
    at = serializers.DateTimeField(allow_null=True)


class PromiseOut(serializers.Serializer):
    kind = serializers.CharField(help_text="Code of `GET /codes/promise_kind/`.")
    status = serializers.ChoiceField(
        Promise.Status.choices, help_text="Without an outcome broken once its day is over."
    )
    due_at = serializers.DateTimeField(help_text="The end of the day that was promised.")
    kept_at = serializers.DateTimeField(allow_null=True)
    entry = serializers.IntegerField(help_text="Sequence of its event: `promise` of `record_promise_outcome`.")


class RepresentativeOut(serializers.Serializer):
    capacity = serializers.CharField(help_text="Code of `GET /codes/capacity/`.")
    name = serializers.CharField(help_text="Masked.")
    phone = serializers.CharField(allow_blank=True, help_text="Masked.")
    email = serializers.CharField(allow_blank=True, help_text="Masked.")
    authority = serializers.CharField(allow_blank=True, help_text="Code of `GET /codes/authority/`, or empty.")
    signed_on = serializers.DateField(allow_null=True)
    valid_until = serializers.DateField(allow_null=True)
    seen = serializers.CharField(allow_blank=True, help_text="Code of `GET /codes/paper_seen/`; empty: nobody has.")
    seen_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    entry = serializers.IntegerField(help_text="Sequence of its event: `representative` of `verify_authority`.")


def reference_row(row: ExternalReference) -> dict[str, Any]:
    return {
        "body": row.body,
        "number": row.number,
        "transferred_at": local(row.transferred_at),
        "received_at": local(row.received_at),
        "answer_required": row.answer_required,
        "ordered_on": str(localdate(row.due_as_ordered)) if row.due_as_ordered else None,
        "answered_at": local(row.answered_at),
    }


def promise_row(row: Promise) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "status": row.status_at(now()),
        "due_at": local(row.due_at),
        "kept_at": local(row.kept_at),
        "entry": row.event_sequence,
    }


def representative_row(row: Representative) -> dict[str, Any]:
    return {
        **{name: getattr(row, f"{name}_masked") for name in ("name", "phone", "email")},
        **{name: getattr(row, name) for name in ("capacity", "authority", "seen")},
        "signed_on": row.signed_on and str(row.signed_on),
        "valid_until": row.valid_until and str(row.valid_until),
        "seen_at": local(row.seen_at),
        "ended_at": local(row.ended_at),
        "entry": row.event_sequence,
    }


def redress_row(row: Redress) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "amount": None if row.amount is None else str(row.amount),
        "status": row.status,
        "pay_by": str(row.pay_by),
        "paid_at": local(row.paid_at),
        "entry": row.event_sequence,
    }


def identity_row(dossier: Dossier) -> dict[str, Any]:
    check = last_check(dossier)
    return {
        "state": str(identity_of(dossier)),
        "by": check.identity if check else "",
        "at": local(check.happened_at) if check else None,
    }


def hanging_rows(dossier: Dossier) -> dict[str, list[dict[str, Any]]]:
    """What colleagues read of the rows that hang on a case, oldest first."""
    case = dossier.case
    return {
        "representatives": [representative_row(row) for row in dossier.representatives],
        "redress": [redress_row(row) for row in dossier.redress],
        "promises": [promise_row(row) for row in dossier.promises],
        "tasks": task_rows(case),
        "letters": letter_rows(case),
    }
