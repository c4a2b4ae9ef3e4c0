"""What the pages of the organization ask beyond their fields, and refuse in words."""

from datetime import date, datetime
from itertools import combinations
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BaseInlineFormSet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from organization.models import Absence, Membership, Role, Unit, User
from organization.services.absences import TOO_EARLY, start_of_day, unfit

# Given by `manage.py create_user` and `create_client` alone.
ELSEWHERE = frozenset({Role.GROUP_ADMINISTRATOR, Role.INTEGRATION})
TWICE = _("This person has this role there already in that time. Change the dates of that row instead.")

MOVES = _(
    "Another parent moves the unit with all below it. From then on its cases are seen from above its new place, and no"
    " longer from above the old one."
)


class PersonForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["username", "display_name", "staff_number", "email"]

    def clean_username(self) -> str:
        name = User.normalize_username(self.cleaned_data["username"])
        others = User.objects.exclude(pk=self.instance.pk)
        if others.filter(username__iexact=name).exists():
            raise ValidationError(_("{name} exists already. Choose another name.").format(name=name))
        return name

    def clean_staff_number(self) -> str:
        return "".join(self.cleaned_data["staff_number"].split())


def overlap(first: Membership, second: Membership) -> bool:
    """Whether two rows say the same of the same days."""
    same = all(
        getattr(first, name) == getattr(second, name)
        for name in ("role", "unit_id", "team_id", "business_line_id", "user_id")
    )
    return same and meet(first, second)


def meet(first: Membership, second: Membership) -> bool:
    """Whether there is a day on which both hold."""
    if not first.valid_from or not second.valid_from:
        return False
    first_until, second_until = first.valid_until or date.max, second.valid_until or date.max
    return first.valid_from <= second_until and second.valid_from <= first_until


class MembershipForm(forms.ModelForm):
    class Meta:
        model = Membership
        fields = ["user", "role", "unit", "team", "business_line", "valid_from", "valid_until"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "role" in self.fields:  # not on a page to look at
            role: Any = self.fields["role"]
            role.choices = [one for one in role.choices if one[0] not in ELSEWHERE]
            self.fields["unit"].required = True

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        unit, team = given.get("unit"), given.get("team")
        if unit and team and team.unit_id != unit.pk:
            self.add_error("team", _("This team belongs to another unit. Choose one of the unit, or leave it empty."))
        return given

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        person = self.instance.user_id
        others = Membership.objects.filter(user_id=person).exclude(pk=self.instance.pk) if person else []
        if not self.errors and self.changed_data and any(overlap(self.instance, other) for other in others):
            self.add_error(None, TWICE)


class RolesFormSet(BaseInlineFormSet):
    def clean(self) -> None:
        super().clean()
        rows = [form.instance for form in self.forms if form.has_changed() and form.is_valid()]
        if any(overlap(first, second) for first, second in combinations(rows, 2)):
            raise ValidationError(TWICE)


class AbsenceForm(forms.ModelForm):
    """What is over stays as it was: an absence begins today at the earliest, and ends no earlier than now."""

    class Meta:
        model = Absence
        fields = ["user", "since", "until", "substitute"]

    def clean_since(self) -> datetime:
        since: datetime = self.cleaned_data["since"]
        if since < start_of_day(timezone.now()):
            raise ValidationError(TOO_EARLY)
        return since

    def clean_until(self) -> datetime:
        until: datetime = self.cleaned_data["until"]
        if until < timezone.now():
            raise ValidationError(_("This lies in the past. Choose now, or later."))
        return until

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        person, substitute = given.get("user") or getattr(self.instance, "user", None), given.get("substitute")
        if person and substitute and (why := unfit(substitute, person)):
            self.add_error("substitute", why)
        return given


class UnitForm(forms.ModelForm):
    """Another parent moves the unit with all below it."""

    class Meta:
        model = Unit
        fields = ["name", "code", "kind", "parent", "region", "head", "receiver", "substitute"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "parent" in self.fields:  # neither on the page of a root nor on one to look at
            self.fields["parent"].required = True  # a legal entity has one root, and setup made it
            if self.instance.pk:
                self.fields["parent"].help_text = MOVES

    def clean_parent(self) -> Unit:
        parent: Unit = self.cleaned_data["parent"]
        if self.instance.pk and parent.path.startswith(self.instance.path):
            raise ValidationError(_("A unit cannot stand below itself."))
        return parent
