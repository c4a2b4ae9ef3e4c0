"""What the pages of deadlines refuse, in words and beside the field that is wrong."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BaseInlineFormSet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sla.form_fields import LISTS, HoursField, OffsetField
from sla.models import Calendar, CalendarDay, ExtensionStep, Measure, Rung, RungKind, Target, Weekday, WeekdayHours
from sla.models.ladder import VERSION_TWICE
from sla.services.shadowing import shadow_of

DAYS, A_YEAR_OF_HOURS = 365, 365 * 24
MOST = {
    Measure.WORKING_DAYS: DAYS,
    Measure.CALENDAR_DAYS: DAYS,
    Measure.WORKING_MINUTES: 100_000,
    Measure.CALENDAR_HOURS: A_YEAR_OF_HOURS,
    Measure.SAME_DAY: 1,
}
SIDE = {
    RungKind.REMINDER: _("A reminder stands before the deadline."),
    RungKind.BREACH: _("A breach stands at the deadline."),
    RungKind.ESCALATION: _("An escalation stands at the deadline or after it."),
}


class SelectionForm(forms.ModelForm):
    """Rule sets and policies: which cases, from when until when."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in LISTS.keys() & self.fields.keys():
            self.fields[name].stand(getattr(self.instance, name) or [])  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        begins, ends = self.value("effective_from"), given.get("effective_to")
        if begins and ends and ends < begins:
            self.add_error("effective_to", _("The last day lies before the first: this would never apply."))
        kinds, owner = given.get("institution_types"), self.instance.legal_entity
        if kinds and owner is not None and owner.institution_type not in kinds:
            said = _("Your institution is a {kind}: this would never apply.")
            self.add_error("institution_types", said.format(kind=owner.get_institution_type_display()))
        return given

    def value(self, name: str) -> Any:
        """As entered, or as it stands where the page does not ask for it."""
        return self.cleaned_data.get(name) if name in self.fields else getattr(self.instance, name)


class RuleSetForm(SelectionForm):
    def clean(self) -> dict[str, Any]:
        given = super().clean()
        first, most = given.get("first_due_days"), given.get("max_days")
        if first is not None and not 1 <= first <= DAYS:
            self.add_error("first_due_days", _("Give 1 to 365 days."))
        if most is not None and most > DAYS:
            self.add_error("max_days", _("Give 1 to 365 days."))
        elif first is not None and most is not None and most < first:
            self.add_error("max_days", _("All extensions together end no sooner than the first deadline."))
        return given


class ExtensionStepForm(forms.ModelForm):
    class Meta:
        model = ExtensionStep
        fields = ["until_days", "deciders", "told"]


class ExtensionStepsFormSet(BaseInlineFormSet):
    """Each step lies between the first deadline of its rule set and the last day that the law knows."""

    def clean(self) -> None:
        super().clean()
        first, most = self.instance.first_due_days, self.instance.max_days
        for form in kept(self):
            until = getattr(form, "cleaned_data", {}).get("until_days")
            if None not in {until, first, most} and not first < until <= most:
                said = _("Give a day after the first deadline ({first}), and at most {most}.")
                form.add_error("until_days", str(said).format(first=first, most=most))


class PolicyForm(SelectionForm):
    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if not self.errors and "position" in self.fields and (before := shadow_of(self.instance)) is not None:
            said = _("“{name}” (position {position}) fits all of these cases and comes first: this would never apply.")
            self.add_error("position", said.format(name=before.name, position=before.position))


class CalendarForm(forms.ModelForm):
    hours = HoursField(label=_("opening hours"), help_text=_("Of an ordinary working day, a row a span: from, until."))

    class Meta:
        model = Calendar
        fields = ["code", "name", "zone", "hours"]


