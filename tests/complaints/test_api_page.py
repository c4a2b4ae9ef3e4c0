"""What docs/api.md promises an integration is what it gets."""

import json
import re
from pathlib import Path

import pytest
from django.utils import translation
from rest_framework import serializers

from complaints import errors as of_cases
from complaints.fields import CodeField
from complaints.verbs import VERBS, Verb
from organization import errors as of_clients
from organization.rights import permissions
from organization.services.accounts import SCOPES
from sqm_site import api
from sqm_site import errors as of_all
from sqm_site.errors import DomainError
from sqm_site.fields import bound
from tests.cases import body

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text()
EXAMPLE = json.loads(re.search(r"-d '(\{.*?\})'", PAGE, re.DOTALL)[1])


def section(title: str) -> str:
    return PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]


def test_the_example_is_taken_in_and_its_repeat_is_known(post):
    first, again = post(EXAMPLE), post(EXAMPLE)
    assert (first.status_code, again.status_code) == (201, 200), first.content
    assert first.json() == again.json()
    shown = json.loads(re.search(r"^201 (\{.*?\}\})$", PAGE, re.DOTALL | re.MULTILINE)[1])
    assert first.json().keys() == shown.keys()
    assert first.json()["case"].keys() == shown["case"].keys()


def test_the_example_of_a_verb_is_taken(post):
    reference = post(EXAMPLE).json()["reference"]
    given = json.loads(re.search(r"/chase/ -d '(\{.*?\})'", PAGE)[1])
    assert post(given, f"/api/v1/cases/{reference}/chase/").status_code == 200


def test_it_names_the_scopes_there_are():
    assert re.findall(r"^\| `(\w+:\w+)` \|", section("A key"), re.MULTILINE) == list(SCOPES)


def test_it_names_the_verbs_an_integration_may_use():
    mine = {verb for verb, roles in permissions().items() if "integration" in roles} - {"take_in", "view", "attach"}
    assert set(re.findall(r"`(\w+)`", re.search(r"A client\nuses (.*?) on cases", PAGE, re.DOTALL)[1])) == mine


def verb_table() -> str:
    """The table of verbs as docs/api.md has it; on a change write what this gives into the page."""
    with translation.override("zh-hans"):
        rows = [f"| `{verb.name}` | {verb.label} | {fields_of(verb)} |" for verb in VERBS.values()]
    return "\n".join(["| verb | | fields |", "| --- | --- | --- |", *rows])


def fields_of(verb: Verb) -> str:
    fields = bound(verb.form).fields.items()
    return ", ".join(f"`{name}`" + ("" if field.required else "?") + bounds(field) for name, field in fields) or "none"


def bounds(field: serializers.Field) -> str:
    """Of which list, how long or how much, and what stands there when it is left out."""
    default = field.default if field.default not in (serializers.empty, "", False) else None
    return within(field) + (f" = {default}" if default is not None else "")


def within(field: serializers.Field) -> str:
    if isinstance(field, CodeField):
        return f" of `{field.dimension}`" + " (finest)" * field.leaf
    least = getattr(field, "min_value", None)
    most = getattr(field, "max_value", None) or getattr(field, "max_length", None)
    least, most = (None if one in (-(2**31), 2**31 - 1) else one for one in (least, most))
    if least is not None and most is not None:
        return f" {least}–{most}"
    return f" ≤ {most}" if most else f" ≥ {least}" if least is not None else ""


def test_it_names_every_verb_with_its_fields():
    """S21"""
    assert verb_table() in section("Verbs and their fields"), verb_table()


def test_what_it_says_of_joining_is_so(post):
    """S21: the rules stood nowhere."""
    first, alone = (post(body(thread=thread)).json()["reference"] for thread in ("t1", "t2"))
    assert post(body(thread="t1")).json()["reference"] == first != alone
    assert post(body(case=alone, thread="t1")).json()["reference"] == alone
    assert post(body(channel="app", thread="t1")).json()["reference"] not in {first, alone}
    assert post(body(case="C261123-0483175-9")).status_code == 400


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (int(status), code)
        for statuses, codes in re.findall(r"^\| ([\d, ]+) \| (`.*?`) \|", section("Refusals"), re.MULTILINE)
        for status in statuses.split(", ")
        for code in re.findall(r"`([\w-]+)`", codes)
        if "," not in statuses
    ],
)
def test_every_refusal_it_names_exists(status, code):
    known = {(status, code) for status, (code, _sentence) in api.KNOWN.items()}
    for module in (of_all, of_clients, of_cases):
        refusals = [kind for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, DomainError)]
        known |= {(kind.status_code, kind.code) for kind in refusals}
    assert (status, code) in known
