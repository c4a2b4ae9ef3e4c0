"""Who may read what the API is."""

from typing import Any

from django.conf import settings
from rest_framework.permissions import BasePermission
from rest_framework.request import Request


class ReadsDocuments(BasePermission):
    """People and programs that are known, or everybody by `settings.OPEN_SCHEMA`: a map helps whoever breaks in."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return bool(settings.OPEN_SCHEMA or (request.user and request.user.is_authenticated))