class CalendarDayForm(forms.ModelForm):
    hours = HoursField(
        label=_("opening hours"),
        required=False,
        help_text=_("Only where this day differs from the calendar, such as a half day."),
    )

    class Meta:
        model = CalendarDay
        fields = ["calendar", "day", "is_workday", "name", "official", "hours"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("hours") and not given.get("is_workday"):
            self.add_error("hours", _("A day off has no opening hours. Tick “working day”, or leave them empty."))
        return given


class WeekdayHoursForm(forms.ModelForm):
    hours = HoursField(label=_("opening hours"))

    class Meta:
        model = WeekdayHours
        fields = ["weekday", "hours"]


class WeekFormSet(BaseInlineFormSet):
    def validate_unique(self) -> None:
        """In words, beside the row that comes second."""
        taken: set[int] = set()
        for form in kept(self):
            weekday = getattr(form, "cleaned_data", {}).get("weekday")
            if weekday in taken:
                said = _("{weekday} has a row already: put all of its hours into one.")
                form.add_error("weekday", said.format(weekday=Weekday(weekday).label))
            elif weekday:
                taken.add(weekday)


class TargetForm(forms.ModelForm):
    class Meta:
        model = Target
        fields = ["kind", "amount", "unit", "starts", "ladder"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        amount, unit = given.get("amount"), given.get("unit")
        if amount is not None and unit and not 1 <= amount <= MOST[Measure(unit)]:
            said = _("Give 1 to {most} of this unit.") if MOST[Measure(unit)] > 1 else _("The same day is 1.")
            self.add_error("amount", str(said).format(most=f"{MOST[Measure(unit)]:,}"))
        return given


class TargetsFormSet(BaseInlineFormSet):
    def clean(self) -> None:
        super().clean()
        if not kept(self):
            raise ValidationError(_("Enter at least one target: a policy without any sets no deadline."))


class RungForm(forms.ModelForm):
    offset = OffsetField(label=_("offset"))

    class Meta:
        model = Rung
        fields = ["position", "offset", "kind", "tell"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        offset, kind = given.get("offset"), given.get("kind")
        if offset is not None and kind and not fits(kind, offset):
            self.add_error("offset", SIDE[RungKind(kind)])
        return given


def fits(kind: str, offset: timedelta) -> bool:
    if kind == RungKind.REMINDER:
        return offset < timedelta(0)
    return not offset if kind == RungKind.BREACH else offset >= timedelta(0)


class RungsFormSet(BaseInlineFormSet):
    """A rung waits for the one below it, so that their order is the order of their moments."""

    def clean(self) -> None:
        super().clean()
        rungs = kept(self)
        if not rungs:
            raise ValidationError(_("Enter at least one rung: a ladder without any tells nobody."))
        asked = [form for form in rungs if not form.errors]
        asked.sort(key=lambda form: form.cleaned_data["position"])
        for lower, higher in pairwise(asked):
            if higher.cleaned_data["offset"] < lower.cleaned_data["offset"]:
                said = _("This comes before rung {number}, which has the lower position: put them in order of time.")
                higher.add_error("offset", said.format(number=lower.cleaned_data["position"]))


def kept(formset: Any) -> list[Any]:
    """The rows of an inline that stay or come."""
    return [
        form
        for form in formset.forms
        if (form.instance.pk or form.has_changed()) and not formset._should_delete_form(form)
    ]


class CopyForm(forms.Form):
    """From which day a new version holds."""

    begins = forms.DateField(label=_("The new version holds from"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, data: Any, row: Any) -> None:
        super().__init__(data)
        self.row = row

    def clean_begins(self) -> date:
        day: date = self.cleaned_data["begins"]
        if day < timezone.localdate():
            raise ValidationError(_("This day is over: what was due by the old version stays so. Choose a later one."))
        same = type(self.row)._default_manager.filter(
            key=self.row.key, legal_entity_id=self.row.legal_entity_id, effective_from=day
        )
        if same.exists():
            raise ValidationError(VERSION_TWICE)
        return day
