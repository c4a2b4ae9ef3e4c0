"""No template of ours asks for a name that nobody gives: when a view renames what it hands over, `{% if %}` is silent.

A page of the team once said that nobody was there. Here the pages are drawn, and each name that a template looks up
must have been there at least once.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.template.base import Node, Variable
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from complaints.desk.queue import TABS
from complaints.models import Attachment, Case, Liability, SpotCheck, Task
from complaints.services.attaching import hand_over
from complaints.verbs import VERBS, answering, closing, deciding
from feedback.services import invite
from organization.models import Role, Unit, User
from tests.cases import DECIDED, TOLD, taken, told
from tests.contract.test_pages_hold import HTMX, PAGES
from tests.files import pdf
from tests.people import NOON, absent, hold, person

OURS = settings.BASE_DIR / "templates"
# Names that are asked for and need not be there: template -> names, with the reason.
OPTIONAL: dict[str, set[str]] = {
    "desk/_caller.html": {"tired"},  # too many look-ups within a minute
}


# Those that the walk does not draw: how far a list of many cases looked, what a register of customers
# has, an escalation that waits for a plan, a figure with its cases, and the targets that hold without a row.
ASKS = re.compile(r"\{\{|\{% (if|for|with) ")  # for a name
ELSEWHERE = {"desk/_far.html", "desk/_held.html", "desk/_plan.html", "quality/_number.html", "quality/own_bounds.html"}


class Asked:
    """By template and name: whether the name was ever there."""

    def __init__(self) -> None:
        self.there: dict[tuple[str, str], bool] = defaultdict(bool)
        self.drawing: list[Path] = []  # the files of the nodes that are being drawn, the innermost last

    def draw(self, draw: Any, node: Node, context: Any) -> Any:
        self.drawing.append(Path(node.origin.name) if node.origin is not None else Path())
        try:
            return draw(node, context)
        finally:
            self.drawing.pop()

    def look_up(self, look_up: Any, variable: Variable, context: Any) -> Any:
        file, root = self.drawing[-1] if self.drawing else Path(), str(variable.lookups[0])
        if OURS in file.parents and root != "block":
            self.there[str(file.relative_to(OURS)), root] |= root in context
        return look_up(variable, context)

    def templates(self) -> set[str]:
        return {template for template, _name in self.there}

    def never_given(self) -> list[tuple[str, str]]:
        return sorted(
            (template, name)
            for (template, name), there in self.there.items()
            if not there and name not in OPTIONAL.get(template, set())
        )


@contextmanager
def listening() -> Iterator[Asked]:
    asked, draw, look_up = Asked(), Node.render_annotated, Variable._resolve_lookup
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Node, "render_annotated", lambda *given: asked.draw(draw, *given))
        patch.setattr(Variable, "_resolve_lookup", lambda *given: asked.look_up(look_up, *given))
        yield asked


@pytest.fixture
def everybody(supervisor, branch) -> Client:
    """A browser of somebody who leads, handles and dispatches."""
    for role in (Role.TEAM_LEAD, Role.HANDLER, Role.DISPATCHER):
        hold(supervisor, role, branch)
    client = Client()
    client.force_login(supervisor, backend="organization.backends.RoleBackend")
    return client


@pytest.fixture
def second(decided, handler) -> Case:
    """In its second round, and to be checked."""
    answering.notify(decided.reference, actor=handler, at=NOON, **TOLD)
    closing.dispute(decided.reference, actor=handler, at=NOON, reason="金额不对")
    return deciding.draft_decision(decided.reference, actor=handler, at=NOON, **DECIDED)


def card_on(case: Case) -> Attachment:
    """An identity document, which is asked for in a dialog."""
    row, _new = hand_over(pdf(), name="card.pdf", by=case.owner, at=NOON, document="ID_CARD")
    VERBS["attach"](case.reference, actor=case.owner, at=NOON, attachments=[row.pk])
    return row


def asked_on(case: Case) -> Task:
    """What another colleague is asked about it."""
    VERBS["add_task"](case.reference, actor=case.owner, at=NOON, to="supervisor", ask="请核实入账时间")
    return case.tasks.get()


def ruled_elsewhere(case: Case, unit: Unit, by: User) -> Case:
    """A case about a unit that the institution above handles, and was ruled on."""
    Case.objects.filter(pk=case.pk).update(handling_unit=unit.parent, complained_unit=unit)
    ruled: dict[str, Any] = {
        "result": "LIABLE",
        "measure": "TRAINING",
        "appeal_until": NOON.date(),
        "event_sequence": 1,
    }
    Liability.objects.create(case=case, round=case.current_round, by=by, at=NOON, **ruled)
    return case


def sampled(case: Case, settler: User, **found: Any) -> None:
    checked = {"checked_at": timezone.now(), **found} if found else {}
    drawn = {"settler": settler, "drawn_by": settler, "drawn_at": NOON}
    SpotCheck.objects.create(case=case, round=case.current_round, **drawn, **checked)


def walk(client: Client, case: Case, parts: dict[str, str]) -> None:
    """Every page, whole and as a piece of one, and what pages say to what was sent."""
    for address in PAGES:
        client.get(address.format(**parts))
        client.get(address.format(**parts), headers=HTMX)
    for tab in TABS:
        client.get(reverse("desk:queue"), {"tab": tab.key})
    for which in ("open", "done", "people"):
        client.get(reverse("quality:spot-checks"), {"which": which})
    client.get(reverse("desk:cases"), {"q": "8000"})
    client.post(reverse("desk:view-save"), {"name": "紧急", "level": "important"}, follow=True)
    ticked = {"verb": "watch", "case": [case.reference]}
    client.post(reverse("desk:bulk"), ticked)
    for _time in range(2):  # done, then refused
        client.post(reverse("desk:bulk"), ticked | {"key": uuid4()})
    client.post(reverse("desk:job-ask", args=["case_list"]))
    client.get(reverse("desk:jobs"))
    client.post(reverse("desk:job-ask", args=["case_list"]), {"q": "8000"})
    client.get(reverse("desk:queue"), headers={"X-Reader": "0"})
    client.get("/quality/due/", {"due_to": "2099-01-01T00:00:00Z"})
    given = {"case": case.reference, "to": "handler", "reason": "休假"}
    client.post(reverse("desk:give"), {"case": case.reference})
    client.post(reverse("desk:give"), given)
    client.post(reverse("desk:hand-over", args=["handler"]), given | {"to": "supervisor"})
    revealing = reverse("desk:reveal", args=[case.reference])
    client.post(revealing, {"value": "words", "ready": "回拨客户"}, headers=HTMX)
    client.post(revealing, {}, headers=HTMX)
    client.post(reverse("desk:download", args=[case.reference, parts["key"]]), {}, headers=HTMX)
    client.get(reverse("desk:verb", args=[case.reference, "add_task"]), headers=HTMX)
    client.post(reverse("desk:issue-letter", args=[case.reference]), {"kind": "registration"}, headers=HTMX)
    for letter in case.letters.all():
        client.get(reverse("desk:letter", args=[case.reference, letter.pk]))
    note = {"reason": "有误", "version": "0"}
    client.post(reverse("desk:verb", args=[case.reference, "return_decision"]), note, headers=HTMX)
    client.post(reverse("desk:caller"), {"phone": "13800138000"}, headers=HTMX)
    client.get(reverse("desk:concerned-case", args=[parts["elsewhere"]]))


def test_no_template_asks_for_a_name_that_nobody_gives(everybody, second, integration, branch, handler, lead):
    """D32"""
    survey = invite(second.reference, contact=None, legal_entity=branch.legal_entity, channel="PHONE", at=NOON)
    parts = {"reference": second.reference, "token": survey.token, "name": "assign", "username": "handler"}
    parts["number"] = str(asked_on(second).number)
    parts |= {"key": str(card_on(second).pk), "kind": "case_list"}
    taken(integration)
    sampled(taken(integration), second.owner)
    sampled(taken(integration), second.owner, result="differs", checked_by=person("checker", Role.HANDLER, branch))
    absent(person("away", Role.HANDLER, branch), until=timezone.now() + timedelta(days=1))
    parts["elsewhere"] = ruled_elsewhere(told(integration, handler=handler, checker=lead), branch, handler).reference
    with listening() as asked:
        walk(everybody, second, parts)
    assert asked.never_given() == []
    pages = [path for name in ("desk", "quality") for path in (OURS / name).rglob("*.html")]
    drawn = {str(path.relative_to(OURS)) for path in pages if ASKS.search(path.read_text())}
    assert drawn - asked.templates() == ELSEWHERE
