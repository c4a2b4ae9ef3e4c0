"""S19: hostile values in every field, filter, header and address of the pages: never an error of ours.

The pages come from the addresses of the service, the fields from the forms of the verbs, so a new one is covered.
"""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework import serializers

from complaints.api.cases import CaseQuery
from complaints.desk.forms import choices_of
from complaints.desk.registering import Register
from complaints.services.attaching import hand_over
from complaints.verbs import VERBS
from feedback.services import invite
from quality.kpis import Kpi
from quality.query import CutQuery, SeriesQuery, WindowQuery
from sqm_site.fields import Input, bound
from tests.contract.fuzzing import undone
from tests.files import pdf
from tests.nights import either
from tests.people import NOON

HOSTILE = [
    "\x00",
    "9" * 4_400,
    "-1",
    "²",
    "٣٤",
    "１２",
    "1e400",
    "NaN",
    "\u202e⟦\u2066",
    "\ud800",
    "2026-02-30T10:00",
    "0000-00-00",
    "99999-12-31",
    "9999-12-31T23:59",
    "0001-01-01T00:00+23:59",
    "' OR 1=1--",
    "{{7*7}}{% load x %}",
    "[]",
    "%",
    "..%2f..",
    "\r\nX: y",
    "",
]
IN_HEADERS = ("a" * 5_000, "\xff\xfe", "*", '"\\000"', "zh;q=9e99,;;,=")
HEADERS = ("Accept-Language", "Referer", "X-Request-Id", "HX-Request", "HX-Target", "If-None-Match", "Cookie", "Accept")
OWN = ("admin/", "api/", "i18n/")  # Django's tables, and what Schemathesis holds
HTMX = {"HX-Request": "true"}
PAGING = ("cursor", "page_size", "ordering")


