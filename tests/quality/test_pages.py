"""The dashboard, the deadline report, and the lists behind their numbers."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone

from organization.models import Role
from quality import cells
from quality.models import Target
from quality.pages.dashboard import FEW, lowest
from tests.cases import says, taken, told
from tests.people import person

DASHBOARD, REPORT = "/quality/dashboard/", "/quality/sla-report/"
# a link to a list with the number it stands on
LINK = re.compile(r'<a href="(/quality/(?:cases|due)/\?[^"]+)"[^>]*>(?:n=)?([\d.]+)%?<')


@pytest.fixture
def seen_by(client):
    def ask(user, address: str, **headers: str):
        client.force_login(user, backend="organization.backends.RoleBackend")
        return client.get(address, headers=headers)

    return ask


@pytest.fixture
def now():
    return timezone.now().replace(microsecond=0)


@pytest.fixture
def work(integration, now, handler, lead):
    """Complaints of today and of a month ago: told, open and overdue."""
    taken(integration, at=now, channel="app")
    taken(integration, at=now - timedelta(days=25), channel="app")
    for number in range(3):
        at, channel = now - timedelta(days=number * 8), ["phone", "web"][number % 2]
        since = now - timedelta(days=25)
        case = told(integration, handler=handler, checker=lead, since=since, at=at, channel=channel)
        says(case, ["satisfied", "dissatisfied", "no_objection"][number], at=at)
    cells.refresh_all()


@pytest.mark.parametrize("page", [DASHBOARD, f"{DASHBOARD}?period=12m", f"{DASHBOARD}?period=month", REPORT])
def test_every_number_opens_exactly_its_cases(seen_by, supervisor, work, page):
    found = LINK.findall(seen_by(supervisor, page).content.decode())
    links = [(unescape(url), number) for url, number in found if "." not in number]  # a rate has a point
    assert len(links) > 8
    for url, number in links:
        answer = seen_by(supervisor, url)
        assert answer.status_code == 200, url
        listed = {row.case.reference for row in answer.context["rows"]}
        assert (len(answer.context["rows"]), answer.context["count"]) == (int(number), number), url
        assert len(listed) == int(number), url


def test_the_dashboard_shows_value_n_interval_and_target(seen_by, supervisor, work):
    page = seen_by(supervisor, DASHBOARD)
    tiles = {tile.kpi.key: tile for tile in page.context["tiles"]}
    satisfaction = tiles["satisfaction"]
    assert (str(satisfaction.figure.value), satisfaction.figure.n, satisfaction.status[0]) == ("66.67", 3, "bad")
    assert "20.77–93.85" in page.content.decode()
    assert tiles["complaint_volume"].figure.n == 5
    led = ["complaint_volume", "on_time_rate", "resolution_rate", "satisfaction"]
    assert [*tiles][: len(led)] == led and len(tiles) > len(led)  # how these come about stands behind them
    assert [kpi.key for kpi in page.context["kpis"]] == led
    assert (tiles["on_time_rate"].figure.numerator, tiles["on_time_rate"].figure.n) == (1, 4)


def drawn(page) -> dict[str, dict]:
    return {chart["key"]: chart for chart in page.context["charts"]}


def test_a_rate_of_few_cases_is_drawn_by_week_and_with_what_is_aimed_at(seen_by, supervisor, work):
    """With one case a day a rate jumped between nought and all."""
    charts = drawn(seen_by(supervisor, DASHBOARD))
    rates, counts = charts["30d-line"], charts["30d-bar"]
    assert len(counts["rows"]) == 30 and len(rates["rows"]) in {5, 6}
    assert rates["notes"][0].startswith("按周统计") and counts["notes"] == []
    by_name = {one["name"]: one for one in rates["data"]["series"]}
    assert {name: one["target"] for name, one in by_name.items()}["满意度"] == 90.0
    assert sum(value is not None for value in by_name["满意度"]["data"]) == 3
    assert rates["data"]["min"] == 0 and "min" not in counts["data"]


def test_a_rate_of_many_cases_is_drawn_by_day(seen_by, supervisor, integration, now, handler, lead):
    since, few = now - timedelta(days=3), {"handler": handler, "checker": lead}
    for _case in range(FEW):
        told(integration, since=since, at=now, **few)
    cells.refresh_all()
    rates = drawn(seen_by(supervisor, DASHBOARD))["30d-line"]
    assert (len(rates["rows"]), rates["notes"]) == (30, [])


@pytest.mark.parametrize(("values", "begins"), [([92.5, None], 90), ([49.9, 90.0], 0), ([None], 0), ([100.0], 90)])
def test_an_axis_that_leaves_something_out_says_so(values, begins):
    assert lowest([{"data": values, "target": 98.0} if values != [None] else {"data": values}]) == begins


def test_targets_of_one_format_and_of_the_program_where_there_is_no_row(seen_by, client, work, supervisor, institution):
    Target.objects.create(kpi="satisfaction", effective_from=date(2026, 1, 1), green="97.00", amber="96.50")
    page = seen_by(supervisor, DASHBOARD).content.decode()
    assert "目标 97，底线 96.50" in page and "97.00" not in page
    Target.objects.all().delete()
    table = seen_by(person("rules", Role.SYSTEM_ADMINISTRATOR, institution), "/admin/quality/target/").content.decode()
    assert "未另行设定时" in table and "满意度" in table


def test_the_report_says_what_was_missed_and_what_is_overdue(seen_by, supervisor, work):
    total = seen_by(supervisor, REPORT).context["total"]
    assert (total.past.figure.n, total.past.figure.rest) == (4, 3)
    overdue, day, three_days = (window.count for window in total.ahead)
    assert overdue == 1 and day <= three_days


def test_statutory_and_internal_deadlines_can_be_told_apart(seen_by, supervisor, integration, now):
    taken(integration, at=now - timedelta(days=9))
    cells.refresh_all()
    overdue = {
        basis: seen_by(supervisor, f"{REPORT}?basis={basis}").context["total"].ahead[0].count
        for basis in ("", "statutory", "internal")
    }
    assert overdue == {"": 1, "statutory": 0, "internal": 1}


def test_the_head_office_sees_its_branches_and_looks_closer(seen_by, auditor, work, other_branch):
    page = seen_by(auditor, DASHBOARD)
    (line,) = page.context["units"]
    assert (line.label, line.url) == ("上海分行", "?period=30d&unit=SH")
    below = seen_by(auditor, DASHBOARD + line.url)
    assert [name for _url, name in below.context["way"]] == ["总行", "上海分行"] or below.context["scene"].unit == "SH"
    assert seen_by(auditor, f"{DASHBOARD}?unit=BJ").context["tiles"][0].figure.n == 0


def test_a_person_narrowed_to_a_business_line_sees_its_figures_only(seen_by, supervisor, integration, now):
    cards = taken(integration, at=now, business_line="cards").business_line
    taken(integration, at=now, business_line="loans")
    cells.refresh_all()
    supervisor.memberships.update(business_line=cards)
    page = seen_by(supervisor, DASHBOARD)
    assert {tile.kpi.key: tile.figure.n for tile in page.context["tiles"]}["complaint_volume"] == 1
    assert len(page.context["units"]) == 1 and not page.context["channels"]
    assert [table.of for table in seen_by(supervisor, REPORT).context["tables"]] == [1]


@pytest.mark.parametrize("page", [DASHBOARD, REPORT])
def test_a_unit_out_of_scope_is_not_there(seen_by, supervisor, other_branch, page):
    assert seen_by(supervisor, f"{page}?unit=BJ").status_code == 404


def test_who_has_no_right_is_turned_away(seen_by, handler, auditor, client):
    auditor.memberships.update(role="system_administrator")
    assert seen_by(handler, REPORT).status_code == 403
    assert seen_by(auditor, DASHBOARD).status_code == 403
    client.logout()
    assert client.get(DASHBOARD).status_code == 302


def test_the_lists_show_nobody_elses_cases(seen_by, outsider, supervisor, work):
    outsider.memberships.update(role="supervisor")
    (url, _number), *_more = LINK.findall(seen_by(supervisor, DASHBOARD).content.decode())
    mine = re.sub(r"&unit=\w+|&handling_unit=\w+", "", unescape(url))
    assert seen_by(supervisor, mine).context["rows"]
    assert not seen_by(outsider, mine).context["rows"]


@pytest.mark.parametrize(
    "address", ["cases/", "cases/?kpi=happiness", "cases/?kpi=satisfaction&part=some", "due/", "due/?due_to=soon"]
)
def test_an_address_made_up_is_not_found(seen_by, supervisor, address):
    assert seen_by(supervisor, f"/quality/{address}").status_code == 404


def test_a_list_goes_on_where_its_first_page_ended(seen_by, supervisor, integration, now):
    for _ in range(3):
        taken(integration, at=now)
    cells.refresh_all()
    url = f"{reverse('quality:cases')}?kpi=complaint_volume&part=numerator&page_size=2"
    first = seen_by(supervisor, url)
    more = seen_by(supervisor, first.context["more"], **{"HX-Request": "true"})
    rows = [*first.context["rows"], *more.context["rows"]]
    assert len({row.case.pk for row in rows}) == 3
    assert more.context["more"] is None


def test_pages_take_as_few_statements_for_300_cases_as_for_10(
    client, supervisor, integration, now, django_assert_max_num_queries
):
    client.force_login(supervisor, backend="organization.backends.RoleBackend")
    pages = (DASHBOARD, REPORT, f"{reverse('quality:cases')}?kpi=complaint_volume&part=numerator")
    taken_so_far = 0
    for cases in (10, 300):
        for number in range(taken_so_far, cases):
            taken(integration, at=now - timedelta(days=number % 20))
        taken_so_far = cases
        cells.refresh_all()
        for page in pages:
            with django_assert_max_num_queries(12):
                assert client.get(page).status_code == 200
