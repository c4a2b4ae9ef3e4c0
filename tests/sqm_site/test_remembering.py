"""What is remembered goes by time, by number and when it is forgotten; what is not there is looked for again."""

from types import SimpleNamespace

import pytest

from sqm_site import remembering
from sqm_site.remembering import Memory


@pytest.fixture
def clock(monkeypatch):
    now = SimpleNamespace(monotonic=lambda: now.seconds, seconds=100.0)
    monkeypatch.setattr(remembering, "time", now)
    return now


def test_a_value_is_looked_for_once_in_its_seconds(clock):
    memory, found = Memory(5), []
    for seconds in (100, 104.9, 105, 109.9):
        clock.seconds = seconds
        found.append(memory.get("key", lambda seconds=seconds: seconds))
    assert found == [100, 100, 105, 105]


def test_what_is_not_there_is_looked_for_again(clock):
    memory, found = Memory(5), iter([None, "now", "later"])
    assert [memory.get("key", lambda: next(found)) for _ in range(3)] == [None, "now", "now"]


def test_it_keeps_no_more_than_it_may(clock):
    memory = Memory(5, most=2)
    for key in "abac":
        memory.get(key, lambda key=key: key)
    assert sorted(memory.kept) == ["a", "c"]


def test_what_is_forgotten_is_looked_for_again(clock):
    memory = Memory(5)
    memory.get("key", lambda: "was")
    memory.forget()
    assert memory.get("key", lambda: "is") == "is"
