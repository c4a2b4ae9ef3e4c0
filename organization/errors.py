"""What can be wrong with an account or a key."""

from django.utils.translation import gettext_lazy as _

from organization.models.membership import DUTIES_APART
from sqm_site.errors import DomainError, Forbidden


class NameTaken(DomainError):
    code = "name-taken"
    message = _("{name} exists already. Choose another name.")


class DutiesApart(DomainError):
    code = "duties-apart"
    message = DUTIES_APART


class NoSuchUnit(DomainError):
    code = "no-such-unit"
    message = _("There is no unit {code}. Create it first, or correct the code.")
    status_code = 400


class NoSuchScope(DomainError):
    code = "no-such-scope"
    message = _("There is no scope {scopes}. Choose from {known}.")
    status_code = 400


class NoSuchChannel(DomainError):
    code = "no-such-channel"
    message = _("There is no channel {channels}. Choose from {known}.")
    status_code = 400


class KeyReused(DomainError):
    code = "key-reused"
    message = _("This Idempotency-Key came before with another body. Use a new key for a new request.")
    status_code = 422


class InProgress(DomainError):
    code = "in-progress"
    message = _("The first request with this Idempotency-Key is still being worked on. Repeat it in a second.")


class BadKey(DomainError):
    code = "malformed"
    message = _("Idempotency-Key: send 1 to 255 visible ASCII characters, without spaces.")
    status_code = 400


class NotWaiting(DomainError):
    code = "not-waiting"
    message = _("This proposal is decided already, or its time is over. Enter the change again if it is still wanted.")


class NotYours(DomainError):
    code = "not-yours"
    message = _(
        "Another administrator decides this: neither who asked, nor the person whose rights it changes, nor somebody "
        "to whom who asked has given a password in the last seven days."
    )
    status_code = 403


class NoLongerYours(DomainError):
    code = "no-longer-yours"
    message = _("Who asked may not change this any more. Refuse the proposal, and enter the change yourself.")


class ChangedSince(DomainError):
    code = "changed-since"
    message = _("Somebody changed this since the proposal was made. Refuse it, and have the change entered again.")


class NoLongerValid(DomainError):
    code = "no-longer-valid"
    message = _("This can no longer be saved: {why} Refuse it, and have the change entered again.")


class WaitsAlready(DomainError):
    code = "waits-already"
    message = _("A proposal to change this waits already. Have it decided, or withdraw it, and then enter yours.")


class WhyMissing(DomainError):
    code = "reason-missing"
    message = _("Say why, so that who asked knows what to change.")
    status_code = 422


class TooLong(DomainError):
    code = "too-long"
    message = _("This is too much for one proposal. Split the change.")
    status_code = 422


class TooManyJobs(DomainError):
    code = "too-many-jobs"
    message = _("You have {most} jobs under way. Wait until one is done, or cancel one, and ask again.")
    status_code = 429


class JobOver(DomainError):
    code = "job-over"
    message = _("This job is over already. Load the page again.")


class FileGone(DomainError):
    code = "file-gone"
    message = _("There is no file any more: it is kept for seven days. Ask for it again.")
    status_code = 410


class RightsChanged(Forbidden):
    cause = "role"
    message = _("Your roles or units have changed since the file was made. Ask for it again.")
