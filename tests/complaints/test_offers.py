"""A page never offers what the door refuses, and never hides what it takes: roles x positions of a case x verbs."""

from collections.abc import Collection
from copy import deepcopy
from typing import Any
from zlib import crc32

import pytest
from django.db import transaction
from django_fsm import can_proceed

from complaints.desk import queue
from complaints.dossier import Dossier
from complaints.locks import lock
from complaints.models import Case, State
from complaints.verbs import (
    VERBS,
    Verb,
    allowed_verbs,
)
from organization.models import User
from organization.rights import permissions, rights_of
from sqm_site.errors import DomainError
from tests.complaints.positions import PEOPLE, POSITIONS, at, once_more, who
from tests.nights import either
from tests.people import NOON


def passes(verb: Verb, dossier: Dossier, user: User, given: dict[str, Any]) -> bool:
    """Whether the door takes a valid form, for a case that is locked; nothing of it stays."""
    try:
        with transaction.atomic():
            verb.within(deepcopy(dossier.case), actor=user, at=NOON, **given)
            transaction.set_rollback(True)
    except DomainError:
        return False
    return True


def drawn(names: Collection[str], verb: Verb, position: str) -> set[str]:
    """Of those with the same button for whom the verb is done: by day one, another in every position; by night all."""
    chosen = sorted(names)[crc32(f"{verb.name} {position}".encode()) % len(names)] if names else ""
    return either(day={chosen}, night=set(names))


@pytest.mark.parametrize("position", POSITIONS)
def test_a_page_offers_exactly_what_the_door_takes(position, house):
    """B27, D9: gates did not know who asks, so the page offered the author the check of his own decision."""
    case = at(house, position)
    once_more(case)  # which it may be linked with, or merged into
    inside = {name: user for name in PEOPLE if can_see(user := who(name), case)}
    page = Dossier(case, NOON)  # what is written of a case is the same for everybody
    pages = {name: allowed_verbs(case, user, NOON, dossier=page) for name, user in inside.items()}
    door = Dossier(lock(case.reference, [*inside.values()][-1]), NOON)
    wrong, others = [], dict.fromkeys(inside)
    for verb in VERBS.values():
        offered = {name for name, (verbs, _why_not) in pages.items() if verb.name in verbs}
        if not can_proceed(getattr(case, verb.name)):  # what the state forbids it forbids everybody
            wrong += [(name, verb.name, "offered") for name in offered]
            continue
        done_for = drawn(offered, verb, position)
        for name, user in inside.items():
            door.reader, door.others = user, others[name]
            given = verb.form.read(verb.form.example(door))
            others[name] = door.others
            taken = verb.refusal(door, actor=user, at=NOON, given=given) is None  # with which the door begins
            if taken and (name not in offered or name in done_for):
                taken = passes(verb, door, user, given)
            if taken != (name in offered):
                wrong.append((name, verb.name, pages[name][1].get(verb.name, "offered")))
    assert wrong == []


def can_see(user: User, case: Case) -> bool:
    return Case.objects.reachable_by(user).filter(pk=case.pk).exists()


def test_a_list_by_a_right_holds_the_cases_that_the_right_reaches(house):
    """B16, D8: "to check" asked for the area, not for the right, and a lead elsewhere counted as a lead here."""
    cases = {position: at(house, position) for position in POSITIONS}
    of_these = Case.objects.filter(pk__in=[case.pk for case in cases.values()])
    assert {case.state for case in cases.values()} == {*State}, "the walk reaches every state that a verb leads to"
    different = {str(sorted(granted.items())): name for name, granted in permissions().items()}
    for username in PEOPLE:
        rights = rights_of(who(username))
        for name in different.values():
            listed = set(of_these.filter(rights.reach(name)).values_list("pk", flat=True))
            allowed = {case.pk for case in cases.values() if rights.allows(name, case)}
            assert listed == allowed, (username, name)


# Tabs for one verb, and tabs of what lies somewhere, whatever the reader may do with it.
FOR_A_VERB = {"offered", "team", "check", "approve", "sample", "escalated"}
OF_A_PLACE = {"mine", "dispatch", "unsigned", "waiting", "overdue", "all"}
OF_SIGNS = {"groups"}  # five cases make one: tests/complaints/test_grouping.py
OF_ONES_OWN = {"watched"}  # tests/complaints/test_following.py


def test_a_tab_for_a_verb_holds_the_cases_on_which_the_reader_is_offered_it(house):
    """D8: three counted what their reader was refused: offers to colleagues, samples of the own team, own requests."""
    assert {tab.key for tab in queue.TABS} == FOR_A_VERB | OF_A_PLACE | OF_SIGNS | OF_ONES_OWN
    cases = {position: at(house, position) for position in POSITIONS}
    pages = {position: Dossier(case, NOON) for position, case in cases.items()}
    wrong, held = [], set()
    for username in PEOPLE:
        user = who(username)
        offered = {
            position: set(allowed_verbs(case, user, NOON, dossier=pages[position])[0]) if can_see(user, case) else set()
            for position, case in cases.items()
        }
        for tab in (tab for tab in queue.TABS if tab.key in FOR_A_VERB):
            listed = set(tab.rows(user, NOON).values_list("pk", flat=True))
            held |= {tab.key} if listed else set()
            for position, case in cases.items():
                if (case.pk in listed) != (tab.verb in offered[position]):
                    wrong.append((tab.key, username, position, case.pk in listed))
    assert (wrong, held) == ([], FOR_A_VERB)


BY_HTTP = [
    ("received", ["receiver", "outsider"]),
    ("in progress, classified", ["handler"]),
    ("waiting for a check", ["lead"]),
    ("told", ["auditor"]),
]


@pytest.mark.parametrize(("position", "usernames"), BY_HTTP)
def test_over_http_the_answer_of_the_api_says_the_same(position, usernames, house, client):
    case = at(house, position)
    once_more(case)
    for username in usernames:
        client.force_login(who(username))
        shown = client.get(f"/api/v1/cases/{case.reference}/")
        offered = shown.json().get("allowed_verbs", [])
        for name, verb in VERBS.items():
            form = verb.form.example(Dossier(case, NOON, reader=who(username)))
            with transaction.atomic():
                answer = client.post(f"/api/v1/cases/{case.reference}/{name}/", form, content_type="application/json")
                transaction.set_rollback(True)
            allowed = {200} if name in offered else {404} if shown.status_code == 404 else {403, 409, 422}
            assert answer.status_code in allowed, (username, name, answer.content)
