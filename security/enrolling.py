"""The check values of keys that come and go (keycheck.py): stored at setup, retired after a rotation."""

from datetime import datetime

from security.errors import WrongKeys
from security.keycheck import SEAL, key_faults, own_values
from security.models import KeyCheck
from security.sealing import key_ring


def enrol_keys(at: datetime) -> None:
    """Store the check values of keys that are new. Raises WrongKeys when one in use is missing or another one."""
    if found := key_faults():
        raise WrongKeys(faults=" ".join(found))
    own = own_values()
    KeyCheck.objects.bulk_create(
        (KeyCheck(name=name, value=value, at=at) for name, value in own.items()), ignore_conflicts=True
    )
    first = f"{SEAL}{next(iter(key_ring()))}"
    KeyCheck.objects.filter(name=first, value=own[first]).update(retired_at=None)  # a key that came back seals again


def retire_keys(at: datetime) -> None:
    """Say that everything is sealed with the first key: the others may be taken out of the ring."""
    first = f"{SEAL}{next(iter(key_ring()))}"
    KeyCheck.objects.filter(name__startswith=SEAL, retired_at=None).exclude(name=first).update(retired_at=at)
