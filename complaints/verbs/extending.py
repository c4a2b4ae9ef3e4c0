"""延期 (Art. 18 para 1): a deadline of the law ends later: asked for, granted by a second person, done by the telling.

How far, and who grants it, is a matter of the rule set (`sla.models.ExtensionStep`).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.fields import CodeField, Moment, Named, line, optional, prose
from complaints.models import Approval, Clock, Extension
from complaints.services import moving
from complaints.services.clocks import late
from complaints.services.deadlines import facts_of
from complaints.verb import Given, Terms, always, before, verb
from complaints.verbs.approving import Licensed, made_use_of
from complaints.verbs.evidence import proven, send
from organization.models import User
from sla import services as sla
from sla.models import Basis, ExtensionStep
from sqm_site.fields import StrictInteger

MOST = 365  # days
NOTHING_TO_EXTEND = gettext_lazy("No deadline of the law runs that could be extended.")
MISSED = gettext_lazy("The deadline has passed: nobody extends a missed deadline.")
AT_ITS_END = gettext_lazy("The deadline stands where the law lets it end: it is not extended any more.")


class Extend(Licensed):
    of, telling = "extend", Licensed.telling | {"told_at"}
    rule = Named(label=gettext_lazy("Which deadline"))
    ground = CodeField("extension_ground", label=gettext_lazy("Ground"), required=False, default="")
    days = StrictInteger(label=gettext_lazy("By how many days"), min_value=0, max_value=MOST, default=0)
    paper = optional(line, gettext_lazy("Number of the paper that shows it"))
    reason = optional(prose, gettext_lazy("Why the time does not suffice"))
    told_at = Moment(gettext_lazy("Told at"))

    @classmethod
    def options(cls, dossier: Dossier) -> dict[str, list[tuple[Any, Any]]]:
        shown = [(clock.subject, f"{clock.rule_set} · {day_of(clock.due_at)}") for clock in extendable(dossier)]
        return {"rule": [] if dossier.license("extend") else shown}

    @classmethod
    def request(cls, dossier: Dossier) -> dict[str, Any]:
        clock = askable_first(dossier)
        return {
            "rule": clock.subject if clock else "",
            "ground": "COMPLEX",
            "days": 1,
            "paper": "J-00001",
            "reason": str(cls().fields["reason"].label),
        }


def extendable(dossier: Dossier) -> list[Clock]:
    """The deadlines of the law that run and that an extension could move, the earliest first."""
    running = (clock for clock in dossier.clocks if clock.stopped_at is None and clock.basis == Basis.STATUTORY)
    return [clock for clock in running if sla.steps_of(clock)]


def askable_first(dossier: Dossier) -> Clock | None:
    """The first deadline whose extension can still be asked for."""
    return next((clock for clock in extendable(dossier) if not too_late(dossier, clock, at=dossier.at)), None)


def usual_days(dossier: Dossier) -> int:
    """By how many days it is mostly asked for: up to where the nearest step ends. 0: no more can be asked for."""
    clock = askable_first(dossier)
    return sla.usual_days(clock, dossier.moves[clock.pk]) if clock else 0


def meant(dossier: Dossier, given: Given) -> list[Clock]:
    """The deadline that is named; else all that could be."""
    return [clock for clock in extendable(dossier) if given.get("rule", "") in {"", clock.subject}]


def within_the_law(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """First it is asked for, in time and within what the law knows; granted, the customer is told in time."""
    if not extendable(dossier):
        yield Missing(NOTHING_TO_EXTEND)
    elif dossier.license("extend", at) is not None:
        yield from told_in_time(dossier, at=at, given=given)
    else:
        yield from askable(dossier, at=at, given=given)


def askable(dossier: Dossier, *, at: datetime, given: Given) -> Iterator[Missing]:
    clocks = meant(dossier, given)
    closed = [why for clock in clocks if (why := too_late(dossier, clock, at=at))]
    field = "rule" if len(extendable(dossier)) > 1 else ""
    if not clocks:
        yield Missing(_("No such deadline runs: name one of those that do."), "rule")
    elif len(closed) == len(clocks):
        yield Missing(closed[0], field if given.get("rule") else "")
    elif len(clocks) > 1:
        yield Missing(_("Several deadlines of the law run: say which one."), "rule")
    else:
        yield from wanted(dossier, clocks[0], given)


def too_late(dossier: Dossier, clock: Clock, *, at: datetime) -> str:
    """Why this deadline is not extended any more; empty: it may be."""
    if late(clock, at):
        return str(MISSED)
    if sla.step_for(clock, sla.extended(clock, 1), dossier.moves[clock.pk]) is None:
        return str(AT_ITS_END)
    if wanted_time := sla.too_late_to_ask(clock, facts_of(dossier.case), at=at):
        said = _("Ask at the latest {hours} working hours before the deadline: somebody has to decide on it.")
        return said.format(hours=f"{wanted_time / timedelta(hours=1):g}")
    return ""


def wanted(dossier: Dossier, clock: Clock, given: Given) -> Iterator[Missing]:
    days, most = given.get("days") or 0, sla.most_days(clock, dossier.moves[clock.pk])
    if not given.get("ground") or not given.get("paper") or not given.get("reason"):
        yield Missing(_("Give the ground, the paper that shows it, and why the time does not suffice."), "ground")
    if not 1 <= days <= most:
        said = _("Give 1 to {most} days: the law lets this deadline end on {day} at the latest.")
        yield Missing(said.format(most=most, day=day_of(sla.extended(clock, most))), "days")
    if any(given.get(name) for name in Extend.telling):
        yield Missing(_("It is granted first: only then is the customer told."), "method")


def told_in_time(dossier: Dossier, *, at: datetime, given: Given) -> Iterator[Missing]:
    """Before the old deadline ends, after it was granted, and what was granted."""
    granted = dossier.license("extend", at)
    assert granted is not None
    clock = next((one for one in extendable(dossier) if one.subject == granted.arguments["rule"]), None)
    if clock is None or late(clock, at):
        yield Missing(MISSED)
        return
    until = datetime.fromisoformat(granted.arguments["until"])
    step = sla.step_for(clock, until, dossier.moves[clock.pk])
    if clock.due_at >= until or step is None:
        yield Missing(_("The deadline has moved since it was granted: ask again once the approval has expired."))
        return
    yield from as_granted(granted, given)
    if step.told or given.get("method"):
        yield from proven(dossier, given, label=_("Say how the customer was told of the new deadline, and what."))


def as_granted(granted: Approval, given: Given) -> Iterator[Missing]:
    """Told is what was granted, and told since."""
    assert granted.decided_at is not None
    if any(given.get(name) not in {None, "", 0, granted.arguments.get(name)} for name in ("rule", "ground", "days")):
        yield Missing(_("Something else was granted: leave out what was asked for, and say how it was told."), "days")
    if given.get("told_at") and before(given["told_at"], granted.decided_at):
        yield Missing(_("It was granted later than that: give the time at which it was told."), "told_at")


def terms_of(dossier: Dossier, *, given: Given) -> Terms:
    """By whom the rule set has it granted, up to which day, and as long as the old deadline runs."""
    (clock,) = meant(dossier, given)
    until = sla.extended(clock, given["days"])
    step = sla.step_for(clock, until, dossier.moves[clock.pk])
    assert isinstance(step, ExtensionStep)
    end = clock.due_at.replace(microsecond=999_999)  # its last second is in time
    return Terms(route=step.deciders, before=end, codes={"rule": clock.subject, "until": until})


def day_of(moment: datetime) -> str:
    return timezone.localdate(moment).isoformat()


@verb(
    Extend,
    pgettext("verb", "Extend the deadline"),
    gate=within_the_law,
    second_person=always,
    licensed=True,
    terms=terms_of,
)
def extend(
    act: Act,
    *,
    method: str = "",
    text: str = "",
    evidence: str = "",
    told_at: datetime | None = None,
    **asked_for: Any,
) -> None:
    """延期: a second person grants it on its ground; then the customer is told, and the deadline ends later.

    Asked for with `ground`, `days` (whole days more than the deadline in force), `paper`, `reason` and, where several
    laws apply, `rule`, the key of the rule set; once granted, used again with method, evidence, text and told_at,
    before the old deadline ends.
    """
    granted = made_use_of(act)
    rule, ground = granted.arguments["rule"], granted.arguments["ground"]
    act.says("reply", text)
    act.notes(method=method, rule=rule, ground=ground, until=granted.arguments["until"])
    act.move()
    until = datetime.fromisoformat(granted.arguments["until"])
    moved = moving.extend(act.clocks, rule, until=until, granted=granted, at=act.at)
    shown = send(act, kind="reply", method=method, text=text, evidence=evidence) if method else ""
    act.says("evidence", shown)
    about = {"rule": rule, "ground": ground, "days": moved.days, "was": moved.was, "now": moved.now}
    told = {"method": method, "told_at": act.happened_at if method else None, "evidence": act.readable(shown)}
    entry: dict[str, Any] = {"by": act.actor, "at": act.at, "event_sequence": act.sequence}
    act.keeps(Extension(case=act.case, round=act.round, approval=granted, **about, **told, **entry))
    act.tell_first_receiver()
