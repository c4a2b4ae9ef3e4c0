"""The work of the demonstration: messages come in, people handle them, customers answer, the clocks catch up."""

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from typing import Any

from django.conf import settings
from django.core.management.base import OutputWrapper
from django.db import connection

from complaints.models import Clock, Unread
from demo import words
from demo.books import keep_books
from demo.doors import DoorError, Person, Program, answer_survey
from demo.evidence import with_files
from demo.institution import Desk, Institution, Login, desks, seated
from demo.others import addressed
from demo.posts import Post, sendings
from demo.progress import Progress
from demo.stories import CUSTOMER, Work
from feedback import services as feedback
from feedback.models import Notice, Survey
from sqm_site.clock import database_now

HANDS = 4  # things that happen at the same time
QUIET_SECONDS = 120  # by then the worker has caught up, or something is wrong
ANSWERS = {"satisfied": 69, "no_objection": 20, "dissatisfied": 7, "": 4}  # "": the customer does not open the link


@dataclass
class Log:
    """What the programs were told: the receipt of each message by its external id, and the answers to repeats."""

    receipts: dict[str, dict[str, Any]] = field(default_factory=dict)
    repeats: int = 0


def drive(institution: Institution, posts: list[Post], *, out: OutputWrapper) -> Log:
    """Do everything once, over HTTP. Raises DoorError when the service answers what it should not."""
    log = send_all(institution.keys, posts, out)
    work_all(institution, [post for post in posts if post.outline], log, out=out)
    answer_all([post for post in posts if post.outline and post.outline.surveyed], log, out)
    looked_up = next(post for post in posts if post.outline and post.body["customer"].get("phone"))
    keep_books(institution, log.receipts[looked_up.key]["reference"], out=out)
    wait_for_the_worker(out)
    return log


def send_all(keys: Mapping[str, str], posts: list[Post], out: OutputWrapper) -> Log:
    """All programs send at once, each its own messages in its own order."""
    lines = {channel: sendings(posts, channel) for channel in keys}
    bar = Progress(out, "Messages come in", sum(map(len, lines.values())))

    def send(channel: str) -> Log:
        program, heard = Program(keys[channel]), Log()
        for sending in lines[channel]:
            answer = program.post(sending.post.body, lose_answer=sending.lost)
            heard.receipts[sending.post.key] = answer.content
            heard.repeats += answer.status == 200
            bar.advance()
        return heard

    total = Log()
    for heard in at_once(send, lines):
        total.receipts |= heard.receipts
        total.repeats += heard.repeats
    return total


def work_all(institution: Institution, posts: list[Post], log: Log, *, out: OutputWrapper) -> None:
    """Whoever sits at a desk signs in; then the cases are worked on."""
    programs = {channel: Program(key) for channel, key in institution.keys.items()}
    places = desks()
    hands = seated(places.values())
    logins = [login for login in institution.logins if login.username in hands]
    signing = Progress(out, "People sign in", len(logins))

    def sign_in(login: Login) -> tuple[str, Person]:
        person = Person(login.username, login.password)
        signing.advance()
        return login.username, person

    people = dict(at_once(sign_in, logins))
    working = Progress(out, "People work on the cases", len(posts))

    def handle(post: Post) -> None:
        work = work_of(post, places[post.body["unit"]])
        for step in post.outline.story(work) if post.outline else ():
            by = programs[post.channel] if step.who == CUSTOMER else people[step.who]
            reference = log.receipts[post.key]["reference"]
            case, body = addressed(reference, step.on, step.body)
            by.act(case, step.verb, with_files(body, by.hand_over), refused=step.refused)
        connection.close()  # of this thread: other cases were looked up by it
        working.advance()

    at_once(handle, posts)


def work_of(post: Post, desk: Desk) -> Work:
    return Work(desk, post.channel, post.sample, Random(f"story {post.key}"))


def answer_all(posts: list[Post], log: Log, out: OutputWrapper) -> None:
    """Customers who were asked open their link; only its digest is stored, so the demonstration hands out a new one."""
    references = [log.receipts[post.key]["reference"] for post in posts]
    asked = Survey.objects.filter(reference__in=references)
    tokens = {survey.reference: feedback.new_link(survey) for survey in asked}
    bar = Progress(out, "Customers answer", len(posts))

    def answer(post: Post) -> None:
        chance = Random(f"answer {post.key}")
        satisfaction = chance.choices([*ANSWERS], [*ANSWERS.values()])[0]
        if satisfaction:
            token = tokens[log.receipts[post.key]["reference"]]
            answer_survey(token, satisfaction, chance.choice(words.COMMENTS[satisfaction]))
        bar.advance()

    at_once(answer, posts)


def wait_for_the_worker(out: OutputWrapper) -> None:
    """Until no rung is due, no event unread and no notice unsent. Raises DoorError when that takes too long."""
    end = time.monotonic() + QUIET_SECONDS
    most = max(waiting(), 1)
    bar = Progress(out, "The worker catches up", most)
    while left := waiting():
        if time.monotonic() > end:
            raise DoorError(f"The worker has not caught up within {QUIET_SECONDS} s: {left} things wait for it.")
        bar.reach(max(most - left, 0))
        time.sleep(0.2)
    bar.reach(most)


def waiting() -> int:
    """What waits for the worker now: rungs, events to count and to seal, notices."""
    now = database_now()
    return (
        Clock.objects.filter(next_fire_at__lte=now).count()
        + Unread.objects.filter(reader__in=settings.EVENT_READERS).count()
        + Notice.objects.due(now).count()
    )


def at_once(act: Callable[[Any], Any], things: Iterable[Any]) -> list[Any]:
    """Do it with each thing, HANDS at a time. The first failure ends the rest."""
    with ThreadPoolExecutor(HANDS) as pool:
        futures = [pool.submit(act, thing) for thing in things]
        try:
            return [future.result() for future in futures]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
