"""抽查: what was settled at once or told by word of mouth stands on one person's word. Another team checks a sample."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.errors import SecondPerson
from complaints.fields import CodeField, Form, line, optional, prose
from complaints.models import AnswerSource, Case, CaseEvent, Contact, Round, Satisfaction, SpotCheck
from complaints.verb import NOTE, Given, took_part, verb
from complaints.verbs.contacting import REACHED, keep_contact
from complaints.verbs.evidence import SPOKEN
from complaints.verbs.lateness import refuse_late_entry
from complaints.verbs.satisfaction import hear
from organization.models import User
from organization.services import teammates
from sqm_site.errors import DomainError
from sqm_site.fields import StrictBoolean, StrictChoice, StrictInteger

TELLING = ("settle", "notify")


class DrawSpot(Form):
    round = StrictInteger(label=gettext_lazy("Round"), min_value=0, default=0)

    @classmethod
    def options(cls, dossier: Dossier) -> dict[str, list[tuple[Any, Any]]]:
        return {"round": [(turn.number, turn.number) for turn in undrawn(dossier)]}


def told_by_word(dossier: Dossier) -> list[Round]:
    """The rounds in which one person says that the customer was told, oldest first; also those before this one."""
    by_word = [row.round for row in dossier.tellings if row.round.settled or row.method in SPOKEN]
    return [turn for turn in by_word if turn.number > 1 or dossier.case.origin != Case.Origin.IMPORT]


def undrawn(dossier: Dossier) -> list[Round]:
    drawn = {check.round_id for check in dossier.spot_checks}
    return [turn for turn in told_by_word(dossier) if turn.pk not in drawn]


def to_draw(dossier: Dossier, given: Given) -> Round | None:
    """The round that is named, else the newest, as far as it is in no sample yet."""
    rounds = [turn for turn in undrawn(dossier) if given.get("round", 0) in {0, turn.number}]
    return rounds[-1] if rounds else None


def on_somebodys_word(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    if to_draw(dossier, given) is not None:
        return
    if told_by_word(dossier):
        yield Missing(_("It is in the sample already."))
    elif dossier.case.origin == Case.Origin.IMPORT and dossier.case.round == 1:
        yield Missing(_("It was imported: nobody here told the customer."))
    elif dossier.tellings:
        yield Missing(_("It was told in writing: what was sent is on record."))
    else:
        yield Missing(_("The customer was told nothing yet: there is nothing to check."))


@verb(DrawSpot, pgettext("verb", "Put in the sample"), gate=on_somebodys_word)
def draw_spot(act: Act, *, round: int = 0) -> None:
    """列入抽查: what one person says of this case is checked. Every morning the system draws from it.

    round  its number; 0: the newest that is not in the sample. A round that is over stays open to a check
    """
    turn = to_draw(act.dossier, act.given)
    assert turn is not None
    act.notes(turn=turn.number)
    act.move()
    settler = telling_of(act.case, turn).actor_id
    act.keeps(SpotCheck(case=act.case, round=turn, settler_id=settler, drawn_by=act.actor, drawn_at=act.at))


def telling_of(case: Case, turn: Round) -> CaseEvent:
    """The event by which the customer was told in a round."""
    event: CaseEvent = case.events.get(verb__in=TELLING, round=turn.number)
    return event


class CheckSpot(Form):
    as_recorded = StrictBoolean(label=gettext_lazy("The customer confirms what was recorded"))
    was_told = StrictBoolean(label=gettext_lazy("The customer was told"), default=True)
    satisfaction = StrictChoice(Satisfaction.choices, label=gettext_lazy("Customer's view"))
    result = CodeField("contact_result", label=gettext_lazy("Result"), default="CONNECTED")
    gist = prose(gettext_lazy("Gist"))
    recording = optional(line, gettext_lazy("Recording number"))


def of_another_team(dossier: Dossier, *, actor: User, given: Given) -> DomainError | None:
    """Neither who told the customer nor a colleague of their team, nor anybody who worked on the case."""
    check = open_check(dossier)
    if check is None:
        return None
    return SecondPerson() if check.settler_id in teammates(actor) or took_part(dossier, actor) else None


def open_check(dossier: Dossier) -> SpotCheck | None:
    return next((check for check in dossier.spot_checks if not check.result), None)


def drawn(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    if open_check(dossier) is None:
        yield Missing(_("It is not in the sample, or it was checked already."))
    if given.get("result", REACHED) != REACHED:
        yield Missing(_("The call reached nobody: record a follow-up call, and check it another time."), "result")


@verb(CheckSpot, pgettext("verb", "Record spot check"), who=of_another_team, gate=drawn, shown_as=NOTE)
def check_spot(
    act: Act,
    *,
    as_recorded: bool,
    satisfaction: str,
    gist: str,
    was_told: bool = True,
    result: str = "CONNECTED",
    recording: str = "",
) -> None:
    """登记抽查结果: the customer is asked what happened. A difference counts against who settled it.

    satisfaction  what the customer says now: it stands for what was written down
    was_told      False: nobody had told them, and on time is judged by this call
    """
    check = open_check(act.dossier)
    assert check is not None
    act.says("gist", gist)
    act.says("evidence", recording)
    act.notes(as_recorded=as_recorded, was_told=was_told)
    act.move()
    keep_contact(
        act, method="PHONE", result=result, outbound=True, recording=recording, purpose=Contact.Purpose.FOLLOW_UP
    )
    check.result = SpotCheck.Result.CONFIRMED if as_recorded else SpotCheck.Result.DIFFERS
    check.checked_by, check.checked_at = act.actor, act.at
    act.keeps(check)
    turn = act.round if check.round_id == act.round.pk else act.writing.beside.hold(check.round)
    if not was_told:
        turn.credited_at = act.at
        refuse_late_entry(act, telling_of(act.case, turn).sequence)
    hear(act, satisfaction=satisfaction, source=AnswerSource.COLLEAGUE, turn=turn)
