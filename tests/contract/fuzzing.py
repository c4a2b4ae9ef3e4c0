"""Schemathesis over the whole API in process: every operation, every check, as one identity.

Its pytest plugin is switched off in pyproject.toml: we count failures ourselves, and the rest of the suite need not
wait for its import.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import hypothesis
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.generation.hypothesis.builder import HypothesisTestConfig, HypothesisTestMode, create_test

from complaints.models import Case, Code
from organization.models import Partner
from sqm_site.fields import CONTROLS, VISIBLE

SCHEMA = "/api/schema/?format=json"
# What a schema cannot say: which names exist here, and that days and moments must lie within the rules.
KINDS = {
    "unit-code": ["SH"],
    "partner-code": ["BX01"],
    "business-line-code": ["cards"],
    "user-name": ["handler"],
    "team-name": ["一组"],
    "customer-no": ["K0031877", "A-1"],
    "phone": ["13800138000", "+86-138-0013-8000", "021-58888888"],
    "id-no": ["11010519491231002X"],
    "email": ["a@example.com"],
    "openid": ["oUser_1"],
    "date": ["2026-10-01", "2026-11-01"],
    "date-time": ["2026-11-23T12:30:00+08:00", "2026-11-23T04:30:00Z"],
}


# What may be said to a request that the schema allows; 412 and 422: the case as it stands does not.
TAKEN = ["2xx", "304", "401", "403", "404", "409", "412", "422"]


# No schema says which bytes are a file that is taken: tests/complaints/test_hostile_files.py does.
ANY_BYTES = {
    "include-operation-id": "post_attachment",
    "checks": {"positive_data_acceptance": {"enabled": False}},
}
SEEN: dict[str, str] = {}  # the ETag of the case that the requests are about
WORDS = {"text": "年费重复扣收"}  # what a message says that says nothing
RECEIVER = {"unit": "SH", "team": "", "to": ""}  # to whom a case goes


@dataclass(frozen=True)
class Identity:
    """Who calls: the way in of the schema they use, and with what.

    beside  what their requests carry beside the schema: a browser its CSRF token
    """

    scheme: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    beside: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass
class Outcome:
    """What a run met: requests sent, answers by status, and the failures by operation and check."""

    requests: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    shown: list[str] = field(default_factory=list)


class Undo(Exception):
    """Rolls back what one example wrote."""


@contextmanager
def undone() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
            raise Undo
    except Undo:
        pass


@contextmanager
def connected() -> Iterator[None]:
    """Keep the connection of the test: a served request would give it back at its end."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in signals:
            signal.connect(close_old_connections)


def teach(case: Case) -> None:
    """Tell the generator what values of our formats there are."""
    keeper = {"unit": case.handling_unit, "legal_entity": case.legal_entity}
    Partner.objects.create(code="BX01", name="示例保险公司", kind="insurance", **keeper)
    SEEN["If-Match"] = f'"{case.version}"'
    for kind, values in (KINDS | {"case-reference": [case.reference]}).items():
        schemathesis.openapi.format(kind, st.sampled_from(values))
    codes = Code.objects.filter(active=True).order_by("position")
    for dimension in codes.values_list("dimension", flat=True).distinct().order_by():
        finest = [row.code for row in codes.filter(dimension=dimension)]
        parents = {row.parent_code for row in codes.filter(dimension=dimension)}
        leaves = [code for code in finest if code not in parents]
        schemathesis.openapi.format(f"code-{dimension}", st.sampled_from(leaves[:5]))


def fuzz(identity: Identity, *, examples: int, systematic: bool, only: str = "") -> Outcome:
    """Send what the schema allows and what it forbids.

    examples    random ones an operation; the same in every run
    systematic  every bound and every field of every operation too: some eighty requests each
    """
    config = SchemathesisConfig.from_dict(
        {
            "generation": {"deterministic": True},
            "checks": {"positive_data_acceptance": {"expected-statuses": TAKEN}},
            "operations": [ANY_BYTES],
        }
    )
    run = HypothesisTestConfig(
        modes=[HypothesisTestMode.EXAMPLES, HypothesisTestMode.FUZZING] + [HypothesisTestMode.COVERAGE] * systematic,
        settings=hypothesis.settings(
            max_examples=examples,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
        ),
        explicit_setting_names={"max_examples"},  # else that of our own properties' profile counts
        project=config.projects.get_default(),
    )
    outcome = Outcome()
    with connected():
        application = get_wsgi_application()
        document = schemathesis.openapi.from_wsgi(SCHEMA, application).raw_schema
        schema = schemathesis.openapi.from_dict(narrowed(document, identity.scheme), config=config)
        schema.app = application
        if identity.scheme:
            schema.auth()(way_in(identity))
        for result in schema.get_all_operations():
            operation = result.ok()
            if only in operation.label:
                create_test(operation=operation, test_func=checked(operation.label, identity, outcome), config=run)()
    return outcome


def checked(label: str, identity: Identity, outcome: Outcome) -> Callable[[Any], None]:
    """Send one case, undo what it wrote, and note what was wrong with the answer instead of stopping there."""

    def check(case: Any) -> None:
        outcome.requests += 1
        sensible(case)
        with undone():
            response = case.call(**identity.beside)
            outcome.statuses[response.status_code] += 1
            try:
                case.validate_response(response, transport_kwargs=identity.beside)
            except FailureGroup as group:
                outcome.failures.update(f"{label}: {type(one).__name__}" for one in group.exceptions)
                outcome.shown.append(f"{label}: {case.body!r} -> {response.status_code} {response.text[:500]}\n{group}")

    return check


def way_in(identity: Identity) -> type:
    """How an identity proves itself; the checks that leave it out or falsify it know where it stands."""

    class WayIn:
        def get(self, case: Any, context: Any) -> Identity:
            return identity

        def set(self, case: Any, data: Identity, context: Any) -> None:
            case.headers.update(data.headers)
            case.cookies.update(data.cookies)

    return WayIn


def narrowed(document: dict[str, Any], scheme: str) -> dict[str, Any]:
    """The schema with the one way in that an identity uses, so that no other is made up beside it."""
    if scheme:
        for operations in document["paths"].values():
            for operation in operations.values():
                operation["security"] = [one for one in operation["security"] if scheme in one]
    return document


def sensible(case: Any) -> None:
    """What holds between fields, which a schema cannot say, is mended in what must be taken."""
    if not case.meta.generation.mode.is_positive:
        return
    if "If-Match" in (case.headers or {}):
        case.headers.update(SEEN)  # the generator loses the quotes
    query = case.query or {}
    query.pop("cursor", None)  # only the API makes cursors
    if "from" in query:
        query["from"] = "2026-10-01"
    if "to" in query:
        query["to"] = "2026-11-01" if query.get("from") else "2026-11-02"
    body = case.body if isinstance(case.body, dict) else {}
    if case.path.endswith("/feedback/") and not any(said(body.get(name)) for name in ("text", "subject", "scores")):
        case.body = body | WORDS
    if case.path.endswith(("/assign/", "/transfer/")):
        case.body, case.media_type = body | RECEIVER, "application/json"


def said(value: Any) -> bool:
    return bool(VISIBLE.search(CONTROLS.sub("", value)) if isinstance(value, str) else value)
