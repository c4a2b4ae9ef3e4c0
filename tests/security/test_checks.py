import pytest

from security.checks import anchor_lies_elsewhere, keys_are_usable, role_cannot_disable_triggers
from tests.security.conftest import key


def test_good_keys_leave_nothing_to_say():
    assert keys_are_usable() == []


@pytest.mark.parametrize(
    ("ring", "algorithm", "index_key", "said"),
    [
        ([], "v1", key("i"), "security.E001"),
        ([f"k1:{key('a')}"], "rot13", key("i"), "security.E001"),
        ([f"k1:{key('a')}"], "v1", "short", "security.E002"),
        ([f"k1:{key('a')}"], "v1", key("a"), "security.E003"),
    ],
)
def test_a_bad_key_is_named_with_what_to_do(keys, settings, *, ring, algorithm, index_key, said):
    settings.INDEX_KEY = index_key
    keys(*ring, algorithm=algorithm)

    (problem,) = keys_are_usable()
    assert problem.id == said
    assert "urandom(32)" in problem.hint
    assert key("a") not in problem.msg


def test_production_is_warned_of_a_role_that_may_disable_triggers(db, settings):
    assert role_cannot_disable_triggers(["default"]) == []

    settings.PRODUCTION = True
    assert [problem.id for problem in role_cannot_disable_triggers(["default"])] == ["security.W001"]
    assert role_cannot_disable_triggers() == []  # a check run that may not touch the database


@pytest.mark.parametrize(("host", "found"), [("", 1), ("/run/sqm", 1), ("localhost", 1), ("db.example.test", 0)])
def test_production_is_warned_of_an_anchor_beside_the_database(settings, monkeypatch, host, found):
    monkeypatch.setitem(settings.DATABASES["default"], "HOST", host)
    assert anchor_lies_elsewhere() == []

    settings.PRODUCTION = True
    assert [problem.id for problem in anchor_lies_elsewhere()] == ["security.W002"] * found
