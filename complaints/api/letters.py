"""The letters of a case, as the API lists them."""

from typing import Any

from rest_framework import serializers

from complaints.api.moments import local
from complaints.letters import number_of
from complaints.models import Case, Letter


class LetterOut(serializers.Serializer):
    kind = serializers.ChoiceField(Letter.Kind.choices)
    number = serializers.CharField(help_text="As it stands on the paper.")
    issued_at = serializers.DateTimeField()


def letter_rows(case: Case) -> list[dict[str, Any]]:
    rows = case.letters.select_related("unit").order_by("pk")
    return [{"kind": row.kind, "number": number_of(row), "issued_at": local(row.at)} for row in rows]
