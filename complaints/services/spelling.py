"""Codes, units, teams and people are found by pinyin: their names are spelled at set-up, and new ones by a sweep."""

from complaints.models import Code
from complaints.services import taxonomy
from organization.services.spelling import keep_spellings, names_of_people


def spell_names() -> int:
    """Spell every name that is new; gives how many were. A name no code, unit or person has any more is forgotten."""
    codes = Code.objects.values_list("zh", flat=True).distinct()
    new = keep_spellings({*codes, *names_of_people()})
    if new:
        taxonomy.TABLES.forget()
    return new
