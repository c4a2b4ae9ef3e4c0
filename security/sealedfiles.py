"""Files at rest: each sealed with a key of its own, which stands sealed in the row that knows the file.

So whoever has the storage alone reads nothing, a change of SEAL_KEYS seals the small keys anew and no file, and a file
whose rows are gone opens for nobody, in no backup either. The bytes are `algorithm:` + nonce + ciphertext + tag; the
name of the file is additional data, so that a file that was put in the place of another does not open.
"""

import hashlib
import os
import secrets
from base64 import urlsafe_b64encode
from datetime import date
from typing import cast

import structlog
from cryptography.exceptions import InvalidTag
from django.conf import settings
from django.core.files.base import ContentFile
from django.utils.crypto import salted_hmac

from security.errors import DamagedFile
from security.sealing import ALGORITHMS, KEY_BYTES, NONCE_BYTES, decode_key
from sqm_site.errors import Unavailable
from sqm_site.storing import kept_files

log = structlog.get_logger(__name__)


def keep_file(content: bytes, *, owner: int, on: date) -> tuple[str, str, str]:
    """Seal and store a file: its name in the storage, its key, the SHA-256 of its content. Raises Unavailable."""
    key, digest = new_key(), hashlib.sha256(content).hexdigest()
    name = new_name(owner, digest, on=on)
    try:
        kept_files().save(name, ContentFile(seal_file(content, key=key, name=name)))
    except Exception as error:  # whatever a storage raises: nothing is stored
        log.error("file not stored", stored=name, exc_info=error)
        raise Unavailable from error
    return name, key, digest


def kept_content(name: str, *, key: str, sha256: str) -> bytes:
    """The bytes as they came. Raises DamagedFile."""
    try:
        with kept_files().open(name) as file:
            sealed = file.read()
    except FileNotFoundError as error:
        raise DamagedFile from error
    content = open_file(sealed, key=key, name=name)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise DamagedFile
    return content


def new_key() -> str:
    """The key of one file, as base64url."""
    return urlsafe_b64encode(os.urandom(KEY_BYTES)).decode()


def new_name(owner: int, digest: str, *, on: date) -> str:
    """A new name in the storage, from whom a file belongs to and the SHA-256 of its content; never the same again.

    on  the day in whose folder it lies, so that who looks through the files of a day need not look through all

    Keyed: who sees the names cannot tell whether a file they have is among them, nor whether two owners have the same.
    """
    value = f"{owner}:{digest}"
    name = salted_hmac("security.file", value, secret=cast(str, settings.INDEX_KEY), algorithm="sha256").hexdigest()
    return f"{on}/{owner}/{name}-{secrets.token_hex(4)}"


def seal_file(content: bytes, *, key: str, name: str) -> bytes:
    """The bytes to store under a name."""
    algorithm, nonce = cast(str, settings.SEAL_ALGORITHM), os.urandom(NONCE_BYTES)
    box = ALGORITHMS[algorithm](decode_key(key, setting="the key of a file"))
    return b"".join((algorithm.encode(), b":", nonce, box.encrypt(nonce, content, name.encode())))


def open_file(sealed: bytes, *, key: str, name: str) -> bytes:
    """What was sealed under this name. Raises DamagedFile for another key, another name, or changed bytes."""
    algorithm = sealed[:NONCE_BYTES].partition(b":")[0]
    make = ALGORITHMS.get(algorithm.decode(errors="replace"))
    if make is None:
        raise DamagedFile
    rest = memoryview(sealed)[len(algorithm) + 1 :]
    try:
        box = make(decode_key(key, setting="the key of a file"))
        return box.decrypt(bytes(rest[:NONCE_BYTES]), bytes(rest[NONCE_BYTES:]), name.encode())
    except InvalidTag as error:
        raise DamagedFile from error
