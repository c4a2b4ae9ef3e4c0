"""常用视图: the filters and the order of the list of cases, kept under a name, for oneself or for a team."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from organization.models import User
from organization.rights import rights_of


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def of(self, user: User) -> "SavedViewQuerySet":
        """One's own, and those of the teams in which one works."""
        teams = {seat.team_id for seat in rights_of(user).memberships if seat.team_id is not None}
        mine = Q(by=user, team=None) | Q(team__in=teams)
        rows = self.filter(mine, legal_entity_id=user.legal_entity_id)
        return rows.select_related("team__unit").order_by("name", "pk")


class SavedView(models.Model):
    """query: name of the filter -> its values, as the address of the list has them; never what was searched for, which
    may be a name or a number of a customer.
    """

    legal_entity = models.ForeignKey("organization.LegalEntity", models.PROTECT, related_name="+", db_index=False)
    by = models.ForeignKey("organization.User", models.PROTECT, related_name="+", db_index=False)
    team = models.ForeignKey("organization.Team", models.PROTECT, related_name="+", null=True, db_index=False)
    name = models.CharField(_("name"), max_length=40)
    query: Any = models.JSONField(default=dict)
    at = models.DateTimeField()

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["by", "name"], condition=Q(team=None), name="saved_view_once_a_person"),
            models.UniqueConstraint(
                fields=["team", "name"], condition=Q(team__isnull=False), name="saved_view_once_a_team"
            ),
        ]

    def __str__(self) -> str:
        return self.name
