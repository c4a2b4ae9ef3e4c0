"""Configuration that belongs to one legal entity or, without one, to the whole group."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class OfGroupOrEntity(models.Model):
    """Empty: the whole group, changed only by a group administrator. The most specific row fits."""

    legal_entity = models.ForeignKey(
        "organization.LegalEntity",
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("legal entity"),
    )

    class Meta:
        abstract = True


def once(*fields: str, name: str, message: Any, condition: Q | None = None) -> list[models.BaseConstraint]:
    """These fields stand once in each legal entity, and once in the group: NULL equals nothing in PostgreSQL."""
    condition = condition or Q()
    return [
        models.UniqueConstraint(
            fields=["legal_entity", *fields],
            condition=condition & Q(legal_entity__isnull=False),
            name=name,
            violation_error_message=message,
        ),
        models.UniqueConstraint(
            fields=fields,
            condition=condition & Q(legal_entity__isnull=True),
            name=f"{name}_in_group",
            violation_error_message=message,
        ),
    ]
