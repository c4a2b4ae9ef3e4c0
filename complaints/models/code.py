"""The code lists that classify a case: business channel, category, reason and the smaller lists of its life."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Code(models.Model):
    """One code of one dimension in one version of the lists. A used code is never deleted, only made inactive.

    basis, outcome  of a business category: the words with which a decision on it begins, for those below it, too
    """

    dimension = models.CharField(_("dimension"), max_length=32)
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
        return self.zh if (get_language() or "zh").startswith("zh") else self.en
