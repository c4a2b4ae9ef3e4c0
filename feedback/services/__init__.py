"""The verbs of this room, as the rooms above call them."""

from feedback.errors import Repeated
from feedback.inbound import Inbound, content_hash, key_indexes, thread_key
from feedback.services.customers import find_or_make_customer
from feedback.services.receiving import Received, as_sent, digest_of, earlier, known_of, opened, receive
from feedback.services.surveys import OPTED_OUT, answer, invite, new_link, open_survey, opt_out, waive
from feedback.services.telling import (
    done_with,
    mark_read,
    notices,
    notify,
    notify_many,
    tell_customer,
    unread_for,
    way_to,
)

__all__ = [
    "OPTED_OUT",
    "Inbound",
    "Received",
    "Repeated",
    "answer",
    "as_sent",
    "content_hash",
    "digest_of",
    "done_with",
    "earlier",
    "find_or_make_customer",
    "invite",
    "key_indexes",
    "known_of",
    "mark_read",
    "new_link",
    "notices",
    "notify",
    "notify_many",
    "open_survey",
    "opt_out",
    "opened",
    "receive",
    "tell_customer",
    "thread_key",
    "unread_for",
    "way_to",
    "waive",
]
