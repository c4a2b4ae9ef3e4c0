"""What can be wrong with an account or a key."""

from django.utils.translation import gettext_lazy as _

from organization.models.membership import DUTIES_APART
from sqm_site.errors import DomainError


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
