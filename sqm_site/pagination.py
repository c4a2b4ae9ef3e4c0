"""Pages of long lists: from where the last one ended, never by counting."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.db.models import F, Model, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.utils.translation import gettext_lazy as _
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from sqm_site.errors import Invalid
from sqm_site.fields import number

PAGE_SIZE, LARGEST_PAGE = 50, 200


Key = tuple[int, Any]  # id of a row and its sort value


@dataclass(frozen=True)
class Cursor:
    """A place between two rows: the sort value of the row beside it (None: it has none) and the rest of its key."""

    value: Any
    rest: tuple[Any, ...]
    backward: bool = False


class KeysetPagination(BasePagination):
    """Pages by (sort key, primary key). The view names its sort keys, the default first: `orderings = ("-at",)`.

    A key is a column of the listed model, `-` in front for descending; rows without a value come last. The index that
    serves it is on (key, id), or that of the primary key. Cursors are signed for one view and one ordering.
    """

    def paginate_queryset(  # type: ignore[override]  # a sequence has no index to scan
        self, queryset: QuerySet[Any], request: Request, view: APIView | None = None
    ) -> list[Any]:
        size = page_size(request)
        self.url = request.build_absolute_uri()
        self.ordering = chosen_ordering(request, getattr(view, "orderings", ("-id",)))
        self.key = queryset.model._meta.get_field(self.ordering.lstrip("-"))
        self.rest = [field.attname for field in queryset.model._meta.pk_fields if field != self.key]
        self.salt = f"{type(view).__qualname__}.{self.ordering}"
        cursor = self.read_cursor(request)
        found = self.collect(queryset, cursor, size + 1)
        page, more = found[:size], len(found) > size
        if cursor is not None and cursor.backward:
            self.set_links(page[::-1], before=more, after=True)
            return page[::-1]
        self.set_links(page, before=cursor is not None, after=more)
        return page

    def collect(self, queryset: QuerySet[Any], cursor: Cursor | None, limit: int) -> list[Any]:
        """The first rows of what comes next."""
        found: list[Any] = []
        for part in self.ahead(queryset, cursor):
            found += self.take(part, limit - len(found))
            if len(found) >= limit:
                break
        return found

    def take(self, part: QuerySet[Any], limit: int) -> list[Any]:
        """The first rows of a range scan."""
        return list(part[:limit])

    def ahead(self, queryset: QuerySet[Any], cursor: Cursor | None) -> list[QuerySet[Any]]:
        """The one or two range scans that hold what comes next, nearest first.

        Rows with a sort value and rows without are scanned apart: one condition for both would be an OR, which
        no index serves in order.
        """
        key, backward = self.key.name, cursor is not None and cursor.backward
        falling = self.ordering.startswith("-") != backward
        sign, beyond = ("-", TupleLessThan) if falling else ("", TupleGreaterThan)
        rest = [f"{sign}{name}" for name in self.rest]
        valued = queryset.order_by(f"{sign}{key}", *rest)
        # the key is the same in all of these, but an index on (key, id) gives them in no other order
        empty = self.without(queryset).order_by(f"{sign}{key}", *rest)
        if self.key.null:
            valued = valued.filter(**{f"{key}__isnull": False})
        if cursor is None:
            parts = [valued, empty]
        elif cursor.value is None:
            parts = [empty.filter(beyond(Tuple(*map(F, self.rest)), cursor.rest)), *([valued] * backward)]
        else:
            place = beyond(Tuple(F(key), *map(F, self.rest)), (cursor.value, *cursor.rest))
            parts = [valued.filter(place), *([empty] * (not backward))]
        return parts if self.key.null else parts[:1]

    def without(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows without a sort value."""
        return queryset.filter(**{f"{self.key.name}__isnull": True})

    def set_links(self, page: list[Model], *, before: bool, after: bool) -> None:
        self.previous = self.link(page[0], backward=True) if page and before else None
        self.next = self.link(page[-1], backward=False) if page and after else None

    def link(self, row: Model, *, backward: bool) -> str:
        value = None if getattr(row, self.key.attname) is None else self.key.value_to_string(row)
        return self.link_beside(value, [getattr(row, name) for name in self.rest], backward=backward)

    def link_beside(self, value: str | None, rest: Sequence[Any], *, backward: bool) -> str:
        """value  as the column writes it"""
        token = signing.dumps([value, [*rest], backward], salt=self.salt, compress=True)
        return replace_query_param(self.url, "cursor", token)

    def read_cursor(self, request: Request) -> Cursor | None:
        token = request.query_params.get("cursor")
        if token is None:
            return None
        try:
            value, rest, backward = signing.loads(token, salt=self.salt)
        except signing.BadSignature as error:
            sentence = _("This cursor does not belong to this list. Start again without it.")
            raise Invalid({"cursor": [str(sentence)]}) from error
        return Cursor(self.key.to_python(value), tuple(rest), backward)

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self.next, "previous": self.previous, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True}
        properties = {"next": link, "previous": link, "results": schema}
        return {"type": "object", "required": list(properties), "properties": properties}

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        orderings = list(getattr(view, "orderings", ("-id",)))
        schemas: dict[str, dict[str, Any]] = {
            "cursor": {"type": "string"},
            "page_size": {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": PAGE_SIZE},
            "ordering": {"type": "string", "enum": orderings, "default": orderings[0]},
        }
        return [{"name": name, "in": "query", "required": False, "schema": schemas[name]} for name in schemas]


class KeysFirst(KeysetPagination):
    """Pages whose ids are found before their rows are read: columns and joins are paid for what is shown alone.

    rows  the columns to read, of a model with a plain primary key; the queryset to page through has the conditions
    """

    def __init__(self, rows: QuerySet[Any]) -> None:
        self.rows = rows

    def take(self, part: QuerySet[Any], limit: int) -> list[Any]:
        return self.read([pk for pk, _value in self.keys(part, limit)])

    def keys(self, part: QuerySet[Any], limit: int) -> list[Key]:
        return list(part.values_list("pk", self.key.name)[:limit])

    def read(self, keys: list[int]) -> list[Any]:
        """The rows in the order of their ids; one that went meanwhile is left out."""
        found = self.rows.in_bulk(keys)
        return [found[pk] for pk in keys if pk in found]


def page_size(request: Request) -> int:
    size = number(request.query_params.get("page_size", str(PAGE_SIZE)), digits=3)
    if size is not None and 1 <= size <= LARGEST_PAGE:
        return size
    raise Invalid({"page_size": [_("Send a number from 1 to {most}.").format(most=LARGEST_PAGE)]})


def chosen_ordering(request: Request, orderings: Sequence[str]) -> str:
    given = request.query_params.get("ordering", orderings[0])
    if given in orderings:
        return given
    raise Invalid({"ordering": [_("Choose one of: {known}.").format(known=", ".join(orderings))]})
