"""抽查: what was settled at once, nobody checked. A sample is, by colleagues of another team."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.errors import SecondPerson
from complaints.fields import CodeField, Form, Nothing, line, optional, prose
from complaints.models import AnswerSource, Contact, Round, Satisfaction, SpotCheck
from complaints.verb import NOTE, Given, verb
from complaints.verbs.contacting import keep_contact
from complaints.verbs.satisfaction import hear
from organization.models import Membership, User
from sqm_site.errors import DomainError
from sqm_site.fields import StrictBoolean, StrictChoice

SETTLE = "settle"


def settled(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    turn = settled_round(dossier)
    if turn is None:
        yield Missing(_("It was not settled at once: a second person has checked its decision."))
    elif hasattr(turn, "spot_check"):
        yield Missing(_("It is in the sample already."))


def settled_round(dossier: Dossier) -> Round | None:
    return dossier.case.rounds.filter(settled=True).select_related("spot_check").first()


@verb(Nothing, pgettext("verb", "Put in the sample"), gate=settled)
def draw_spot(act: Act) -> None:
    """列入抽查: this settled case is checked. Every morning a sample is drawn by the system."""
    turn = settled_round(act.dossier)
    assert turn is not None
    settler = act.case.events.filter(verb=SETTLE, round=turn.number).values_list("actor_id", flat=True).get()
    act.move()
    act.keeps(SpotCheck(case=act.case, round=turn, settler_id=settler, drawn_by=act.actor, drawn_at=act.at))


class CheckSpot(Form):
    as_recorded = StrictBoolean(label=gettext_lazy("The customer confirms what was recorded"))
    satisfaction = StrictChoice(Satisfaction.choices, label=gettext_lazy("Customer's view"))
    result = CodeField("contact_result", label=gettext_lazy("Result"), default="CONNECTED")
    gist = prose(gettext_lazy("Gist"))
    recording = optional(line, gettext_lazy("Recording number"))


def of_another_team(dossier: Dossier, *, actor: User, given: Given) -> DomainError | None:
    """Neither who settled it nor a colleague of their team, nor anybody who worked on the case."""
    check = open_check(dossier)
    if check is None:
        return None
    mates = Membership.objects.in_force().filter(team__isnull=False)
    teams = set(mates.filter(user=check.settler_id).values_list("team_id", flat=True))
    same = mates.filter(user=actor, team_id__in=teams).exists()
    return SecondPerson() if actor.pk == check.settler_id or same else None


def open_check(dossier: Dossier) -> SpotCheck | None:
    return dossier.case.spot_checks.filter(result="").select_related("round").first()


def drawn(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    if open_check(dossier) is None:
        yield Missing(_("It is not in the sample, or it was checked already."))


@verb(CheckSpot, pgettext("verb", "Record spot check"), who=of_another_team, gate=drawn, shown_as=NOTE)
def check_spot(
    act: Act, *, as_recorded: bool, satisfaction: str, gist: str, result: str = "CONNECTED", recording: str = ""
) -> None:
    """登记抽查结果: the customer is asked what happened. A difference counts against who settled it.

    satisfaction  what the customer says now: it stands for what was written down in settling
    """
    check = open_check(act.dossier)
    assert check is not None
    act.says("gist", gist)
    act.says("evidence", recording)
    act.notes(as_recorded=as_recorded)
    act.move()
    keep_contact(
        act, method="PHONE", result=result, outbound=True, recording=recording, purpose=Contact.Purpose.FOLLOW_UP
    )
    check.result = SpotCheck.Result.CONFIRMED if as_recorded else SpotCheck.Result.DIFFERS
    check.checked_by, check.checked_at = act.actor, act.at
    act.keeps(check)
    hear(act, satisfaction=satisfaction, source=AnswerSource.COLLEAGUE, turn=act.writing.beside.hold(check.round))
