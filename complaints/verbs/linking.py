"""Cases that belong together: what a machine suspects, and what people say."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.fields import CaseNumber, Form, optional, prose
from complaints.locks import held, lock_together
from complaints.models import Case, Link
from complaints.verb import Given, took_part, verb
from organization.models import User
from organization.rights import rights_of
from sqm_site.errors import DomainError, Invalid, NotFound
from sqm_site.fields import StrictChoice

# What people say of two cases; the other kinds come of verbs of their own.
SAID = (Link.Kind.RELATED, Link.Kind.DUPLICATE, Link.Kind.REPEAT_OF)
SUSPECTED = Link.Kind.POSSIBLE_DUPLICATE
NEAR = 10  # cases that a dialog offers


def named(dossier: Dossier, actor: User, reference: str) -> Case | None:
    """The other case that is meant, if it exists for whoever names it."""
    if not reference:
        return None
    rows = Case.objects.reachable_by(actor).filter(legal_entity_id=dossier.case.legal_entity_id)
    return rows.filter(reference=reference).first()


def another(dossier: Dossier, actor: User, given: Given, field: str) -> DomainError | None:
    """Why the case that is named is none to go with: it is the same, or none for whoever names it."""
    reference = given.get(field, "")
    if reference == dossier.case.reference:
        return Invalid({field: [str(_("That is this case itself: name the other one."))]})
    return NotFound(what=reference) if reference and named(dossier, actor, reference) is None else None


def near(dossier: Dossier, reader: User) -> list[Case]:
    """The other cases that may belong with one: of its customer, or linked with it, newest first."""
    if dossier.others is None:
        dossier.others = others_of(dossier.case, reader)
    reaches = rights_of(reader).reaches
    linked = [case for link in dossier.links if reaches(case := dossier.linked(link))]
    found = {case.pk: case for case in [*dossier.others, *linked]}
    return sorted(found.values(), key=lambda case: (case.received_at, case.pk), reverse=True)


def others_of(case: Case, reader: User) -> list[Case]:
    if case.customer_id is None:
        return []
    rows = Case.objects.reachable_by(reader).filter(customer_id=case.customer_id).exclude(pk=case.pk)
    return list(rows.order_by("-received_at", "-pk")[:NEAR])


class LinkForm(Form):
    other = CaseNumber(gettext_lazy("The other case"))
    kind = StrictChoice([(str(kind), kind.label) for kind in SAID], label=gettext_lazy("How they belong together"))
    reason = optional(prose, gettext_lazy("Reason"))

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        known = {(dossier.linked(link).pk, link.kind) for link in dossier.links}
        others = near(dossier, dossier.reader or User.system())
        free = ((one, kind) for one in others for kind in SAID if (one.pk, str(kind)) not in known)
        other, kind = next(free, (dossier.case, SAID[0]))
        return {"other": other.reference, "kind": str(kind)}


def linkable(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """Each pair once of a kind."""
    other = named(dossier, actor, given.get("other", ""))
    known = {link.kind for link in dossier.links if dossier.linked(link) == other}
    if given.get("kind") in known:
        yield Missing(_("They are linked so already."), "kind")


def the_other(dossier: Dossier, *, actor: User, given: Given) -> DomainError | None:
    return another(dossier, actor, given, "other")


@verb(
    LinkForm,
    pgettext("verb", "Link"),
    who=the_other,
    gate=linkable,
    locks_first=lock_together,
    leaves_etag=True,
    of_group=True,
)
def link(act: Act, *, other: str, kind: str, reason: str = "") -> None:
    """关联: the case belongs with another one. Nothing else follows from it."""
    there = held(Case.objects.values_list("pk", flat=True).get(reference=other))
    act.says("reason", reason)
    act.notes(other=there.pk, link=kind)
    act.move()
    row = row_of(act.case, there, kind)
    row.ended_at = None
    act.keeps(row)


def row_of(case: Case, other: Case, kind: str) -> Link:
    """The one row there is of a pair and kind: that which was taken back, or a new one. Unsaved."""
    taken_back = case.links.filter(other=other, kind=kind).first()
    return taken_back or Link(case=case, other=other, kind=kind)


class Unlink(Form):
    other = CaseNumber(gettext_lazy("The other case"))
    kind = StrictChoice(
        [(str(kind), kind.label) for kind in (*SAID, SUSPECTED)], label=gettext_lazy("How they belong together")
    )
    reason = prose(gettext_lazy("Reason"))

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        row = next(iter(said_of(dossier)), None)
        reference, kind = (row.other.reference, row.kind) if row else (dossier.case.reference, str(SAID[0]))
        return {**super().example(dossier), "other": reference, "kind": kind}


def said_of(dossier: Dossier) -> list[Link]:
    """The links that the case says itself and people may take back."""
    return [link for link in dossier.links if link.case == dossier.case and link.kind in {*SAID, SUSPECTED}]


def meant(dossier: Dossier, given: Given) -> Link | None:
    rows = (link for link in said_of(dossier) if link.kind == given.get("kind"))
    return next((link for link in rows if link.other.reference == given.get("other")), None)


def linked(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    if not said_of(dossier):
        yield Missing(_("It is linked with no other case from here."))
    elif "other" in given and meant(dossier, given) is None:
        yield Missing(_("They are not linked so: see the links of the case."), "other")


def hides_a_repeat(dossier: Dossier, *, actor: User, given: Given) -> bool:
    """That a customer had to come again is a figure about whoever handled it."""
    return given.get("kind") == Link.Kind.REPEAT_OF and took_part(dossier, actor)


@verb(Unlink, pgettext("verb", "Unlink"), gate=linked, second_person=hides_a_repeat, leaves_etag=True, of_group=True)
def unlink(act: Act, *, other: str, kind: str, reason: str) -> None:
    """取消关联: the cases do not belong together after all; a suspicion of a machine is dismissed so, too."""
    row = meant(act.dossier, act.given)
    assert row is not None
    act.says("reason", reason)
    act.notes(other=row.other_id, link=kind)
    act.move()
    row.ended_at = act.at
    act.keeps(row)
