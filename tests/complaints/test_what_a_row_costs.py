"""Fifty rows of a list are drawn without a template, a reversal or a look-up of choices for each."""

import builtins
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.db.models import Model
from django.template.base import Template
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.urls.resolvers import URLResolver

from complaints.desk.rows import as_rows, listed
from complaints.models import Case, Level
from tests.cases import taken
from tests.people import NOON

COUNTED = {
    "templates": (Template, "render"),
    "reversals": (URLResolver, "_reverse_with_prefix"),
    "look-ups of choices": (Model, "_get_FIELD_display"),
    "classes made": (builtins, "__build_class__"),
}
LISTS = {
    "mine": ("handler", "/desk/?tab=mine"),
    "all": ("supervisor", "/desk/?tab=all"),
    "to give": ("dispatcher", "/desk/?tab=dispatch"),
    "to take": ("handler", "/desk/?tab=team"),
    "unsigned": ("supervisor", "/desk/?tab=unsigned"),
    "overdue": ("supervisor", "/desk/?tab=overdue"),
    "listed": ("supervisor", "/desk/cases/"),
    "found": ("supervisor", "/desk/cases/?q=年费"),
    "due": ("supervisor", "/quality/due/?due_to=2030-01-01T00:00:00Z"),
}


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """How often each of COUNTED is called meanwhile, and how many statements run."""
    found: Counter[str] = Counter()

    def counting(what: str, function):
        def called(*args, **kwargs):
            found[what] += 1
            return function(*args, **kwargs)

        return called

    with pytest.MonkeyPatch.context() as patch, CaptureQueriesContext(connection) as statements:
        for what, (owner, name) in COUNTED.items():
            patch.setattr(owner, name, counting(what, getattr(owner, name)))
        yield found
    found["statements"] = len(statements)


def cases(integration, number: int) -> None:
    """Some that differ in all that a row shows."""
    for place in range(number):
        case = taken(integration, customer={"customer_no": f"K{place}", "name": "欧阳测试"})
        Case.objects.filter(pk=case.pk).update(
            level=Level.MAJOR, urgent=True, round=2, chased_at=NOON, pressed_at=NOON, unanswered_since=NOON
        )


@pytest.mark.usefixtures("nothing_expires")
@pytest.mark.parametrize("name", LISTS)
def test_a_row_costs_no_template_and_no_reversal(name, request, integration, handler):
    """P13: a page of fifty rows took 55 to 80 ms of Python, most of it for what each row asked anew."""
    who, address = LISTS[name]
    client = Client()
    client.force_login(request.getfixturevalue(who), backend="organization.backends.RoleBackend")
    costs = []
    for _time in range(2):
        cases(integration, 3)
        if name == "mine":
            Case.objects.update(owner=handler)
        client.get(address)
        with counted() as cost:
            page = client.get(address)
        costs.append((len(page.context["rows"]), cost))
    (few, cost_of_few), (many, cost_of_many) = costs
    assert (few, many) == (3, 6)
    assert cost_of_few == cost_of_many
    assert cost_of_many["classes made"] == 0, "the theme made one for each entry of the menu"


def test_a_row_leads_to_its_case_and_its_verbs(owned):
    (row,) = as_rows(listed(Case.objects.all()), NOON)
    assert row.link == reverse("desk:case", args=[owned.reference])
    assert f"{row.link}chase/" == reverse("desk:verb", args=[owned.reference, "chase"])
