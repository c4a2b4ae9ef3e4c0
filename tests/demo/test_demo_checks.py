"""The self-check of the demonstration: silent on work that was done well, and not silent on any fault."""

from contextlib import nullcontext
from functools import partial

import pytest
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from complaints.api.intake import FeedbackInput, incoming
from complaints.errors import GateNotMet
from complaints.models import Case, Clock, Firing, Message, SpotCheck
from complaints.services import brokers
from complaints.services.attaching import hand_over
from complaints.services.escalating import fire_due
from complaints.services.importing import lay_down
from complaints.services.intake import take_in
from complaints.services.sealing import seal_unread
from complaints.verbs import VERBS
from demo import checking, record
from demo.checking import CHECKS
from demo.driving import Log, work_of
from demo.evidence import with_files
from demo.history import history
from demo.institution import HEAD_OFFICE_SUPERVISOR, MARK, PROTECTION, build, desks
from demo.others import TWICE, addressed
from demo.outcome import outcome
from demo.posts import Post, plan
from demo.stories import CUSTOMER
from feedback.models import Feedback
from organization.models import ApiClient, Unit, User
from quality import cells
from quality.models import Cell
from security.services import anchor, reveal

A_WAY = 1  # cases of each way


@pytest.fixture
def began_at():
    return timezone.now().replace(microsecond=0)


@pytest.fixture
def driven(institution, began_at, settings, tmp_path, monkeypatch):
    """A small demonstration without HTTP: messages of every way, handled by the same verbs."""
    settings.SQM_HOME = tmp_path  # for the anchor
    monkeypatch.setattr("demo.history.CASES", 60)
    record.begin(began_at)
    build(at=began_at)
    lay_down(history(began_at), actor=User.system(), at=began_at)
    posts = some(plan(began_at))
    log = Log()
    for post in posts:
        log.receipts[post.key] = {"reference": taken(post, began_at)}
    people = {user.username: user for user in User.objects.all()}
    for post in posts:
        if post.outline:
            for step in post.outline.story(work_of(post, desks()[post.body["unit"]])):
                on, body = addressed(log.receipts[post.key]["reference"], step.on, step.body)
                actor = customers_program(post) if step.who == CUSTOMER else people[step.who]
                given = VERBS[step.verb].form.read(with_files(body, partial(handed_over, actor)))
                refusal = pytest.raises(GateNotMet) if step.refused else nullcontext()
                with refusal:
                    VERBS[step.verb].run(on, actor=actor, **given)
    known = Case.objects.filter(customer__isnull=False).exclude(customer__phone_sealed="").earliest("pk")
    look_up(known)
    points_to_a_broker(known)
    catch_up()
    return record.finish(posts, log, at=timezone.now())


def look_up(case):
    """Somebody sees the number of a customer."""
    reader, seen = User.objects.get(username=HEAD_OFFICE_SUPERVISOR), {"case": case.reference}
    reveal(case.customer.phone, actor=reader, reason="核对", at=timezone.now(), details=seen)


def points_to_a_broker(case):
    """One writes a clue down, another confirms it."""
    first, second = (User.objects.get(username=name) for name in (HEAD_OFFICE_SUPERVISOR, PROTECTION))
    clue = brokers.suspect(case, by=first, indicator="fee", basis="收费", at=timezone.now())
    brokers.decide(clue, by=second, confirm=True, grounds="属实", at=timezone.now())


def handed_over(by, name, content, document):
    return hand_over(content, name=name, by=by, at=timezone.now(), document=document)[0].pk


def some(posts):
    """Some messages of every way, and those that open no case."""
    by_way = {}
    for post in posts:
        by_way.setdefault(post.outline, []).append(post)
    found = [post for way, rows in by_way.items() for post in rows[: A_WAY if way else None]]
    threads = {post.body.get("thread") for post in found if post.outline}
    keys = {post.key for post in found if post.outline}
    return [
        post
        for post in found
        if post.outline
        or post.body.get("scores")
        or post.body.get("thread", "") in threads
        or post.key.removesuffix(TWICE) in keys
    ]


def customers_program(post):
    return ApiClient.objects.get(name=f"{MARK}-{post.channel}").user


def taken(post, at):
    client = ApiClient.objects.get(name=f"{MARK}-{post.channel}")
    case = take_in(incoming(FeedbackInput.read(dict(post.body)), client, at=at)).case
    return case and case.reference


def catch_up():
    fire_due()
    seal_unread()
    cells.refresh_all()
    anchor(timezone.now())


def problems(driven):
    return {check.__name__: check(driven) for check in CHECKS.values()}


