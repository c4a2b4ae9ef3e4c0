"""关注: whoever reads a case may follow it, or have a colleague follow it (抄送); they hear when it goes on."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.fields import Form, Nothing, PersonName
from complaints.models import Case
from complaints.services.routing import named
from complaints.services.watching import reads
from complaints.verb import Given, verb
from organization.models import Membership, User
from organization.rights import barred

MOST = 20  # people who follow one case


class CopyIn(Form):
    reader = PersonName(label=gettext_lazy("Colleague who is to hear of it"), required=True, allow_blank=False)

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        seats = Membership.objects.in_force().filter(legal_entity=dossier.case.legal_entity_id, user__is_service=False)
        people = (seat.user for seat in seats.select_related("user").order_by("pk"))
        free = (one for one in people if one != dossier.reader and not why_not(dossier.case, one))
        return {"reader": getattr(next(free, None), "username", "")}


def why_not(case: Case, person: User | None) -> str:
    """One sentence; empty: a colleague may be copied in."""
    if person is None or not person.is_active:
        return str(_("There is no active person with this user name."))
    if barred(case, person):
        return str(_("The complaint concerns this person: choose somebody else (recusal)."))
    if not reads(person, case):
        return str(_("This person may not read the case: choose somebody else."))
    if person.pk in case.watchers:
        return str(_("{person} follows the case already.").format(person=person))
    return ""


def not_too_many(dossier: Dossier) -> Iterator[Missing]:
    if len(dossier.case.watchers) >= MOST:
        yield Missing(_("{count} people follow the case: no more can.").format(count=MOST))


def not_yet(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    if actor.pk in dossier.case.watchers:
        yield Missing(_("You follow the case already."))
    yield from not_too_many(dossier)


def who_reads_it(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    yield from not_too_many(dossier)
    if sentence := given and why_not(dossier.case, named(dossier.case, given["reader"])):
        yield Missing(sentence, "reader")


def follows_it(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    if actor.pk not in dossier.case.watchers:
        yield Missing(_("You do not follow the case."))


@verb(Nothing, pgettext("verb", "Follow"), gate=not_yet, leaves_etag=True, of_group=True, in_bulk=True)
def watch(act: Act) -> None:
    """关注: whoever acts hears of every further step, as long as they may read the case."""
    act.move(watchers=[*act.case.watchers, act.actor.pk])


@verb(CopyIn, pgettext("verb", "Copy in"), gate=who_reads_it, leaves_etag=True, of_group=True, in_bulk=True)
def copy_in(act: Act, *, reader: str) -> None:
    """抄送: a colleague who may read the case is told of it, and of every further step."""
    person = named(act.case, reader)
    assert person is not None
    act.notes(person=person.pk)
    act.move(watchers=[*act.case.watchers, person.pk])
    if person != act.actor:
        act.tell(person, "copied_in", by=act.actor.display_name)


@verb(Nothing, pgettext("verb", "Stop following"), gate=follows_it, leaves_etag=True, of_group=True, in_bulk=True)
def unwatch(act: Act) -> None:
    """取消关注: whoever acts hears of no further step."""
    act.move(watchers=[pk for pk in act.case.watchers if pk != act.actor.pk])
