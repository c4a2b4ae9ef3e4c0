"""Pages of versions: one that a clock follows is only looked at, ended, and copied into the next."""

from typing import Any

from django.db import connection
from django.db.models import Model
from django.forms import model_to_dict
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from organization.configuration import RecordedConfiguration, RecordedInline
from sla.forms import CopyForm
from sqm_site.adminui import action
from sqm_site.fields import number

ENDS = "effective_to"  # may be set at any time: it changes nothing of what a version said
BEGINS = "effective_from"


def in_use(row: Model) -> bool:
    """Whether a clock follows the version, as the trigger that freezes it asks. One query a row and request."""
    if not hasattr(row, "is_in_use"):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {row._meta.db_table}_used(%s)", [row.pk])
            row.is_in_use = cursor.fetchone()[0]  # type: ignore[attr-defined]
    return bool(row.is_in_use)  # type: ignore[attr-defined]


class VersionsAdmin(RecordedConfiguration):
    """A table of versions. A version begins on its day and ends where the next of its key begins."""

    shared = True
    always_second = True
    asks_why = _("Another administrator decides this change, and reads this.")
    actions_detail = ["end_and_copy"]
    change_form_before_template = "sla/in_use.html"
    refusals = {
        "version_in_use": _(
            "Not saved: deadlines follow this version by now. Use “End and copy” to enter the next one."
        )
    }

    def frozen(self, obj: Any) -> bool:
        return obj is not None and in_use(obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        ends = obj is None or any(field.name == ENDS for field in obj._meta.fields)
        return super().has_change_permission(request, obj) and (ends or not self.frozen(obj))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_fields(request, obj)
        return [self.shown(name) for name in fields] if self.frozen(obj) else fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if not self.frozen(obj):
            return super().get_readonly_fields(request, obj)
        return [name for name in self.get_fields(request, obj) if name != ENDS]

    def shown(self, name: str) -> str:
        return f"shown_{name}" if hasattr(self, f"shown_{name}") else name

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        context["in_use"] = self.frozen(kwargs.get("obj"))
        return super().render_change_form(request, context, *args, **kwargs)

    # --- end and copy -------------------------------------------------------------------------------------

    def has_copy_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        row = self.get_object(request, str(object_id))
        return row is not None and self.keeps(request, row) and self.has_add_permission(request)

    @action(description=_("End and copy"), url_path="end-and-copy", permissions=["copy"], icon="content_copy")
    def end_and_copy(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        """Asks for a day, and leads to the page of the new version, filled in."""
        row = self.get_object(request, str(object_id))
        if row is None:
            raise Http404
        form = CopyForm(request.GET if "begins" in request.GET else None, row)
        if form.is_valid():
            query = urlencode({"copy": row.pk, BEGINS: form.cleaned_data["begins"].isoformat()})
            return redirect(f"{self.page('add')}?{query}")
        context = {"title": _("End and copy"), "opts": self.opts, "row": row, "form": form}
        context["back"] = self.page("change", row.pk)
        return TemplateResponse(request, "sla/end_and_copy.html", {**self.admin_site.each_context(request), **context})

    def page(self, name: str, *args: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}", args=args)

    def copied(self, request: HttpRequest) -> Any:
        """The version that a new one is filled in from; None where the page is not opened for that."""
        pk = number(request.GET.get("copy", "")) if request.method == "GET" else None
        row = self.get_queryset(request).filter(pk=pk).first() if pk is not None else None
        return row if row is not None and self.keeps(request, row) else None

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        given: dict[str, Any] = super().get_changeform_initial_data(request)
        row = self.copied(request)
        return given if row is None else model_to_dict(row, exclude=[BEGINS, ENDS]) | given

    def get_formset_kwargs(self, request: HttpRequest, obj: Any, inline: Any, prefix: str) -> dict[str, Any]:
        """Only to show: what is sent counts as new by itself."""
        given: dict[str, Any] = super().get_formset_kwargs(request, obj, inline, prefix)
        if isinstance(inline, RowsOfVersion) and not obj.pk:
            given["initial"] = inline.copied(request)
        return given


class RowsOfVersion(RecordedInline):
    """The rows in the page of a version; frozen as it is, and copied with it."""

    shared = True
    fk: str  # the field that names the version

    def keeps_parent(self, request: HttpRequest, parent: Model | None) -> bool:
        used = parent is not None and parent.pk is not None and in_use(parent)
        return not used and super().keeps_parent(request, parent)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whatever may be changed: no clock follows it, and another administrator decides."""
        return self.has_change_permission(request, obj)

    def copied(self, request: HttpRequest) -> list[dict[str, Any]]:
        table = self.admin_site._registry[self.parent_model]
        row = table.copied(request) if isinstance(table, VersionsAdmin) else None
        if row is None:
            return []
        rows = self.model._default_manager.filter(**{self.fk: row}).order_by("pk")
        return [model_to_dict(one, exclude=["id", self.fk]) for one in rows]

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        return len(self.copied(request)) if obj is None else 0
