"""Pressing on: the customer asks how far it is, a person tells the level above, and whoever was told answers."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.fields import Form, Reason, optional, prose
from complaints.services.telling import level_up
from complaints.verb import NOTE, Given, verb
from complaints.verbs.handling import day_between
from organization.models import Role, User
from sla import services as sla
from sla.models import RungKind
from sqm_site.fields import StrictDate


class Chase(Form):
    text = optional(prose, _("What the customer said"))


@verb(Chase, pgettext("verb", "Chase"), shown_as=NOTE)
def chase(act: Act, *, text: str = "") -> None:
    """催办: the customer asks how far it is; the owner hears of it."""
    act.says("note", text)
    act.move(chased_at=act.at)
    act.tell(act.case.offered_to or act.case.owner, "chase")


@verb(Reason, pgettext("verb", "Escalate"))
def escalate(act: Act, *, reason: str) -> None:
    """上报: a person tells the next level up, and why."""
    levels = [Role.TEAM_LEAD, Role.SUPERVISOR, Role.LINE_MANAGER]
    above = level_up(act.case, levels, at=act.at, verb="acknowledge_escalation", but_not={act.actor.pk})
    act.says("reason", reason)
    act.notes(recipient=above and above.pk)
    act.move()
    act.ask(above, "escalation")


class Plan(Form):
    plan = prose(_("What will be done"))
    until = StrictDate(label=_("By when"))

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        return {**super().example(dossier), "until": timezone.localdate(dossier.at).isoformat()}


def not_put_off(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """A plan has a day on which it can be asked for, and that is near."""
    last = sla.working_days_after(at, settings.PLAN_WORKING_DAYS, entity=dossier.case.legal_entity_id)
    yield from day_between(given.get("until"), at, timezone.localdate(last))


@verb(Plan, pgettext("verb", "Confirm escalation"), gate=not_put_off, leaves_etag=True)
def acknowledge_escalation(act: Act, *, plan: str, until: date) -> None:
    """确认上报: whoever was told says what will be done and by when. Until then it rests, and does not climb.

    It never switches the later rungs off, nor takes a breach back; and what waits for those above, the owner does not
    answer, even where he was one of them when he was asked.
    """
    mine = act.case.firings.filter(recipient=act.actor, acknowledged_at=None).select_related("clock__round")
    if act.actor.pk == act.case.owner_id:
        mine = mine.exclude(kind=RungKind.ESCALATION)
    act.says("plan", plan)
    act.notes(rungs=len(mine), until=until)
    for row in mine:
        row.acknowledged_at, row.acknowledged_by, row.planned_until = act.at, act.actor, until
        row.answer_by = sla.speaks_again(row.clock, until) if row.answer_by else None
        act.keeps(row)
    act.move()
