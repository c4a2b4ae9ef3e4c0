"""Addresses only the tests of the ground floor have: each raises or takes what one test is about."""

from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from sqm_site import fields
from sqm_site.errors import DomainError, Invalid, Unavailable
from sqm_site.models import Heartbeat
from sqm_site.pagination import KeysetPagination

handler400 = "sqm_site.api.handler400"
handler403 = "sqm_site.api.handler403"
handler404 = "sqm_site.api.handler404"
handler500 = "sqm_site.api.handler500"


class WrongStatus(DomainError):
    code = "wrong_status"
    message = "Cannot {verb} a case that is {status}."


def database_error(cause: Exception | None) -> OperationalError:
    error = OperationalError("server says no")
    error.__cause__ = cause
    return error


class FakePgError(Exception):
    def __init__(self, pgcode: str) -> None:
        self.pgcode = pgcode


RAISES = {
    "domain": lambda: WrongStatus(verb="close", status="received"),
    "invalid": lambda: Invalid({"phone": ["Give a phone number."]}),
    "unavailable": Unavailable,
    "validation": lambda: exceptions.ValidationError(
        {"customer": {"phone": ["Bad."]}, "files": [{}, {"name": ["Bad."]}]}
    ),
    "throttled": lambda: exceptions.Throttled(wait=7),
    "http404": Http404,
    "denied": PermissionDenied,
    "scope": lambda: exceptions.PermissionDenied("This key lacks the scope cases:read."),
    "forbidden": exceptions.PermissionDenied,
    "away": lambda: database_error(None),
    "locked": lambda: database_error(FakePgError("55P03")),
    "slow": lambda: database_error(FakePgError("57014")),
    "bug": lambda: RuntimeError("13800138000 is the number"),
    "teapot": exceptions.APIException,
}


class OpenView(APIView):
    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []


class RaiseView(OpenView):
    def get(self, request: Request, kind: str, reference: str = "") -> Response:
        raise RAISES[kind]()


class EchoInput(fields.Input):
    subject = fields.StrictChar(max_length=200)


class EchoView(OpenView):
    def post(self, request: Request) -> Response:
        return Response(EchoInput.read(request.data))


class BulkView(EchoView):
    max_body_bytes = 4 * 1024 * 1024


class BeatView(OpenView):
    orderings: tuple[str, ...] = ("beat_at", "-beat_at", "name")
    column = "name"

    def get_queryset(self) -> QuerySet[Any]:
        return Heartbeat.objects.all()

    def get(self, request: Request) -> Response:
        paginator = KeysetPagination()
        rows: list[Any] = paginator.paginate_queryset(self.get_queryset(), request, self)
        return paginator.get_paginated_response([getattr(row, self.column) for row in rows])


class PeopleView(BeatView):
    """Sorted by a column that may be empty."""

    orderings = ("last_login", "-last_login")
    column = "username"

    def get_queryset(self) -> QuerySet[Any]:
        return get_user_model().objects.all()


def page(request: HttpRequest, kind: str = "") -> HttpResponse:
    if kind:
        raise RAISES[kind]()
    return HttpResponse("page")


urlpatterns = [
    path("api/raise/<kind>/", RaiseView.as_view()),
    path("api/cases/<reference>/raise/<kind>/", RaiseView.as_view()),
    path("api/echo/", EchoView.as_view()),
    path("api/bulk/", BulkView.as_view()),
    path("api/beats/", BeatView.as_view()),
    path("api/people/", PeopleView.as_view()),
    path("api/plain/<kind>/", page),
    path("admin/", page),
    path("track/", page),
    path("page/<kind>/", page),
]
