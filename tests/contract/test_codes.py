"""S21: the closed lists, for programs: labels in both languages, parents, versions, and the fields of every verb."""

import pytest
from django.test import Client

from complaints.models import Code, State
from complaints.services import taxonomy
from complaints.verbs import VERBS
from organization import authentication
from organization.models import ApiClient
from sqm_site.fields import bound

CODES = "/api/v1/codes/"


@pytest.fixture
def ask(client_and_key):
    client = Client(headers={"Authorization": f"Bearer {client_and_key[1]}"})
    return lambda path="", **headers: client.get(f"{CODES}{path}", headers=headers)


def test_it_lists_every_list_and_each_can_be_read(ask):
    named = ask().json()["dimensions"]
    assert {"states", "natures", "channels", "levels", "verbs", "reason_C", "business_category_B"} <= {
        one["dimension"] for one in named
    }
    for one in named:
        told = ask(f"{one['dimension']}/").json()
        assert told["dimension"] == one["dimension"] and told["codes"]
        assert all(row["zh"] and row["en"] for row in told["codes"]), told


def test_a_code_tells_its_parent_version_and_whether_it_may_be_chosen(ask):
    rows = {row["code"]: row for row in ask("business_channel_A/").json()["codes"]}
    child = rows["A10303"]
    assert child["parent"] == "A103" and child["finest"] and not rows["A103"]["finest"]
    assert child["version"] == taxonomy.current_version()
    Code.objects.filter(dimension="business_channel_A", code="A10303").update(active=False)
    taxonomy.TABLES.forget()
    retired = {row["code"]: row for row in ask("business_channel_A/").json()["codes"]}["A10303"]
    taxonomy.TABLES.forget()
    assert not retired["active"] and not retired["finest"]


def test_labels_stand_in_both_languages_whatever_the_reader_speaks(ask):
    in_english, in_chinese = (
        {row["code"]: row for row in ask("states/", **{"Accept-Language": language}).json()["codes"]}
        for language in ("en", "zh-hans")
    )
    assert in_english == in_chinese and set(in_english) == set(State)
    assert in_english["notified"]["zh"] == "已办结（待结案）"


def test_every_verb_tells_its_fields_as_its_form_has_them(ask):
    told = {verb["verb"]: verb for verb in ask().json()["verbs"]}
    assert list(told) == list(VERBS)
    for name, verb in VERBS.items():
        assert [field["name"] for field in told[name]["fields"]] == list(bound(verb.form).fields)
    known = {one["dimension"] for one in ask().json()["dimensions"]}
    for verb in told.values():
        for field in verb["fields"]:
            assert field["dimension"] in known if field["kind"] == "code" else not field["dimension"]
            assert bool(field["choices"]) == (field["kind"] == "choice")


def test_what_did_not_change_is_not_sent_again(ask):
    first = ask("reason_C/")
    again = ask("reason_C/", **{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert ask("reason_C/", **{"If-None-Match": '"other"'}).status_code == 200


def test_any_key_may_read_them_and_nobody_without(ask, integration):
    ApiClient.objects.filter(pk=integration.pk).update(scopes=[])
    authentication.SEEN.forget()
    assert ask().status_code == 200
    assert Client().get(CODES).status_code == 401
    assert ask("nothing/").status_code == 404
