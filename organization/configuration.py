"""The one base of every table in the admin: whose rows, whose choices, and what was changed.

Nothing crosses a legal entity. `entity` is the path from a row to its legal entity, and everything follows from
it: the rows of a table and of its inlines, the choices of every foreign key and many-to-many field, who may change.
"""

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.admin import RelatedFieldListFilter
from django.contrib.admin.sites import AdminSite
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import IntegrityError
from django.db.models import Model, Q, QuerySet
from django.forms.models import InlineForeignKeyField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from organization.models import User
from organization.proposing import Proposing
from organization.services.spelling import named
from sqm_site.adminui import ConfigurationInline, Window, WindowInline
from sqm_site.errors import constraint_of

OWNER = "legal_entity"


def entity_of(request: HttpRequest) -> int | None:
    """The legal entity of who asks. None: somebody of the group, who keeps what belongs to no entity."""
    return cast(User, request.user).legal_entity_id


def is_owned(model: type[Model]) -> bool:
    try:
        model._meta.get_field(OWNER)
    except FieldDoesNotExist:
        return False
    return True


class OfEntity:
    """The rows of one legal entity, and choices among them.

    entity  path from a row to its legal entity; empty for a table that the whole group shares
    shared  rows without an entity belong to the whole group: everybody sees them, the group administrator changes them
    """

    entity = OWNER
    shared = False
    model: type[Model]
    admin_site: AdminSite

    def within(self, request: HttpRequest) -> Q:
        """The rows that exist for who asks."""
        if not self.entity:
            return Q()
        common = Q(**{f"{self.entity}__isnull": True}) if self.shared else Q(pk__in=[])
        if entity_of(request) is None:
            return common
        return common | Q(**{self.entity: entity_of(request)})

    def kept_by(self, request: HttpRequest) -> Q:
        """The rows that who asks may change."""
        own = entity_of(request)
        if not self.entity:
            return Q() if own is None else Q(pk__in=[])
        if own is None:
            return self.within(request)
        return Q(**{self.entity: own})

    def keeps(self, request: HttpRequest, row: Model | None) -> bool:
        """Whether the row, or a new one, is theirs to change."""
        if row is not None and row.pk:
            return type(row)._default_manager.filter(self.kept_by(request), pk=row.pk).exists()
        return entity_of(request) is None if not self.entity else self.shared or entity_of(request) is not None

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        return self.get_queryset(request)  # type: ignore[attr-defined, no-any-return]

    def choices(self, request: HttpRequest, model: type[Model], name: str = "") -> QuerySet[Any]:
        """The rows of `model` that the field `name` may point at: those of its own table in the admin.

        What a row hangs on (a day on its calendar) must be theirs to change. A model without a table and without an
        owner offers nothing.
        """
        table = self.admin_site._registry.get(model)
        if isinstance(table, OfEntity):
            hangs = "__" in self.entity and self.entity.partition("__")[0] == name
            return table.rows(request).filter(table.kept_by(request) if hangs else Q())
        owned = Q(legal_entity=entity_of(request)) if is_owned(model) and entity_of(request) else Q(pk__in=[])
        return model._default_manager.filter(owned)

    def bound(self, form: type[Any], request: HttpRequest) -> type[Any]:
        """The form class, knowing who fills it in."""
        return type(form.__name__, (NarrowedForm, form), {"table": self, "request": request})


class NarrowedForm(forms.ModelForm):
    """Offers and takes rows of one legal entity only; a new row belongs to it."""

    table: OfEntity
    request: HttpRequest

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding and is_owned(type(self.instance)):
            self.instance.legal_entity_id = entity_of(self.request)
        for name, field in self.fields.items():
            if isinstance(field, forms.ModelChoiceField):
                self.narrow(name, field)

    def narrow(self, name: str, field: Any) -> None:
        """A value that stands already stays possible, so that another change of the row does not empty it."""
        model = field.queryset.model
        mine = self.table.choices(self.request, model, name).order_by()
        offered = field.queryset.order_by().filter(pk__in=mine.values("pk"))
        field.queryset = model._default_manager.filter(Q(pk__in=offered.values("pk")) | Q(pk__in=self.standing(name)))

    def standing(self, name: str) -> list[Any]:
        if self.instance._state.adding:
            return []
        value = forms.model_to_dict(self.instance, fields=[name]).get(name)
        return [one.pk for one in value] if isinstance(value, list) else [value] if value is not None else []

    def _post_clean(self) -> None:
        """Asks the constraints again with the owner, which stands in no form and in most of what is unique."""
        super()._post_clean()  # type: ignore[misc]
        if self.errors or not is_owned(type(self.instance)):
            return
        unasked = self._get_validation_exclusions() - {OWNER}  # type: ignore[attr-defined]
        unasked |= {name for name, field in self.fields.items() if isinstance(field, InlineForeignKeyField)}
        try:
            self.instance.validate_constraints(exclude=unasked)
        except ValidationError as error:
            self.add_error(None, error.messages)  # type: ignore[arg-type]


