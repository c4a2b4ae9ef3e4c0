"""Where files of cases lie, by FILES_URL."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage

from sqm_site.checks import check_files
from sqm_site.storing import S3, file_storage, is_local, names_of

HOME = Path("/srv/home")


@pytest.mark.parametrize(("url", "location"), [("", HOME / "files"), ("file:///srv/sqm/files", Path("/srv/sqm/files"))])
def test_a_folder(url, location):
    assert file_storage(url, HOME)["OPTIONS"]["location"] == location


def test_a_bucket_with_its_options():
    """As django-storages calls them: tried with its S3Storage, against no real bucket."""
    made = file_storage("s3://bucket/cases/?endpoint_url=https://oss.example.com&region_name=cn-shanghai", HOME)
    assert made["BACKEND"] == S3
    wanted = {"bucket_name": "bucket", "location": "cases", "endpoint_url": "https://oss.example.com"}
    assert wanted.items() <= made["OPTIONS"].items()
    assert made["OPTIONS"]["default_acl"] is None  # private, whatever the bucket says


@pytest.mark.parametrize(
    "url", ["files", "/srv/files", "file://host/x", "file:///", "s3://", "ftp://x/y", "s3://b?acl=x"]
)
def test_what_is_no_address_is_refused_by_name(url):
    with pytest.raises(ImproperlyConfigured, match="FILES_URL"):
        file_storage(url, HOME)


def test_a_check_says_what_a_bucket_needs(settings):
    assert list(check_files(None)) == []
    settings.STORAGES = {**settings.STORAGES, "files": {"BACKEND": "storages.backends.s3.NoSuchStorage"}}
    (found,) = check_files(None)
    assert found.id == "sqm.E016" and "django-storages" in found.hint


def test_a_folder_is_private_and_listed_whole(tmp_path):
    made = file_storage(f"file://{tmp_path}/kept", HOME)
    storage = FileSystemStorage(**made["OPTIONS"])
    assert is_local(storage) and list(names_of(storage)) == []
    for name in ("1/ab/one", "1/cd/two", "2/ab/three"):
        assert storage.save(name, ContentFile(b"x")) == name
    assert sorted(names_of(storage)) == ["1/ab/one", "1/cd/two", "2/ab/three"]
    assert {path.stat().st_mode & 0o777 for path in tmp_path.rglob("*") if path.is_file()} == {0o600}
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "kept").rglob("*") if path.is_dir()} == {0}
    storage.save("1/ab/one", ContentFile(b"again"))
    with storage.open("1/ab/one") as file:
        assert file.read() == b"again"
