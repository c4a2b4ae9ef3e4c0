"""The catalogues of the languages, compiled by Babel, so that gettext need not be installed."""

import os
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.utils.translation.reloader import translation_file_changed

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("locale", "locale_unfold")


def compile_catalogues(root: Path = ROOT) -> list[Path]:
    """Compile each .po under `root` whose .mo is missing or older, and give those. Two starts at once do no harm.

    This process speaks by them from now on: on a new machine it has begun without, and lays down names next.
    """
    sources = [source for folder in FOLDERS for source in sorted((root / folder).glob("*/LC_MESSAGES/*.po"))]
    stale = [source for source in sources if _is_stale(source)]
    for source in stale:
        translation_file_changed(None, _compile(source))
    return stale


def _is_stale(source: Path) -> bool:
    target = source.with_suffix(".mo")
    return not target.exists() or target.stat().st_mtime < source.stat().st_mtime


def _compile(source: Path) -> Path:
    """Give the compiled catalogue."""
    language = source.parent.parent.name
    with source.open("rb") as file:
        catalogue = read_po(file, locale=language)
    unfinished = source.with_suffix(f".{os.getpid()}.tmp")
    with unfinished.open("wb") as file:
        write_mo(file, catalogue)
    # a reader sees the old catalogue or the new one, never half
    return unfinished.replace(source.with_suffix(".mo"))
