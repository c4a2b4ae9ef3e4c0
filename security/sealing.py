"""Seal text so that only this installation opens it, and only in the row and field it was sealed for.

A token reads `algorithm:key id:base64url(nonce + ciphertext + tag)`. The algorithms are v1 (AES-256-GCM) and
s1 (SM4-GCM, GB/T 32907); both bind row and field as additional data, so a ciphertext copied to another place
does not open there. `settings.SEAL_KEYS` is a ring: its first key seals, every key opens.
"""

import functools
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Protocol, cast
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from security.errors import WrongKey

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16


class Box(Protocol):
    """Authenticated encryption with one key; `decrypt` raises InvalidTag."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes: ...

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes: ...


class Sm4Box:
    """SM4-GCM. Its 128-bit key is derived, so that no key ever serves two algorithms."""

    def __init__(self, key: bytes) -> None:
        self.cipher = SM4(HKDF(algorithm=SM3(), length=16, salt=None, info=b"sqm s1 SM4-GCM").derive(key))

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        encryptor = Cipher(self.cipher, GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(associated_data)
        return encryptor.update(data) + encryptor.finalize() + encryptor.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        decryptor = Cipher(self.cipher, GCM(nonce, data[-TAG_BYTES:])).decryptor()
        decryptor.authenticate_additional_data(associated_data)
        return decryptor.update(data[:-TAG_BYTES]) + decryptor.finalize()


ALGORITHMS: dict[str, Callable[[bytes], Box]] = {"v1": AESGCM, "s1": Sm4Box}


def seal(plain: str, *, row: UUID, field: str) -> str:
    """Return the token of `plain`. Raises ImproperlyConfigured when the settings hold no usable key."""
    key_id, box = sealing_box()
    nonce = os.urandom(NONCE_BYTES)
    sealed = nonce + box.encrypt(nonce, plain.encode(), _place(row, field))
    return f"{settings.SEAL_ALGORITHM}:{key_id}:{urlsafe_b64encode(sealed).decode()}"


def unseal(token: str, *, row: UUID, field: str) -> str:
    """Return what was sealed. Raises WrongKey for an unknown key, a changed token, another row or field."""
    algorithm, _, rest = token.partition(":")
    key_id, _, body = rest.partition(":")
    box = boxes().get((algorithm, key_id))
    if box is None:
        raise WrongKey(key=f"{algorithm}:{key_id}"[:40])
    try:
        sealed = urlsafe_b64decode(body)
        return box.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _place(row, field)).decode()
    except (InvalidTag, ValueError) as error:
        raise WrongKey(key=f"{algorithm}:{key_id}") from error


def current_prefix() -> str:
    """How a token begins that needs no new sealing: with the present algorithm and the ring's first key."""
    return f"{settings.SEAL_ALGORITHM}:{sealing_box()[0]}:"


def sealing_box() -> tuple[str, Box]:
    """The id of the ring's first key, and its box."""
    if settings.SEAL_ALGORITHM not in ALGORITHMS:
        raise ImproperlyConfigured(f"SEAL_ALGORITHM: expected one of {', '.join(ALGORITHMS)}.")
    key_id = next(iter(key_ring()))
    return key_id, boxes()[settings.SEAL_ALGORITHM, key_id]


@functools.cache
def boxes() -> dict[tuple[str, str], Box]:
    """Every key with every algorithm; made once a process."""
    return {(name, key_id): make(key) for name, make in ALGORITHMS.items() for key_id, key in key_ring().items()}


@functools.cache
def key_ring() -> dict[str, bytes]:
    """The keys of settings.SEAL_KEYS by id, the sealing one first. Raises ImproperlyConfigured; shows no key."""
    return ring_of(cast(list[str], settings.SEAL_KEYS))


def ring_of(entries: list[str]) -> dict[str, bytes]:
    """Read entries `id:key`. Raises ImproperlyConfigured."""
    ring: dict[str, bytes] = {}
    for position, entry in enumerate(entries, start=1):
        key_id, _, encoded = entry.partition(":")
        ring[key_id] = decode_key(encoded, setting=f"SEAL_KEYS, entry {position}")
        if not key_id or len(ring) < position:
            raise ImproperlyConfigured(f"SEAL_KEYS, entry {position}: write id:key, with an id used only once.")
    if not ring:
        raise ImproperlyConfigured("SEAL_KEYS: no key. Write id:key, the key as base64url of 32 random bytes.")
    return ring


def decode_key(encoded: str, *, setting: str) -> bytes:
    """Return the 32 bytes of a key written as base64url, padded or not. Raises ImproperlyConfigured."""
    try:
        key = urlsafe_b64decode(encoded.strip().rstrip("=") + "===")  # spare padding is ignored
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise ImproperlyConfigured(f"{setting}: the key must be base64url of {KEY_BYTES} random bytes.")
    return key


def _place(row: UUID, field: str) -> bytes:
    return f"{row}.{field}".encode()
