"""The code lists: complete in both languages, laid down once, read from memory."""

import ast
import re

import pytest
from django.conf import settings
from django.utils import translation
from rest_framework import serializers

from complaints.fields import CodeField
from complaints.models import Case, Code
from complaints.models.code import laid_down
from complaints.models.states import Touchpoint
from complaints.services.taxonomy import codes, is_leaf, label, setup_taxonomy
from complaints.verbs import VERBS
from sqm_site.fields import bound

DIMENSIONS = laid_down()["dimensions"]


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_every_code_has_two_names_a_known_parent_and_occurs_once(dimension):
    rows = DIMENSIONS[dimension]["codes"]
    known = [row["code"] for row in rows]
    assert len(known) == len(set(known))
    assert all(row["zh"] and row["en"] and row["parent"] in {"", *known} for row in rows)


def named_codes():
    """Every word in the code of verbs and services that is written as codes are, with its file."""
    for folder in ("verbs", "services"):
        for path in (settings.BASE_DIR / "complaints" / folder).glob("[!_]*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and re.fullmatch(r"[A-Z][A-Z0-9_]{2,}", str(node.value)):
                    yield path.name, node.value


def test_every_code_that_a_gate_names_stands_in_a_list():
    """F36"""
    laid, named = {row["code"] for one in DIMENSIONS.values() for row in one["codes"]}, set(named_codes())
    assert len(named) > 20
    assert sorted(place for place in named if place[1] not in laid) == []


@pytest.mark.parametrize("name", VERBS)
def test_what_a_form_offers_or_begins_with_stands_in_its_list(name, db):
    """F36"""
    for field in bound(VERBS[name].form).fields.values():
        if isinstance(field, CodeField):
            laid = {row["code"] for row in DIMENSIONS[field.dimension]["codes"]}
            given = {field.default} - {serializers.empty, ""}
            assert {*field.among} <= laid and given <= laid, field.field_name


def test_the_touchpoints_are_those_of_the_case():
    assert [row["code"] for row in DIMENSIONS["touchpoint"]["codes"]] == list(Touchpoint.values)


@pytest.mark.parametrize(
    ("fact", "dimension"),
    [
        ("business_channel", "business_channel_A"),
        ("category", "business_category_B"),
        ("reason", "reason_C"),
        ("demand", "demand"),
        ("finding", "finding"),
        ("demand_met", "demand_met"),
        ("root_cause", "root_cause"),
        ("close_reason", "close_reason"),
        ("complainant_type", "complainant_type"),
    ],
)
def test_the_codes_fit_the_column_of_their_fact(fact, dimension):
    longest = max(len(row["code"]) for row in DIMENSIONS[dimension]["codes"])
    assert longest <= Case._meta.get_field(fact).max_length


@pytest.mark.django_db
def test_setup_twice_lays_each_code_down_once():
    setup_taxonomy()
    setup_taxonomy()
    assert Code.objects.count() == sum(len(names["codes"]) for names in DIMENSIONS.values())


@pytest.mark.django_db
def test_setup_takes_few_statements(django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        setup_taxonomy()


@pytest.mark.django_db
def test_setup_again_keeps_what_an_administrator_changed():
    setup_taxonomy()
    Code.objects.filter(dimension="root_cause", code="R05").update(zh="违规", active=False)
    setup_taxonomy()

    assert "R05" not in codes("root_cause")
    with translation.override("zh-hans"):
        assert label("root_cause", "R05") == "违规"


@pytest.mark.django_db
def test_an_older_version_can_no_longer_be_chosen_but_still_has_its_name():
    Code.objects.create(dimension="demand", code="OLD", zh="旧", en="Old", version="2025-01", position=0)
    setup_taxonomy()

    assert "OLD" not in codes("demand")
    with translation.override("en"):
        assert label("demand", "OLD") == "Old"
        assert label("demand", "NEVER") == "NEVER"


@pytest.mark.django_db
def test_reading_codes_again_asks_the_database_nothing(django_assert_num_queries):
    setup_taxonomy()
    codes("reason_C")
    with django_assert_num_queries(0):
        assert list(codes("reason_C"))[:2] == ["C01", "C02"]
        assert is_leaf("business_category_B", "B020103")
        assert not is_leaf("business_category_B", "B0201")
        assert not is_leaf("business_category_B", "B77")


@pytest.mark.django_db
def test_a_label_speaks_the_language_of_the_reader():
    setup_taxonomy()
    with translation.override("zh-hans"):
        assert codes("finding")["PARTLY"].label == "部分属实"
    with translation.override("en"):
        assert codes("finding")["PARTLY"].label == "Partly substantiated"


ASKS = re.compile(r'(?<![\w.])(?:label|place_name|every_code)\(\s*"(\w+)"|\{% code "(\w+)"')


def test_every_list_that_code_and_templates_ask_exists():
    """A list that is none shows the bare code: a letter said “B020204” for the business it was about."""
    files = [*settings.BASE_DIR.glob("[!.]*/**/*.py"), *settings.BASE_DIR.glob("templates/**/*.html")]
    asked = {
        (path.name, name)
        for path in files
        if "tests" not in path.parts
        for found in ASKS.findall(path.read_text(encoding="utf-8"))
        for name in filter(None, found)
    }
    assert {name for _path, name in asked} > {"root_cause", "liability"}
    assert [one for one in sorted(asked) if one[1] not in DIMENSIONS] == []
