"""协商约定 (Art. 21): what both sides agree on, a limit or a way of telling, with its evidence and a clock."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.fields import CodeField, Form, line, prose
from complaints.models import BEFORE_TOLD, Agreement, Clock
from complaints.services import moving
from complaints.services.clocks import late
from complaints.verb import Given, verb
from complaints.verbs.handling import LONGEST_SUSPENSION, day_between
from organization.models import User
from sqm_site.fields import StrictDate


class Agree(Form):
    either = frozenset({"until", "method"})
    until = StrictDate(label=gettext_lazy("Agreed last day of the decision"), required=False)
    method = CodeField("notification_method", label=gettext_lazy("Agreed way of telling"), required=False, default="")
    evidence = line(gettext_lazy("Number of the paper, recording or message that shows it"))
    terms = prose(gettext_lazy("What was agreed"))

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        return {**super().example(dossier), "method": "PHONE"}


def one_of_both(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """A limit, while there is a decision to be told; or the way in which it is told."""
    until = given.get("until")
    if until is None and not given.get("method"):
        yield Missing(_("Say what was agreed: a last day, a way of telling, or both."), "until")
    yield from day_between(until, at, timezone.localdate(at) + LONGEST_SUSPENSION)
    if until is not None and dossier.case.state not in BEFORE_TOLD:
        yield Missing(_("The customer was told: there is no decision to agree a day for."), "until")


def agreed(dossier: Dossier) -> list[Clock]:
    """The agreed limits that run and have not passed."""
    running = (clock for clock in dossier.clocks if clock.stopped_at is None and moving.is_agreed_limit(clock))
    return [clock for clock in running if not late(clock, dossier.at)]


def replaces(dossier: Dossier, *, actor: User, given: Given) -> bool:
    """What was agreed before is put off by whoever is measured by it only with a second person."""
    return given.get("until") is not None and bool(agreed(dossier))


@verb(Agree, pgettext("verb", "Record an agreement"), gate=one_of_both, second_person=replaces)
def agree(act: Act, *, evidence: str, terms: str, until: date | None = None, method: str = "") -> None:
    """协商约定: agreed with the customer, with evidence. An agreed limit is a clock of its own, beside that of the law.

    until   its last day; another one takes the place of the one before, unless that has passed
    method  the way in which the decision is told
    """
    act.says("terms", terms)
    act.says("evidence", evidence)
    act.notes(until=until, method=method)
    act.move()
    act.keeps(
        Agreement(
            case=act.case,
            round=act.round,
            until=until,
            method=method,
            evidence=act.readable(evidence),
            by=act.actor,
            at=act.at,
            event_sequence=act.sequence,
        )
    )
    if until is not None:
        moving.agree(act.clocks, until=until, at=act.at, sequence=act.sequence)
