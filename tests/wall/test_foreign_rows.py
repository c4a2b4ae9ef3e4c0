"""S10, B6: a row of another legal entity is not there, on no page of the admin and in no list of choices."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db.models import Model
from django.urls import reverse

from organization.models import LegalEntity, Role, Team, User
from organization.services import create_team
from tests.people import person
from tests.wall.conftest import MARKS, TABLES, pages_of, rows_of

OWNED = [model for model, table in TABLES.items() if table.entity]
SEARCHES = [
    (model, field)
    for owner, model in [
        *((table, model) for model, table in TABLES.items()),
        *((inline, inline.model) for table in TABLES.values() for inline in table.inlines),
    ]
    for field in owner.autocomplete_fields
]


def page(model: type[Model], name: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


def reveals(answer: Any) -> list[str]:
    """The marks of the other legal entity on a page, and on the pages it leads to."""
    return [mark for mark in MARKS if mark in answer.content.decode().replace("foreign key", "")]


@pytest.fixture(params=OWNED, ids=lambda model: model.__name__)
def model(request) -> type[Model]:
    return request.param


@pytest.fixture
def foreign(model, abroad) -> Model:
    return rows_of(abroad.legal_entity, model).latest("pk")


@pytest.fixture
def pages(model, staff):
    return pages_of(staff, model)


@pytest.mark.parametrize("view", ["change", "history", "delete"])
def test_no_page_of_a_foreign_row_opens(view, model, pages, foreign):
    """S10: a foreign row answers as a row that was never there, to GET and to POST."""
    before = type(foreign)._default_manager.filter(pk=foreign.pk).values().get()
    for method in (pages.get, pages.post):
        for query in ("", "?_popup=1&_to_field=id"):
            answer = method(page(model, view, foreign.pk) + query)
            assert answer.status_code in {302, 403, 404}
            nowhere = method(page(model, view, 10**9) + query)
            assert (answer.status_code, answer.headers.get("Location")) == (
                nowhere.status_code,
                nowhere.headers.get("Location"),
            )
            assert not reveals(pages.get(reverse("admin:index")))  # what the refusal told on the next page
    assert type(foreign)._default_manager.filter(pk=foreign.pk).values().get() == before


def test_no_list_and_no_filter_names_a_foreign_row(model, pages, foreign):
    answer = pages.get(page(model, "changelist"))
    assert answer.status_code == 200
    assert foreign.pk not in set(answer.context["cl"].root_queryset.values_list("pk", flat=True))
    assert not reveals(answer)
    assert answer.context["cl"].root_queryset.exists(), "there is an own row in every list"


def test_no_page_of_an_own_row_offers_a_foreign_one(model, pages, foreign, home):
    own = pages.get(page(model, "changelist")).context["cl"].root_queryset
    answer = pages.get(page(model, "change", own.filter(pk__in=rows_of(home.legal_entity, model)).latest("pk").pk))
    assert answer.status_code == 200
    assert not reveals(answer)


def test_no_address_fills_a_foreign_row_into_a_new_one(model, pages, abroad, foreign):
    """A link may carry values for the page of a new row; a foreign one is not looked up for it."""
    given = []
    for field in model._meta.concrete_fields:
        rows = rows_of(abroad.legal_entity, field.related_model) if field.is_relation else None
        if rows is not None and field.related_model in TABLES:
            given.append(f"{field.name}={rows.latest('pk').pk}")
    answer = pages.get(page(model, "add") + "?" + "&".join(given))
    assert answer.status_code in {200, 403}
    assert not reveals(answer)


@pytest.mark.parametrize(("model", "field"), SEARCHES, ids=lambda one: getattr(one, "__name__", one))
def test_no_search_of_a_choice_finds_a_foreign_row(model, field, staff, abroad):
    for one in {model, next((parent for parent, table in TABLES.items() if model in inlines(table)), model)}:
        pages = pages_of(staff, one)
    asked = {"app_label": model._meta.app_label, "model_name": model._meta.model_name, "field_name": field}
    for term in ("", *MARKS):
        answer = pages.get(reverse("admin:autocomplete"), asked | {"term": term})
        assert answer.status_code == 200
        assert not reveals(answer)
        assert bool(answer.json()["results"]) is not bool(term)


def inlines(table: Any) -> list[type[Model]]:
    return [inline.model for inline in table.inlines]


def test_nothing_is_deleted_or_changed_in_bulk(model, pages, foreign):
    mine = pages.get(page(model, "changelist")).context["cl"].root_queryset
    before = set(model._default_manager.values_list("pk", flat=True))
    keys = [foreign.pk, *mine.values_list("pk", flat=True)]
    sent = {"action": "delete_selected", "_selected_action": keys, "post": "yes", "select_across": "1"}
    pages.post(page(model, "changelist"), sent)
    pages.post(page(model, "delete", mine.latest("pk").pk), {"post": "yes"})
    assert before <= set(model._default_manager.values_list("pk", flat=True))


def test_the_auditor_of_one_entity_reads_no_notice_of_another(client, abroad, home):
    """B6: an auditor of B read all of A's notices."""
    notices = TABLES[next(one for one in TABLES if one.__name__ == "Notice")].model
    for root, word, hidden in ((home, "home", "foreign"), (abroad, "foreign", "home")):
        client.force_login(person(f"{word}-reader", Role.COMPLIANCE_AUDITOR, root))
        told = client.get(page(notices, "changelist")).context["cl"].root_queryset.values_list("about", flat=True)
        assert set(told) == {f"{word}-case"}, hidden


def test_the_group_sees_no_person_no_notice_and_no_unit_of_any_entity(group, abroad):
    request = group.get("/readyz").wsgi_request
    request.user = User.objects.get(username="group")
    for model, table in TABLES.items():
        if table.entity and not table.shared:
            assert group.get(page(model, "changelist")).status_code == 403
            assert not table.get_queryset(request).exists(), model


def test_a_new_row_belongs_to_the_entity_of_who_made_it(staff, home, abroad):
    pages = pages_of(staff, Team)
    unit = rows_of(home.legal_entity, type(home)).latest("pk")
    made = pages.post(page(Team, "add"), {"name": "新组", "unit": unit.pk, "legal_entity": abroad.legal_entity_id})
    assert made.status_code == 302
    assert Team.objects.get(name="新组").legal_entity == home.legal_entity


def test_names_of_another_entity_are_free_to_use(staff, home, abroad):
    """What is unique is unique in an entity: no refusal tells what another one has."""
    create_team(abroad, "同名组")
    unit = rows_of(home.legal_entity, type(home)).latest("pk")
    assert pages_of(staff, Team).post(page(Team, "add"), {"name": "同名组", "unit": unit.pk}).status_code == 302


def test_groups_of_django_have_no_page(staff):
    assert Group not in TABLES
    assert LegalEntity not in TABLES
