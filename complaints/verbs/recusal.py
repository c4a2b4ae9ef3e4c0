"""回避: who is meant by a name that a complaint gives, and what whoever is measured does not do alone."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.errors import NamedInTheComplaint, SecondPerson
from complaints.fields import Form, line, optional, prose
from complaints.models import Case
from complaints.services import recusal
from complaints.services.recusal import NOBODY, UNSETTLED, could_mean, people_of, unsettled
from complaints.verb import Given, always, took_part, verb
from organization.models import Membership, User
from sqm_site.errors import DomainError
from sqm_site.fields import StrictBoolean

OFFERED_PEOPLE = 50  # in one list; others are typed


def named_settled(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """As long as it is open whom a name means, the short ways out are closed: it may be somebody who handles it."""
    if unsettled(dossier.case):
        yield Missing(_("The complaint names somebody: confirm first who is meant."))


def takes_no_name_away(dossier: Dossier, *, actor: User, given: Given) -> DomainError | None:
    """To add a name is anybody's; a second person takes one out of the complaint."""
    kept = given.get("named_staff")
    if kept is None or set(dossier.case.named_staff) <= set(kept):
        return None
    return SecondPerson() if took_part(dossier, actor) else None


def names_no_other_unit(dossier: Dossier, *, actor: User, given: Given) -> DomainError | None:
    """To name the unit complained of is anybody's; a second person says that it is about another one."""
    case, code = dossier.case, given.get("complained_unit")
    if not code or case.complained_unit is None or code == case.complained_unit.code:
        return None
    return SecondPerson() if took_part(dossier, actor) else None


def takes_nothing_away(dossier: Dossier, *, actor: User, given: Given) -> DomainError | None:
    kept = takes_no_name_away(dossier, actor=actor, given=given)
    return kept or names_no_other_unit(dossier, actor=actor, given=given)


class ConfirmNamed(Form):
    name = optional(line, gettext_lazy("Name in the complaint"))
    person = optional(line, gettext_lazy("Person meant"), max_length=150)
    nobody = StrictBoolean(label=gettext_lazy("Nobody of ours"), default=False)

    @classmethod
    def options(cls, dossier: Dossier) -> dict[str, list[tuple[Any, Any]]]:
        return {"name": [(name, name) for name in names_meant(dossier.case)]}

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        return {"name": next(iter(names_meant(dossier.case)), ""), "nobody": True}


def names_meant(case: Case) -> list[str]:
    """The names that wait for a confirmation; where none does, all of them: one that was confirmed may be corrected."""
    return unsettled(case) or case.named_staff


def name_meant(case: Case, given: Given) -> str:
    """The name that the form means: the one it gives, else the only one that waits."""
    waiting = unsettled(case)
    return given.get("name") or (waiting[0] if len(waiting) == 1 else "")


def meant(case: Case, username: str) -> User | None:
    found: User | None = people_of(case).filter(username=username).first()
    return found


def likely(case: Case, name: str) -> list[tuple[str, str]]:
    """Whom a page offers for a name: those it may be, then who works where the complaint points."""
    units = {case.complained_unit_id, case.receiving_unit_id, case.handling_unit_id} - {None}
    there = Membership.objects.in_force().filter(unit__in=units).values("user")
    parts = Q(display_name__icontains=name) | Q(username__icontains=name) if name else Q()
    rows = people_of(case).filter(parts | Q(pk__in=there), is_active=True).order_by("display_name")[:OFFERED_PEOPLE]
    ordered = sorted(rows, key=lambda one: not could_mean(name, one))
    return [(one.username, one.display_name) for one in ordered]


def not_who_may_be_meant(dossier: Dossier, *, actor: User, given: Given) -> DomainError | None:
    """Nobody says it who may be meant, by whichever name; and who has the case does not undo what was confirmed."""
    case, waiting = dossier.case, unsettled(dossier.case)
    names = {*names_meant(case), given.get("name", "")} - {""}
    if given.get("person") == actor.username or any(could_mean(one, actor) for one in names):
        return NamedInTheComplaint()
    confirmed = set(case.named_staff) - set(waiting)
    undoes = given["name"] in confirmed if given.get("name") else bool(confirmed) and not waiting
    return SecondPerson() if undoes and took_part(dossier, actor) else None


def one_is_meant(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    case = dossier.case
    if not case.named_staff:
        yield Missing(_("The complaint names nobody."))
    elif name_meant(case, given) not in case.named_staff:
        yield Missing(_("Say which of the names you confirm."), "name")
    username = given.get("person", "")
    if bool(username) == bool(given.get("nobody")):
        yield Missing(_("Choose the person who is meant, or say that it is nobody of ours."), "person")
    elif username and meant(case, username) is None:
        yield Missing(_("There is no colleague with this user name."), "person")


@verb(
    ConfirmNamed, pgettext("verb", "Confirm who is named"), who=not_who_may_be_meant, gate=one_is_meant, of_group=True
)
def confirm_named(act: Act, *, name: str = "", person: str = "", nobody: bool = False) -> None:
    """确认所指人员: who is meant by a name that the complaint gives. Whoever it is is barred from then on.

    name    one of the named staff; empty: the only one that waits
    person  user name; empty with `nobody`
    """
    case = act.case
    chosen = meant(case, person) if person else None
    who = chosen.pk if chosen is not None else NOBODY
    place = case.named_staff.index(name_meant(case, act.given))
    act.notes(place=place + 1, person=chosen and chosen.pk, nobody=nobody)
    people = [*case.named_people, *[UNSETTLED] * len(case.named_staff)][: len(case.named_staff)]
    act.move(named_people=[*people[:place], who, *people[place + 1 :]])


class LetIn(Form):
    colleague = line(gettext_lazy("Colleague let in"), max_length=150)
    reason = prose(gettext_lazy("Why nobody else can do it"))

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        people = recusal.could_be_let_in(dossier.case, dossier.at) if dossier.case.barred else []
        return {**super().example(dossier), "colleague": people[0].username if people else "nobody"}


def nobody_else_can(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """The alarm says it, which a sweep raises and takes back; and whom the complaint names stays out."""
    case = dossier.case
    if not case.barred:
        yield Missing(_("The case concerns nobody of ours."))
    elif not recusal.lacks_somebody(case):
        yield Missing(_("Others are there who may handle and check it."))
    elif not (people := {one.username for one in recusal.could_be_let_in(case, at)}):
        yield Missing(_("Nobody is there who could be let in: whom the complaint names stays out."))
    elif given.get("colleague") not in people:
        yield Missing(_("Choose one of: {people}.").format(people=", ".join(sorted(people))), "colleague")


@verb(LetIn, pgettext("verb", "Let in despite recusal"), gate=nobody_else_can, second_person=always, of_group=True)
def let_in(act: Act, *, colleague: str, reason: str) -> None:
    """豁免回避: where nobody else present may handle or check the case, somebody whom it concerns works on it.

    On this case alone. One colleague asks it for another and a second one grants it, neither of whom it concerns: for
    whoever is barred there is no such case. A name that turns out to mean the one who was let in bars them again.
    """
    case = act.case
    chosen = next(one for one in recusal.could_be_let_in(case, act.at) if one.username == colleague)
    act.says("colleague", colleague)
    act.says("reason", reason)
    act.notes(person=chosen.pk)
    act.move(admitted=sorted({*case.admitted, chosen.pk}))
    case.barred = recusal.concerned(case, at=act.at)
    act.tell(chosen, "let_in")
