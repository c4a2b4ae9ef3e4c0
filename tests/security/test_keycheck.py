"""S20b, O3: a process with other keys than its database is told before known customers are made anew."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.test import RequestFactory

from security.checks import keys_fit_the_database
from security.enrolling import enrol_keys, retire_keys
from security.errors import WrongKeys
from security.keycheck import key_faults, own_values, values_of
from security.models import KeyCheck
from sqm_site.health import readyz
from tests.security.conftest import NOON, forget, key

pytestmark = pytest.mark.django_db


def ready():
    answer = readyz(RequestFactory().get("/"))
    return answer.status_code, json.loads(answer.content)["checks"].get("keys")


def test_the_right_keys_leave_nothing_to_say(keys):
    keys(f"k2:{key('b')}", f"k1:{key('a')}")
    enrol_keys(NOON)
    enrol_keys(NOON)
    assert sorted(KeyCheck.objects.values_list("name", flat=True)) == ["index", "seal:k1", "seal:k2"]
    assert key_faults() == keys_fit_the_database(["default"]) == []
    assert ready() == (200, None)


@pytest.mark.parametrize(
    ("ring", "index", "said"),
    [
        (f"k1:{key('a')}", key("x"), "INDEX_KEY is not the key of this database"),
        (f"k1:{key('b')}", key("i"), "Key k1 of SEAL_KEYS is not the key of this database"),
        (f"k2:{key('a')}", key("i"), "SEAL_KEYS lacks key k1 of this database"),
    ],
)
def test_wrong_keys_are_told_at_setup_by_check_and_by_readiness(keys, settings, *, ring, index, said):
    """S20b: a wrong INDEX_KEY or SEAL_KEYS was noticed when duplicates had begun."""
    enrol_keys(NOON)
    settings.INDEX_KEY = index
    keys(ring)
    with pytest.raises(WrongKeys, match=said):
        enrol_keys(NOON)
    with pytest.raises(CommandError, match=said):
        call_command("setup")
    with pytest.raises(CommandError, match=said):
        call_command("rotate_keys")
    (problem,) = keys_fit_the_database(["default"])
    assert (problem.id, said in problem.msg) == ("security.E004", True)
    status, answer = ready()
    assert (status, said in answer) == (503, True)
    assert key_faults()[0].startswith(said)


def test_a_rotation_brings_a_key_in_and_lets_the_old_one_go(keys):
    enrol_keys(NOON)
    keys(f"k2:{key('b')}", f"k1:{key('a')}")
    assert key_faults() == []  # between the restart and `rotate_keys`
    call_command("rotate_keys")
    enrol_keys(NOON)  # the next start, with the old key still in the ring
    keys(f"k2:{key('b')}")
    assert key_faults() == []
    keys(f"k1:{key('a')}")
    assert "lacks key k2" in key_faults()[0]


def test_an_old_key_that_comes_back_as_the_first_is_needed_again(keys):
    enrol_keys(NOON)
    keys(f"k2:{key('b')}", f"k1:{key('a')}")
    enrol_keys(NOON)
    retire_keys(NOON)
    keys(f"k1:{key('a')}", f"k2:{key('b')}")
    enrol_keys(NOON)
    keys(f"k2:{key('b')}")
    assert "lacks key k1" in key_faults()[0]


def test_a_check_value_says_nothing_about_its_key_and_differs_by_place():
    values = values_of(b"k" * 32, {"k1": b"k" * 32, "k2": b"k" * 32})
    assert len(set(values.values())) == 3
    assert (b"k" * 32).hex() not in str(values)
    forget()
    assert set(own_values()) == {"index", "seal:k1"}


def test_checks_that_may_not_touch_the_database_leave_it_alone():
    assert keys_fit_the_database() == []
