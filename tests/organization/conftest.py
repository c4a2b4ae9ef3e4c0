"""Sentences in English, and nothing remembered from an earlier test."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import translation

from organization import authentication
from organization.models import Role, Unit, User
from organization.services import create_entity, create_unit, posts, setup_organization
from tests.people import NOON, person


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def institution(db) -> Unit:
    """The root unit, without what the rooms above lay down."""
    posts.POSTS.forget()
    authentication.SEEN.forget()
    return setup_organization(NOON)


@pytest.fixture
def sub_branch(branch) -> Unit:
    return create_unit("SH-1", name="浦东支行", kind=Unit.Kind.SUB_BRANCH, parent=branch)


@pytest.fixture
def foreign_root(institution) -> Unit:
    """The root of another legal entity."""
    return create_entity("other", name="另一机构", root="OTHER", root_name="另一机构总部")


@pytest.fixture
def asker(institution) -> User:
    return person("asker", Role.SYSTEM_ADMINISTRATOR, institution)


@pytest.fixture
def other(institution) -> User:
    return person("other", Role.SECURITY_ADMINISTRATOR, institution)


def in_threads(*acts: Callable[[], Any]) -> list[Any]:
    """Start all at the same moment; gives what each returned or raised, in their order."""
    start, outcomes = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        try:
            start.wait(30)
            outcomes[place] = act()
        except Exception as error:
            outcomes[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcomes


def overlapping(first: Callable[[], Any], second: Callable[[], Any]) -> list[Any]:
    """Run `second` when `first` has done its part and not committed yet; it commits after it, or after a moment."""
    done, may_commit = threading.Event(), threading.Event()

    def held() -> Any:
        with transaction.atomic():
            outcome = first()
            done.set()
            may_commit.wait(1)
            return outcome

    def then() -> Any:
        done.wait(30)
        try:
            return second()
        finally:
            may_commit.set()

    return in_threads(held, then)
