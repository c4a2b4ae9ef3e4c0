"""更多: what may be done beside the next step, by what it is about, so that two dozen verbs can be looked through."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import pgettext_lazy as pgettext

from complaints.verbs import Verb

# Each heading with the files of `complaints/verbs/` that belong there: a verb comes under it with its subject.
ABOUT: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (pgettext("menu", "Handling"), ("handling", "deciding", "approving", "grading", "amending", "closing", "ending")),
    (
        pgettext("menu", "Complainant"),
        (
            "answering", "contacting", "satisfaction", "promising", "agreeing", "identifying", "representing",
            "addressing",
        ),
    ),
    (
        pgettext("menu", "Colleagues"),
        (
            "ownership", "tasking", "helping", "overseeing", "countersigning", "supervising", "escalation", "recusal",
            "watching",
        ),
    ),
    (pgettext("menu", "Deadlines"), ("extending", "restarting")),
    (pgettext("menu", "Redress and liability"), ("redressing", "ruling", "spotting")),
    (pgettext("menu", "Papers and bodies outside"), ("lettering", "attaching", "transferring", "outside")),
    (pgettext("menu", "Other cases"), ("linking", "merging", "splitting", "grouping", "reviewing")),
)  # fmt: skip
OTHERS = pgettext("menu", "Others")


def subject_of(verb: Verb) -> str:
    return verb.body.__module__.rpartition(".")[2]


def grouped(verbs: Iterable[Verb]) -> list[tuple[Any, list[Verb]]]:
    """Heading and verbs, without what would be empty."""
    left = list(verbs)
    groups = [(heading, [one for one in left if subject_of(one) in subjects]) for heading, subjects in ABOUT]
    known = {subject for _heading, subjects in ABOUT for subject in subjects}
    groups.append((OTHERS, [one for one in left if subject_of(one) not in known]))
    return [(heading, found) for heading, found in groups if found]
