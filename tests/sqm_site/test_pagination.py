"""Walking a list forward and back meets every row once, in order, however many rows share a value."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core import signing
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from organization.models import Unit
from sqm_site.models import Heartbeat

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.sqm_site.urls")]


@pytest.fixture
def beats():
    """Twelve rows in three moments, so most pages end between equal values."""
    start = timezone.now()
    rows = [Heartbeat(name=f"{number:02}", beat_at=start + timedelta(hours=number // 4)) for number in range(12)]
    return [row.name for row in Heartbeat.objects.bulk_create(rows)]


@pytest.fixture
def people():
    """Seven people, three of whom never signed in."""
    Unit.objects.update(receiver=None)
    get_user_model().objects.all().delete()
    start = timezone.now()
    people = [
        get_user_model()(username=f"p{number}", last_login=start + timedelta(hours=number // 2) if number < 4 else None)
        for number in range(7)
    ]
    return [person.username for person in get_user_model().objects.bulk_create(people)]


def walk(client, url, direction="next"):
    pages = []
    while url:
        answer = client.get(url).json()
        pages.append(answer["results"])
        last, url = url, answer[direction]
    return pages, last


@pytest.mark.parametrize("size", [1, 3, 4, 5, 11, 12, 50])
@pytest.mark.parametrize("ordering", ["beat_at", "-beat_at", "name"])
def test_every_row_comes_once_in_order_and_back_again(client, beats, size, ordering):
    expected = beats[::-1] if ordering.startswith("-") else beats
    pages, last = walk(client, f"/api/beats/?page_size={size}&ordering={ordering}")
    assert sum(pages, []) == expected
    back, _ = walk(client, last, "previous")
    assert back == pages[::-1]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6, 7])
@pytest.mark.parametrize("ordering", ["last_login", "-last_login"])
def test_rows_without_a_value_come_last(client, people, size, ordering):
    valued, empty = people[:4], people[4:]
    expected = valued[::-1] + empty[::-1] if ordering.startswith("-") else valued + empty
    pages, last = walk(client, f"/api/people/?page_size={size}&ordering={ordering}")
    assert sum(pages, []) == expected
    back, _ = walk(client, last, "previous")
    assert sum(back[::-1], []) == expected


def test_a_page_costs_one_query_and_never_counts(client, beats):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = client.get("/api/beats/?page_size=3").json()
        client.get(answer["next"])
    statements = [query["sql"] for query in queries if "sqm_site_heartbeat" in query["sql"]]
    assert len(statements) == 2
    assert not any("COUNT" in statement or " OR " in statement for statement in statements)


def test_a_row_that_arrives_meanwhile_moves_no_page(client, beats):
    answer = client.get("/api/beats/?page_size=3&ordering=name").json()
    Heartbeat.beat("00a", at=timezone.now())
    assert client.get(answer["next"]).json()["results"] == beats[3:6]


def test_an_empty_list_has_no_links(client):
    assert client.get("/api/beats/").json() == {"next": None, "previous": None, "results": []}


@pytest.mark.parametrize(
    "query",
    [
        "page_size=0",
        "page_size=201",
        "page_size=-1",
        "page_size=x",
        "page_size=1e2",
        "page_size=１",
        "page_size=" + "9" * 5000,
        "ordering=secret",
        "ordering=",
        "cursor=",
        "cursor=abc",
        "cursor=a:b:c",
    ],
)
def test_what_does_not_belong_to_the_list_is_refused(client, query):
    response = client.get(f"/api/beats/?{query}")
    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == query.partition("=")[0]


def test_a_cursor_serves_one_list_in_one_order(client, beats, people):
    cursor = client.get("/api/beats/?page_size=3").json()["next"].partition("cursor=")[2].partition("&")[0]
    assert client.get(f"/api/beats/?cursor={cursor}").status_code == 200
    assert client.get(f"/api/beats/?cursor={cursor}x").status_code == 400
    assert client.get(f"/api/beats/?cursor={cursor}&ordering=name").status_code == 400
    assert client.get(f"/api/people/?cursor={cursor}").status_code == 400
    assert client.get(f"/api/beats/?cursor={signing.dumps(['x', 1, False])}").status_code == 400
