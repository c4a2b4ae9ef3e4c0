"""A weekday may have opening hours of its own: rows of the page of a calendar, agreed by a second person."""

from typing import Any

import pytest

from organization.models import Proposal
from sla import rulebook
from sla.models import Calendar
from tests.seconding import page, seconded

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def calendar(institution) -> Calendar:
    return Calendar.objects.create(
        code="own", name="本行", hours=[["09:00", "12:00"]], legal_entity=institution.legal_entity
    )


def week(*rows: tuple[int, str]) -> dict[str, Any]:
    """The rows of weekdays as the page of a calendar sends them: weekday and "09:00 12:00 13:00 16:00"."""
    sent: dict[str, Any] = {
        "code": "own",
        "name": "本行",
        "zone": "Asia/Shanghai",
        "hours_0": "09:00",
        "hours_1": "12:00",
    }
    sent |= {"week-TOTAL_FORMS": len(rows), "week-INITIAL_FORMS": 0}
    for number, (weekday, spans) in enumerate(rows):
        sent |= {f"week-{number}-weekday": weekday, f"week-{number}-id": "", f"week-{number}-calendar": ""}
        sent |= {f"week-{number}-hours_{place}": edge for place, edge in enumerate(spans.split())}
    return sent


def test_a_weekday_has_hours_of_its_own_once_another_administrator_agrees(pages, calendar):
    """Fridays end early: entered as rows, decided by a second person, counted from then on."""
    entered = week((5, "13:00 16:00 9:00 12:00"), (6, "9:00 11:00"))
    assert pages.post(page(calendar), entered).status_code == 302
    assert not calendar.week.exists()
    seconded()

    assert list(calendar.week.order_by("weekday").values_list("weekday", "hours")) == [
        (5, [["09:00", "12:00"], ["13:00", "16:00"]]),  # in their order, whatever that of the rows
        (6, [["09:00", "11:00"]]),
    ]
    rulebook.forget()
    text = pages.get(page(calendar)).content.decode()
    assert "Friday" in text and 'value="16:00"' in text


@pytest.mark.parametrize(
    ("rows", "refusal"),
    [
        ([(5, "09:00 12:00 11:00 16:00")], "09:00 to 12:00 and 11:00 to 16:00 overlap"),
        ([(5, "09:00 12:00 12:00 16:00")], "09:00 to 12:00 goes on until 16:00: write it as one row."),
        ([(5, "12:00 09:00")], "12:00 to 09:00: give a later time second."),
        ([(5, "09:00 12:00"), (5, "13:00 16:00")], "Friday has a row already"),
        ([(5, "")], "This field is required."),
        ([(8, "09:00 12:00")], "8 is not one of the available choices"),
    ],
)
def test_hours_of_a_weekday_that_overlap_are_refused_in_words(pages, calendar, rows, refusal):
    answer = pages.post(page(calendar), week(*rows))

    assert answer.status_code == 200
    errors = [form.errors for formset in answer.context["inline_admin_formsets"] for form in formset.formset.forms]
    assert refusal in str(errors)
    assert not Proposal.objects.exists()
