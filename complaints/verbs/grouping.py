"""群体性投诉: cases of one event are gathered under a parent case, decided together, and each complainant is told."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.fields import CaseNumber, Form, Nothing, Reason, prose
from complaints.locks import AT_HAND, held, lock_with_parent
from complaints.models import (
    BEFORE_TOLD,
    FINAL,
    MAJOR_FROM,
    OPEN,
    Case,
    CaseQuerySet,
    GroupSign,
    Level,
    Link,
    Nature,
)
from complaints.services.asking import orders_answered
from complaints.services.grouping import begin
from complaints.services.signs import alike, is_of_an_event, parent_of_others
from complaints.verb import Given, out_of_turn, took_part, verb
from complaints.verbs.closing import end
from complaints.verbs.grading import WEIGHT
from complaints.verbs.linking import another, named, row_of
from organization.models import User
from organization.rights import barred, rights_of
from sqm_site.errors import DomainError
from sqm_site.locking import hold_until_commit


class Gather(Form):
    common = prose(gettext_lazy("What they have in common"))
    into = CaseNumber(
        gettext_lazy("Into which group complaint; empty: a new one"), required=False, allow_blank=True, default=""
    )


def part_of(dossier: Dossier) -> Link | None:
    """The link to the parent case; None: it is gathered under none."""
    links = (link for link in dossier.links if link.kind == Link.Kind.CHILD_OF)
    return next((link for link in links if link.case == dossier.case), None)


def into_a_group(dossier: Dossier, *, actor: User, given: Given) -> DomainError | None:
    return another(dossier, actor, given, "into")


def gatherable(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    case = dossier.case
    if case.kind != Case.Kind.ORIGINAL or case.nature != Nature.COMPLAINT:
        yield Missing(_("Only complaints are gathered into a group complaint."))
    elif part_of(dossier) is not None:
        yield Missing(_("It belongs to a group complaint already."))
    into = named(dossier, actor, given.get("into", ""))
    if into is not None and (into.kind != Case.Kind.GROUP or into.state not in OPEN):
        yield Missing(_("That is no group complaint under way: name one, or leave it empty."), "into")


@verb(Gather, pgettext("verb", "Gather into group"), who=into_a_group, gate=gatherable, locks_first=lock_with_parent)
def gather(act: Act, *, common: str, into: str = "") -> None:
    """群体性投诉: this case and those of the same event are gathered under a parent case; each stays a case of its own.

    into  the parent case; empty: that of others of the event, else a new one
    Those that somebody else has in hand at this moment are left out, and gathered by themselves.
    """
    case = act.case
    act.says("common", common)
    hold_until_commit(f"gather {case.legal_entity_id} {case.category} {case.reason}")  # two at once make one parent
    children = [case, *alike_in_reach(act)]
    key = Case.objects.values_list("pk", flat=True).get(reference=into) if into else parent_of_others(case)
    parent = held(key) if key else open_parent(act, children)
    act.notes(other=parent.pk)
    act.move()
    belong(act, parent)
    for child in children[1:]:
        act.beside(become_part, child, parent=parent)
    if key:
        act.beside(grow, parent, by=sum(child.complainants for child in children))
    for other in signed_and_over(act):
        act.beside(confirm_sign, other, parent=parent)
    decide_sign(act, GroupSign.Status.CONFIRMED)
    act.tell(parent.owner, "group")


def open_parent(act: Act, children: list[Case]) -> Case:
    common: str = act.given["common"]
    return begin(act.case, children, words=common, title=act.readable(common), by=act.actor, at=act.at)


def alike_in_reach(act: Act) -> list[Case]:
    """Open cases of the same event that the actor may gather, locked in the order of their keys without waiting."""
    taken = Link.objects.standing().filter(kind=Link.Kind.CHILD_OF).values("case")
    return locked(act, Case.objects.open().exclude(pk__in=taken))


def signed_and_over(act: Act) -> list[Case]:
    """Those of the event that have ended with a sign that nobody has looked at."""
    found = GroupSign.objects.filter(status=GroupSign.Status.FOUND).values("case")
    return locked(act, Case.objects.filter(pk__in=found, state__in=FINAL))


def locked(act: Act, rows: CaseQuerySet) -> list[Case]:
    if not is_of_an_event(act.case):
        return []
    rows = rows.filter(rights_of(act.actor).reach("gather"), pk__in=[row[0] for row in alike(act.case)])
    found = rows.order_by("pk").select_related(*AT_HAND).select_for_update(of=("self",), skip_locked=True)
    return [case for case in found if not barred(case, act.actor)]


def belong(act: Act, parent: Case) -> None:
    row = row_of(act.case, parent, Link.Kind.CHILD_OF)
    row.ended_at = None
    act.keeps(row)


@verb(Nothing, pgettext("verb", "Gathered into group"), door=False)
def become_part(act: Act, *, parent: Case) -> None:
    """归入群体性投诉, gathered from another case of the event."""
    act.notes(other=parent.pk)
    act.move()
    belong(act, parent)
    decide_sign(act, GroupSign.Status.CONFIRMED)
    if act.case.owner != act.actor:
        act.tell(act.case.owner, "group")


@verb(Nothing, pgettext("verb", "Group sign confirmed"), door=False)
def confirm_sign(act: Act, *, parent: Case) -> None:
    """确认群体性投诉迹象, of a case that is over: those under way of the event were gathered."""
    act.notes(other=parent.pk)
    act.move()
    decide_sign(act, GroupSign.Status.CONFIRMED)


@verb(Nothing, pgettext("verb", "Group changes"), door=False, of_group=True)
def grow(act: Act, *, by: int) -> None:
    """The parent case counts who complains; so many are a major complaint (重大)."""
    count = max(act.case.complainants + by, 1)
    level = Level.MAJOR if count >= MAJOR_FROM else Level(act.case.level)
    act.notes(complainants=count)
    act.move(complainants=count, level=max(level, Level(act.case.level), key=WEIGHT.__getitem__))


def decide_sign(act: Act, status: str) -> None:
    for sign in act.dossier.open_signs:
        sign.status, sign.decided_by, sign.decided_at = status, act.actor, act.at
        act.keeps(sign)


def of_a_group(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    if part_of(dossier) is None:
        yield Missing(_("It belongs to no group complaint."))


@verb(Reason, pgettext("verb", "Take out of group"), gate=of_a_group, locks_first=lock_with_parent)
def leave_group(act: Act, *, reason: str) -> None:
    """移出群体性投诉: it is about something else after all. The parent case keeps its level."""
    link = part_of(act.dossier)
    assert link is not None
    act.says("reason", reason)
    act.notes(other=link.other_id)
    act.move()
    link.ended_at = act.at
    act.keeps(link)
    parent = held(link.other_id)
    if parent.is_open:
        act.beside(grow, parent, by=-act.case.complainants)


def a_sign(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    if not dossier.open_signs:
        yield Missing(_("There is no sign of a group complaint to be dismissed."))


def measured(dossier: Dossier, *, actor: User, given: Given) -> bool:
    """Whoever answers for it would rather have no group complaint."""
    return took_part(dossier, actor)


@verb(Reason, pgettext("verb", "Dismiss group sign"), gate=a_sign, second_person=measured)
def dismiss_sign(act: Act, *, reason: str) -> None:
    """排除群体性投诉: the complaints have no event in common; when they have doubled, it is asked again."""
    act.says("reason", reason)
    act.move()
    decide_sign(act, GroupSign.Status.DISMISSED)


def only_a_group(dossier: Dossier, *, at: datetime) -> DomainError | None:
    return None if dossier.case.kind == Case.Kind.GROUP else out_of_turn(dossier, "close_group")


def all_told(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    count = sum(child.state in BEFORE_TOLD for child in dossier.parts)
    if count:
        said = _("{count} complainants have not been told yet: each is told in their own case.")
        yield Missing(said.format(count=count))
    yield from orders_answered(dossier)


@verb(
    Nothing,
    pgettext("verb", "Close group"),
    when=only_a_group,
    gate=all_told,
    locks_first=lock_with_parent,
    of_group=True,
)
def close_group(act: Act) -> None:
    """群体性投诉办结: each complainant was told in a case of their own, or it ended otherwise."""
    end(act, "DECIDED")
    act.clocks.stop(at=act.at)
