"""The way in to figures: a scope for programs, a right for people."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.views import APIView

from organization.doors import NO_SCOPE, LimitedDoor
from organization.models import ApiClient, User
from organization.rights import rights_of
from quality.scope import Scope, scope_of
from sqm_site.errors import Forbidden, cause
from sqm_site.reporting import reading_reports


class FigureDoor(LimitedDoor, APIView):
    """A client needs `scope`, a person the right `verb`. Raises Forbidden.

    A client sees the figures of its unit and below; the cases behind them only as far as it brought them in.
    """

    scope = "kpis:read"
    verb = "view_kpis"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.client = request.auth if isinstance(request.auth, ApiClient) else None
        self.user: User = request.user  # type: ignore[assignment]  # nobody passes `super` without being one
        if self.client and self.scope not in self.client.scopes:
            raise Forbidden(causes=[cause("", "scope", NO_SCOPE.format(scope=self.scope))])
        if not self.client and not rights_of(self.user).has(self.verb):
            raise Forbidden(causes=[cause("", "role", Forbidden.message)])
        self.today = timezone.localdate()

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        with reading_reports():
            return super().dispatch(request, *args, **kwargs)

    @property
    def figure_scope(self) -> Scope:
        return scope_of(self.user, self.client)

    @property
    def query(self) -> Mapping[str, Any]:
        return self.request.query_params.dict()
