"""后台任务: what takes longer than a page waits for, with the file that came of it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from security.fields import SealedRow, SealedValue


class JobQuerySet(models.QuerySet["Job"]):
    def unfinished(self) -> "JobQuerySet":
        return self.filter(state__in=Job.UNFINISHED)


class Job(SealedRow):
    """What one person asked for, a worker does, and nobody but that person is given.

    kind       a key of the kinds that the room above hands to the workers
    arguments  codes, days and ids of what was chosen; never words that somebody typed
    done, total  rows or cases, as its kind counts; total is 0 until that is known
    runs       how often a worker began. A worker that finds another number was given up, and leaves everything alone
    heartbeat_at  when the worker last said how far it is
    footing    digest of what the rights of the person opened when it was done: with others the file is not given out
    key        of the file; gone with it at `expires_at`, so that it opens in no backup either
    """

    class State(models.TextChoices):
        QUEUED = "queued", pgettext("job", "Waits")  # for a worker
        RUNNING = "running", pgettext("job", "Under way")  # a worker says how far it is
        DONE = "done", pgettext("job", "Done")  # its file is there until `expires_at`
        FAILED = "failed", pgettext("job", "Failed")  # `fault` says why
        CANCELLED = "cancelled", pgettext("job", "Cancelled")  # by who asked

    class Fault(models.TextChoices):
        REFUSED = "refused", _("You may not do this any more. Ask your supervisor.")
        TOO_MUCH = "too_much", _("It is more than one file takes. Choose fewer units, or a shorter period.")
        TOO_LONG = "too_long", _("It took more than nine minutes. Choose fewer units, or a shorter period.")
        LOST = "lost", _("Its worker ended three times before it was done. Tell whoever looks after the service.")
        BROKEN = "broken", _("It failed; the log says why. Tell whoever looks after the service.")

    UNFINISHED = (State.QUEUED, State.RUNNING)

    legal_entity = models.ForeignKey("organization.LegalEntity", models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=20)
    arguments = models.JSONField(default=dict)
    asked_by = models.ForeignKey("organization.User", models.PROTECT, related_name="+", db_index=False)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    fault = models.CharField(max_length=10, blank=True)  # one of Fault
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    runs = models.PositiveSmallIntegerField(default=0)
    heartbeat_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    footing = models.CharField(max_length=64, blank=True)
    title = models.CharField(max_length=160, blank=True)  # the name of the file
    key_sealed = models.TextField(blank=True)
    key = SealedValue("text")
    sha256 = models.CharField(max_length=64, blank=True)
    stored = models.CharField(max_length=100, blank=True)  # its name in the storage; empty: there is no file
    size = models.PositiveIntegerField(default=0)  # bytes
    expires_at = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running", "done", "failed", "cancelled"]), name="job_state_listed"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running"], ended_at__isnull=True)
                | Q(state__in=["done", "failed", "cancelled"], ended_at__isnull=False),
                name="job_ends_once",
            ),
        ]
        indexes = [
            models.Index(fields=["asked_by", "id"], name="job_of_person"),
            models.Index(fields=["id"], condition=Q(state__in=["queued", "running"]), name="job_unfinished"),
            models.Index(fields=["expires_at"], condition=~Q(stored=""), name="job_with_file"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_unfinished(self) -> bool:
        return self.state in self.UNFINISHED

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0
