"""The row locks of cases: of one, and of several in the order of their keys, which is that of sweeps."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Q

from complaints.concerned import concerning
from complaints.errors import Stale
from complaints.models import Approval, Case, Link, Task
from organization.models import User
from sqm_site.errors import NotFound

AT_HAND = ("handling_unit", "owner", "first_receiver", "customer")
# Of two cases linked so, a verb on the one may write the other.
TOGETHER = (Link.Kind.REVIEW_OF, Link.Kind.MERGED_INTO)


def lock(reference: str, actor: User, *, version: int | None = None, asked: bool = False) -> Case:
    """Fetch a case of the actor's area under its row lock. Raises NotFound, Stale.

    asked  one on which a task is put to the actor, or that concerns a unit they lead, is there for them, too
    """
    rows = Case.objects.reachable_by(actor).filter(reference=reference)
    if asked and not rows.exists():
        put = Task.objects.put_to(actor).filter(case__reference=reference)
        rows = Case.objects.filter(Q(pk__in=put.values("case")) | concerning(actor), reference=reference)
    try:
        case = rows.select_for_update(of=("self",)).select_related(*AT_HAND).get()
    except Case.DoesNotExist:
        raise NotFound(what=reference) from None
    if version is not None and version != case.version:
        raise Stale(given=version, current=case.version)
    return case


def lock_together(reference: str, given: Mapping[str, Any]) -> None:
    """Lock a case and all that a verb on it may write beside it; of a group complaint the cases gathered under it, too.

    given  of the verb: `into` and `other` are references of another case; so are those of what somebody asked for
    """
    lock_all(keys_of(reference, given))


def keys_of(reference: str, given: Mapping[str, Any]) -> set[int]:
    asked = Approval.objects.filter(case__reference=reference, status=Approval.Status.ASKED)
    forms = [given, *asked.values_list("arguments", flat=True)]
    named = {
        reference,
        *(form[name] for form in forms for name in ("into", "other") if isinstance(form.get(name), str)),
    }
    together = Q(case__reference=reference) | Q(other__reference=reference)
    links = Link.objects.standing().filter(
        together & Q(kind__in=TOGETHER) | Q(other__reference=reference, kind=Link.Kind.CHILD_OF)
    )
    keys = {key for pair in links.values_list("case", "other") for key in pair}
    keys |= set(Case.objects.filter(reference__in=named).values_list("pk", flat=True))
    return keys


def lock_with_parent(reference: str, given: Mapping[str, Any]) -> None:
    """The same, and the parent case under which it is gathered (群体性投诉)."""
    parent = Link.objects.standing().filter(case__reference=reference, kind=Link.Kind.CHILD_OF)
    lock_all(keys_of(reference, given) | set(parent.values_list("other", flat=True)))


def lock_all(keys: Iterable[int]) -> None:
    rows = Case.objects.filter(pk__in=list(keys)).order_by("pk")
    list(rows.select_for_update(of=("self",)).values_list("pk"))


def held(key: int) -> Case:
    """Another case that `lock_together` has locked; one that is needed since a moment ago and is in other hands is not
    waited for, since those may wait for us.
    """
    return Case.objects.select_for_update(of=("self",), nowait=True).select_related(*AT_HAND).get(pk=key)
