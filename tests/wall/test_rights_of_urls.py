"""Every address and every verb over HTTP, asked once as each kind of stranger and once as the one who may.

The kinds: signed out; of another legal entity and of a sister branch, with the role that may inside; inside with a role
that lacks the right; inside with no role any more; an API key of each of them. LINES and TABLES of urls_of.py say what
each address needs, and an address or a verb that is not in them fails by its name.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.utils import timezone

from complaints.dossier import Dossier
from complaints.models import SETTLING, Approval, Case, ExternalReference, Representative, State, Task
from complaints.verbs import VERBS
from feedback.models import Notice
from organization.models import Role, User
from tests.cases import offered, taken
from tests.wall.standing import promise, vow
from tests.wall.strangers import Place, World, forget
from tests.wall.tables_of import TABLES, Table
from tests.wall.test_rights_of_verbs import TABLE, steps
from tests.wall.urls_of import (
    ANY,
    DOORS,
    LINES,
    MISSING,
    NOBODY,
    NOTHING,
    PAGE_OF_VERB,
    PAGES,
    PUBLIC,
    SIGNED_IN,
    Line,
    lines,
    patterns,
)

pytestmark = pytest.mark.django_db
REFUSED = {302, 403, 404}  # how the admin answers for a row that is not there, or not for this role
CHANGED = {"name": "changed", "post": "yes"}
ASKED = [0]  # requests, so that the size can be told


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker) -> Iterator[World]:
    """Made once for all requests; each of them is undone, and at the end all of it."""
    with django_db_blocker.unblock(), transaction.atomic():
        forget()
        yield World()
        transaction.set_rollback(True)
        forget()
    print(f"{ASKED[0]} requests to {len(ALL)} lines, {len(TABLES) * len(PAGES)} pages of tables, {len(VERBS)} verbs")


class Answer:
    """An answer, and whether case and notice of the place are as they were. What the request wrote is undone."""

    def __init__(self, world: World, ask: Any, *, writes: bool = False) -> None:
        before = standing(world.here) if writes else None
        with transaction.atomic():
            self.http = ask()
            self.untouched = before is None or standing(world.here) == before
            transaction.set_rollback(True)
        ASKED[0] += 1
        self.status = self.http.status_code
        self.text = self.http.headers.get("Location", "") + self.http.content.decode(errors="replace")


def standing(place: Place) -> Any:
    case = Case.objects.filter(pk=place.case.pk).values("version", "event_count", "state", "owner", "offered_to")
    return [*case], [*Notice.objects.filter(pk=place.notice.pk).values("read_at")]


def address(pattern: str, args: dict[str, Any]) -> str:
    for name, value in args.items():
        for spelled in (
            f"<str:{name}>",
            f"<slug:{name}>",
            f"<int:{name}>",
            f"<path:{name}>",
            f"<{name}>",
            f"^(?P<{name}>)/$",
            f"(?P<{name}>.*)$",
        ):
            pattern = pattern.replace(spelled, f"{value}/" if spelled.startswith("^") else str(value))
    return f"/{pattern}"


def said(line: Line, place: Place) -> list[Any]:
    return [line.args(place), line.sends(place)]


def ask(world: World, client: Client, pattern: str, line: Line, key: str = "") -> Answer:
    """Ask for the thing of `here`."""
    path, sent = address(pattern, line.args(world.here)), line.sends(world.here)
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    if line.method == "get":
        return Answer(world, lambda: client.get(path, sent, headers=headers))
    kind = {"content_type": "application/json"} if pattern.startswith("api/") else {}
    return Answer(world, lambda: client.post(path, sent, headers=headers, **kind), writes=True)


# --- the meta-test ----------------------------------------------------------------------------------


def test_every_address_has_a_line_and_every_line_an_address():
    there, said = set(patterns()), set(lines())
    assert there - said == set(), "new: give it a line in LINES or TABLES of urls_of.py, with the right it needs"
    assert said - there == set(), "gone: take its line out of urls_of.py"
    assert {model._meta.label_lower for model in admin.site._registry} == set(TABLES)
    assert len(there) > 120


def test_every_verb_has_a_line_in_the_table_of_rights():
    assert [name for name in VERBS if name not in TABLE] == [], "give it a line in organization/permissions.yml"


# --- who asks ---------------------------------------------------------------------------------------


def role_of(line: Line) -> str:
    """One role that may."""
    if line.role or line.needs in {SIGNED_IN, PUBLIC, NOBODY}:
        return str(line.role or Role.HANDLER)
    barred = {Role.INTEGRATION, Role.DISCIPLINE}
    return next(role for role, position in TABLE[line.needs].items() if position != "own" and role not in barred)


def role_without(needs: str) -> str:
    """One role that may not, and reads cases where there is such a one."""
    roles = (Role.QUALITY_ANALYST, Role.APPROVER, Role.EXECUTIVE)
    return next(str(role) for role in roles if role not in TABLE[needs])


ALL = [(pattern, number) for pattern, made in LINES.items() for number in range(len(made))]


@pytest.mark.parametrize(("pattern", "number"), ALL)
def test_people_at_every_address(pattern, number, world):
    """S11: one of them was a 500 for whoever may."""
    line = LINES[pattern][number]
    role, may = role_of(line), {403} if line.needs == NOBODY else {*line.may}
    answer = ask(world, world.here.browser(role), pattern, line)
    assert answer.status in may, answer.text[:300]
    if line.holds:
        assert world.here.case.reference in answer.text or world.here.case.subject in answer.text
    signed_out(world, pattern, line)
    if line.needs == PUBLIC:
        return
    for place in (world.sister, world.abroad)[line.of_entity :]:
        stranger(world, ask(world, place.browser(role), pattern, line), line)
    if line.needs not in {SIGNED_IN, NOBODY}:
        for who in (role_without(line.needs), "former"):
            answer = ask(world, world.here.browser(who), pattern, line)
            assert (answer.status, answer.untouched) == (line.closed, True), who


def signed_out(world: World, pattern: str, line: Line) -> None:
    answer = ask(world, Client(raise_request_exception=False), pattern, line)
    if line.needs == PUBLIC:
        assert answer.status in line.may
    elif pattern.startswith("api/"):
        assert answer.status == 401
    else:
        assert answer.status == 302 and answer.http.url.startswith("/admin/login/?next=/")
    assert answer.untouched


def stranger(world: World, answer: Answer, line: Line) -> None:
    if line.needs == NOBODY:
        assert answer.status == 403
    elif line.foreign == MISSING:
        assert answer.status == 404
    elif line.foreign == NOTHING:
        assert answer.status in {*line.may, *REFUSED}
    else:
        assert answer.status in line.may
    if line.foreign in {MISSING, NOTHING}:
        assert [mark for mark in world.here.marks(said(line, world.here)) if mark in answer.text] == []
    assert answer.untouched


WITH_KEYS = [(pattern, number) for pattern, number in ALL if LINES[pattern][number].scope]


@pytest.mark.parametrize(("pattern", "number"), WITH_KEYS)
def test_keys_at_every_address_of_the_api(pattern, number, world):
    line = LINES[pattern][number]
    answer = ask(world, Client(), pattern, line, world.here.key)
    assert answer.status in line.may, answer.text[:300]
    if line.holds:
        assert world.here.case.reference in answer.text or world.here.case.subject in answer.text
    if line.scope != ANY:
        without = ask(world, Client(), pattern, line, world.here.keys_without[line.scope])
        assert (without.status, without.untouched) == (403, True)
    assert ask(world, Client(), pattern, line, "sqm_nothing").status == 401
    for place in (world.sister, world.abroad):
        foreign = ask(world, Client(), pattern, line, place.key)
        refused = {400, 403, 404} if line.method == "post" else {404}  # a body that names what is not there
        assert foreign.status in (refused if line.foreign == MISSING else line.may)
        if line.foreign in {MISSING, NOTHING}:
            assert [mark for mark in world.here.marks(said(line, world.here)) if mark in foreign.text] == []
        assert foreign.untouched


def test_another_program_of_the_place_has_not_brought_the_case(world):
    other = world.here.keys_without["feedback:write"]
    for pattern in LINES:
        for line in LINES[pattern]:
            if line.scope == "cases:read":
                answer = ask(world, Client(), pattern, line, other)
                assert answer.status == (404 if line.foreign == MISSING else 200), pattern
                assert world.here.case.subject not in answer.text, pattern


# --- the tables of the admin ------------------------------------------------------------------------


def opening(table: Table, page: str) -> dict[str, int]:
    """role -> the status with which a page of the table answers it for a row of its own."""
    roles = (*table.looks, *table.keeps)
    if page == "add/":
        return {role: 200 if table.adds and role in table.keeps else 403 for role in roles}
    if page == "<path:object_id>/":
        return dict.fromkeys(roles, 302)  # leads to the page of the row, whatever there is
    return dict.fromkeys(roles, 403 if page.endswith("delete/") else 200)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("label", TABLES)
def test_the_tables_of_the_admin(label, page, world):
    table, path = TABLES[label], address(f"admin/{label.replace('.', '/')}/{page}", {"object_id": world.rows[label].pk})

    def get(place: Place, who: str) -> Answer:
        return Answer(world, lambda: place.browser(who).get(path))

    def names_nothing(answer: Answer) -> bool:
        return not table.entity or not [mark for mark in world.here.marks(path) if mark in answer.text]

    for role, status in opening(table, page).items():
        if not (table.entity and role == Role.GROUP_ADMINISTRATOR):  # who keeps the rows that belong to no entity
            assert get(world.here, role).status == status, role
        if table.entity:
            answer = get(world.abroad, role)
            assert answer.status in ({200, 403} if page in {"", "add/"} else REFUSED), role
            assert names_nothing(answer), role
    for who in (Role.EXECUTIVE, "former"):
        answer = get(world.here, who)
        # a row that is not in the table for somebody leads back to the front page
        assert answer.status in ({302, 403} if "object_id" in page else {403}) and names_nothing(answer), who
        if page.endswith(("add/", "change/", "delete/")):
            written = Answer(world, lambda who=who: world.here.browser(who).post(path, CHANGED), writes=True)
            assert written.status in REFUSED, who
    answer = Answer(world, lambda: Client().get(path))
    assert answer.status == 302 and answer.http.url.startswith("/admin/login/")


# --- the doors of the verbs -------------------------------------------------------------------------

STEPS = {name: (state, elsewhere) for name, state, elsewhere in steps()}


def who_may(name: str) -> tuple[str, str]:
    """One role that may use the verb, and where the case must lie for it."""
    order = ["unit", "above", "team", "all", "asked", "own", "offered"]
    granted = {role: at for role, at in TABLE[name].items() if role not in {Role.INTEGRATION, Role.DISCIPLINE}}
    role = min(granted, key=lambda role: order.index(granted[role]))
    return role, granted[role]


def beside(place: Place, *, merged: bool) -> None:
    """Another case of the customer, into which that of the place is merged, or not."""
    customer = {"customer_no": place.code, "name": "测试客户", "phone": place.phone}
    other = taken(place.program, at=place.now, customer=customer)
    if merged:
        Task.objects.filter(case=place.case).delete()  # while somebody is asked, nothing is merged
        given = {"into": other.reference, "reason": "同一事项"}
        VERBS["merge"](place.case.reference, actor=User.system(), at=place.now, **given)


def needs_of_task(world: World, name: str, tasks: Any) -> None:
    """tasks: the queryset of the one that stands on the case of each place"""
    if name == "return_task":
        ended: dict[str, Any] = {"ended_at": timezone.now(), "ended_as": "answered", "answer_sequence": 1}
        tasks.update(answered_by=world.here.people["dispatcher"], **ended)
    if name == "give_opinion":
        tasks.update(countersigns=1)


def needs(world: World, name: str, case: Any) -> None:
    """What has to stand beside the case before the verb has something to do. case: the queryset of this one"""
    if name == "answer_regulator":
        asked = {"received_at": world.here.now, "answer_required": False, "event_sequence": 1}
        entity = case.get().legal_entity
        ExternalReference.objects.create(case=case.get(), legal_entity=entity, body="12363", number="1", **asked)
    if name in {"pay_redress", "take_back_redress"}:
        promise(world, case.get())
    if name in {"verify_authority", "end_representative"}:
        by, at = world.sister.people["handler"], world.here.now
        row = Representative(case=case.get(), capacity="AGENT", by=by, at=at, event_sequence=1)
        row.name = "赵测试"
        row.save()
    if name == "record_promise_outcome":
        vow(world, case.get())
    needs_of_task(world, name, Task.objects.filter(case__in=case))
    if name == "rule_liability":  # not about the unit of whoever rules
        case.update(complained_unit=world.sister.unit)
    if name == "decide_approval":
        asked = {"asked_by": world.sister.people["handler"], "asked_at": world.here.now, "event_sequence": 1}
        later = timezone.now() + timezone.timedelta(days=1)
        Approval.objects.create(case=case.get(), verb="decline", arguments={}, expires_at=later, **asked)


@pytest.fixture
def at_door(request, world) -> Iterator[tuple[World, str, str]]:
    """A case of `here` on which one may use the verb; undone after it."""
    name = request.param
    role, position = who_may(name)
    person_id = world.here.people[role].pk
    given = {"owner_id": person_id} if position == "own" else {}
    with transaction.atomic():
        case = Case.objects.filter(pk=world.here.case.pk)
        state = STEPS[name][0]
        if name == "close_group":
            case.update(kind=Case.Kind.GROUP)
        if name in {"link", "merge", "unmerge"}:
            beside(world.here, merged=name == "unmerge")
        if state == State.ASSIGNED or position == "offered":
            offered(case.get(), to=world.here.people[role if position == "offered" else Role.EXECUTIVE])
        case.update(state=state, **given)
        if state in SETTLING:
            case.get().rounds.update(decided_at=world.here.now)
        needs(world, name, case)
        yield world, name, role
        transaction.set_rollback(True)


class Door:
    """One of the two doors of a verb to the case of `here`."""

    def __init__(self, world: World, pattern: str, name: str) -> None:
        self.world, self.is_page = world, pattern == PAGE_OF_VERB
        self.path = address(pattern, {"reference": world.here.case.reference, "name": name})
        self.form = VERBS[name].form.example(Dossier(Case.objects.get(pk=world.here.case.pk)))

    def __call__(self, client: Client, *, stale: bool = False, key: str = "") -> int:
        """The status. What is refused has written nothing."""
        ask = (lambda: self.page(client, stale)) if self.is_page else (lambda: self.api(client, stale, key))
        answer = Answer(self.world, ask, writes=True)
        assert answer.status < 400 or answer.untouched
        return answer.status

    def page(self, client: Client, stale: bool) -> Any:
        typed = {name: str(value).lower() if isinstance(value, bool) else value for name, value in self.form.items()}
        return client.post(self.path, typed | ({"version": "99"} if stale else {}), headers={"HX-Request": "true"})

    def api(self, client: Client, stale: bool, key: str) -> Any:
        headers = ({"If-Match": '"99"'} if stale else {}) | ({"Authorization": f"Bearer {key}"} if key else {})
        return client.post(self.path, self.form, content_type="application/json", headers=headers)


@pytest.mark.parametrize("at_door", VERBS, indirect=True)
@pytest.mark.parametrize("which", [0, 1], ids=["page", "api"])
def test_the_doors_of_every_verb(which, at_door):
    """In this order: 404 for what is out of scope, 412, 409, 403, and only then what the form lacks."""
    world, name, role = at_door
    door, here, without = Door(world, DOORS[name][which], name), world.here, role_without(name)
    assert door(here.browser(role)) in {200, 422}
    assert door(Client()) == (302 if door.is_page else 401)
    assert door(here.browser(without)) == 403
    if not door.is_page:
        assert door(here.browser("former")) == 403
        assert door(Client(), key=here.keys_without["cases:act"]) == 403
        assert door(Client(), key=here.key) in ({200, 422} if Role.INTEGRATION in TABLE[name] else {403})
    elsewhere, in_order = STEPS[name][1], not door.is_page or name == "assign"  # a page asks the same verb
    if elsewhere and in_order:
        Case.objects.filter(pk=here.case.pk).update(state=elsewhere)
        assert door(here.browser(without)) == 409
    if in_order:
        assert door(here.browser(without), stale=True) == 412
    for place in (world.sister, world.abroad):
        assert door(place.browser(role), stale=True) == 404
        assert door.is_page or door(Client(), stale=True, key=place.key) == 404
