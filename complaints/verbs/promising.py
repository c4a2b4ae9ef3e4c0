"""承诺 (N24): a day that the customer was told, with a deadline that outlasts the case, and a proven outcome."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.fields import CodeField, Form, Moment, line, optional, prose
from complaints.models import Promise
from complaints.models.promise import CALL_BACK
from complaints.services.taxonomy import label
from complaints.verb import Given, before, out_of_turn, took_part, verb
from complaints.verbs.evidence import NUMBERED
from complaints.verbs.handling import day_between
from complaints.verbs.lateness import credited
from organization.models import User
from sqm_site.errors import DomainError
from sqm_site.fields import StrictChoice, StrictDate, StrictInteger

KINDS = "promise_kind"
LONGEST = timedelta(days=366)
KEPT, BROKEN = Promise.Status.KEPT, Promise.Status.BROKEN


class MakePromise(Form):
    kind = CodeField(KINDS, label=gettext_lazy("Kind of promise"))
    promised = prose(gettext_lazy("What was promised"))
    until = StrictDate(label=gettext_lazy("Until which day"))


def near_enough(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    yield from day_between(given.get("until"), at, timezone.localdate(at) + LONGEST)


@verb(MakePromise, pgettext("verb", "Promise"), gate=near_enough)
def promise(act: Act, *, kind: str, promised: str, until: date) -> None:
    """承诺: the customer was told that something will be done by a day. It cannot be put off, nor taken back.

    Its clock outlasts the round and the case, and nothing is filed while nobody has said what became of it.
    """
    act.says("promised", promised)
    act.notes(promise=kind, until=until)
    act.move()
    row = Promise(
        case=act.case,
        round=act.round,
        legal_entity=act.case.legal_entity,
        kind=kind,
        due_at=act.clocks.owe("promise", f"event:{act.sequence}", until=until, at=act.at),
        by=act.actor,
        at=act.at,
        event_sequence=act.sequence,
    )
    act.keeps(row)


def open_ones(dossier: Dossier) -> list[Promise]:
    return [row for row in dossier.promises if row.lacks_outcome]


class RecordPromiseOutcome(Form):
    """About one promise: `promise` is the sequence of its event; 0: the only one without an outcome."""

    promise = StrictInteger(label=gettext_lazy("Promise"), min_value=0, default=0)
    outcome = StrictChoice([(KEPT.value, KEPT.label), (BROKEN.value, BROKEN.label)], label=gettext_lazy("Outcome"))
    evidence = optional(line, gettext_lazy("Evidence: recording, tracking or voucher number"))
    reason = optional(prose, gettext_lazy("Why it is not kept"))
    happened_at = Moment(gettext_lazy("Kept at"))

    @classmethod
    def options(cls, dossier: Dossier) -> dict[str, list[tuple[Any, Any]]]:
        return {"promise": [(row.event_sequence, in_words(row)) for row in open_ones(dossier)]}

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        rows = open_ones(dossier)
        said = {"outcome": KEPT.value, "evidence": "REC-00001"}
        return {**super().example(dossier), **said, "promise": rows[-1].event_sequence if rows else 0}


def in_words(row: Promise) -> str:
    return f"{label(KINDS, row.kind)} {timezone.localdate(row.due_at):%m-%d}"


def meant(dossier: Dossier, given: Given) -> list[Promise]:
    return [row for row in open_ones(dossier) if given.get("promise", 0) in {0, row.event_sequence}]


def if_without_outcome(dossier: Dossier, *, at: datetime) -> DomainError | None:
    return None if open_ones(dossier) else out_of_turn(dossier, "record_promise_outcome")


def proven_or_explained(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    rows, happened_at = meant(dossier, given), given.get("happened_at")
    if len(rows) != 1:
        yield Missing(_("Say which promise it is about: choose one of those without an outcome."), "promise")
    if given.get("outcome") == KEPT and not NUMBERED.fullmatch(given.get("evidence", "").strip()):
        yield Missing(_("Give the number of what shows that it was kept."), "evidence")
    if given.get("outcome") == BROKEN and not given.get("reason"):
        yield Missing(_("Say why it is not kept."), "reason")
    if given.get("outcome") == BROKEN and happened_at:
        yield Missing(_("What was not kept has no time: leave it empty."), "happened_at")
    if happened_at and any(before(happened_at, row.at) for row in rows):
        yield Missing(_("It was promised later than that: correct the time."), "happened_at")


def by_ones_own_word(dossier: Dossier, *, actor: User, given: Given) -> bool:
    """Whoever had a part in the case does not say alone that what was promised is kept."""
    kept = given.get("outcome", KEPT) == KEPT
    return kept and (took_part(dossier, actor) or any(row.by_id == actor.pk for row in meant(dossier, given)))


@verb(
    RecordPromiseOutcome,
    pgettext("verb", "Record outcome of promise"),
    when=if_without_outcome,
    gate=proven_or_explained,
    second_person=by_ones_own_word,
)
def record_promise_outcome(
    act: Act,
    *,
    outcome: str,
    promise: int = 0,
    evidence: str = "",
    reason: str = "",
    happened_at: datetime | None = None,
) -> None:
    """承诺结果: kept, with the number that shows it, or not. A call-back is kept by logging the call itself.

    happened_at  entered late, it was kept in time once a second person has seen the evidence
    """
    (row,) = meant(act.dossier, act.given)
    act.says("evidence", evidence)
    act.says("reason", reason)
    act.notes(promised=row.event_sequence, outcome=outcome)
    act.move()
    if outcome == KEPT:
        keep(act, row, evidence=evidence)
    else:
        row.broken_at = act.at
        recorded(act, row, evidence=evidence, at=max(act.at, row.at))


def keep_by_calling(act: Act, recording: str) -> None:
    """回电: whoever was promised a call and was reached by one that is recorded has had it, by each such promise."""
    for row in open_ones(act.dossier):
        if row.kind == CALL_BACK and NUMBERED.fullmatch(recording.strip()) and not before(act.happened_at, row.at):
            act.notes(promised=row.event_sequence, outcome=KEPT)
            keep(act, row, evidence=recording)


def keep(act: Act, row: Promise, *, evidence: str) -> None:
    """In time, if it happened by then; entered late, it counts from its entry until a second person agrees."""
    row.kept_at = max(act.happened_at, row.at)
    counts = not act.facts.get("late") and credited(act, "promise", subject=row.subject)
    row.credited_at = row.kept_at if counts else act.at
    recorded(act, row, evidence=evidence, at=row.credited_at)


def recorded(act: Act, row: Promise, *, evidence: str, at: datetime) -> None:
    row.recorded_by, row.outcome_sequence, row.evidence = act.actor, act.sequence, act.readable(evidence)
    act.keeps(row)
    act.clocks.stop_about(row.subject, "promise", at=at)
