"""S2, D15: no table that decides deadlines or opens cases is written by one person, by whatever door of the admin."""

from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Model
from django.urls import reverse

from complaints.models import CountersignRule, RedressLimit, RoutingRule
from organization.models import Membership, Outcome, Proposal, User
from organization.proposing import Proposing
from sla.models import Calendar, CalendarDay, Ladder, Policy, RuleSet
from sqm_site.adminui import Window
from tests.seconding import granted
from tests.wall.conftest import TABLES, pages_of, rows_of
from tests.wall.test_choices import Relation, asked_of_new_rows, filled

# what of a row is changed to see whether it waits; {row}: of the first row of the inline
CHANGES: dict[type[Model], dict[str, Any]] = {
    Calendar: {"hours_0": "08:00"},
    CalendarDay: {"name": "改名"},
    RuleSet: {"first_due_days": 20},
    Policy: {"targets-0-amount": 90},
    Ladder: {"rungs-0-offset_1": 2},
    RedressLimit: {"amount": 800},
    RoutingRule: {"position": 7},
    CountersignRule: {"turn": 2},
    User: {"memberships-0-role": "supervisor"},
    Membership: {"role": "supervisor"},
}
# tables whose rows one person changes: nothing of a deadline, and nothing of who sees what, hangs on them
ALONE = {
    "organization.unit",
    "organization.team",
    "organization.partner",
    "organization.businessline",
    "organization.absence",
    "organization.apiclient",
    "complaints.code",
    "quality.target",
}


def test_every_table_is_said_to_be_changed_by_one_or_by_two():
    """A new table fails here until somebody has thought about it."""
    written = {model._meta.label_lower for model, table in TABLES.items() if not isinstance(table, Window)}
    assert written == ALONE | {model._meta.label_lower for model in CHANGES}
    for model, table in TABLES.items():
        if model in CHANGES:
            decides = table.always_second or type(table).needs_second is not Proposing.needs_second
            assert decides, f"{model.__name__}: let its table say always_second, or needs_second"
            assert table.asks_why, f"{model.__name__}: say beside the reason who reads it"
    assert {model for model in TABLES if model._meta.app_label == "sla"} <= CHANGES.keys()


def page(model: type[Model], name: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


def everything(model: type[Model]) -> list[list[dict[str, Any]]]:
    """All rows of a table and of its inlines, but for when somebody logged in."""
    owners = [model, *(inline.model for inline in TABLES[model].inlines)]
    rows = [[*owner._default_manager.order_by("pk").values()] for owner in owners]
    return [[{name: value for name, value in row.items() if name != "last_login"} for row in each] for each in rows]


@pytest.mark.parametrize("model", CHANGES, ids=lambda model: model.__name__)
def test_one_person_writes_nothing_by_any_door(model, staff, home):
    """S2: add, change, copy, delete, the list and its actions: valid forms, and the tables stay as they are."""
    pages, own = pages_of(staff, model), rows_of(home.legal_entity, model)
    row = own.exclude(pk__in=[staff[0].pk]).latest("pk") if model is User else own.latest("pk")
    if model in {User, Membership}:
        worker = User.objects.get(username="home-worker")
        row = worker if model is User else worker.memberships.get()
    opened = pages.get(page(model, "change", row.pk))
    sent = filled(opened, Relation(model, model, ""), fresh=False) | CHANGES[model]
    new = filled(opened, Relation(model, model, ""), fresh=True)
    new |= asked_of_new_rows(pages.get(page(model, "add")), row, new)
    before = everything(model)

    for more in ({}, {"_saveasnew": "1"}, {"_popup": "1"}, {"_continue": "1"}):
        pages.post(page(model, "change", row.pk), sent | more)
        pages.post(page(model, "add"), new | more)
    pages.post(page(model, "delete", row.pk), {"post": "yes"})
    listed = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "form-0-id": row.pk, "_save": "Save"}
    pages.post(page(model, "changelist"), listed | {f"form-0-{name}": value for name, value in sent.items()})
    for action in ("delete_selected", "import", "export"):
        chosen = {"action": action, "_selected_action": [row.pk], "post": "yes", "index": 0}
        pages.post(page(model, "changelist"), chosen)

    assert everything(model) == before
    waiting = Proposal.objects.filter(outcome=Outcome.WAITING)
    assert {one.row for one in waiting} == {row.pk, None}, "both were valid, and both wait"
    granted(waiting.get(row=row.pk), User.system())
    assert everything(model) != before


def test_no_table_offers_an_import():
    for table in admin.site._registry.values():
        assert not [base for base in type(table).__mro__ if "import_export" in base.__module__]
