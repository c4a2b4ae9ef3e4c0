"""Every table of the admin: what is added or changed over HTTP is on record with its values; no page deletes its row.

Built from the registry: a new table is covered on arrival.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django import forms
from django.db.models import Model, Q
from django.test import Client

from organization.models import LegalEntity, User
from organization.recording import CHANGED, SECRET, picture
from security.chain import plain
from security.models import AuditRow
from security.services import verify_audit_rows
from sqm_site.adminui import Window
from tests.seconding import seconded
from tests.wall.conftest import TABLES, pages_of
from tests.wall.test_choices import Relation, asked_of_new_rows, filled, newest, page_of

KEPT = [model for model, table in TABLES.items() if not isinstance(table, Window)]
NAMES = [model.__name__ for model in KEPT]


def keeper_of(model: type[Model], staff: list[User], group: Client) -> Client:
    """Who keeps the table: lists of the whole group are the group's."""
    return pages_of(staff, model) if TABLES[model].entity else group


def own_row(pages: Client, model: type[Model], entity: LegalEntity) -> Model:
    return newest(pages, model, entity) if TABLES[model].entity else model._default_manager.latest("pk")


def record_of(row: Model) -> AuditRow:
    """The newest record of a person about the row."""
    subject = f"{row._meta.model_name}:{row.pk}"
    by_setup = Q(actor=User.system(), details__proposal=None)
    return AuditRow.objects.filter(verb="configure", subject=subject).exclude(by_setup).latest("pk")


def other_values(form: Any) -> Iterator[tuple[str, Any]]:
    """For one field after the other a value it does not have; words first."""
    for bound in sorted(form, key=lambda one: type(one.field) is not forms.CharField):
        field, value = bound.field, bound.value()
        if isinstance(field, forms.MultipleChoiceField):
            yield bound.html_name, [next(key for key, _word in field.choices if key not in (value or []))]
        elif isinstance(field, forms.BooleanField):
            yield bound.html_name, "" if value else "on"
        elif isinstance(field, forms.DateField) and value:
            yield bound.html_name, value + timedelta(days=1)
        elif isinstance(field, forms.SplitDateTimeField) and value:
            yield f"{bound.html_name}_0", (value + timedelta(days=1)).date()
        elif type(field) is forms.CharField and value and not field.disabled:
            yield bound.html_name, f"{value}x"


@pytest.mark.parametrize("model", KEPT, ids=NAMES)
def test_a_change_in_any_table_is_on_record(model, staff, group, home):
    """S14: configuration stood in the record without values, or not at all."""
    pages = keeper_of(model, staff, group)
    row = own_row(pages, model, home.legal_entity)
    address, was = page_of(model, "change", row), picture(row)
    opened = pages.get(address)
    sent = filled(opened, Relation(model, model, ""), fresh=False)
    for name, value in other_values(opened.context["adminform"].form):
        if pages.post(address, sent | {name: value}).status_code == 302:
            break
    else:
        pytest.fail(f"{model.__name__}: teach other_values a field of its form")
    seconded()
    now, told = picture(row), record_of(row).details
    differs = {field for field in now if now[field] != was[field]}
    assert name.removesuffix("_0") in differs  # the day of a moment
    assert set(told["now"]) == differs
    assert told["was"] == plain({field: was[field] for field in differs})
    assert told["now"] == plain({field: now[field] for field in differs})
    assert verify_audit_rows() == []


@pytest.mark.parametrize("model", KEPT, ids=NAMES)
def test_a_new_row_of_any_table_is_on_record(model, staff, group, home):
    pages = keeper_of(model, staff, group)
    own = own_row(pages, model, home.legal_entity)
    address = page_of(model, "add", own)
    here, page = pages.get(address), pages.get(page_of(model, "change", own))
    if here.status_code == 403:
        assert model is not User, "people are added"
        assert pages.post(address, {}).status_code == 403
        assert AuditRow.objects.filter(verb="refused", details__method="POST").exists()
        return
    sent = filled(page, Relation(model, model, ""), fresh=True)
    sent |= asked_of_new_rows(here, own, sent)
    answer = pages.post(address, sent)
    assert answer.status_code == 302, answer.context and answer.context["errors"]
    seconded()
    row = model._default_manager.latest("pk")
    assert row.pk != own.pk
    told, stands = record_of(row).details, picture(row)
    assert (told["added"], told["was"]) == (True, {})
    shown = {name for name, value in stands.items() if value not in (None, "", [], {})}
    assert set(told["now"]) == shown
    secret = {name for name in shown if SECRET.search(name)}
    assert {told["now"][name] for name in secret} <= {CHANGED}
    open_values = {name: stands[name] for name in shown - secret}
    assert {name: told["now"][name] for name in open_values} == plain(open_values)


@pytest.mark.parametrize("model", KEPT, ids=NAMES)
def test_a_row_of_any_table_is_not_deleted_and_the_try_is_on_record(model, staff, group, home):
    pages = keeper_of(model, staff, group)
    row = own_row(pages, model, home.legal_entity)
    assert pages.post(page_of(model, "delete", row), {"post": "yes"}).status_code == 403
    assert model._default_manager.filter(pk=row.pk).exists()
    refused = AuditRow.objects.get(verb="refused")
    assert refused.subject.endswith("/delete/")
    assert refused.details["method"] == "POST"


INLINES = [(model, inline) for model in KEPT for inline in TABLES[model].inlines]


@pytest.mark.parametrize(("model", "inline"), INLINES, ids=[f"{a.__name__}-{b.model.__name__}" for a, b in INLINES])
def test_a_row_inside_a_page_that_is_taken_out_is_on_record(model, inline, staff, group, home):
    pages = keeper_of(model, staff, group)
    parent = own_row(pages, model, home.legal_entity)
    address = page_of(model, "change", parent)
    opened = pages.get(address)
    formset = next(
        each.formset for each in opened.context["inline_admin_formsets"] if each.formset.model is inline.model
    )
    row = formset.forms[0].instance
    sent = filled(opened, Relation(model, model, ""), fresh=False)
    answer = pages.post(address, sent | {f"{formset.prefix}-0-DELETE": "on"})
    assert answer.status_code == 302 or answer.context["errors"], "taken, or refused in words"
    seconded()
    if not inline.model._default_manager.filter(pk=row.pk).exists():
        (gone,) = record_of(parent).details["rows"][inline.model._meta.model_name]
        assert gone["was"] and not gone["now"]
