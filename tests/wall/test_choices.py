"""S1, B6: no form of the admin takes a row of another legal entity, in any of its fields.

Built from the registry and from `_meta`: a new table is covered on arrival. For each foreign key and many-to-many
field the form of an own row is sent twice, as it stands (taken) and with a foreign row in the field (refused).
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from django.db.models import Model
from django.forms import model_to_dict
from django.urls import reverse

from organization.configuration import EntityWindowInline, OfEntity, RecordedConfiguration, RecordedInline
from organization.models import Absence, LegalEntity, Membership
from sla.models import Policy, Target
from sqm_site.adminui import Window
from tests.wall.conftest import TABLES, pages_of, rows_of

# What a second row must say differently from the first, besides its names and days.
FRESH: dict[type[Model], dict[str, Any]] = {
    Target: {"kind": "resolution"},
    Membership: {"role": "dispatcher"},
    Absence: {"since_0": "2099-01-01", "since_1": "08:00", "until_0": "2099-01-02", "until_1": "08:00"},
    Policy: {"position": 1},  # before the one it is like, which would otherwise fit whatever it fits
}
NAMES, DAYS, PLACES = {"code", "key", "name", "username"}, {"day", "valid_from", "effective_from"}, {"position"}


class Relation(NamedTuple):
    """A field that points at rows, of a table or of an inline in it."""

    table: type[Model]
    model: type[Model]
    name: str


def relations() -> Iterator[Relation]:
    for model, table in TABLES.items():
        if isinstance(table, Window):
            continue
        for owner, parent in [(model, None), *((inline.model, model) for inline in table.inlines)]:
            for field in [*owner._meta.concrete_fields, *owner._meta.many_to_many]:
                if field.is_relation and field.editable and field.related_model is not parent:
                    yield Relation(model, owner, field.name)


RELATIONS = list(relations())


def test_every_table_and_inline_stands_on_the_one_base():
    for model, table in TABLES.items():
        base = OfEntity if isinstance(table, Window) else RecordedConfiguration
        assert isinstance(table, base), f"{model.__name__}: let its table inherit {base}"
        assert not table.list_editable and not table.actions, f"{model.__name__}: rows change on their own page"
        for inline in table.inlines:
            bases = (RecordedInline, EntityWindowInline)
            assert issubclass(inline, bases), f"{inline.__name__}: let it inherit RecordedInline or EntityWindowInline"


def test_the_walk_finds_the_fields():
    found = {(one.model.__name__, one.name) for one in RELATIONS}
    assert {("Unit", "receiver"), ("Membership", "unit"), ("Rung", "ladder"), ("Target", "ladder")} - found == {
        ("Rung", "ladder")  # the parent of an inline is no choice
    }
    assert len(RELATIONS) > 20


@pytest.mark.parametrize("page", ["add", "change"])
@pytest.mark.parametrize("relation", RELATIONS, ids=lambda one: f"{one.table.__name__}-{one.model.__name__}.{one.name}")
def test_a_row_of_another_legal_entity_is_refused_in_every_field(relation, page, staff, abroad, home):
    """S1 and B6: an administrator of A posted `unit=<of B>` and made a colleague auditor of B."""
    foreign = foreign_row(relation, abroad.legal_entity)
    if foreign is None:
        return  # what it points at belongs to nobody: the lists of the whole group
    pages = pages_of(staff, relation.table)
    own = newest(pages, relation.table, home.legal_entity)
    address = page_of(relation.table, page, own)
    here, model_row = pages.get(address), pages.get(page_of(relation.table, "change", own))
    if here.status_code == 403:
        assert page == "add" and pages.post(address, {}).status_code == 403
        return
    sent = filled(model_row, relation, fresh=page == "add")
    if page == "add":
        sent |= asked_of_new_rows(here, own, sent)
    key = key_of(model_row, relation, sent)

    pointing = relation.model._default_manager.filter(**{relation.name: foreign.pk})
    before = set(pointing.values_list("pk", flat=True))
    refused = pages.post(address, sent | {key: foreign.pk})
    assert set(pointing.values_list("pk", flat=True)) == before, f"{key} took a row of another legal entity"
    if not offered(here, relation):
        return  # shown or hidden, and not asked: what is posted for it was not read
    assert refused.status_code == 200, f"{key} took a row of another legal entity"
    assert relation.name in errors_of(refused, relation)

    taken = pages.post(address, sent)
    told = taken.context and [errors_of(taken, relation), taken.context["errors"]]
    assert taken.status_code == 302, f"fill in what a new row of {relation.model.__name__} needs (FRESH): {told}"


def newest(pages: Any, model: type[Model], entity: LegalEntity) -> Model:
    """The own row that `populate` made last."""
    listed = pages.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")).context["cl"]
    return listed.root_queryset.filter(pk__in=rows_of(entity, model)).latest("pk")


def foreign_row(relation: Relation, entity: LegalEntity) -> Model | None:
    target = relation.model._meta.get_field(relation.name).related_model
    rows = rows_of(entity, target)
    assert rows is None or rows.exists(), f"let `populate` make a row of {target.__name__}"
    return None if rows is None else rows.order_by("-pk").first()


def page_of(model: type[Model], page: str, row: Model) -> str:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"
    return reverse(name, args=[] if page == "add" else [row.pk])


def offered(opened: Any, relation: Relation) -> bool:
    return any(relation.name in form.fields for form in forms_of(opened, relation))


def forms_of(opened: Any, relation: Relation) -> list[Any]:
    if relation.model is relation.table:
        return [opened.context["adminform"].form]
    found = [each.formset for each in opened.context["inline_admin_formsets"] if each.formset.model is relation.model]
    return [form for formset in found for form in [*formset.forms, formset.empty_form]]


def filled(opened: Any, relation: Relation, *, fresh: bool) -> dict[str, Any]:
    """What a browser sends for the page as it stands; fresh: for a new row like it, and a new row in the inline."""
    form = opened.context["adminform"].form
    sent = values(form, fresh=fresh)
    for each in opened.context["inline_admin_formsets"]:
        rows = each.formset.forms[:1]
        new = fresh and bool(rows)
        sent |= {f"{each.formset.prefix}-TOTAL_FORMS": len(rows), f"{each.formset.prefix}-INITIAL_FORMS": len(rows)}
        for row in rows:
            sent |= values(row, fresh=new)
        if fresh:
            first = f"{each.formset.prefix}-0"
            sent |= {
                f"{each.formset.prefix}-INITIAL_FORMS": 0,
                f"{first}-id": "",
                f"{first}-{each.formset.fk.name}": "",
            }
    return sent


def asked_of_new_rows(opened: Any, own: Model, sent: dict[str, Any]) -> dict[str, Any]:
    """What only the page of a new row asks for, as the own row has it."""
    if opened.status_code != 200:
        return {}
    fields = [name for name in opened.context["adminform"].form.fields if name not in sent]
    return {name: other(name, value) for name, value in model_to_dict(own, fields).items() if value is not None}


def values(form: Any, *, fresh: bool) -> dict[str, Any]:
    sent: dict[str, Any] = {}
    for bound in form:
        value = bound.value()
        if fresh:
            value = other(bound.name, value)
        widget = bound.field.widget
        if hasattr(widget, "decompress"):
            sent |= {f"{bound.html_name}_{number}": part or "" for number, part in enumerate(widget.decompress(value))}
        elif value is True or (value is not False and value is not None):
            sent[bound.html_name] = "on" if value is True else value
    return sent | ({form.add_prefix(k): v for k, v in FRESH.get(type(form.instance), {}).items()} if fresh else {})


def other(name: str, value: Any) -> Any:
    if name in NAMES and value:
        return f"{value}2"
    if name in DAYS:
        return value.replace(year=value.year + 2)
    return value + 50 if name in PLACES else value


def key_of(opened: Any, relation: Relation, sent: dict[str, Any]) -> str:
    if relation.model is relation.table:
        return relation.name
    prefix = next(
        each.formset.prefix for each in opened.context["inline_admin_formsets"] if each.formset.model is relation.model
    )
    assert f"{prefix}-0-id" in sent, f"let `populate` make a row of {relation.model.__name__}"
    return f"{prefix}-0-{relation.name}"


def errors_of(answer: Any, relation: Relation) -> dict[str, Any]:
    return {name: told for form in forms_of(answer, relation) if form.is_bound for name, told in form.errors.items()}
