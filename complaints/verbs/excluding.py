"""扣除期间: an appraisal (Art. 18 para 2) and a mediation (Art. 23) do not count, in whole days, once it is granted."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.fields import CodeField, Form
from complaints.models import Exclusion
from complaints.services import moving
from complaints.services.clocks import late
from complaints.verb import Given, Terms, verb
from complaints.verbs.approving import ask
from complaints.verbs.evidence import proven
from sla.models import Basis, Decider
from sqm_site.fields import StrictDate, StrictInteger

APPRAISAL = "APPRAISAL"


class Exclude(Form):
    entry = StrictInteger(label=gettext_lazy("Entry"), min_value=1)
    ground = CodeField("clock_exclusion", label=gettext_lazy("Ground"))
    since = StrictDate(label=gettext_lazy("Since"))
    until = StrictDate(label=gettext_lazy("Until when, by the evidence"))


@verb(Exclude, pgettext("verb", "Leave out of the deadline"), door=False)
def exclude(act: Act, *, entry: int, ground: str, since: date, until: date) -> None:
    """扣除期间: a second person grants that the days of an appraisal or a mediation do not count.

    entry  sequence of the event by which the case was suspended. What was over by the grant counts to its end
    """
    event = act.case.events.get(sequence=entry)
    evidence = act.case.texts.get(event_sequence=entry, kind="evidence")
    granted = next(row for row in act.dossier.all_approvals if row.subject == subject_of(entry))
    row = Exclusion(
        case=act.case,
        round=act.round,
        approval=granted,
        ground=ground,
        since=since,
        until=until,
        ended_on=ended_on(act, entry, since, until),
        method=event.details.get("method", ""),
        evidence=evidence.text,
        event_sequence=entry,
    )
    act.notes(entry=entry, ground=ground, until=row.end)
    act.move()
    act.keeps(row)
    moving.leave_out(act.clocks, [*act.dossier.exclusions, row], granted=granted, at=act.at)


def subject_of(entry: int) -> str:
    return f"event:{entry}"


def ended_on(act: Act, entry: int, since: date, until: date) -> date | None:
    """The day on which the case went on, where it has; None: it waits."""
    resumed = act.case.events.filter(sequence__gt=entry, verb="resume").order_by("sequence").first()
    return None if resumed is None else max(since, min(until, timezone.localdate(resumed.at)))


def untold(dossier: Dossier, given: Given) -> Iterator[Missing]:
    """Of a telling that is named: what it lacks. Without one an appraisal is under way, and its days count."""
    if given.get("method"):
        told = {**given, "evidence": given.get("proof", "")}
        for missing in proven(dossier, told, label=_("Say what the customer was told.")):
            yield Missing(missing.sentence, "proof" if missing.field == "evidence" else missing.field)


def ask_to_leave_out(act: Act, *, ground: str, since: date, until: date, told: bool) -> None:
    """Ask a second person that these days do not count, where a deadline of the law runs that they would move.

    told  whether it is proven that the customer was told: without that the days of an appraisal count
    """
    moved = [clock for clock in act.clocks.running if clock.basis == Basis.STATUTORY and not late(clock, act.at)]
    if not moved or (ground == APPRAISAL and not told):
        return
    end = min(clock.due_at for clock in moved).replace(microsecond=999_999)
    facts: dict[str, Any] = {"entry": act.sequence, "ground": ground, "since": f"{since}", "until": f"{until}"}
    terms = Terms(route=[Decider.INSTITUTION], before=end)
    ask(act, exclude.name, facts, subject=subject_of(act.sequence), terms=terms)


def cut_short(act: Act) -> None:
    """The case goes on: of what was granted beyond today the rest counts again."""
    today, rows = timezone.localdate(act.at), act.dossier.exclusions
    open_ones = [row for row in rows if row.ended_on is None and row.until > today]
    for row in open_ones:
        row.ended_on = max(row.since, today)
        act.keeps(row)
    if open_ones:
        moving.leave_out(act.clocks, rows, granted=open_ones[-1].approval, at=act.at)
