"""补录: what happened before it was entered. It is kept as it happened, and counts as entered until somebody agrees."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.fields import Form
from complaints.models import RUNNING_ON, Approval, CaseEvent, Clock, Round
from complaints.verb import verb
from complaints.verbs.approving import ask
from sqm_site.fields import StrictInteger

# An entry later than this is late, whatever it is about.
AT_ONCE = timedelta(hours=24)


class LateEntry(Form):
    entry = StrictInteger(label=_("Late entry"), min_value=1)


@verb(LateEntry, pgettext("verb", "Agree to late entry"), door=False)
def confirm_late_entry(act: Act, *, entry: int) -> None:
    """补录确认: a second person has seen what proves the time; from now on it counts as it happened.

    entry  sequence of its event
    A breach that has fired meanwhile stands beside it.
    """
    event: CaseEvent = act.case.events.get(sequence=entry)
    act.notes(entry=entry)
    act.move()
    stopped = [key for key, columns in event.details.get("clocks", {}).items() if columns.get("stopped_at")]
    act.clocks.credit(stopped, entered_at=event.at, happened_at=event.happened_at)
    if event.verb == "notify":
        turn: Round = act.round if event.round == act.round.number else act.case.rounds.get(number=event.round)
        act.writing.beside.hold(turn).credited_at = event.happened_at
    for row in act.dossier.references:
        if row.answer_sequence == entry:
            row.credited_at = event.happened_at
            act.keeps(row)
    for kept in act.dossier.promises:
        if kept.outcome_sequence == entry and kept.kept_at is not None:
            kept.credited_at = kept.kept_at
            act.keeps(kept)


def refuse_late_entry(act: Act, entry: int) -> None:
    """What was entered late turned out not to have happened: nobody agrees to it any more.

    entry  sequence of its event
    """
    for row in act.dossier.approvals:
        if row.verb == confirm_late_entry.name and row.arguments == {"entry": entry}:
            row.status, row.decided_at = Approval.Status.REFUSED, act.at
            act.keeps(row)


def credited(act: Act, *kinds: str, subject: str = "") -> bool:
    """Whether this act counts from when it happened. Entered late, it counts from its entry, and a colleague is asked.

    kinds    the clocks it stops; none: all that a telling ends
    subject  only those about this
    """
    passed = any(
        act.happened_at <= clock.due_at < act.at
        for clock in act.clocks.running
        if clock.paused_at is None and about(clock, kinds, subject)
    )
    if not passed and act.at - act.happened_at <= AT_ONCE:
        return True
    ask(act, confirm_late_entry.name, {"entry": act.sequence}, subject=f"event:{act.sequence}")
    act.notes(late=True)
    act.round.entered_late = True
    return False


def about(clock: Clock, kinds: tuple[str, ...], subject: str) -> bool:
    of_kind = clock.kind in kinds if kinds else clock.kind not in RUNNING_ON
    return of_kind and (not subject or clock.subject == subject)
