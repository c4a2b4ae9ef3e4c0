"""Delivery: what is due is claimed, sent outside any transaction, and marked. One short queue a channel.

One process at a time works on a channel, so that a mail server that hangs holds one worker and not all of them.
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from feedback import channels
from feedback.channels.base import Sender
from feedback.errors import ChannelDown, ChannelRefused
from feedback.models import TRIES, Notice
from feedback.wording import word
from organization.models import User
from security.fields import Sealed
from security.services import reveal
from sqm_site.locking import only_one
from sqm_site.sweeping import sweep

# The lease of a claimed notice is counted from the sweep's `at`: a sweep and its last send must end within it.
SWEEP_SECONDS = 60
TASK_SECONDS = 100  # a send that goes on for ever, a byte at a time, is broken off
# One mailbox may say "later"; when this many say so, the others of the channel would only wait for the same time-out.
MOST_DOWN = 3
OUTCOME = ["due_at", "sent_at", "gave_up_at", "last_error"]


def deliver_due(at: datetime, limit: int = 200) -> Counter[str]:
    """Send what is due at `at`, at most `limit` a channel. Returns how many were sent, refused, down and dropped."""
    ends = time.monotonic() + SWEEP_SECONDS
    return sum((deliver_by(sender, at, limit, ends) for sender in channels.senders().values()), Counter())


def deliver_by(sender: Sender, at: datetime, limit: int, ends: float) -> Counter[str]:
    """Send what is due on one channel, until `ends` of the monotonic clock; nothing while another worker is at it."""
    outcomes: Counter[str] = Counter()

    def claim() -> Iterator[list[int]]:
        due = Notice.objects.due(at).filter(channel=sender.key).order_by("due_at", "pk").values_list("pk", flat=True)
        before = None
        while outcomes.total() < limit and outcomes["down"] < MOST_DOWN and time.monotonic() < ends:
            notice = due.first()
            if notice in {None, before}:  # what comes a second time is in other hands
                break
            yield [notice]
            before = notice

    def work(ids: Sequence[int]) -> Counter[str]:
        done = Counter(deliver(ids[0], sender, at))
        outcomes.update(done)
        return done

    name = f"deliver due notices: {sender.key}"
    with only_one(name) as alone:
        return sweep(name, claim(), work, isolate=partial(put_aside, at=at)) if alone else outcomes


def deliver(notice_id: int, sender: Sender, at: datetime) -> list[str]:
    """Take one notice in hand, try it outside any transaction, and write down how it went. Returns the outcome."""
    notice = taken_in_hand(notice_id, at)
    if notice is None:
        return []
    if notice.dropped_at:
        return ["dropped"]
    try:
        send(notice, sender, at)
    except ChannelRefused as error:
        outcome = "refused"
        notice.give_up(error, at=at)
    except ChannelDown as error:
        outcome = "down"
        notice.try_again(str(error), at=at)
    else:
        outcome = "sent"
        notice.sent(at)
    notice.save(update_fields=OUTCOME)
    return [outcome]


@transaction.atomic
def taken_in_hand(notice_id: int, at: datetime) -> Notice | None:
    """Begin one more try, if the notice is still due and in nobody's hands; what is over is dropped instead."""
    due = Notice.objects.due(at).filter(pk=notice_id).select_related("to_user", "contact")
    notice = due.select_for_update(of=("self",), skip_locked=True).first()
    if notice is None:
        return None
    if notice.is_over:
        notice.drop(at)
    else:
        notice.claim(at)
    notice.save(update_fields=["attempts", "due_at", "dropped_at", "last_error"])
    return notice


def put_aside(notice_id: int, error: Exception, *, at: datetime) -> datetime:
    """A defect of ours with this one notice: it waits as for a channel that is down. Returns until when."""
    notice = Notice.objects.get(pk=notice_id)
    notice.try_again(type(error).__name__, at=at)
    notice.save(update_fields=OUTCOME)
    return notice.due_at


def send(notice: Notice, sender: Sender, at: datetime) -> None:
    if notice.attempts > TRIES:  # nothing was ever written down: it takes its worker with it
        raise ChannelRefused(channel=sender.label, reason=_("every try broke off"))
    written = notice.address if notice.address.present else getattr(notice.to_user or notice.contact, sender.address)
    to = opened(written, notice, at)
    if not to:
        raise ChannelRefused(channel=sender.label, reason=_("the recipient has no address there"))
    with translation.override(settings.LANGUAGE_CODE):
        wording = word(notice, opened(notice.words, notice, at))
    sender.send(notice, wording, to=to)


def opened(value: str | Sealed, notice: Notice, at: datetime) -> str:
    """What is needed to send. Opening an address is a recorded act of the system, the notice its reason."""
    if isinstance(value, str):
        return value
    return reveal(value, actor=User.system(), reason=f"notice {notice.key}", at=at) if value.present else ""
