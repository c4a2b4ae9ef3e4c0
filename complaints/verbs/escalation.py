"""Pressing on: the customer asks how far it is, a person tells the level above, and whoever was told answers."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.fields import Form, Reason, optional, prose
from complaints.services.telling import level_up
from complaints.verb import NOTE, verb
from organization.models import Role


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
    plan = prose(_("What will be done, and by when"))


@verb(Plan, pgettext("verb", "Confirm escalation"), leaves_etag=True)
def acknowledge_escalation(act: Act, *, plan: str) -> None:
    """确认上报: whoever was told says what will be done. It never switches the later rungs off."""
    mine = act.case.firings.filter(recipient=act.actor, acknowledged_at=None)
    act.says("plan", plan)
    act.notes(rungs=mine.update(acknowledged_at=act.at, acknowledged_by=act.actor))
    act.move()
