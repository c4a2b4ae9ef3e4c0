"""群体性投诉: the sign that several complain of one event.

At intake and whenever the facts change that say what a case is about, a look into one index of the days around it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from complaints.models import OPEN, Case, GroupSign, Link, Nature, State
from sqm_site.locking import hold_until_commit

COMPLAINANTS, WITHIN = 5, timedelta(days=7)
MOST = 500  # cases of one event that are looked at
ASKED = ("nature", "category", "reason", "product", "complained_unit_id", "complainants")
Alike = tuple[int, int | None, int, datetime]  # id, customer, how many raised it, received


def made_full(case: Case, told: Mapping[str, Any], *, at: datetime, sequence: int) -> GroupSign | None:
    """The same, where an act says of a case what it is about. told: its columns as the log has them so far."""
    changed = any(getattr(case, name) != told[name] for name in ASKED)
    return sign_of(case, at=at, sequence=sequence) if changed else None


def sign_of(case: Case, *, at: datetime, sequence: int) -> GroupSign | None:
    """The sign that this case makes full, unsaved; None: there is none, or it was told already.

    sequence  of the event that tells of it. Two at once of one event take turns, so that one of them counts the other
    """
    if not is_of_an_event(case):
        return None
    hold_until_commit(f"group {case.legal_entity_id} {case.category} {case.reason}")
    others = alike(case)
    count = complainants_at_once(case, others)
    if count < COMPLAINANTS or told_already([row[0] for row in others], count, case):
        return None
    return GroupSign(case=case, complainants=count, found_at=at, event_sequence=sequence)


def is_of_an_event(case: Case) -> bool:
    """Whether it says what happened, and with which product or in which unit."""
    about = case.product or case.complained_unit_id
    ordinary = case.nature == Nature.COMPLAINT and case.kind == Case.Kind.ORIGINAL and case.state != State.MERGED
    return bool(ordinary and case.category and case.reason and about)


def alike(case: Case) -> list[Alike]:
    """Other complaints of the same event: category and reason, product or unit, within the days around it."""
    around = (case.received_at - WITHIN, case.received_at + WITHIN)
    rows = Case.objects.filter(
        legal_entity=case.legal_entity_id,
        nature=Nature.COMPLAINT,
        kind=Case.Kind.ORIGINAL,
        category=case.category,
        reason=case.reason,
        received_at__range=around,
    ).exclude(pk=case.pk)
    read = rows.order_by("received_at").values_list(
        "pk", "customer", "complainants", "received_at", "state", "product", "complained_unit"
    )
    return [
        row[:4]
        for row in read[:MOST]
        if row[4] != State.MERGED
        and ((case.product and row[5] == case.product) or (row[6] and row[6] == case.complained_unit_id))
    ]


def complainants_at_once(case: Case, others: Sequence[Alike]) -> int:
    """How many complained of it within the days that hold the most, this case among them; a customer counts once."""
    rows = [(case.pk or 0, case.customer_id, case.complainants, case.received_at), *others]
    starts = [row[3] for row in rows if case.received_at - WITHIN <= row[3] <= case.received_at]
    return max(people([row for row in rows if start <= row[3] <= start + WITHIN]) for start in starts)


def people(rows: Iterable[Alike]) -> int:
    """Of one case alone there is no group, however many raised it."""
    found: dict[Any, int] = {}
    for pk, customer, count, _at in rows:
        who = ("customer", customer) if customer else ("case", pk)
        found[who] = max(found.get(who, 0), count)
    return sum(found.values()) if len(found) > 1 else 0


def told_already(others: Sequence[int], count: int, case: Case) -> bool:
    """Whether somebody was told of this event; of one that was dismissed again when it has doubled.

    What belongs to a group that is gathered is told each time: it belongs there, too.
    """
    cases = [*others, case.pk] if case.pk else others
    if Link.objects.standing().filter(case__in=cases, kind=Link.Kind.CHILD_OF, other__state__in=OPEN).exists():
        return False
    signs = GroupSign.objects.filter(case__in=cases)
    return any(sign.status != GroupSign.Status.DISMISSED or count < 2 * sign.complainants for sign in signs)


def parent_of_others(case: Case) -> int | None:
    """Id of the open parent case under which others of the event are gathered already."""
    others = [row[0] for row in alike(case)] if is_of_an_event(case) else []
    links = Link.objects.standing().filter(case__in=others, kind=Link.Kind.CHILD_OF, other__state__in=OPEN)
    return links.order_by("-other").values_list("other", flat=True).first()
