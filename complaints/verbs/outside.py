"""救济途径: after a decision that the customer rejects, a way outside is recorded; until it ends nothing is filed."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.fields import Form, line
from complaints.services.clocks import late
from complaints.verb import Given, took_part, verb
from organization.models import User
from sla import services as sla
from sla.arithmetic import last_second
from sla.models import MoveCause
from sqm_site.fields import StrictChoice, StrictDate

LONGEST = timedelta(days=366)  # at once; with new evidence it is renewed
PUT_OFF = ("ways", "filing")


class Way(models.TextChoices):
    """Art. 20: what remains to whoever does not accept the decision, beside the review by the superior institution."""

    MEDIATION = "mediation", pgettext("way", "Mediation")
    ARBITRATION = "arbitration", pgettext("way", "Arbitration")
    COURT = "court", pgettext("way", "Court")
    REGULATOR = "regulator", pgettext("way", "Regulator")


class RecordWay(Form):
    way = StrictChoice(Way.choices, label=pgettext("way", "Way outside"))
    evidence = line(gettext_lazy("Number of the paper that shows it"))
    until = StrictDate(label=gettext_lazy("It ends on"))

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        ends = timezone.localdate(dossier.ways_end or dossier.at)
        return {**super().example(dossier), "until": min(ends + timedelta(days=30), latest(dossier.at)).isoformat()}


def latest(at: datetime) -> date:
    return timezone.localdate(at) + LONGEST


def longer_than_now(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """While the ways that a rejected decision leaves are open; never to an earlier day than they are open to."""
    ends_at = dossier.ways_end
    if ends_at is None or at > ends_at:
        yield Missing(_("No way is open: the customer has not rejected the decision, or the time for it is over."))
        return
    ends, until = timezone.localdate(ends_at), given.get("until")
    if until is not None and not ends < until <= latest(at):
        said = _("The ways are open until {ends}: give a later day, not after {latest}.")
        yield Missing(said.format(ends=ends, latest=latest(at)), "until")


def of_who_is_measured(dossier: Dossier, *, actor: User, given: Given) -> bool:
    """It puts off by when the case must be filed, and how it ended counts."""
    return took_part(dossier, actor)


@verb(
    RecordWay,
    pgettext("verb", "Record a way outside"),
    gate=longer_than_now,
    second_person=of_who_is_measured,
)
def record_way(act: Act, *, way: str, evidence: str, until: date) -> None:
    """登记外部救济: mediation, arbitration, court, regulator, until the day it is to end; used again, it is renewed."""
    act.says("evidence", evidence)
    act.notes(way=way, until=until)
    act.move()
    put_off(act, last_second(until, timezone.get_default_timezone()))
    act.tell_first_receiver()


def put_off(act: Act, due_at: datetime) -> None:
    """The ways end later, and nothing need be filed before; what is late by then stays late."""
    for clock in act.clocks.running:
        if clock.kind in PUT_OFF and clock.due_at < due_at and not late(clock, act.at):
            evidence = f"event:{act.sequence}"
            moved = sla.restate(clock, due_at=due_at, cause=MoveCause.WAY, at=act.at, evidence=evidence)
            act.clocks.keeps(clock, moved)
    act.clocks.settle()
