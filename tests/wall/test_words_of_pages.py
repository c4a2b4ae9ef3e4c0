"""D19: no page shows a raw key or Python text. Every address and every table of the admin is read in Chinese."""

import re
from collections.abc import Iterator

import pytest
from django.test import Client

from complaints.models import Level, Nature, State
from complaints.models.code import lists
from complaints.verbs import VERBS
from feedback.channels import Channel
from feedback.wording import KINDS
from organization.models import Role
from quality.kpis import Kpi
from sla.models import Basis, ClockKind, Ladder, Policy, RuleSet
from tests.test_locale import Visible
from tests.wall.strangers import World
from tests.wall.tables_of import TABLES
from tests.wall.test_rights_of_urls import ALL, address, opening, role_of, world  # noqa: F401
from tests.wall.urls_of import LINES

# `team_lead`, and what Python writes of a value; not a user name, `team_lead.jingan`, and no key, `sqm_1f2e3d4c`
RAW = re.compile(r"\b(?!sqm_)[a-z]+(?:_[a-z0-9]+)+\b(?![.@])|\b(?:None|True|False|datetime|timedelta)\b|\{'|<[A-Z]\w+")
CLOSED = (Role, State, Nature, Level, ClockKind, Basis)
KEYS = {
    *KINDS,
    *VERBS,
    *Channel.registry,
    *Kpi.registry,
    *dict(lists()),
    *(key for one in CLOSED for key in one.values),
}
OF_TABLE = ("", "add/", "<path:object_id>/change/")


def raw_words(page: str) -> Iterator[str]:
    reader = Visible()
    reader.feed(page)
    for text in map(str.strip, reader.words):
        yield from {text} if text in KEYS else RAW.findall(text)


def read(browser: Client, path: str) -> set[str]:
    """What is raw on a page, but for the keys that administrators gave their rules."""
    answer = browser.get(path, headers={"accept-language": "zh-hans"})
    if answer.status_code != 200 or "html" not in answer.headers["content-type"]:
        return set()  # whoever keeps the rows of the whole group is led back from those of an entity
    given = {key for table in (Policy, Ladder, RuleSet) for key in table.objects.values_list("key", flat=True)}
    return {*raw_words(answer.content.decode())} - given


def test_what_is_raw_is_found():
    page = '<p title="close_reason">offer</p><code>on_time_rate</code><td>Team_lead of team_lead.a, None</td>'
    assert [*raw_words(page)] == ["close_reason", "offer", "None"]


GOT = [
    (pattern, number)
    for pattern, number in ALL
    if LINES[pattern][number].method == "get" and 200 in LINES[pattern][number].may and not pattern.startswith("api/")
]


@pytest.mark.django_db
@pytest.mark.parametrize(("pattern", "number"), GOT)
def test_an_address_shows_words(pattern, number, world: World):  # noqa: F811
    line = LINES[pattern][number]
    sent = "&".join(f"{name}={value}" for name, value in line.sends(world.here).items())
    browser = world.here.browser(role_of(line))
    assert read(browser, f"{address(pattern, line.args(world.here))}?{sent}") == set()


@pytest.mark.django_db
@pytest.mark.parametrize("page", OF_TABLE)
@pytest.mark.parametrize("label", TABLES)
def test_a_table_of_the_admin_shows_words(label, page, world: World):  # noqa: F811
    """B2: the lists of codes, the ways of notices and the bounds of figures stood there by their keys."""
    path = address(f"admin/{label.replace('.', '/')}/{page}", {"object_id": world.rows[label].pk})
    readers = [role for role, status in opening(TABLES[label], page).items() if status == 200]
    assert {role: found for role in readers if (found := read(world.here.browser(role), path))} == {}
