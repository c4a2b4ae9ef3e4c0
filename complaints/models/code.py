"""The code lists that classify a case: business channel, category, reason and the smaller lists of its life."""

import functools
import json
from pathlib import Path
from typing import Any

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

SOURCE = Path(__file__).resolve().parent.parent / "taxonomy.json"


@functools.cache
def laid_down() -> dict[str, Any]:
    """What `setup` lays down: the version, and by its key each list with its names and codes."""
    found: dict[str, Any] = json.loads(SOURCE.read_text(encoding="utf-8"))
    return found


def in_chinese() -> bool:
    return (get_language() or "zh").startswith("zh")


def lists() -> list[tuple[str, str]]:
    """The lists there are, by name in the language of the reader."""
    name = "zh" if in_chinese() else "en"
    return [(key, names[name]) for key, names in laid_down()["dimensions"].items()]


class Code(models.Model):
    """One code of one dimension in one version of the lists. A used code is never deleted, only made inactive.

    basis, outcome  of a business category: the words with which a decision on it begins, for those below it, too
    """

    dimension = models.CharField(_("list of codes"), max_length=32, choices=lists)
    code = models.CharField(_("code"), max_length=20)
    zh = models.CharField(_("Chinese name"), max_length=80)
    en = models.CharField(_("English name"), max_length=120)
    parent_code = models.CharField(_("parent code"), max_length=20, blank=True)
    version = models.CharField(_("version"), max_length=12)
    active = models.BooleanField(_("active"), default=True)
    position = models.PositiveSmallIntegerField(_("position"))
    basis = models.TextField(_("usual basis of a decision"), max_length=2000, blank=True)
    outcome = models.TextField(_("usual outcome of a decision"), max_length=2000, blank=True)

    syllables = ""  # of the Chinese name, where `services.taxonomy` has read it

    class Meta:
        verbose_name = _("code")
        verbose_name_plural = _("codes")
        ordering = ["dimension", "version", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["dimension", "code", "version"],
                name="code_once_a_version",
                violation_error_message=_("This version of the list has this code already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.label}"

    @property
    def label(self) -> str:
        """The name in the language of the reader."""
        return self.zh if in_chinese() else self.en
