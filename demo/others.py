"""The other cases of a story: how each is found from the case that it begins with."""

from collections.abc import Callable, Mapping
from typing import Any

from complaints.models import Case, Link, Message

THE_FIRST = "⟦the first⟧"  # in a body: the number of the case that the story begins with
THE_GROUP = "⟦the group⟧"  # the number of the group complaint that it belongs to
REVIEW, AGAIN, GROUP = "review", "again", "group"
TWICE = "-twice"  # ends the key of what a customer raises once more


def review_of(reference: str) -> str:
    """核查: the case by which a superior institution reviews the decision."""
    return number(Case.objects.get(links__other__reference=reference, links__kind=Link.Kind.REVIEW_OF))


def raised_again(reference: str) -> str:
    """The case that the customer opened by raising the same once more."""
    first = Message.objects.select_related("feedback").get(case__reference=reference, opened=True).feedback
    key = {"feedback__channel": first.channel, "feedback__external_id": first.external_id + TWICE}
    return number(Message.objects.select_related("case").get(**key).case)


def group_of(reference: str) -> str:
    """群体性投诉: the parent case."""
    link = {"linked_from__case__reference": reference, "linked_from__kind": Link.Kind.CHILD_OF}
    return number(Case.objects.get(**link))


def number(case: Case) -> str:
    return str(case.reference)


OTHERS: Mapping[str, Callable[[str], str]] = {REVIEW: review_of, AGAIN: raised_again, GROUP: group_of}


def addressed(reference: str, on: str, body: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """On which case a step is taken, and its body with the number of the first one."""
    meant = {THE_FIRST: lambda: reference, THE_GROUP: lambda: group_of(reference)}
    filled = {name: meant[value]() if value in (THE_FIRST, THE_GROUP) else value for name, value in body.items()}
    return (OTHERS[on](reference) if on else reference), filled
