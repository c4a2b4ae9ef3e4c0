"""A few dozen cases are walked through the real doors and verbs, and their rows are read: from these loads are cast.

Nothing of it stays: the caller rolls back. Everything that begins meanwhile has a key of `MARKED` or more, so that it
is found in any text.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction
from django.utils import timezone

from complaints.api.intake import FeedbackInput, incoming
from complaints.errors import GateNotMet
from complaints.models import Case, CaseEvent, Clock
from complaints.services.escalating import fire_batch
from complaints.services.intake import take_in
from complaints.services.surveying import answer_survey
from complaints.verbs import VERBS
from demo.bank import ROOT, Table
from demo.composing import topic_of
from demo.institution import Desk
from demo.lives import ANSWERED, Life
from demo.posts import HOURS, rows
from demo.stories import Step, Work
from feedback import services as feedback
from feedback.models import Survey
from organization.models import ApiClient, User

MARKED = 7_000_000_000_000
A_TABLE = 1_000_000_000  # keys of each table
ROOMS = ("complaints", "feedback", "organization")
SAID, FOUND, TOLD, SUBJECT, NUMBER = "⟦said⟧", "⟦found⟧", "⟦told⟧", "⟦subject⟧", "⟦number⟧"
SECOND = 37  # of every moment that moves with a case; no deadline at the end of a day has it
OPENS, CLOSES = (9, 30), (17, 0)
LUNCH = ((11, 30), (14, 0))  # longer than it is: see `working`
# minutes of work before a verb; those not named take 45
PACE = {
    "assign": 20,
    "accept": 35,
    "start": 25,
    "classify": 60,
    "draft_decision": 180,
    "approve_decision": 90,
    "close": 240,
}


@dataclass(frozen=True)
class Walked:
    """One case as it was walked: its rows by model, and who of the cast had which part."""

    life: Life
    table: Table
    topic: str
    reference: str
    received_at: datetime
    rows: dict[type[models.Model], list[Any]]


def models_walked() -> list[type[models.Model]]:
    return [model for room in ROOMS for model in apps.get_app_config(room).get_models()]


def mark_keys() -> None:
    """Let the sequences of our tables begin where no key is. It ends with the transaction."""
    with connection.cursor() as cursor:
        for place, model in enumerate(models_walked()):
            if isinstance(model._meta.pk, models.AutoField):
                cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [model._meta.db_table, model._meta.pk.column])
                cursor.execute(f"ALTER SEQUENCE {cursor.fetchone()[0]} RESTART WITH {MARKED + place * A_TABLE + 1}")


@contextmanager
def nothing_stays() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def walk(
    life: Life, table: Table, client: ApiClient, begins_at: datetime, *, until: datetime, chance: Random
) -> Walked:
    """Take a message in and do with its case what the story says; its rungs fire on the way.

    until  the present: an open case that would not have come so far by then begins some days earlier
    """
    sample = some_sample(life, chance)
    steps = [*life.story(Work(desk_of(table), client.channels[0], sample, chance))]
    while (times := moments(begins_at, steps, life))[-1] > until:
        begins_at -= timedelta(days=1)
    with nothing_stays():
        people = by_name(table)
        case = received(life, sample, table, client, begins_at)
        for step, at in zip(steps, times[1:], strict=True):
            fire(case, until=at)
            do(step, case, people, at)
        fire(case, until=until if Case.objects.get(pk=case.pk).is_open else times[-1])
        return Walked(life, table, topic_of(sample), case.reference, begins_at, everything())


def moments(begins_at: datetime, steps: list[Step], life: Life) -> list[datetime]:
    """When the message came in, and when each step is taken."""
    times = [begins_at]
    for step in steps:
        times.append(after(times[-1], minutes_before(step, life)))
    return times


def received(life: Life, sample: dict[str, Any], table: Table, client: ApiClient, at: datetime) -> Case:
    body = {
        "channel": client.channels[0],
        "external_id": NUMBER,
        "nature": life.nature,
        "occurred_at": at.isoformat(),
        "unit": table.unit.code,
        "customer": {"customer_no": "walked"},
        "business_line": sample["business_line"],
        "subject": SUBJECT,
        "text": SAID,
        **{name: sample[name] for name in ("touchpoint", "amount") if sample.get(name)},
    }
    case = take_in(incoming(FeedbackInput.read(body), client, at=at), at=at).case
    assert case is not None
    return case


def some_sample(life: Life, chance: Random) -> dict[str, Any]:
    """What the case is about; the words are left open."""
    fitting = [row for row in rows("zh_feedback.jsonl") if row["nature"] == life.nature]
    return chance.choice(fitting) | {"resolution": FOUND, "reply": TOLD}


def desk_of(table: Table) -> Desk:
    """The table as stories know it: by user names."""
    return Desk(
        code=table.unit.code,
        holder=table.holder.username,
        workers=tuple(user.username for user in table.workers),
        team=table.team.name if table.team else "",
        checker=table.checker.username,
        boss=table.boss.username,
        elsewhere=ROOT,
        lead=table.lead.username,
    )


def by_name(table: Table) -> dict[str, User]:
    return {user.username: user for user in (table.holder, *table.workers, table.checker, table.boss, table.lead)}


def do(step: Step, case: Case, people: dict[str, User], at: datetime) -> None:
    if step.verb == ANSWERED:
        survey = Survey.objects.filter(reference=case.reference, answered_at=None, waived_at=None).earliest("pk")
        answer_survey(feedback.new_link(survey), **step.body, at=at)
        return
    verb = VERBS[step.verb]
    try:
        verb.run(case.reference, actor=people[step.who], at=at, **verb.form.read(dict(step.body)))
    except GateNotMet:
        if not step.refused:
            raise
    else:
        assert not step.refused, f"{step.verb} was taken"


def fire(case: Case, *, until: datetime) -> None:
    """What the sweep would have done by then, each rung at its moment."""
    while True:
        due = Clock.objects.filter(case=case, next_fire_at__lte=until).order_by("next_fire_at").first()
        if due is None or due.next_fire_at is None:
            return
        fire_batch([case.pk], at=due.next_fire_at)


def minutes_before(step: Step, life: Life) -> int:
    """How long people work, or wait, before they take the step."""
    day = 450
    return PACE.get(step.verb, 45) + (life.slow * day if step.verb == "draft_decision" else 0)


def after(at: datetime, minutes: int) -> datetime:
    """The moment so many minutes of office time later, on a weekday, well away from opening, lunch and closing.

    Well away, so that a case may be moved by some minutes and its deadlines in working time move with it.
    """
    at = timezone.localtime(at)
    while minutes > 0 or not working(at):
        at += timedelta(minutes=1)
        minutes -= working(at)
    return at.astimezone(UTC).replace(second=SECOND, microsecond=0)


def working(at: datetime) -> bool:
    now = (at.hour, at.minute)
    return at.isoweekday() < 6 and OPENS <= now <= CLOSES and not LUNCH[0] <= now <= LUNCH[1]


def everything() -> dict[type[models.Model], list[Any]]:
    """All rows of the case that is walked, by model."""
    found: dict[type[models.Model], list[Any]] = {}
    for model in models_walked():
        if model is CaseEvent:
            found[model] = list(
                CaseEvent.objects.filter(case_id__gte=MARKED).select_related("case").order_by("sequence")
            )
        elif isinstance(model._meta.pk, models.AutoField) and model._meta.app_label != "organization":
            found[model] = list(model._default_manager.filter(pk__gte=MARKED).order_by("pk"))
    return {model: kept for model, kept in found.items() if kept}


def receipt(on: date, chance: Random) -> datetime:
    """A moment of that day at which people speak."""
    hour = chance.choices(range(24), HOURS)[0]
    return sounded(timezone.make_aware(datetime.combine(on, time(hour))), chance)


def sounded(at: datetime, chance: Random) -> datetime:
    """A moment of the same hour, so late in it that a case may be moved by some minutes and stays in its hour."""
    return at.astimezone(UTC).replace(minute=chance.randint(26, 59), second=SECOND, microsecond=0)
