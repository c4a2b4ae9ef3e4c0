"""How the API is described: every operation with every status it can give, and its headers.

Descriptions are written for whoever writes a client; they stand in English, as docs/api.md does.
"""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from sqm_site import described  # noqa: F401  drf-spectacular knows an extension once its class exists
from sqm_site.errors import ETAG, KEY

PROBLEM = "application/problem+json"
# status -> name of the shared response, what happened and what to do
REFUSALS: dict[int, tuple[str, str]] = {
    400: (
        "Malformed",
        "`malformed`, `validation`: correct the request; `errors` names each field. Nothing was stored.",
    ),
    401: ("Unauthenticated", "`unauthenticated`: send a valid key, `Authorization: Bearer KEY`."),
    403: ("Forbidden", "`forbidden`, `second-person`: `errors` names the cause: the scope, channel, unit or role."),
    404: ("NotFound", "`not-found`: there is nothing with this address, or it is outside what you may see."),
    406: ("NotAcceptable", "`not-acceptable`: answers are JSON. Send `Accept: application/json`."),
    408: ("Timeout", "`timeout`: the body did not arrive completely. Nothing was stored; send the same again."),
    409: (
        "Conflict",
        "`conflict`: this external_id came with other content. `in-progress`: repeat after Retry-After. "
        "`invalid-transition`, `no-approval`, `approval-expired`, `deadline-passed`, `statutory-clock-runs`: not as "
        "the case stands.",
    ),
    411: ("LengthRequired", "`length-required`: send Content-Length; bodies in chunks are not taken."),
    412: ("Stale", "`stale`: the case changed since the ETag in If-Match. Load it, then decide again."),
    413: ("TooLarge", "`too-large`: at most 1 MiB a request; of files, what the installation takes."),
    415: (
        "MediaType",
        "`media-type`: send `application/json` in UTF-8, a file as `multipart/form-data`, not compressed.",
    ),
    422: (
        "Unprocessable",
        "`gate`: `missing` lists what the verb still needs. `key-reused`: this Idempotency-Key came before.",
    ),
    429: ("RateLimited", "`rate-limited`: wait as many seconds as Retry-After says, then send the same again."),
    500: ("Internal", "`internal`: our mistake. Nothing was stored; tell us the request_id."),
    503: ("Unavailable", "`unavailable`: nothing was stored. Send the same again after Retry-After."),
}
ALWAYS = (400, 401, 403, 406, 429, 500, 503)
WITH_BODY = (408, 411, 413, 415)
WAITING = {409, 429, 503}  # answers that may say when to come back

ACCEPT_LANGUAGE = OpenApiParameter(
    "Accept-Language",
    str,
    OpenApiParameter.HEADER,
    description="Language of sentences and labels: `zh-hans` (default) or `en`.",
)
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": KEY.pattern},
    OpenApiParameter.HEADER,
    description=(
        "Names this request for seven days: sent again with the same body and If-Match, it gets the stored answer, "
        "with `Idempotent-Replayed: true`, and is not worked again."
    ),
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    {"type": "string", "pattern": ETAG.pattern, "example": '"7"'},
    OpenApiParameter.HEADER,
    description="The ETag of the case as you saw it. If it changed meanwhile the answer is 412 and nothing happens.",
)
HEADERS: dict[str, dict[str, Any]] = {
    "RequestId": {"description": "Names this request; quote it when you ask us.", "schema": {"type": "string"}},
    "RetryAfter": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}},
    "ETag": {"description": "Version of the case; for If-Match.", "schema": {"type": "string"}},
    "Replayed": {"description": "`true`: the answer given before.", "schema": {"type": "string", "enum": ["true"]}},
    "Location": {"description": "Address of the case.", "schema": {"type": "string", "format": "uri-reference"}},
}


class ProblemError(serializers.Serializer):
    field = serializers.CharField(help_text="Path of the field, such as `customer.phone`; empty: the whole request.")
    code = serializers.CharField(help_text="Word for programs.")
    detail = serializers.CharField(help_text="Sentence for people.")


class Problem(serializers.Serializer):
    """A refusal (RFC 9457). Some codes bring members of their own, such as `missing` with `gate`."""

    type = serializers.CharField(help_text="`urn:sqm:problem:` and the code.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField(help_text="Word for programs; once published it never changes.")
    detail = serializers.CharField(help_text="Sentence for people: what happened and what to do.")
    errors = ProblemError(many=True)  # type: ignore[assignment]  # a field, as the name of one
    request_id = serializers.CharField()


class Contract(AutoSchema):
    """The schema of one operation. A view may say more of itself:

    refusals    statuses beside those that every operation can give
    answers     names of HEADERS that its 2xx answers carry
    parameters  headers and parts of the path, as OpenApiParameter
    """

    def get_override_parameters(self) -> list[Any]:
        return [ACCEPT_LANGUAGE, *getattr(self.view, "parameters", ())]

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        self.resolve_serializer(Problem, "response")
        for body in bodies.values():
            names = {header_name(name): name for name in ("RequestId", *getattr(self.view, "answers", ()))}
            body.setdefault("headers", {}).update({name: ref("headers", key) for name, key in names.items()})
        for status in self.refusals():
            bodies.setdefault(str(status), ref("responses", REFUSALS[status][0]))
        return dict(sorted(bodies.items()))

    def refusals(self) -> set[int]:
        absent = {404} if "{" in self.path else set()
        body = set(WITH_BODY) if self.method == "POST" else set()
        return {*ALWAYS, *absent, *body, *getattr(self.view, "refusals", ())}


def header_name(key: str) -> str:
    named = {"RequestId": "X-Request-Id", "RetryAfter": "Retry-After", "Replayed": "Idempotent-Replayed"}
    return named.get(key, key)


def ref(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}


def with_shared_parts(result: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
    """Post-processing: the responses and headers that the operations refer to."""
    components = result["components"]
    components["headers"] = HEADERS
    components["responses"] = {
        name: {
            "description": said,
            "headers": {
                header_name(key): ref("headers", key)
                for key in ("RequestId", *(["RetryAfter"] if status in WAITING else []))
            },
            "content": {PROBLEM: {"schema": ref("schemas", "Problem")}},
        }
        for status, (name, said) in REFUSALS.items()
    }
    return result
