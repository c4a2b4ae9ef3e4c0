"""What the security room refuses."""

from django.utils.translation import gettext_lazy as _

from sqm_site.errors import DomainError


class WrongKey(DomainError):
    """A sealed value does not open. Never answered with the ciphertext, nor with an empty value."""

    code = "sealed-value-unreadable"
    message = _(
        "A sealed value cannot be opened: key {key} is not in SEAL_KEYS, or the value was changed or belongs to "
        "another row. Restore the key; if it is there, tell whoever looks after the database."
    )
    status_code = 500


class WrongKeys(DomainError):
    """This process holds other keys than those with which the database was written."""

    code = "wrong-keys"
    message = _(
        "{faults} Set SEAL_KEYS and INDEX_KEY to the keys kept with this database, or restore its secrets.json."
    )
    status_code = 503


class ReasonMissing(DomainError):
    code = "reason-missing"
    message = _("Say why you need to see this. The reason is recorded with your name.")
    status_code = 400


class DamagedFile(DomainError):
    """A stored file does not open, or is gone. Never answered with what stands there instead."""

    code = "file-unreadable"
    message = _("The file is gone or was changed in its storage. Tell whoever looks after it; a backup has it.")
    status_code = 500
