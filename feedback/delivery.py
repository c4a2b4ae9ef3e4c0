"""Delivery: what is due is claimed, sent outside any transaction, and marked. One short queue a channel."""

import time
from collections import Counter
from datetime import datetime

import structlog
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

# The lease of a claimed notice is counted from the sweep's `at`: a sweep and its last send must end within it.
SWEEP_SECONDS = 60
# One mailbox may say "later"; when this many say so, the others of the channel would only wait for the same time-out.
MOST_DOWN = 3

log = structlog.get_logger(__name__)


def deliver_due(at: datetime, limit: int = 200) -> Counter[str]:
    """Send what is due at `at`, at most `limit` a channel. Returns how many were sent, refused, down and broken."""
    ends = time.monotonic() + SWEEP_SECONDS
    return sum((deliver_by(sender, at, limit, ends) for sender in channels.senders().values()), Counter())


def deliver_by(sender: Sender, at: datetime, limit: int, ends: float) -> Counter[str]:
    """Send what is due on one channel, until `ends` of the monotonic clock."""
    outcomes: Counter[str] = Counter()
    while outcomes.total() < limit and outcomes["down"] < MOST_DOWN and time.monotonic() < ends:
        notice = claim(sender, at)
        if notice is None:
            break
        outcomes[deliver(notice, sender, at)] += 1
    return outcomes


@transaction.atomic
def claim(sender: Sender, at: datetime) -> Notice | None:
    """Take the longest waiting notice of a channel that no other worker has in hand."""
    due = Notice.objects.due(at).filter(channel=sender.key).order_by("due_at", "pk")
    locked = due.select_for_update(of=("self",), skip_locked=True).select_related("to_user", "customer")
    notice = locked.first()
    if notice is not None:
        notice.claim(at)
        notice.save(update_fields=["attempts", "due_at"])
    return notice


def deliver(notice: Notice, sender: Sender, at: datetime) -> str:
    """Try one claimed notice, and write down how it went."""
    try:
        send(notice, sender, at)
    except ChannelRefused as error:
        outcome = "refused"
        notice.give_up(error, at=at)
    except ChannelDown as error:
        outcome = "down"
        notice.try_again(str(error), at=at)
    except Exception as error:  # a defect of ours with this one notice: the rest of the queue goes on
        log.exception("notice not delivered", key=notice.key, channel=sender.key)
        outcome = "broken"
        notice.try_again(type(error).__name__, at=at)
    else:
        outcome = "sent"
        notice.sent(at)
    notice.save(update_fields=["due_at", "sent_at", "gave_up_at", "last_error"])
    return outcome


def send(notice: Notice, sender: Sender, at: datetime) -> None:
    if notice.attempts > TRIES:  # nothing was ever written down: it takes its worker with it
        raise ChannelRefused(channel=sender.label, reason=_("every try broke off"))
    to = opened(getattr(notice.to_user or notice.customer, sender.address), notice, at)
    if not to:
        raise ChannelRefused(channel=sender.label, reason=_("the recipient has no address there"))
    with translation.override(settings.LANGUAGE_CODE):
        wording = word(notice, opened(notice.words, notice, at))
    sender.send(notice, wording, to=to)


def opened(value: str | Sealed, notice: Notice, at: datetime) -> str:
    """What is needed to send. Opening a customer's value is a recorded act of the system, the notice its reason."""
    if isinstance(value, str):
        return value
    return reveal(value, actor=User.system(), reason=f"notice {notice.key}", at=at) if value.present else ""
