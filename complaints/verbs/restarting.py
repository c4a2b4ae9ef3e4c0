"""New facts and reasons within the handling period: the time of the law counts anew (Art. 18 para 3)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.fields import Moment, line, optional, prose
from complaints.services import moving
from complaints.services.clocks import late
from complaints.verb import Given, always, verb
from complaints.verbs.approving import Licensed, made_use_of
from complaints.verbs.evidence import proven
from organization.models import User
from sla import services as sla


class Restart(Licensed):
    of = "restart"
    material_at = Moment(gettext_lazy("New material received at"))
    material = optional(line, gettext_lazy("Number of the new material"))
    reason = optional(prose, gettext_lazy("What is new: facts and reasons"))

    @classmethod
    def request(cls, dossier: Dossier) -> dict[str, Any]:
        return {"material": "M-00001", "reason": str(cls().fields["reason"].label)}


def within_the_period(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """Only while a deadline of the law runs and has not passed; first what is new, then how the customer was told."""
    running = [clock for clock in dossier.clocks if clock.stopped_at is None and sla.counts_anew(clock)]
    if all(late(clock, at) for clock in running):
        yield Missing(_("No deadline of the law runs that could count anew."))
    elif dossier.license("restart", at) is not None:
        yield from proven(dossier, given, label=_("Say how the customer was told of the new deadline, and what."))
    elif not given.get("material") or not given.get("reason"):
        yield Missing(_("Name the new material, and say what facts and reasons are new."), "material")


@verb(
    Restart,
    pgettext("verb", "Count the deadline anew"),
    gate=within_the_period,
    second_person=always,
    licensed=True,
)
def restart(
    act: Act,
    *,
    method: str,
    text: str,
    evidence: str = "",
    material: str = "",
    reason: str = "",
    material_at: datetime | None = None,
) -> None:
    """重新计算期限: a second person grants it on the new material; then the customer is told, and the time counts anew.

    Asked for with `material`, `reason` and `material_at` (default: when it is asked for); once granted, used again with
    method, evidence and text. The deadline is that of a complaint received with the new material.
    """
    granted = made_use_of(act)
    since = datetime.fromisoformat(granted.arguments.get("material_at") or granted.asked_at.isoformat())
    act.says("reply", text)
    act.says("evidence", evidence)
    act.notes(method=method, material_at=since)
    act.move()
    moving.restart(act.clocks, since=since, granted=granted, at=act.at)
    act.tell_customer("reply", method=method, text=text)
