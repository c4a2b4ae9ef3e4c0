"""The words that were searched for, marked where they stand. All other text is escaped."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import pgettext_lazy as pgettext

from complaints.desk.inwords import TEXT_LABELS
from complaints.models import Case, CaseWords
from complaints.models.words import Plain

AROUND = 24  # characters shown before and after a hit
LONG = 80  # of one excerpt, beside the hit
SAID = pgettext("text", "Customer")


@dataclass(frozen=True)
class Excerpt:
    """Where in the texts of a case the words stand."""

    kind: Any
    text: SafeString


def places(text: str, words: Iterable[str]) -> list[tuple[int, int]]:
    """Where the words stand: (start, end), in order, none within another."""
    folded = unicodedata.normalize("NFKC", text)
    seen = folded if len(folded) == len(text) else text  # else places would not be those of the text
    wanted = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return [found.span() for found in re.finditer(wanted, seen, re.IGNORECASE)] if wanted else []


def marked(text: str, words: Iterable[str]) -> SafeString:
    """The text with its hits in <mark>."""
    pieces, end = [], 0
    for start, stop in places(text, words):
        pieces += [escape(text[end:start]), "<mark>", escape(text[start:stop]), "</mark>"]
        end = stop
    return mark_safe("".join([*pieces, escape(text[end:])]))  # noqa: S308  each piece of the text is escaped


def excerpt(text: str, words: list[str]) -> SafeString:
    """The text around its first hit."""
    found = places(text, words)
    if not found:
        return SafeString("")
    start = max(found[0][0] - AROUND, 0)
    end = start + LONG + AROUND
    shown = " ".join(text[start:end].split())
    return marked(f"{'…' if start else ''}{shown}{'…' if end < len(text) else ''}", words)


def excerpts(cases: Iterable[Case], words: list[str]) -> dict[int, Excerpt]:
    """Of each case the text with the most of those words that its title lacks. One statement."""
    lacking = {case.pk: [word for word in words if not places(case.subject, [word])] for case in cases}
    wanted = Q()
    for word in words:
        wanted |= Q(plain__icontains=word)
    ids = [pk for pk, missing in lacking.items() if missing]
    if not ids:
        return {}
    rows = CaseWords.objects.alias(plain=Plain("text")).filter(wanted, case__in=ids).order_by("event_sequence", "part")
    best: dict[int, tuple[int, str, str]] = {}
    for pk, kind, text in rows.values_list("case", "kind", "text"):
        hits = sum(bool(places(text, [word])) for word in lacking[pk])
        if hits > best.get(pk, (0, "", ""))[0]:
            best[pk] = (hits, kind, text)
    return {
        pk: Excerpt(TEXT_LABELS.get(kind, SAID), excerpt(text, lacking[pk])) for pk, (_hits, kind, text) in best.items()
    }
