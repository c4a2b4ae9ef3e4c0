"""GET /codes/ : every closed list a program may meet, with versions, parents and labels in both languages."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.cache import get_conditional_response
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.fields import empty
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from complaints.fields import CodeField
from complaints.models import Level, Nature, Satisfaction, State, Touchpoint
from complaints.services.taxonomy import dimensions, every_code
from complaints.verbs import VERBS, Verb
from feedback.channels import Channel
from feedback.channels.base import Intake
from organization.doors import LimitedDoor
from sla.models import Basis, ClockKind
from sqm_site.errors import NotFound
from sqm_site.fields import bound

ZH, EN = "zh-hans", "en"
# The lists that stand in the code; the others are kept by administrators.
FIXED: dict[str, Any] = {
    "states": State,
    "natures": Nature,
    "levels": Level,
    "touchpoints": Touchpoint,
    "satisfaction": Satisfaction,
    "clock_kinds": ClockKind,
    "clock_bases": Basis,
}
KINDS: tuple[tuple[type[serializers.Field], str], ...] = (
    (serializers.BooleanField, "boolean"),
    (serializers.IntegerField, "integer"),
    (serializers.DecimalField, "decimal"),
    (serializers.DateTimeField, "moment"),
    (serializers.DateField, "day"),
    (serializers.ListField, "list"),
    (serializers.DictField, "object"),
    (serializers.ChoiceField, "choice"),
    (CodeField, "code"),
    (serializers.CharField, "text"),
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    str,
    OpenApiParameter.HEADER,
    description="The ETag of the list you have: 304 if it is still the same.",
)
DIMENSION = OpenApiParameter(
    "dimension", str, OpenApiParameter.PATH, description="A dimension as `GET /codes/` names it, such as `reason_C`."
)


class CodeOut(serializers.Serializer):
    code = serializers.CharField(allow_blank=True)
    zh = serializers.CharField()
    en = serializers.CharField()
    parent = serializers.CharField(  # type: ignore[assignment]  # a field, as the name of one
        allow_blank=True, help_text="The code it stands under; empty at the top."
    )
    active = serializers.BooleanField(help_text="False: on old cases only; it cannot be chosen any more.")
    finest = serializers.BooleanField(help_text="No active code stands under it.")
    version = serializers.CharField(allow_blank=True)


class DimensionOut(serializers.Serializer):
    dimension = serializers.CharField()
    version = serializers.CharField(help_text="Of the newest code; empty for lists that come with the program.")
    codes = CodeOut(many=True)


class DimensionNamed(serializers.Serializer):
    dimension = serializers.CharField()
    version = serializers.CharField()
    url = serializers.CharField()


class FieldOut(serializers.Serializer):
    name = serializers.CharField()
    zh = serializers.CharField()
    en = serializers.CharField()
    required = serializers.BooleanField(help_text="Must be sent.")  # type: ignore[assignment]
    kind = serializers.ChoiceField([kind for _type, kind in KINDS])
    max_length = serializers.IntegerField(allow_null=True)
    dimension = serializers.CharField(allow_blank=True, help_text="Of a code: the list it is chosen from.")
    choices = CodeOut(many=True, help_text="Of a choice: what may be sent.")


class VerbOut(serializers.Serializer):
    verb = serializers.CharField()
    zh = serializers.CharField()
    en = serializers.CharField()
    fields = FieldOut(many=True)  # type: ignore[assignment]  # a field, as the name of one


class ListsOut(serializers.Serializer):
    dimensions = DimensionNamed(many=True)
    verbs = VerbOut(many=True)


class CodeLists(LimitedDoor, APIView):
    """Any client or person with a way in may read them."""

    answers = ("ETag",)
    parameters: tuple[OpenApiParameter, ...] = (IF_NONE_MATCH,)

    def answer(self, request: Request, body: Mapping[str, Any]) -> HttpResponse:
        """The list, or 304 where the reader has it."""
        raw = JSONRenderer().render(body)
        etag = f'"{hashlib.sha256(raw).hexdigest()[:32]}"'
        response = HttpResponse(raw, content_type="application/json", headers={"ETag": etag})
        return get_conditional_response(request._request, etag=etag, response=response) or response


SAME = OpenApiResponse(description="The list you have is still the same.")


class CodesView(CodeLists):
    @extend_schema(
        operation_id="list_codes",
        tags=["codes"],
        summary="All lists, and the verbs with their fields",
        description="The names of all lists, and every verb with the fields it takes.",
        responses={200: ListsOut, 304: SAME},
    )
    def get(self, request: Request) -> HttpResponse:
        named = [
            {"dimension": name, "version": version_of(rows_of(name)), "url": reverse("codes-of", args=[name])}
            for name in names()
        ]
        return self.answer(request, {"dimensions": named, "verbs": [verb_row(verb) for verb in VERBS.values()]})


class CodesOfView(CodeLists):
    parameters = (DIMENSION, IF_NONE_MATCH)

    @extend_schema(
        operation_id="read_codes",
        tags=["codes"],
        summary="One list",
        description="The codes of one list, in their order.",
        responses={200: DimensionOut, 304: SAME},
    )
    def get(self, request: Request, dimension: str) -> HttpResponse:
        if dimension not in names():
            raise NotFound(what=dimension[:40])
        rows = rows_of(dimension)
        return self.answer(request, {"dimension": dimension, "version": version_of(rows), "codes": rows})


def names() -> list[str]:
    return [*FIXED, "channels", "verbs", *dimensions()]


def rows_of(dimension: str) -> list[dict[str, Any]]:
    if dimension in FIXED:
        return [fixed_row(value, label) for value, label in FIXED[dimension].choices]
    if dimension == "channels":
        return [fixed_row(key, one.label) for key, one in Channel.registry.items() if isinstance(one, Intake)]
    if dimension == "verbs":
        return [fixed_row(verb.name, verb.label) for verb in VERBS.values()]
    rows = every_code(dimension)
    coarse = {row.parent_code for row in rows if row.active}
    return [
        {
            "code": row.code,
            "zh": row.zh,
            "en": row.en,
            "parent": row.parent_code,
            "active": row.active,
            "finest": row.active and row.code not in coarse,
            "version": row.version,
        }
        for row in rows
    ]


def fixed_row(code: str, label: Any) -> dict[str, Any]:
    return {"code": code, **both(label), "parent": "", "active": True, "finest": True, "version": ""}


def version_of(rows: Iterable[Mapping[str, Any]]) -> str:
    return max((row["version"] for row in rows), default="")


def verb_row(verb: Verb) -> dict[str, Any]:
    fields = [field_row(name, field) for name, field in bound(verb.form).fields.items()]
    return {"verb": verb.name, **both(verb.label), "fields": fields}


def field_row(name: str, field: serializers.Field) -> dict[str, Any]:
    choices = field.choices.items() if isinstance(field, serializers.ChoiceField) else ()
    return {
        "name": name,
        **both(field.label),
        "required": field.required and field.default is empty and not getattr(field, "allow_blank", False),
        "kind": next((kind for type_, kind in KINDS if isinstance(field, type_)), "object"),
        "max_length": getattr(field, "max_length", None),
        "dimension": getattr(field, "dimension", ""),
        "choices": [fixed_row(value, label) for value, label in choices],
    }


def both(label: Any) -> dict[str, str]:
    """A label in Chinese and English, whatever the language of the reader."""
    said = {}
    for key, language in (("zh", ZH), ("en", EN)):
        with translation.override(language):
            said[key] = str(label)
    return said
