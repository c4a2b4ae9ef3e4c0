"""The workflow as text for docs/case.md, read from the code: tests/complaints/test_diagram.py compares the two."""

from collections import defaultdict
from typing import Any

from django.utils import translation
from django_fsm import GET_STATE

from complaints.models import FINAL, OPEN, Case, Link, Offer, State
from complaints.verb import Recorded, Verb
from complaints.verbs import RECORDED, VERBS
from organization.rights import permissions

Edge = tuple[str, str, str]  # source, verb, target

GROUPS = {frozenset(map(str, State)): "any", frozenset(map(str, OPEN)): "any open"}


def edges() -> set[Edge]:
    """Every step the workflow knows, those that leave the state included."""
    steps = Case._meta.get_field("state").get_all_transitions(Case)  # type: ignore[union-attr]
    return {
        (str(step.source), step.name, target) for step in steps for target in targets(str(step.source), step.target)
    }


def targets(source: str, target: Any) -> set[str]:
    if target is None:
        return {source}
    if isinstance(target, GET_STATE):
        return {str(target.func(standing(source, str(earlier)))) for earlier in target.allowed_states or []}
    return {str(target)}


def standing(state: str, from_state: str) -> Case:
    """A case that would go back to a state: where it was offered, which nothing is that waits already, or merged."""
    case = Case(state=state)
    case.open_offer = Offer(from_state=State.RECEIVED if from_state == State.ASSIGNED else from_state)
    case.merged = Link(from_state=from_state)
    return case


def mermaid() -> str:
    """The steps that change the state, as a Mermaid diagram."""
    verbs: dict[tuple[str, str], list[str]] = defaultdict(list)
    for source, verb, target in sorted(edges()):
        if source != target:
            verbs[source, target].append(verb)
    order = [str(state) for state in State]
    steps = sorted(verbs, key=lambda step: (order.index(step[0]), order.index(step[1])))
    lines = ["stateDiagram-v2", "    [*] --> received: take_in"]
    lines += [f"    {source} --> {target}: {', '.join(verbs[source, target])}" for source, target in steps]
    lines += [f"    {state} --> [*]" for state in FINAL if any(state in step for step in steps)]
    return "\n".join(lines)


def verb_table() -> str:
    """A row for each verb: its word, where it leads from and to, whose it is, and how it is done."""
    rows = ["| verb | | from → to | role: position | |", "| --- | --- | --- | --- | --- |"]
    with translation.override("zh-hans"):
        for verb, one in (VERBS | RECORDED).items():
            if steps := [(source, target) for source, name, target in edges() if name == verb]:
                rows.append(f"| `{verb}` | {one.label} | {moves(steps)} | {whose(verb)} | {how(one)} |")
    return "\n".join(rows)


def how(one: Verb | Recorded) -> str:
    """Where a page offers it, how the timeline shows it, and what else it declares."""
    said = [one.shown_as]
    if isinstance(one, Verb):
        said = [one.place if one.door else "no door", *said]
        said += ["work"] * one.works + ["beside the facts"] * one.leaves_etag
        said += ["licensed"] * one.licensed + ["asked for"] * (one.second_person is not None and not one.licensed)
    return ", ".join(said)


def moves(steps: list[tuple[str, str]]) -> str:
    """The sources, gathered by where they lead; without an arrow the state stays."""
    leading: dict[str, set[str]] = defaultdict(set)
    for source in {source for source, _ in steps}:
        reached = {target for start, target in steps if start == source}
        leading["" if reached == {source} else f" → {group(reached)}"].add(source)
    ways = [f"{group(sources)}{arrow}" for arrow, sources in leading.items()]
    return "; ".join(sorted(ways, key=lambda way: ("→" not in way, way)))


def group(states: set[str]) -> str:
    return GROUPS.get(frozenset(states)) or ", ".join(str(state) for state in State if state in states)


def whose(verb: str) -> str:
    return ", ".join(f"{role}: {position}" for role, position in permissions().get(verb, {}).items())
