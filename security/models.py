"""The record of what people saw and set, and the seals over all append-only logs."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from security.chain import ChainedRow


class Kind(models.TextChoices):
    """What stands on record, by `AuditRow.verb`; the words are those of the audit log in the admin."""

    READ = "read", pgettext_lazy("audit", "Opened")  # the page of a case; once a person and day
    REVEAL = "reveal", pgettext_lazy("audit", "Saw the plain value")
    CLUE = "clue", pgettext_lazy("audit", "Clue of an unlawful broker")  # written down, confirmed, dropped
    EXPORT = "export", pgettext_lazy("audit", "Exported")  # a file of many rows: what was chosen, how many, its hash
    CONFIGURE = "configure", pgettext_lazy("audit", "Configured")  # rows of the admin, accounts, keys: was and now
    PROPOSE = "propose", pgettext_lazy("audit", "Proposed a change")  # a second person decides it
    REFUSE_PROPOSAL = "refuse_proposal", pgettext_lazy("audit", "Refused a proposed change")
    WITHDRAW_PROPOSAL = "withdraw_proposal", pgettext_lazy("audit", "Withdrew a proposed change")
    ISSUE_PASSWORD = "issue_password", pgettext_lazy("audit", "Gave out a password")
    CHANGE_PASSWORD = "change_password", pgettext_lazy("audit", "Changed their password")
    LOGIN = "login", pgettext_lazy("audit", "Logged in")
    LOGOUT = "logout", pgettext_lazy("audit", "Logged out")
    LOGIN_FAILED = "login_failed", pgettext_lazy("audit", "Failed to log in")  # the actor is the account that was tried
    LOCK_OUT = "lock_out", pgettext_lazy("audit", "Locked out")
    UNLOCK = "unlock", pgettext_lazy("audit", "Unlocked a colleague")
    REFUSED = "refused", pgettext_lazy("audit", "Was refused")  # a verb or a page: 403


class AuditRow(ChainedRow):
    """Somebody saw, exported or set something: one chain an actor.

    Holds codes, ids and configuration, never a value of a customer nor a secret.
    """

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False, verbose_name=_("actor")
    )
    verb = models.CharField(_("action"), max_length=40)  # reveal, read, export, login, configure ...
    subject = models.CharField(_("subject"), max_length=120)  # "case:C261123-0483175-9", "customer:17"
    reason = models.TextField(_("reason"), blank=True)
    details = models.JSONField(_("details"), default=dict, blank=True)
    at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("audit record")
        verbose_name_plural = _("audit records")
        constraints = [models.UniqueConstraint(fields=["actor", "sequence"], name="security_auditrow_chain")]
        indexes = [
            models.Index(fields=["subject", "at"], name="security_auditrow_subject"),  # who saw this case
            models.Index(fields=["at"], name="security_auditrow_at"),  # services.seal_audit_heads, the list
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject}"

    def payload(self) -> dict[str, Any]:
        return {
            "actor": self.actor_id,
            "sequence": self.sequence,
            "verb": self.verb,
            "subject": self.subject,
            "reason": self.reason,
            "details": self.details,
            "at": self.at,
        }


class Opening(models.Model):
    """Somebody opened something with personal data: waits here for the sweep of `security.reads`, which records it.

    day       the period that one record stands for begins on it
    recorded  it stands in the audit log; the row stays meanwhile, so that the same is not written again
    retry_at  left alone until then, because it could not be recorded
    """

    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    subject = models.CharField(max_length=120)
    day = models.DateField()
    at = models.DateTimeField()
    recorded = models.BooleanField(default=False)
    retry_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "subject", "day"], name="security_opening_once")]
        indexes = [models.Index(fields=["id"], condition=Q(recorded=False), name="security_opening_waiting")]

    def __str__(self) -> str:
        return f"{self.actor_id} {self.subject}"


class AuditSeal(ChainedRow):
    """The digest of some rows of a log, in one chain over all logs, whose newest hash is anchored outside."""

    reader = models.CharField(_("log"), max_length=40)  # "seal" for case events, services.AUDIT for AuditRow
    count = models.PositiveIntegerField(_("rows"))
    # Which rows: each by its chain (the case, or the actor) and its place in it.
    chains = ArrayField(models.BigIntegerField(), verbose_name=_("sealed chains"))
    sequences = ArrayField(models.IntegerField(), verbose_name=_("sealed rows"))
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(_("sealed at"))

    class Meta:
        verbose_name = _("audit seal")
        verbose_name_plural = _("audit seals")
        constraints = [models.UniqueConstraint(fields=["sequence"], name="security_auditseal_chain")]
        indexes = [models.Index(fields=["reader", "sequence"], name="security_auditseal_reader")]

    def __str__(self) -> str:
        return f"{self.sequence} {self.hash}"

    @property
    def rows(self) -> list[tuple[int, int]]:
        """(chain, sequence) of each sealed row."""
        return list(zip(self.chains, self.sequences, strict=True))

    def payload(self) -> dict[str, Any]:
        return {
            "sequence": self.sequence,
            "reader": self.reader,
            "chains": self.chains,
            "sequences": self.sequences,
            "count": self.count,
            "digest": self.digest,
            "at": self.at,
        }


class Anchor(models.Model):
    """A seal to be told outside the database. Stays, so that a line taken out of a file is noticed.

    sequence, hash  of the seal
    written_at      when a file had it; None: it waits
    """

    sequence = models.PositiveIntegerField(unique=True)
    hash = models.CharField(max_length=64)
    at = models.DateTimeField()
    written_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["at"], name="security_anchor_at"),
            models.Index(fields=["id"], name="security_anchor_waiting", condition=models.Q(written_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.hash}"

    @classmethod
    def after(cls, other: Any) -> models.Q:
        """Those made after another one, which may be a line of the file."""
        return models.Q(at__gt=other.at) | models.Q(at=other.at, sequence__gt=other.sequence)


class KeyCheck(models.Model):
    """A digest of a key with which this database was written. It says nothing about the key, and names a wrong one."""

    name = models.CharField(max_length=80)  # "index", "seal:k1"
    value = models.CharField(max_length=64)
    at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)  # nothing is sealed with it any more (rotate_keys)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name"], name="security_keycheck_once")]

    def __str__(self) -> str:
        return self.name
