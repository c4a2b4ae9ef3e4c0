"""The ways a case ends without a decision: taken back by the customer, or declined."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.fields import CodeField, Form, Moment, line, optional, prose
from complaints.services.deadlines import facts_of
from complaints.services.identifying import Identity, identity_of
from complaints.services.representing import is_heard_by_others
from complaints.verb import Given, always, verb
from complaints.verbs.approving import Licensed, made_use_of
from complaints.verbs.closing import end
from complaints.verbs.deciding import take_back
from complaints.verbs.evidence import proven
from complaints.verbs.recusal import named_settled
from organization.models import User
from sla import services as sla

# 银保监会令2020年第3号 Art. 18 para 4 knows one ground; further ones stand in a rule set.
ALWAYS = "NOT_COMPLAINANT"


class Withdraw(Form):
    happened_at = Moment(gettext_lazy("Received at"))
    evidence_kind = CodeField("withdrawal_evidence", label=gettext_lazy("Kind of evidence"))
    evidence = line(gettext_lazy("Evidence of the withdrawal"))
    root_cause = CodeField("root_cause", label=gettext_lazy("Root cause"), required=False, default="", allow_blank=True)
    reason = optional(prose, gettext_lazy("Reason"))

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        return {**super().example(dossier), "root_cause": "R10"}


def unless_from_the_customer(dossier: Dossier, *, actor: User, given: Given) -> bool:
    """The customer's own channel is believed; a colleague who says so is not, alone."""
    return not actor.is_service


def takes_back_what_is_theirs(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """Whoever raised it for another takes it back once their paper was seen; else the complainant, who is known."""
    if is_heard_by_others(dossier) and identity_of(dossier) != Identity.VERIFIED:
        yield Missing(
            _(
                "It was raised for another, and nobody has seen by which paper: verify that paper first, or the"
                " identity of the complainant who takes it back."
            )
        )
    if not actor.is_service and not (given.get("root_cause") or dossier.case.root_cause):
        yield Missing(_("Choose the root cause."), "root_cause")


@verb(Withdraw, pgettext("verb", "Withdraw"), gate=takes_back_what_is_theirs, second_person=unless_from_the_customer)
def withdraw(
    act: Act,
    *,
    evidence_kind: str,
    evidence: str,
    root_cause: str = "",
    reason: str = "",
    happened_at: datetime | None = None,
) -> None:
    """撤回: the customer takes it back; the day of receipt and the evidence of it are kept (Art. 15).

    It is on time by the day of its receipt: a second person has seen the evidence.
    """
    act.says("reason", reason)
    act.says("evidence", evidence)
    act.notes(evidence_kind=evidence_kind)
    end(act, "WITHDRAWN", root_cause=root_cause or act.case.root_cause)
    act.round.credited_at = act.happened_at
    act.clocks.stop(at=act.happened_at)
    if act.dossier.draft is not None:
        take_back(act)
    act.tell(act.case.owner, "withdrawn")


class Decline(Licensed):
    of, telling = "decline", Licensed.telling | {"told_at"}
    decline_reason = CodeField("decline_reason", label=gettext_lazy("Ground"), required=False, default="")
    reason = optional(prose, gettext_lazy("Explanation for the second person"))
    told_at = Moment(gettext_lazy("Told at"))

    @classmethod
    def request(cls, dossier: Dossier) -> dict[str, Any]:
        return {"decline_reason": ALWAYS, "reason": str(cls().fields["reason"].label)}


def on_a_ground_of_law(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """First the ground and the words for the second person; granted, how the person who raised it was told."""
    yield from named_settled(dossier, actor=actor, at=at, given=given)
    if dossier.license("decline", at) is not None:
        yield from proven(dossier, given, label=_("Say how the person who raised it was told, and what."))
        return
    ground, case = given.get("decline_reason"), dossier.case
    if not ground or not given.get("reason"):
        yield Missing(_("Give the ground, and explain it for the second person."), "decline_reason")
        return
    if ground != ALWAYS and ground not in sla.decline_grounds(facts_of(case), case.received_at):
        yield Missing(
            _("No rule of law in force names this ground: the complaint has to be handled."), "decline_reason"
        )


@verb(
    Decline,
    pgettext("verb", "Decline case"),
    gate=on_a_ground_of_law,
    second_person=always,
    licensed=True,
)
def decline(
    act: Act,
    *,
    method: str,
    text: str,
    evidence: str = "",
    told_at: datetime | None = None,
    decline_reason: str = "",
    reason: str = "",
) -> None:
    """不予办理: a second person grants the ground; then whoever asked tells the person who raised it, and it ends.

    Asked for with `decline_reason` and `reason`; once granted, used again with method, evidence, text (Art. 18).
    """
    granted = made_use_of(act)
    act.says("reply", text)
    act.says("evidence", evidence)
    act.notes(close_reason=granted.arguments["decline_reason"], method=method)
    end(act, granted.arguments["decline_reason"])
    act.clocks.stop(at=act.at)
    act.tell_customer("reply", method=method, text=text)
