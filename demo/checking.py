"""The demonstration checks itself: each check names what does not hold, and an empty list is the proof."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils import timezone

from complaints.models import OPEN, Case, Clock, Firing, Message
from complaints.services.replaying import retold_otherwise
from complaints.services.verifying import broken_chains, replaced_events
from demo.books import lacking
from demo.endings import ENDS
from demo.institution import CHANNELS, HEAD_OFFICE_SUPERVISOR, MARK
from demo.posts import Post
from demo.recount import RECOUNTS, recount
from feedback.models import Feedback
from organization.models import ApiClient, User
from quality.kpis import Kpi
from quality.periods import DAY, Period
from quality.scope import scope_of
from quality.series import series
from security.services import anchor_path, verify_audit_rows, verify_seals
from sla import services as sla
from sqm_site.clock import database_now

FOREVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Driven:
    """What was done: the messages, the reference each was acknowledged with, and the answers to repeats."""

    posts: list[Post]
    references: dict[str, str | None]  # by external id
    repeats: int


def nothing_lost(driven: Driven) -> list[str]:
    """Every message that was acknowledged is stored, and belongs to the case its sender was told of."""
    stored = {
        (message.feedback.channel, message.feedback.external_id): message.case.reference
        for message in Message.objects.filter(feedback__in=posted()).select_related("feedback", "case")
    }
    bare = set(posted().filter(channel="app").exclude(scores={}).values_list("channel", "external_id"))
    problems = []
    for post in driven.posts:
        name = (post.channel, post.key)
        if stored.get(name) != driven.references[post.key] or (name not in stored and name not in bare):
            problems.append(f"{post.key}: acknowledged as {driven.references[post.key]}, stored as {stored.get(name)}.")
    return problems


def nothing_doubled(driven: Driven) -> list[str]:
    """No message twice, and no case more than the messages that open one."""
    twice = posted().values("channel", "external_id").annotate(times=Count("pk")).filter(times__gt=1)
    problems = [f"{row['external_id']} is stored {row['times']} times." for row in twice]
    cases = Case.objects.filter(brought_by__api_client__in=programs()).count()
    references = {reference for reference in driven.references.values() if reference}
    if posted().count() != len(driven.posts) or cases != len(references):
        problems.append(
            f"{posted().count()} messages and {cases} cases are stored, "
            f"{len(driven.posts)} and {len(references)} were acknowledged."
        )
    return problems


def every_due_rung_fired_once(driven: Driven) -> list[str]:
    """Rungs reached before the clock stopped or paused have one firing, the others at most one, and none came early."""
    now = database_now()
    firings: dict[int, list[Firing]] = {}
    for firing in Firing.objects.filter(climb=0):
        firings.setdefault(firing.clock_id, []).append(firing)
    return [
        f"Clock {clock.pk} ({clock.kind}): {fault}."
        for clock in Clock.objects.exclude(case__origin=Case.Origin.IMPORT)
        for fault in rung_faults(clock, firings.get(clock.pk, []), now)
    ]


def rung_faults(clock: Clock, firings: list[Firing], now: datetime) -> Iterable[str]:
    """What is wrong with the firings of one clock, reckoned anew from its deadline and its ladder."""
    until = min(now, clock.stopped_at or FOREVER, clock.paused_at or FOREVER)
    times = Counter(firing.position for firing in firings)
    for rung, moment in sla.timetable(clock):
        position, due = rung.position, clock.started_at < moment <= until
        if times[position] > 1 or (due and not times[position]):
            yield f"rung {position} fired {times[position]} times"
    for firing in firings:
        moments = {rung.position: moment for rung, moment in sla.timetable(clock, firing.due_was)}
        if firing.fired_at < moments[firing.position]:
            yield f"rung {firing.position} fired before its time"


def every_open_case_has_owner_and_deadline(driven: Driven) -> list[str]:
    """In every open state a deadline runs, also after the customer was told."""
    running = Clock.objects.filter(case=OuterRef("pk"), stopped_at=None)
    cases = Case.objects.filter(state__in=OPEN).annotate(has_deadline=Exists(running))
    return [
        f"{reference} ({state}) has {'no owner' if owner is None else 'no deadline'}."
        for reference, state, owner, has_deadline in cases.values_list("reference", "state", "owner", "has_deadline")
        if owner is None or not has_deadline
    ]


def every_kpi_equals_its_recount(driven: Driven) -> list[str]:
    """What pages and API show, month by month, against a count in SQL over the cases."""
    today = timezone.localdate()
    problems = [f"{key} has no recount." for key in Kpi.registry if key not in RECOUNTS]
    for key in RECOUNTS:
        shown, counted = shown_months(key, today), recount(key, today)
        problems += [
            f"{key} of {month:%Y-%m}: shown {shown.get(month)}, counted {counted.get(month)}."
            for month in sorted(shown.keys() | counted.keys())
            if shown.get(month) != counted.get(month)
        ]
    return problems


def shown_months(key: str, today: date) -> dict[date, tuple[int, int | None]]:
    """Numerator and denominator as the KPI gives them, for all months in which anything happened."""
    first = (today - timedelta(days=3 * 365)).replace(day=1)
    points = series(
        Kpi.registry[key], scope_of(User.system()), Period(first, today + DAY), today=today, interval="month"
    )
    return {
        point.period.start: (point.figure.numerator, point.figure.denominator) for point in points if point.figure.n
    }


def the_logs_verify(driven: Driven) -> list[str]:
    """The chain of every case and of the audit log, the seals over both, and the anchor."""
    return [*broken_chains(), *replaced_events(), *verify_audit_rows(), *verify_seals(anchor_path())]


def the_logs_tell_how_cases_stand(driven: Driven) -> list[str]:
    """Replayed, the events of each case that was worked on give the case and its clocks as they are."""
    return [*retold_otherwise(Case.objects.exclude(origin=Case.Origin.IMPORT))]


def each_had_the_last_word(driven: Driven) -> list[str]:
    """Who refused twice signed for what was ruled; of a customer's own withdrawal nobody was asked, else somebody."""
    wanted = {driven.references[post.key]: post.outline.story for post in driven.posts if post.outline}
    cases = Case.objects.filter(reference__in=[name for name, story in wanted.items() if story in ENDS])
    wrong = [case.reference for case in cases.order_by("pk") if not ENDS[wanted[case.reference]](case)]
    return [f"{reference} did not go as told: {wanted[reference].__name__}." for reference in wrong]


