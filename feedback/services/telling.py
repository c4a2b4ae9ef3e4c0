"""Telling people: a notice row each, which a sweep sends. Nothing is sent from here."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db.models import Q

from feedback import channels
from feedback.models import IN_APP, Feedback, Notice
from feedback.wording import template_of
from organization.models import User
from security.fields import Sealed
from security.sealing import unseal

STAFF_MAIL = "email"
Confirmed = Mapping[str, Sealed]  # phone, email, openid -> an address of the customer that a person confirmed


def notify(
    kind: str, *, to_user: User, about: str, at: datetime, key: str, context: dict[str, Any] | None = None
) -> None:
    """Tell a colleague, in the application and by mail. A second call with the same `key` tells nothing."""
    notify_many(notices(kind, to_user=to_user, about=about, at=at, key=key, context=context))


def notices(
    kind: str,
    *,
    to_user: User,
    about: str,
    at: datetime,
    key: str,
    context: dict[str, Any] | None = None,
    mail_at: datetime | None = None,
) -> list[Notice]:
    """Build the rows that tell one colleague, unsaved: sweeps gather them for `notify_many`.

    about    a case reference
    context  codes, ids and times (as ISO text, named `..._at`)
    mail_at  when the mail goes out, default: at once. In the application it can be read from `at` on
    """
    template_of(kind)
    rows = [(IN_APP, at)] + [(STAFF_MAIL, None)] * bool(to_user.email)
    return [
        Notice(
            kind=kind,
            channel=channel,
            to_user=to_user,
            about=about,
            context=context or {},
            key=f"{key}:{channel}",
            created_at=at,
            due_at=at if channel == IN_APP else mail_at or at,
            sent_at=sent_at,
        )
        for channel, sent_at in rows
    ]


def notify_many(rows: Iterable[Notice]) -> None:
    """Queue notices in one statement a thousand; those whose key is known are dropped."""
    Notice.objects.bulk_create(rows, batch_size=1_000, ignore_conflicts=True)


def tell_customer(
    kind: str,
    contact: Feedback | None,
    *,
    confirmed: Confirmed | None = None,
    about: str,
    method: str,
    at: datetime,
    text: str = "",
    context: dict[str, Any] | None = None,
) -> Notice | None:
    """Queue a message to a customer, if `method` is one we send by and they gave an address there.

    Otherwise the colleague tells them (by phone, by post) and nothing is queued. `text` is sealed.

    contact    the message that opened the case: an answer goes to whoever wrote it. What is stored of the customer is
               no address, for anybody who knows a customer number can have given it
    confirmed  stands before the address of the message
    """
    channel = way_to(contact, method, confirmed=confirmed)
    if channel is None:
        return None
    template_of(kind)
    notice = Notice(
        kind=kind,
        channel=channel,
        customer=contact.customer if contact else None,
        contact=contact,
        about=about,
        context=context or {},
        key=f"{kind}:{about}:{uuid4().hex}:{channel}",  # a verb tells once; the same words may be told again
        created_at=at,
        due_at=at,
    )
    notice.words = text
    if (address := (confirmed or {}).get(channels.senders()[channel].address)) is not None:
        notice.address = unseal(address.token, row=address.row, field=address.field)  # type: ignore[assignment]
    notice.save(force_insert=True)
    return notice


def way_to(contact: Feedback | None, *methods: str, confirmed: Confirmed | None = None) -> str | None:
    """The first of `methods` by which a message of ours reaches whoever wrote this one, or as was confirmed."""
    senders = channels.senders()
    for key in map(str.lower, methods):
        if key in senders and has_address(contact, senders[key].address, confirmed or {}):
            return key
    return None


def has_address(contact: Feedback | None, name: str, confirmed: Confirmed) -> bool:
    return name in confirmed or (contact is not None and getattr(contact, name).present)


def unread_for(user: User) -> Any:
    """Queryset of what a colleague has not read in the application, newest first."""
    return Notice.objects.unread().filter(to_user=user).order_by("-pk")


def done_with(over: Q, *, about: str, at: datetime) -> None:
    """What colleagues were asked for and somebody did counts as read by everybody, and its mail is owed no longer.
    Empty: nothing.

    over  which of the notices about a case
    One that its reader is just opening is passed by, so that nobody waits for nobody.
    """
    if over:
        waiting = Notice.objects.unread().filter(over, about=about).select_for_update(skip_locked=True)
        Notice.objects.filter(pk__in=waiting.values("pk")).update(read_at=at)


def mark_read(user: User, ids: Iterable[int], *, at: datetime) -> int:
    """Mark some of the user's own notices as read; return how many were unread."""
    return unread_for(user).filter(pk__in=list(ids)).update(read_at=at)
