"""协办 as programs read it: what others were asked about a case, until when, and how it ended."""

from typing import Any

from rest_framework import serializers

from complaints.api.moments import local
from complaints.models import Case, Task


class TaskOut(serializers.Serializer):
    number = serializers.IntegerField(help_text="Counts within the case: `task` of the verbs about it.")
    paper = serializers.CharField(
        allow_blank=True, help_text="Number of the order (督办单文号); empty: help is asked for (协办)."
    )
    unit = serializers.CharField(help_text="Code of the unit that was asked.")
    partner = serializers.CharField(allow_null=True, help_text="Code of the partner institution asked by the unit.")
    to = serializers.CharField(help_text="User name of who answers for it.")
    asked_by = serializers.CharField(help_text="User name.")
    asked_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(help_text="As it was asked for; `GET .../clocks/` says how it counts.")
    accepted_at = serializers.DateTimeField(allow_null=True, help_text="When somebody signed for it.")
    ended_at = serializers.DateTimeField(allow_null=True)
    ended_as = serializers.ChoiceField(Task.End.choices, allow_blank=True, help_text="Empty while it is open.")
    countersigns = serializers.BooleanField(help_text="Whether an opinion on a drafted decision is asked for (会签).")
    follows = serializers.IntegerField(allow_null=True, help_text="Number of the task whose answer did not do.")


def task_rows(case: Case) -> list[dict[str, Any]]:
    rows = case.tasks.select_related("unit", "to", "by", "accepted_by", "partner").order_by("number")
    return [
        {
            "number": row.number,
            "paper": row.paper,
            "unit": row.unit.code,
            "partner": row.partner.code if row.partner else None,
            "to": row.answers_for.username,
            "asked_by": row.by.username,
            "asked_at": local(row.at),
            "due_at": local(row.due_at),
            "accepted_at": local(row.accepted_at),
            "ended_at": local(row.ended_at),
            "ended_as": row.ended_as,
            "countersigns": row.countersigns is not None,
            "follows": row.follows,
        }
        for row in rows
    ]