class ChoicesOfEntity(RelatedFieldListFilter):
    """A filter beside a list that names no row of another legal entity."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        mine = model_admin.choices(request, field.related_model)
        ordering = self.field_admin_ordering(field, request, model_admin)
        return field.get_choices(include_blank=False, ordering=ordering, limit_choices_to={"pk__in": mine.order_by()})


class _Table(OfEntity):
    spelled = ""  # the column by whose pinyin rows are found, in the list and where a form chooses among them

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        found, doubles = super().get_search_results(request, queryset, search_term)  # type: ignore[misc]
        if self.spelled and search_term:
            found = found | queryset.filter(named(search_term, self.spelled))
        return found, doubles

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(self.within(request))  # type: ignore[misc, no-any-return]

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        def narrowed(name: Any) -> Any:
            if not isinstance(name, str) or "__" in name:
                return name
            field = self.model._meta.get_field(name)
            return (name, ChoicesOfEntity) if field.is_relation else name

        return [narrowed(name) for name in super().get_list_filter(request)]  # type: ignore[misc]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> type[Any]:
        return self.bound(super().get_form(request, obj, change, **kwargs), request)  # type: ignore[misc]

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> type[Any]:
        return self.bound(super().get_changelist_form(request, **kwargs), request)  # type: ignore[misc]


class _Inline(OfEntity):
    parent_model: type[Model]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(self.within(request))  # type: ignore[misc, no-any-return]

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> type[Any]:
        formset = super().get_formset(request, obj, **kwargs)  # type: ignore[misc]
        formset.form = self.bound(formset.form, request)
        return formset

    def keeps_parent(self, request: HttpRequest, parent: Model | None) -> bool:
        table = self.admin_site._registry[self.parent_model]
        return isinstance(table, OfEntity) and table.keeps(request, parent)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.keeps_parent(request, obj) and super().has_add_permission(request, obj)  # type: ignore[misc]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.keeps_parent(request, obj) and super().has_change_permission(request, obj)  # type: ignore[misc]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.keeps_parent(request, obj) and super().has_delete_permission(request, obj)  # type: ignore[misc]


class RecordedInline(_Inline, ConfigurationInline):
    """Rows of a configuration page; their changes stand in its record."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Rows are chosen here and kept on their own pages: the columns need the room."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        widget = getattr(field, "widget", None)
        if isinstance(widget, RelatedFieldWidgetWrapper):
            widget.can_add_related = widget.can_change_related = widget.can_view_related = False
        return field


class EntityWindowInline(_Inline, WindowInline):
    """Rows to look at."""


class EntityWindow(_Table, Window):
    """A table to look at, of one legal entity."""


class RecordedConfiguration(_Table, Proposing):
    """A table people set up. Who changed what, from what and to what, stands in the audit log with the change.

    refusals  what the page says when the database refuses by this constraint: name -> sentence
    """

    refusals: Mapping[str, Any] = {}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.keeps(request, None) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return (obj is None or self.keeps(request, obj)) and super().has_change_permission(request, obj)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A page to look at shows the words of a closed list, where the table has a column `shown_...` for it."""
        fields = super().get_fields(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fields
        return [f"shown_{name}" if hasattr(self, f"shown_{name}") else name for name in fields]

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A rule that only the database knows refuses in words too; nothing was saved then."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except IntegrityError as error:
            messages.error(request, self.refusal(error))
            return redirect(request.get_full_path())

    def refusal(self, error: IntegrityError) -> Any:
        return self.refusals.get(constraint_of(error)) or super().refusal(error)
