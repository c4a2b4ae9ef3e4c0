"""A message to one person, waiting to be sent or read. The row is the job."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from feedback.errors import ChannelRefused
from security.fields import SealedRow, SealedValue

IN_APP = "in_app"
# Waits after the first, second ... failure, in minutes: 42 hours in all. After the eighth a person must look.
WAITS = (1, 5, 30, 120, 300, 600, 1440)
TRIES = len(WAITS) + 1
LEASE = timedelta(minutes=2)  # how long one try may take before another worker tries again


class NoticeQuerySet(models.QuerySet["Notice"]):
    def due(self, at: datetime) -> "NoticeQuerySet":
        return self.filter(due_at__lte=at, sent_at__isnull=True, gave_up_at__isnull=True, dropped_at__isnull=True)

    def unread(self) -> "NoticeQuerySet":
        return self.filter(channel=IN_APP, read_at__isnull=True)


class Notice(SealedRow):
    """One message by one channel. Its wording is templates/notices/<kind>.txt, filled from `context`.

    contact  of a customer: the message whose address it goes to
    address  of a customer: where it goes instead, because a person confirmed that; a copy, for the row above may change
    about    what it is about: a case reference
    context  codes, ids and times; never people's words, which stand sealed in `words`
    key      names the message for ever: a second insert is dropped

    dropped_at  when it was found that nobody waits for it any more: it had been read or done meanwhile
    """

    kind = models.CharField(_("kind"), max_length=32)
    channel = models.CharField(_("channel"), max_length=20)
    to_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    customer = models.ForeignKey(
        "feedback.Customer", models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    contact = models.ForeignKey(
        "feedback.Feedback", models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    address_sealed = models.TextField(blank=True)
    address = SealedValue("text")
    about = models.CharField(pgettext_lazy("notice", "about"), max_length=40)
    context = models.JSONField(default=dict, blank=True)
    words_sealed = models.TextField(blank=True)
    words = SealedValue("text")
    key = models.CharField(max_length=160)
    created_at = models.DateTimeField(_("created"))
    due_at = models.DateTimeField(pgettext_lazy("notice", "due"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    sent_at = models.DateTimeField(pgettext_lazy("notice", "sent"), null=True, blank=True)
    read_at = models.DateTimeField(pgettext_lazy("notice", "read"), null=True, blank=True)
    gave_up_at = models.DateTimeField(_("given up"), null=True, blank=True)
    dropped_at = models.DateTimeField(_("no longer owed"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=300, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [
            models.UniqueConstraint(fields=["key"], name="notice_once"),
            models.CheckConstraint(
                condition=Q(Q(customer__isnull=False) | ~Q(address_sealed=""), to_user__isnull=True)
                | Q(to_user__isnull=False, customer__isnull=True, address_sealed=""),
                name="notice_to_one_person",
            ),
        ]
        indexes = [
            # delivery.deliver_due: one short queue a channel
            models.Index(
                fields=["channel", "due_at"],
                condition=Q(sent_at__isnull=True, gave_up_at__isnull=True, dropped_at__isnull=True),
                name="notice_waiting",
            ),
            # services.unread_for
            models.Index(
                fields=["to_user", "id"], condition=Q(channel=IN_APP, read_at__isnull=True), name="notice_unread"
            ),
            # below them on the page of notices
            models.Index(
                fields=["to_user", "id"], condition=Q(channel=IN_APP, read_at__isnull=False), name="notice_read"
            ),
            models.Index(fields=["about"], name="notice_about"),
        ]

    def __str__(self) -> str:
        return self.key

    def claim(self, at: datetime) -> None:
        """One more try begins. A worker that dies with it loses the notice to the next after the lease."""
        self.attempts += 1
        self.due_at = at + LEASE

    def sent(self, at: datetime) -> None:
        self.sent_at, self.last_error = at, ""

    def try_again(self, reason: str, *, at: datetime) -> None:
        self.last_error = reason[:300]
        if self.attempts < TRIES:
            self.due_at = at + timedelta(minutes=WAITS[self.attempts - 1])
        else:
            self.gave_up_at = at

    @property
    def is_over(self) -> bool:
        """Whether a colleague has read it in the application by now, or somebody did what it asks for."""
        twin = f"{self.key.removesuffix(self.channel)}{IN_APP}"
        return self.to_user_id is not None and Notice.objects.filter(key=twin, read_at__isnull=False).exists()

    def drop(self, at: datetime) -> None:
        self.dropped_at, self.last_error = at, ""

    def give_up(self, refused: ChannelRefused, *, at: datetime) -> None:
        self.last_error, self.gave_up_at = str(refused)[:300], at
