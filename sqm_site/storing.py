"""Where files lie: a folder of the home, or a bucket by django-storages. Whoever stores a file has sealed it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import FileSystemStorage, InMemoryStorage, Storage, storages

FILES = "files"  # the name in STORAGES
S3 = "storages.backends.s3.S3Storage"
# What of the address of a bucket may follow its "?": as django-storages calls it.
S3_OPTIONS = ("endpoint_url", "region_name", "addressing_style", "signature_version", "verify")
MEGABYTE = 1024 * 1024
HINT = "Write a folder as file:///srv/sqm/files, or a bucket as s3://bucket/folder?endpoint_url=https://host."


def file_storage(url: str, home: Path) -> dict[str, Any]:
    """The entry of STORAGES for an address; empty: the folder `files` of the home. Raises ImproperlyConfigured."""
    parts = urlsplit(url)
    if parts.scheme == "s3" and parts.netloc:
        given = dict(parse_qsl(parts.query))
        if unknown := sorted(given.keys() - set(S3_OPTIONS)):
            raise ImproperlyConfigured(f"FILES_URL: {unknown[0]} is not known. Known: {', '.join(S3_OPTIONS)}.")
        options: dict[str, Any] = {"bucket_name": parts.netloc, "location": parts.path.strip("/"), "default_acl": None}
        return {"BACKEND": S3, "OPTIONS": {**options, "file_overwrite": True, "querystring_auth": True, **given}}
    if url and (parts.scheme != "file" or not parts.path.strip("/") or parts.netloc):
        raise ImproperlyConfigured(f"FILES_URL: not an address of a storage. {HINT}")
    location = Path(parts.path) if url else home / "files"
    folder: dict[str, Any] = {"location": location, "allow_overwrite": True}
    modes = {"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700}
    return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": folder | modes}


def kept_files() -> Storage:
    return storages[FILES]


def is_local(storage: Storage) -> bool:
    """Whether a backup of this machine has to carry its files: a bucket has versions and copies of its own."""
    return isinstance(storage, FileSystemStorage | InMemoryStorage)


def folders_of(storage: Storage) -> list[str]:
    """The folders at the top of a storage; one that is not there yet has none."""
    return listed(storage, "")[0]


def names_of(storage: Storage, folder: str = "") -> Iterator[str]:
    """Every file in a folder and below, by its whole name; default: of the storage."""
    folders, files = listed(storage, folder)
    yield from (f"{folder}{name}" for name in files)
    for name in folders:
        yield from names_of(storage, f"{folder}{name}/")


def listed(storage: Storage, folder: str) -> tuple[list[str], list[str]]:
    """Folders and files of a folder; one that is not there yet holds none."""
    try:
        return storage.listdir(folder)
    except FileNotFoundError:
        return [], []
