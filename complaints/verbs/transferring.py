"""转办件: a regulator, a hotline or another body passes the matter on, and wants to know what became of it."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.errors import GateNotMet
from complaints.fields import CodeField, Form, Moment, Nothing, line, prose
from complaints.locks import held, lock_together
from complaints.models import Case, ExternalReference, Level
from complaints.services import merging, transfers
from complaints.services.merging import subject_elsewhere
from complaints.services.taxonomy import label
from complaints.verb import VERBS, Given, before, out_of_turn, took_part, verb
from complaints.verbs.evidence import NUMBERED
from complaints.verbs.grading import WEIGHT
from complaints.verbs.lateness import credited
from organization.models import User
from sqm_site.errors import DomainError
from sqm_site.fields import AwareDateTime, StrictBoolean, StrictChar, StrictDate

BODIES = "external_body"
# A number as papers and platforms write it, such as 沪金监转〔2026〕0123号: no words, and no name of anybody.
NUMBER = re.compile(r"(?=.*\d)[\w()（）〔〕\[\]【】/.#-]{4,40}")
LAST_SECOND = time(23, 59, 59)


class AddReference(Form):
    body = CodeField(BODIES, label=gettext_lazy("Transferred by"))
    number = StrictChar(label=gettext_lazy("Number there"), max_length=40)
    received_at = AwareDateTime(label=gettext_lazy("Transfer received at"), required=False)
    ordered_on = StrictDate(label=gettext_lazy("Answer ordered by"), required=False)
    transferred_at = AwareDateTime(label=gettext_lazy("Passed on at"), required=False)
    answer_required = StrictBoolean(label=gettext_lazy("An answer is wanted"), default=True)

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        number = f"{dossier.case.reference}-{dossier.case.event_count}"
        came_in = {"received_at": dossier.at.isoformat()}
        return {**super().example(dossier), **came_in, "number": number, "answer_required": False}


def sound(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """Times in order, a day for the answer, and a number that no case has yet."""
    received_at: datetime = given.get("received_at") or at
    if received_at > at:
        yield Missing(_("That lies ahead: give the time at which it happened."), "received_at")
    if (passed_on := given.get("transferred_at")) and before(received_at, passed_on):
        yield Missing(_("It was passed on before it was received: correct the times."), "transferred_at")
    yield from with_a_day(given, timezone.localdate(received_at))
    if took_part(dossier, actor) and not given.get("received_at"):
        yield Missing(_("Say when the transfer came in: a second person has seen the paper."), "received_at")
    number = given.get("number", "")
    if number and not NUMBER.fullmatch(number):
        yield Missing(_("Give the number as the paper has it: digits and letters, without spaces."), "number")
    elif number and (other := transfers.found(dossier.case.legal_entity_id, given.get("body", ""), number)):
        yield Missing(taken_by(other, actor), "number")


def with_a_day(given: Given, received_on: date) -> Iterator[Missing]:
    ordered_on = given.get("ordered_on")
    if ordered_on is None and given.get("answer_required", True):
        yield Missing(_("Give the day by which the answer is ordered, or say that none is wanted."), "ordered_on")
    if ordered_on is not None and ordered_on < received_on:
        yield Missing(_("The answer was ordered for a day before it came: correct the day."), "ordered_on")


def taken_by(other: Case, actor: User) -> str:
    """Which case has the number, to whoever may know of that case."""
    if Case.objects.reachable_by(actor).filter(pk=other.pk).exists():
        return _("Case {reference} has this number already.").format(reference=other.reference)
    return _("A case that you do not see has this number already.")


def from_who_is_measured(dossier: Dossier, *, actor: User, given: Given) -> bool:
    """When it came in, by when an answer is ordered, whether at all: all that the clocks of the transfer follow."""
    return took_part(dossier, actor)


@verb(AddReference, pgettext("verb", "Add transfer"), gate=sound, second_person=from_who_is_measured)
def add_reference(
    act: Act,
    *,
    body: str,
    number: str,
    received_at: datetime | None = None,
    ordered_on: date | None = None,
    transferred_at: datetime | None = None,
    answer_required: bool = True,
) -> None:
    """登记转办件: the matter has a number with another body. Its clocks run beside the others, from its receipt.

    Whoever has worked on the case is not who says by when they have to answer: a second person agrees.

    ordered_on  the last day for the answer; ours is before that by the policy
    """
    case = act.case
    if (other := transfers.bearing(case, body, number)) is not None:  # somebody was quicker
        raise GateNotMet(verb=act.verb.label, missing=[taken_by(other, act.actor)])
    reference = ExternalReference(
        case=case,
        legal_entity_id=case.legal_entity_id,
        body=body,
        number=number,
        transferred_at=transferred_at,
        received_at=received_at or act.at,
        answer_required=answer_required,
        due_as_ordered=ordered_on and timezone.make_aware(datetime.combine(ordered_on, LAST_SECOND)),
        event_sequence=act.sequence,
    )
    act.notes(body=body, number=number)
    later = any(row.received_at > reference.received_at for row in act.dossier.references)
    act.move(source=case.source if later else body)
    transfers.begin(act.clocks, reference, at=act.at)
    act.keeps(reference)
    raise_level(act)
    if act.actor != case.owner:
        act.tell(case.owner, "transferred")
    act.tell_first_receiver()


def raise_level(act: Act) -> None:
    """What comes from a regulator or a hotline weighs more than ordinary (重要)."""
    case = act.case
    if case.is_open and WEIGHT[Level(case.level)] < WEIGHT[Level.IMPORTANT]:
        reason = _("{body} has transferred it.").format(body=label(BODIES, act.given["body"]))
        level = {"level": str(Level.IMPORTANT), "urgent": case.urgent}
        act.then(VERBS["set_level"], actor=User.system(), reason=reason, **level)


class AnswerRegulator(Form):
    number = StrictChar(label=gettext_lazy("Number there"), max_length=40, required=False, allow_blank=True, default="")
    evidence = line(gettext_lazy("Number of the paper, receipt or attachment"))
    text = prose(gettext_lazy("What was answered"))
    happened_at = Moment(gettext_lazy("Answered at"))

    @classmethod
    def options(cls, dossier: Dossier) -> dict[str, list[tuple[Any, Any]]]:
        return {"number": [(row.number, f"{label(BODIES, row.body)} {row.number}") for row in unanswered(dossier)]}

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        number = next((row.number for row in reversed(unanswered(dossier))), "")
        return {**super().example(dossier), "number": number, "evidence": "REC-00001"}


def unanswered(dossier: Dossier) -> list[ExternalReference]:
    """Also those of the cases that are handled with this one."""
    return [row for row in [*dossier.references, *dossier.references_of_absorbed] if row.answered_at is None]


def meant(dossier: Dossier, given: Given) -> list[ExternalReference]:
    """Those that wait for an answer and are meant: the one named, else all."""
    named = given.get("number")
    return [row for row in unanswered(dossier) if not named or row.number == named]


def unless_unanswered(dossier: Dossier, *, at: datetime) -> DomainError | None:
    return None if unanswered(dossier) else out_of_turn(dossier, "answer_regulator")


def proven(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """To whom, when, and what shows it: whoever is late cannot make it early."""
    rows = meant(dossier, given)
    if len(rows) != 1:
        yield Missing(_("Say which transfer is answered, by its number there."), "number")
    elif (happened_at := given.get("happened_at")) and before(happened_at, rows[0].received_at):
        yield Missing(_("The transfer had not come in by then: correct the time."), "happened_at")
    if not NUMBERED.fullmatch(given.get("evidence", "").strip()):
        yield Missing(_("Give the number of the paper, the receipt of the platform or the attachment."), "evidence")


@verb(
    AnswerRegulator,
    pgettext("verb", "Answer regulator"),
    when=unless_unanswered,
    gate=proven,
    locks_first=lock_together,
)
def answer_regulator(
    act: Act, *, evidence: str, text: str, number: str = "", happened_at: datetime | None = None
) -> None:
    """监管反馈: the body that transferred the matter was told what became of it; the clocks of the answer stop.

    A transfer of a case that was merged into this one is answered from here, and kept there.

    happened_at  when it went out; of an answer entered late it counts once a second person has seen the evidence
    """
    (row,) = meant(act.dossier, act.given)
    is_own = row.case_id == act.case.pk
    act.says("answer", text)
    act.says("evidence", evidence)
    act.notes(body=row.body, number=row.number)
    act.move()
    subject = row.subject if is_own else subject_elsewhere(row.case_id, row.subject)
    answered_at = max(act.happened_at, row.received_at)  # in the same minute
    credited_at = answered_at if credited(act, "regulator_answer", subject=subject) else act.at
    act.clocks.stop_about(subject, "regulator_answer", at=credited_at)
    if is_own:
        keep_answer(act, row, evidence, answered_at, credited_at)
    else:
        said: dict[str, Any] = {
            "evidence": evidence,
            "text": text,
            "answered_at": answered_at,
            "credited_at": credited_at,
        }
        act.beside(hear_answer, held(row.case_id), number=row.number, **said)
    act.tell_first_receiver()


def keep_answer(act: Act, row: ExternalReference, evidence: str, answered_at: datetime, credited_at: datetime) -> None:
    row.answered_at, row.credited_at = answered_at, credited_at
    row.answered_by, row.answer_sequence = act.actor, act.sequence
    row.evidence = act.readable(evidence)
    act.keeps(row)


@verb(Nothing, pgettext("verb", "Regulator answered"), door=False)
def hear_answer(
    act: Act, *, number: str, evidence: str, text: str, answered_at: datetime, credited_at: datetime
) -> None:
    """监管反馈, of a merged case: given from the case in which it is handled."""
    row = next(row for row in act.dossier.references if row.number == number and row.answered_at is None)
    act.says("answer", text)
    act.says("evidence", evidence)
    act.notes(body=row.body, number=row.number)
    act.move()
    merging.meet(act.clocks, row.subject, at=credited_at)
    keep_answer(act, row, evidence, answered_at, credited_at)
