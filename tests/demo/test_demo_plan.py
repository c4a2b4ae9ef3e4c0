"""The plan of the demonstration: the same at every start, taken by the doors, and with everything in it."""

import re
from collections import Counter
from datetime import timedelta

import pytest

from complaints.api.intake import FeedbackInput
from complaints.verbs import VERBS
from demo import stories
from demo.driving import work_of
from demo.evidence import PAPERS
from demo.institution import desks, seated
from demo.others import THE_FIRST, THE_GROUP
from demo.outlines import COMPLAINTS
from demo.posts import CHANNELS, DAYS, plan, sendings
from sla import services as sla
from tests.people import NOON

DAY = timedelta(days=1)
NUMBER = "C261123-0483175-9"


@pytest.fixture
def posts():
    return plan(NOON)


def test_a_later_check_finds_the_same_messages(posts):
    assert plan(NOON) == posts
    assert len({(post.channel, post.key) for post in posts}) == len(posts)


def test_the_messages_lie_in_the_last_twenty_days(posts):
    assert all(NOON - (DAYS + 1) * DAY <= post.occurred_at < NOON for post in posts)
    assert len({post.occurred_at.date() for post in posts}) > 18


@pytest.mark.parametrize("hour", range(0, 24, 3))
def test_what_is_settled_at_once_may_be_settled_at_every_hour_of_a_monday(hour):
    """On a Monday evening one that came in on Sunday was past its working day, and the demonstration ended."""
    began_at = NOON.replace(hour=0) + timedelta(hours=hour - 8)
    fresh = [post for post in plan(began_at) if post.outline and post.outline.oldest < 1]
    until = began_at + timedelta(minutes=30)
    assert fresh and all(until < sla.working_days_after(post.occurred_at, 1) for post in fresh)


def test_at_most_a_quarter_of_the_customers_speak_english(posts):
    """N4: whoever opens the demonstration in Chinese finds cases in Chinese; a few customers of a bank are English."""
    said = [post.body["text"] for post in posts if "text" in post.body]
    english = [text for text in said if not re.search(r"[\u4e00-\u9fff]", text)]
    assert 0 < len(english) <= len(said) / 4
    assert len(said) - len(english) >= 300


def test_who_writes_again_joins_the_case_that_the_first_message_opened(posts):
    """N4: each says something of their own, and no case is called after a second message."""
    again = [post for post in posts if post.key.endswith("-again")]
    assert len({post.body["text"] for post in again}) == len(again) > 10
    for channel in CHANNELS:
        begun = set()
        for post in (sending.post for sending in sendings(posts, channel)):
            thread = post.body.get("thread")
            assert post not in again or thread in begun
            begun.add(thread)
    first = {post.body["thread"]: post.occurred_at for post in posts if post.outline and "thread" in post.body}
    assert all(first[post.body["thread"]] < post.occurred_at < NOON for post in again)


def test_every_way_is_gone_and_the_shares_are_a_whole(posts):
    gone = Counter(post.outline.story for post in posts if post.outline)
    assert {way.story for way in COMPLAINTS} | {stories.replied} == set(gone)
    assert gone[stories.declined] == 1
    assert sum(way.share for way in COMPLAINTS) == 1000


def test_nobody_of_the_demonstration_says_when_it_happened(institution, posts):
    """F2: its own "told in time" lived from decisions made now and told days ago; now all is done as it is entered."""
    places = desks()
    for post in posts:
        for step in post.outline.story(work_of(post, places[post.body["unit"]])) if post.outline else ():
            assert not step.body.keys() & {VERBS[step.verb].moment, "received_at"}, step


def test_the_door_takes_every_message(institution, posts):
    for post in posts:
        FeedbackInput.read(post.body)


def test_every_message_is_sent_some_twice_some_out_of_order(posts):
    for channel in CHANNELS:
        sent = sendings(posts, channel)
        mine = [post.key for post in posts if post.channel == channel]
        times = Counter(sending.post.key for sending in sent)
        assert set(times) == set(mine) and set(times.values()) == {1, 2}
        moments = [sending.post.occurred_at for sending in sent]
        assert moments != sorted(moments)
        assert any(sending.lost for sending in sent)


def test_every_step_of_every_story_fits_the_form_of_its_verb(institution, posts):
    places = desks()
    known = seated(places.values()) | {stories.CUSTOMER}
    for post in posts:
        if post.outline:
            for step in post.outline.story(work_of(post, places[post.body["unit"]])):
                VERBS[step.verb].form.read(filled(step.body))
                assert step.who in known


def filled(body):
    """With the number of any case, where that of another one stands, and the id of any file for the name of one."""
    numbered = {name: NUMBER if value in (THE_FIRST, THE_GROUP) else value for name, value in body.items()}
    if "attachments" in body:
        numbered["attachments"] = [1 for name in body["attachments"] if PAPERS[name]]
    return numbered


def test_nobody_checks_their_own_decision():
    for desk in desks().values():
        assert desk.checker not in desk.workers and desk.boss not in desk.workers