def test_all_holds_after_work_that_was_done_well(driven, began_at):
    assert {name: found for name, found in problems(driven).items() if found} == {}
    assert record.remembered(record.begun_at()).references == driven.references
    numbers = dict(outcome(driven))
    assert numbers["Messages received"] == str(len(driven.posts))
    assert numbers["Past the legal deadline"] != "0"


def lose_a_message(driven):
    lost = next(post for post in driven.posts if post.outline)
    Message.objects.filter(feedback__external_id=lost.key).delete()
    Feedback.objects.filter(external_id=lost.key).delete()


def put_a_message_into_another_case(driven):
    first, other = Message.objects.filter(opened=True).order_by("pk")[:2]
    Message.objects.filter(pk=first.pk).update(case=other.case)


def open_a_case_too_many(driven):
    post = next(post for post in driven.posts if post.outline and "thread" not in post.body)
    taken(Post(post.body | {"external_id": "once-more"}, post.occurred_at, post.sample), timezone.now())


def leave_out_a_rung(driven):
    Firing.objects.filter(pk=Firing.objects.earliest("pk").pk).delete()


def fire_a_rung_before_its_time(driven):
    firing = Firing.objects.earliest("pk")
    Firing.objects.filter(pk=firing.pk).update(fired_at=firing.clock.started_at)


def stop_the_clocks_of_an_open_case(driven):
    case = Case.objects.filter(state="in_progress").first()
    Clock.objects.filter(case=case, stopped_at=None).update(stopped_at=timezone.now(), paused_at=None)


def count_one_too_few(measure):
    def miscount(driven):
        cell = Cell.objects.filter(grouping="unit", period="month", **{f"{measure}__gt": 0}).earliest("starts_on")
        Cell.objects.filter(pk=cell.pk).update(**{measure: F(measure) - 1})

    return miscount


def replace_the_end_of_a_chain(driven):
    case = Case.objects.filter(origin="live").first()
    Case.objects.filter(pk=case.pk).update(last_hash="0" * 64)


def let_a_third_refusal_pass(driven):
    case = Case.objects.get(reference=referenced(driven, "ruled"))
    case.offers.filter(number=3).update(outcome="refused")


def ask_somebody_about_the_customers_own_word(driven):
    case, other = (Case.objects.get(reference=referenced(driven, way)) for way in ("taken_back", "withdrawn"))
    other.approvals.filter(verb="withdraw").update(case=case, event_sequence=999)


def referenced(driven, way):
    keys = [post.key for post in driven.posts if post.outline and post.outline.story.__name__ == way]
    return driven.references[keys[0]]


def leave_an_extension_untold(driven):
    case = Case.objects.get(reference=referenced(driven, "extended"))
    case.extensions.update(told_at=None, method="")


def let_a_decision_stand_that_was_sent_back(driven):
    review = Case.objects.get(links__other__reference=referenced(driven, "sent_back"), kind="review")
    Case.objects.filter(pk=review.links.get().other_id).update(round=1)


def let_a_difference_count_for_nobody(driven):
    rows = SpotCheck.objects.filter(case__reference=referenced(driven, "differing"))
    assert rows.update(result=SpotCheck.Result.CONFIRMED) == 1


def take_a_heading_away(driven):
    """No unit lies anywhere any more."""
    Unit.objects.update(region="")


FAULTS = [
    (take_a_heading_away, checking.the_ledgers_are_full),
    (let_a_difference_count_for_nobody, checking.each_had_the_last_word),
    (let_a_decision_stand_that_was_sent_back, checking.each_had_the_last_word),
    (leave_an_extension_untold, checking.each_had_the_last_word),
    (let_a_third_refusal_pass, checking.each_had_the_last_word),
    (ask_somebody_about_the_customers_own_word, checking.each_had_the_last_word),
    (lose_a_message, checking.nothing_lost),
    (put_a_message_into_another_case, checking.nothing_lost),
    (open_a_case_too_many, checking.nothing_doubled),
    (leave_out_a_rung, checking.every_due_rung_fired_once),
    (fire_a_rung_before_its_time, checking.every_due_rung_fired_once),
    (stop_the_clocks_of_an_open_case, checking.every_open_case_has_owner_and_deadline),
    (count_one_too_few("received_complaints"), checking.every_kpi_equals_its_recount),
    (count_one_too_few("satisfied"), checking.every_kpi_equals_its_recount),
    (count_one_too_few("on_time"), checking.every_kpi_equals_its_recount),
    (count_one_too_few("resolved"), checking.every_kpi_equals_its_recount),
    (replace_the_end_of_a_chain, checking.the_logs_verify),
]


def test_every_fault_is_named_once(driven):
    for fault, check in FAULTS:
        with transaction.atomic():
            fault(driven)
            assert len(check(driven)) == 1, fault.__name__
            transaction.set_rollback(True)
        assert check(driven) == []
