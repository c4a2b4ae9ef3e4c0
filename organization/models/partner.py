"""合作机构 (Art. 10): by whom or with whom the institution serves its customers; they cooperate on complaints, too."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext


class Partner(models.Model):
    """A partner institution of a legal entity. Nobody of it signs in: it is asked through a unit of the house.

    unit    归口管理部门: keeps the relation, asks the partner and answers for it
    active  False: no case and no task names it any more; what named it stays
    """

    class Kind(models.TextChoices):
        INSURANCE = "insurance", pgettext("partner", "Insurer")
        FUND = "fund", pgettext("partner", "Fund company")
        SECURITIES = "securities", pgettext("partner", "Securities firm")
        TRUST = "trust", pgettext("partner", "Trust company")
        LENDING = "lending", pgettext("partner", "Lending partner")
        COLLECTION = "collection", pgettext("partner", "Collection agency")
        PAYMENT = "payment", pgettext("partner", "Payment institution")
        TECHNOLOGY = "technology", pgettext("partner", "Technology provider")
        MERCHANT = "merchant", pgettext("partner", "Merchant")
        OTHER = "other", pgettext("partner", "Other")

    legal_entity = models.ForeignKey(
        "organization.LegalEntity",
        models.PROTECT,
        related_name="+",
        db_index=False,
        editable=False,
        verbose_name=_("legal entity"),
    )
    code = models.SlugField(_("code"), max_length=40, db_index=False)
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    unit = models.ForeignKey(
        "organization.Unit",
        models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("unit that keeps the relation"),
        help_text=_("It asks the partner, and answers for it."),
    )
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("partner institution")
        verbose_name_plural = _("partner institutions")
        constraints = [
            models.UniqueConstraint(
                fields=["legal_entity", "code"],
                name="partner_once",
                violation_error_message=_("There is a partner institution of this code already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name
