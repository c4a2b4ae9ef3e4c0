"""Pressing on: the customer asks how far it is, a person tells the level above, and whoever was told answers."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.fields import Form, Reason, optional, prose
from complaints.models import Escalation
from complaints.services.climbing import climbs_at
from complaints.services.pressing import escalations_for, put_to, waits_for
from complaints.services.telling import level_of, level_up
from complaints.verb import NOTE, Given, verb
from complaints.verbs.handling import day_between
from organization.models import Role, User
from sla import services as sla
from sqm_site.fields import StrictDate

# So many within so long mark the case, and its lead hears of it.
MANY_CHASES, CHASED_WITHIN = 3, timedelta(days=7)
LEVELS = [Role.TEAM_LEAD, Role.SUPERVISOR, Role.LINE_MANAGER]


class Chase(Form):
    text = optional(prose, _("What the customer said"))


@verb(Chase, pgettext("verb", "Chase"), shown_as=NOTE, to_owner=pgettext("verb", "Record that the customer chases"))
def chase(act: Act, *, text: str = "") -> None:
    """催办: the customer asks how far it is; the owner hears of it. The third in seven days marks the case.

    Every one counts, whoever enters it: counted are its events, under the lock of the case.
    """
    act.says("note", text)
    act.move(chased_at=act.at)
    act.tell(act.case.offered_to or act.case.owner, "chase")
    before = act.case.events.filter(verb=chase.name, at__gt=act.at - CHASED_WITHIN).count()
    if before + 1 >= MANY_CHASES:
        act.notes(chases=before + 1)
        act.case.pressed_at = act.at
        above = level_up(act.case, LEVELS, at=act.at, verb="acknowledge_escalation", but_not={act.actor.pk})
        act.tell(above, "pressed", chases=before + 1)


@verb(Reason, pgettext("verb", "Escalate"), of_group=True, in_bulk=True)
def escalate(act: Act, *, reason: str) -> None:
    """上报: a person tells the next level up, and why. It waits for a plan from whoever was told, or climbs."""
    above = level_up(act.case, LEVELS, at=act.at, verb="acknowledge_escalation", but_not={act.actor.pk})
    act.says("reason", reason)
    act.notes(recipient=above and above.pk)
    act.move()
    if above is not None:
        act.keeps(
            Escalation(
                case=act.case,
                by=act.actor,
                to=above,
                at=act.at,
                level=level_of(above, act.case),
                answer_by=climbs_at(act.case, act.at),
                event_sequence=act.sequence,
            )
        )
    act.ask(above, "escalation")


class Plan(Form):
    plan = prose(_("What will be done"))
    until = StrictDate(label=_("By when"))

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        return {**super().example(dossier), "until": timezone.localdate(dossier.at).isoformat()}


def waits_and_is_near(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """Nobody answers for what was not put to them, and a plan has a day, a near one, on which it can be asked for."""
    if not waits_for(dossier.case, actor):
        yield Missing(_("Nothing on this case waits for your plan."))
    last = sla.working_days_after(at, settings.PLAN_WORKING_DAYS, entity=dossier.case.legal_entity_id)
    yield from day_between(given.get("until"), at, timezone.localdate(last))


@verb(Plan, pgettext("verb", "Confirm escalation"), gate=waits_and_is_near, leaves_etag=True, of_group=True)
def acknowledge_escalation(act: Act, *, plan: str, until: date) -> None:
    """确认上报: whoever was told says what will be done and by when. Until then it rests, and does not climb.

    It never switches the later rungs off, nor takes a breach back.
    """
    told = list(put_to(act.actor).filter(case=act.case).select_related("clock__round"))
    act.says("plan", plan)
    act.notes(rungs=len(told), until=until)
    for row in told:
        row.acknowledged_at, row.acknowledged_by, row.planned_until = act.at, act.actor, until
        row.answer_by = sla.speaks_again(row.clock, until) if row.answer_by else None
        act.keeps(row)
    for asked in escalations_for(act.actor).filter(case=act.case):
        asked.acknowledged_at, asked.planned_until = act.at, until
        again = sla.next_opening(until, entity=act.case.legal_entity_id)
        asked.answer_by = again if asked.answer_by else None
        act.keeps(asked)
    act.move()