def the_ledgers_are_full(driven: Driven) -> list[str]:
    """Each has rows, and no column is empty throughout without a reason."""
    return [*lacking(User.objects.get(username=HEAD_OFFICE_SUPERVISOR))]


def posted() -> QuerySet[Feedback]:
    """The messages of the demonstration's programs."""
    return Feedback.objects.filter(client__in=programs())


def programs() -> QuerySet[ApiClient]:
    return ApiClient.objects.filter(name__in=[f"{MARK}-{channel}" for channel in CHANNELS])


CHECKS: dict[str, Callable[[Driven], list[str]]] = {
    "Nothing is lost: every acknowledged message is stored with its case": nothing_lost,
    "Nothing is doubled: no message and no case twice": nothing_doubled,
    "Every due rung fired once, and none before its time": every_due_rung_fired_once,
    "Every open case has an owner, and a deadline until the customer is told": every_open_case_has_owner_and_deadline,
    "Every KPI equals its recount in SQL, month by month": every_kpi_equals_its_recount,
    "Twice refused, the dispatcher rules; a second person, another team, those above agreed": each_had_the_last_word,
    "The event chains, the audit chains, the seals and the anchor verify": the_logs_verify,
    "Every ledger has rows, and something under each heading": the_ledgers_are_full,
    "Replayed, the events of every case tell how it and its clocks stand": the_logs_tell_how_cases_stand,
}