class Pages:
    """A colleague's browser that sends anything; an exception of a view fails the test."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.values = itertools.cycle(HOSTILE)

    def ask(self, path: str, query: list[tuple[str, str]] | None = None, **headers: str) -> None:
        self.send("GET", f"{path}?{encoded(query or [])}", **headers)

    def post(self, path: str, fields: list[tuple[str, str]], **headers: str) -> None:
        self.send("POST", path, encoded(fields), **headers)

    def send(self, method: str, path: str, body: str = "", **headers: str) -> None:
        with undone():
            sent = {"headers": headers} if headers else {}
            answer = self.client.generic(method, path, body, "application/x-www-form-urlencoded", **sent)
        assert answer.status_code < 500, f"{method} {path[:200]} {body[:300]} {headers}: {answer.status_code}"


def encoded(pairs: list[tuple[str, str]]) -> str:
    return urlencode([(raw(name), raw(text)) for name, text in pairs])


def raw(text: str) -> bytes:
    """UTF-8, in which half a character goes out as it is."""
    return text.encode(errors="surrogatepass")


@pytest.fixture
def pages(owned, supervisor) -> Pages:
    client = Client()
    client.force_login(supervisor, backend="organization.backends.RoleBackend")
    return Pages(client)


@pytest.fixture
def known(owned, branch) -> dict[str, str]:
    """What the parts of an address are when they are right."""
    survey = invite(owned.reference, contact=None, legal_entity=branch.legal_entity, channel="PHONE", at=NOON)
    file, _new = hand_over(pdf(), name="card.pdf", by=owned.owner, at=NOON, document="ID_CARD")
    VERBS["attach"](owned.reference, actor=owned.owner, at=NOON, attachments=[file.pk])
    parts = {"reference": owned.reference, "token": survey.token, "name": "note", "username": "handler"}
    VERBS["add_task"](owned.reference, actor=owned.owner, at=NOON, to="supervisor", ask="请核实入账时间")
    return {**parts, "key": str(file.pk), "number": "1", "kind": "case_list"}


def addresses(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, list[str]]]:
    """Every page: its address with its parts in braces, and their names."""
    for pattern in patterns:
        if not isinstance(pattern.pattern._route if hasattr(pattern.pattern, "_route") else None, str):
            continue
        route = prefix + pattern.pattern._route
        if route.startswith(OWN):
            continue
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            parts = list(pattern.pattern.converters)
            for name, converter in pattern.pattern.converters.items():
                route = route.replace(f"<{kind_of(converter)}:{name}>", f"{{{name}}}")
            yield f"/{route}", parts


def kind_of(converter: Any) -> str:
    return type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")


PAGES = dict(addresses(get_resolver().url_patterns))


def by_turns(values: Sequence[Any], place: int) -> Sequence[Any]:
    """All of them by night; by day one in six, others on each page."""
    return either(day=values[place % 6 :: 6], night=values)


def asked_for() -> list[str]:
    """The names of everything a page may be asked for in its address."""
    forms: tuple[type[Input], ...] = (CaseQuery, SeriesQuery, CutQuery, WindowQuery)
    names = {name for form in forms for name in form().fields} | {"kpi", "period", "by", "all", "tab", "next", "back"}
    return sorted(names | set(PAGING))


def test_the_pages_are_found():
    assert {"/desk/", "/desk/cases/", "/desk/cases/{reference}/{name}/", "/survey/{token}/", "/healthz"} <= PAGES.keys()
    assert all("<" not in address for address in PAGES)


@pytest.mark.parametrize("address", PAGES)
def test_a_page_stands_whatever_it_is_asked(pages, known, address):
    """S19"""
    path, place = address.format(**known), [*PAGES].index(address)
    for value in by_turns(HOSTILE, place):
        pages.ask(path, [(name, value) for name in asked_for()])
    right = [("kpi", next(iter(Kpi.registry))), ("due_to", "2026-12-01T00:00:00Z")]
    for name in by_turns(asked_for(), place):
        pages.ask(path, [*right, (name, next(pages.values)), (name, next(pages.values)), (f"{name}[]", "1")])
    for name, value in by_turns([*zip(HEADERS * 2, itertools.cycle(IN_HEADERS), strict=False)], place):
        pages.ask(path, **{name: value})
    pages.post(path, [(next(pages.values), value) for value in HOSTILE])


@pytest.mark.parametrize("address", [address for address, parts in PAGES.items() if parts])
def test_a_page_stands_at_whatever_address(pages, known, address):
    """S19"""
    for part in PAGES[address]:
        for value in filter(None, by_turns(HOSTILE, [*PAGES].index(address))):
            pages.ask(address.format(**known | {part: quote(raw(value), safe="")}))


def plausible(field: serializers.Field) -> str:
    """A value that the field takes."""
    groups = choices_of(field)
    if groups:
        return str(groups[0][1][0][0])
    if isinstance(field, serializers.DateTimeField):
        return "2026-11-23T12:30"
    return "1" if isinstance(field, serializers.IntegerField | serializers.DecimalField) else "好"


@pytest.mark.parametrize("name", VERBS)
def test_a_dialog_says_what_it_cannot_take(pages, known, name):
    """S19"""
    path, fields = f"/desk/cases/{known['reference']}/{name}/", bound(VERBS[name].form).fields
    right = {key: plausible(field) for key, field in fields.items()}
    for value in by_turns(HOSTILE, [*VERBS].index(name)):  # fields of one kind stand in many dialogs
        pages.post(path, [(key, value) for key in (*fields, "version")], **HTMX)
    for key in (*fields, "version"):
        pages.post(path, [*{**right, key: next(pages.values)}.items()], **HTMX)
    for key in by_turns((*fields, "version"), [*VERBS].index(name)):
        pages.post(path, [*right.items(), (key, next(pages.values)), (f"{key}[]", "1"), (f"{key}.0", "1")], **HTMX)
    pages.post(path, [*{**right, "version": next(pages.values)}.items()])


def test_the_registering_form_says_what_it_cannot_take(pages, handler):
    """S19"""
    pages.client.force_login(handler, backend="organization.backends.RoleBackend")
    forms = {**bound(Register).fields, **bound(VERBS["settle"].form).fields}
    right = {key: plausible(field) for key, field in forms.items()} | {"external_id": "desk-1"}
    for value in HOSTILE:
        pages.post("/desk/register/", [(key, value) for key in (*right, "settle")])
    for key in right:
        pages.post("/desk/register/", [*{**right, key: next(pages.values)}.items()])


def test_the_survey_form_and_the_list_of_notices_too(pages, known):
    """S19"""
    for value in HOSTILE:
        pages.post(f"/survey/{known['token']}/", [("satisfaction", value), ("comment", value)])
        pages.post(f"/survey/{known['token']}/", [("satisfaction", "satisfied"), ("comment", value)])
        pages.post("/desk/notices/read/", [("notice", value)] * 2)
        pages.post(f"/desk/cases/{known['reference']}/reveal/", [("field", value), ("reason", value)])
